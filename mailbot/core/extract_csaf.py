"""A CSAF 2.0 advisory in the words of our JSON form: https://docs.oasis-open.org/csaf/csaf/v2.0/."""

from collections.abc import Iterator
from typing import Any

from mailbot.core.json_paths import at, entries, unique, words

_AFFECTED = ("known_affected", "first_affected", "last_affected", "under_investigation")
_DEPTH = 12
_MOST = 500


def csaf_terms(advisory: dict[str, Any]) -> dict[str, Any] | None:
    """What the advisory says under our labels; None if it is no CSAF document."""
    if not words(advisory, "document", "csaf_version"):
        return None
    flaws = list(entries(advisory, "vulnerabilities"))
    products = _affected(advisory, flaws)
    scores = list(_scores(flaws))
    return {
        "title": words(advisory, "document", "title"),
        "description": "\n".join(_notes(flaws, "description", "summary", "details")),
        "product": next(iter(unique(one.get("product_name", one.get("name", "")) for one in products)), ""),
        "vendor": next(iter(unique(one.get("vendor", "") for one in products)), ""),
        "versions": ", ".join(unique(_version(one) for one in products)),
        "cve": unique(words(flaw, "cve") for flaw in flaws),
        "cwe": unique(words(flaw, "cwe", "id") for flaw in flaws),
        "weakness_text": unique(words(flaw, "cwe", "name") for flaw in flaws),
        "cvss": next(iter(unique(words(score, "vectorString") for score in scores)), ""),
        "score": next((score["baseScore"] for score in scores if score.get("baseScore") is not None), None),
        "impact": "\n".join(unique(_threats(flaws, "impact"))),
        "exploits": "\n".join(unique(_threats(flaws, "exploit_status"))),
        "workaround": "\n".join(unique(_remedies(flaws))),
        "discovery_date": next(iter(unique(words(flaw, "discovery_date")[:10] for flaw in flaws)), ""),
        "tracking": _numbers(advisory, flaws),
        "credit_name": next(iter(unique(_credited(advisory, flaws))), ""),
    }


def _affected(advisory: dict[str, Any], flaws: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The affected products, each as what its branches are called; all products where none is named as affected."""
    named = {
        product
        for flaw in flaws
        for status in _AFFECTED
        for product in (at(flaw, "product_status", status) or ())
        if isinstance(product, str)
    }
    tree: list[tuple[str, dict[str, str]]] = []
    _walk(at(advisory, "product_tree", "branches"), {}, tree, 0)
    tree += [
        (words(one, "product_id"), {"name": words(one, "name")})
        for one in entries(advisory, "product_tree", "full_product_names")
    ]
    return [product for number, product in tree if not named or number in named]


def _walk(branches: Any, above: dict[str, str], into: list[tuple[str, dict[str, str]]], depth: int) -> None:
    for branch in entries({"branches": branches}, "branches"):
        if depth > _DEPTH or len(into) >= _MOST:
            return
        here = {**above, words(branch, "category"): words(branch, "name")}
        if isinstance(branch.get("product"), dict):
            into.append((words(branch, "product", "product_id"), {"name": words(branch, "product", "name"), **here}))
        _walk(branch.get("branches"), here, into, depth + 1)


def _version(product: dict[str, str]) -> str:
    """The version or its range; a range in the notation `vers:kind/>=1|<2` as `>=1, <2`."""
    version = product.get("product_version") or product.get("product_version_range", "")
    return version.partition("/")[2].replace("|", ", ") if version.startswith("vers:") else version


def _notes(flaws: list[dict[str, Any]], *categories: str) -> list[str]:
    return unique(
        words(note, "text") for flaw in flaws for note in entries(flaw, "notes") if note.get("category") in categories
    )


def _threats(flaws: list[dict[str, Any]], category: str) -> Iterator[str]:
    for flaw in flaws:
        yield from (
            words(threat, "details") for threat in entries(flaw, "threats") if threat.get("category") == category
        )


def _remedies(flaws: list[dict[str, Any]]) -> Iterator[str]:
    for flaw in flaws:
        for remedy in entries(flaw, "remediations"):
            if remedy.get("category") in ("workaround", "mitigation"):
                yield words(remedy, "details")


def _scores(flaws: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The scores, the newest kind first."""
    for kind in ("cvss_v4", "cvss_v3", "cvss_v2"):
        for flaw in flaws:
            holders = (*entries(flaw, "scores"), *(at(metric, "content") for metric in entries(flaw, "metrics")))
            yield from (holder[kind] for holder in holders if isinstance(at(holder, kind), dict))


def _numbers(advisory: dict[str, Any], flaws: list[dict[str, Any]]) -> list[str]:
    """The advisory's own number and those of other systems, but no CVE number."""
    numbers = [words(advisory, "document", "tracking", "id")]
    numbers += [words(number, "text") for flaw in flaws for number in entries(flaw, "ids")]
    return [number for number in unique(iter(numbers)) if not number.upper().startswith("CVE-")]


def _credited(advisory: dict[str, Any], flaws: list[dict[str, Any]]) -> Iterator[str]:
    for holder in (*flaws, at(advisory, "document")):
        for thanks in entries(holder, "acknowledgments"):
            names = ", ".join(name for name in thanks.get("names", ()) if isinstance(name, str))
            organisation = words(thanks, "organization")
            yield f"{names} of {organisation}" if names and organisation else names or organisation
