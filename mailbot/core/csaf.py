"""The advisory of a case as a CSAF 2.0 document (OASIS, 2022): what machines read.

Before publication it is a `csaf_base` draft, afterwards a final `csaf_security_advisory`. Several CVE numbers become
several vulnerabilities; weakness and score are then left out, since nobody said which number they belong to.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailbot.core.advisory_view import AdvisoryView, ScoreLine, VendorLine
from mailbot.core.cwe_names import CWE_NAMES
from mailbot.core.desk import Desk

Document = dict[str, Any]  # what JSON can hold

CATEGORIES = {"coordinator": "coordinator", "receiver": "coordinator", "vendor": "vendor"}
"""What CSAF calls a desk of each role."""

_VERSION = re.compile(r"[0-9A-Za-z._+~-]*[0-9][0-9A-Za-z._+~-]*")
_OPEN_END = re.compile(r"\.[xX](?![0-9A-Za-z])")
_SEVERITIES = ((9.0, "CRITICAL"), (7.0, "HIGH"), (4.0, "MEDIUM"), (0.1, "LOW"))


@dataclass(frozen=True)
class _Leaf:
    """One product id of the tree: of which vendor, and what it stands for there."""

    id: str
    name: str
    branch: Document | None  # its own, below the product's name; None where the product itself is the leaf
    status: str


def csaf_document(
    view: AdvisoryView,
    desk: Desk,
    language: str,
    texts: Mapping[str, str],
    revised: Sequence[datetime],
    now: datetime,
    version: str,
) -> Document:
    """The CSAF document of the advisory, with the words of labels.toml for it.

    `revised` is when it was published and changed; `version` is the program's.
    """
    leaves = [_leaves(vendor, n) for n, vendor in enumerate(view.vendors, 1)]
    document: Document = {"document": _head(view, desk, language, texts, revised, now, version)}
    if any(leaves):
        document["product_tree"] = {"branches": list(_branches(view, leaves))}
    flat = [leaf for products in leaves for product in products for leaf in product]
    document["vulnerabilities"] = list(_vulnerabilities(view, texts, leaves, flat))
    ordered: Document = _sorted(document)
    return ordered


def file_name(document: Document) -> str:
    """As CSAF wants it (section 5.1): the tracking id in lower case, all but letters, digits, + and - as one _."""
    return re.sub(r"[^+\-a-z0-9]+", "_", document["document"]["tracking"]["id"].lower()) + ".json"


def _head(
    view: AdvisoryView,
    desk: Desk,
    language: str,
    texts: Mapping[str, str],
    revised: Sequence[datetime],
    now: datetime,
    version: str,
) -> Document:
    head: Document = {
        "category": "csaf_base" if view.draft else "csaf_security_advisory",
        "csaf_version": "2.0",
        "distribution": {"tlp": {"label": view.tlp}},
        "lang": language,
        "notes": _notes(view, texts),
        "publisher": {
            "category": CATEGORIES[desk.role],
            "contact_details": ", ".join(filter(None, (desk.address, desk.phone))),
            "name": desk.name,
            "namespace": f"https://{desk.domain}",
        },
        "references": [{"category": "external", "summary": text, "url": page} for text, page in view.numbers],
        "title": view.title,
        "tracking": _tracking(view, texts, revised, now, version),
    }
    if view.credit:
        head["acknowledgments"] = [{"names": [view.credit]}]
    return {name: value for name, value in head.items() if value}


def _tracking(
    view: AdvisoryView, texts: Mapping[str, str], revised: Sequence[datetime], now: datetime, version: str
) -> Document:
    first = 0 if view.draft else 1
    moments = [now] if view.draft else list(revised)
    said = ["drafted"] if view.draft else ["first", *["changed"] * (len(moments) - 1)]
    history = [
        {"date": _moment(at), "number": str(number), "summary": texts[what]}
        for number, (at, what) in enumerate(zip(moments, said, strict=True), first)
    ]
    aliases = [text for text, _ in view.numbers if text != view.id]
    return {
        "id": view.id,
        "status": "draft" if view.draft else "final",
        "version": history[-1]["number"],
        "initial_release_date": history[0]["date"],
        "current_release_date": history[-1]["date"],
        "revision_history": history,
        "generator": {"engine": {"name": "mailbot", "version": version}, "date": _moment(now)},
        **({"aliases": aliases} if aliases else {}),
    }


def _notes(view: AdvisoryView, texts: Mapping[str, str]) -> list[Document]:
    notes = [
        {
            "category": "summary",
            "title": texts["summary_title"],
            "text": view.overview,
        }
    ]
    for vendor in view.vendors:
        if vendor.statement:
            name = vendor.name or texts["a_product"]
            told = {
                "category": "general",
                "title": texts["from_vendor"].replace("{name}", name),
                "text": vendor.statement,
            }
            notes.append(told)
    return notes


def _leaves(vendor: VendorLine, n: int) -> list[list[_Leaf]]:
    """For each product of the vendor what may be pointed at: its affected versions, and the corrected one."""
    found = []
    status = {"affected": "known_affected", "not_affected": "known_not_affected"}.get(
        vendor.status, "under_investigation"
    )
    for p, product in enumerate(vendor.products, 1):
        whole = " ".join(filter(None, (vendor.name, product.name)))
        leaves = [_leaf(f"CSAFPID-{n:04}{p:04}A", whole, product.affected, status)]
        if product.fixed and status == "known_affected":
            leaves.append(_leaf(f"CSAFPID-{n:04}{p:04}F", whole, product.fixed, "fixed"))
        found.append(leaves)
    return found


def _leaf(key: str, whole: str, version: str, status: str) -> _Leaf:
    name = f"{whole} {version}".strip()
    if not version:
        return _Leaf(key, name, None, status)
    one = _VERSION.fullmatch(version) and not _OPEN_END.search(version)
    category = "product_version" if one else "product_version_range"
    return _Leaf(key, name, {"category": category, "name": version, "product": _product(key, name)}, status)


def _product(key: str, name: str) -> Document:
    return {"name": name, "product_id": key}


def _branches(view: AdvisoryView, leaves: list[list[list[_Leaf]]]) -> Iterator[Document]:
    for vendor, products in zip(view.vendors, leaves, strict=True):
        below = [b for p, own in zip(vendor.products, products, strict=True) for b in _product_branches(p.name, own)]
        if below and vendor.name:
            yield {"category": "vendor", "name": vendor.name, "branches": below}
        else:
            yield from below


def _product_branches(name: str, leaves: list[_Leaf]) -> Iterator[Document]:
    versions = [leaf.branch for leaf in leaves if leaf.branch]
    if versions:
        yield {"category": "product_name", "name": name, "branches": versions}
    for leaf in leaves:
        if not leaf.branch:
            yield {"category": "product_name", "name": name, "product": _product(leaf.id, leaf.name)}


def _vulnerabilities(
    view: AdvisoryView, texts: Mapping[str, str], leaves: list[list[list[_Leaf]]], flat: list[_Leaf]
) -> Iterator[Document]:
    status: dict[str, list[str]] = {}
    for leaf in flat:
        status.setdefault(leaf.status, []).append(leaf.id)
    common: Document = {"notes": _vulnerability_notes(view, texts)}
    if ids := [{"system_name": _system(text), "text": text} for text, _ in view.numbers if text not in view.cves]:
        common["ids"] = ids
    if status:
        common["product_status"] = status
    if remedies := list(_remediations(view, texts, leaves)):
        common["remediations"] = remedies
    if view.exploited:
        common["threats"] = [{"category": "exploit_status", "details": texts["exploited"]}]
    scored = status.get("known_affected") or status.get("under_investigation")
    if len(view.cves) < 2:
        if cwe := next((cwe for cwe in view.cwe if cwe in CWE_NAMES), None):
            common["cwe"] = {"id": cwe, "name": CWE_NAMES[cwe]}
        if view.score and scored and (score := _score(view.score)):
            common["scores"] = [{**score, "products": scored}]
    for cve in view.cves or ("",):
        yield {**common, **({"cve": cve} if cve else {})}


def _system(number: str) -> str:
    return re.split(r"[#-]", number)[0]


def _vulnerability_notes(view: AdvisoryView, texts: Mapping[str, str]) -> list[Document]:
    told = "\n\n".join(filter(None, (view.told_summary, view.told_impact, view.told_workaround)))
    notes = [
        ("description", texts["summary_title"], view.overview),
        ("general", texts["impact"], view.happens),
        (
            "general",
            "CVSS",
            f"{view.score.vector} ({view.score.score})" if view.score and not _score(view.score) else "",
        ),
        ("details", texts["reported"], told),
    ]
    return [{"category": category, "title": title, "text": text} for category, title, text in notes if text]


def _remediations(view: AdvisoryView, texts: Mapping[str, str], leaves: list[list[list[_Leaf]]]) -> Iterator[Document]:
    for vendor, products in zip(view.vendors, leaves, strict=True):
        for product, own in zip(vendor.products, products, strict=True):
            category, details = "none_available", texts["none"]
            if vendor.status == "affected" and vendor.fixed:
                category, details = "vendor_fix", texts["ask"]
            if vendor.status == "affected" and product.fixed:
                details = texts["update"].replace("{version}", f"{product.name} {product.fixed}")
            ids = [leaf.id for leaf in own if leaf.status in ("known_affected", "under_investigation")]
            if ids:
                yield {"category": category, "details": details, "product_ids": ids}


def _score(line: ScoreLine) -> Document | None:
    """CSAF 2.0 has no place for version 4."""
    score: Document = {"version": line.version, "vectorString": line.vector, "baseScore": line.score}
    if line.version == "2.0":
        return {"cvss_v2": score}
    if not line.version.startswith("3."):
        return None
    severity = next((name for least, name in _SEVERITIES if line.score >= least), "NONE")
    return {"cvss_v3": {**score, "baseSeverity": severity}}


def _sorted(value: Any) -> Any:
    """Keys in the order of the alphabet, so that two documents can be compared line by line (section 6.2.13)."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value


def _moment(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat()
