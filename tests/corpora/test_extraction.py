"""How well real write-ups are read: what literally stands in them is found, and little else (`pytest -s`)."""

import json
from collections import defaultdict
from collections.abc import Iterable
from email import message_from_bytes, policy
from functools import cache
from pathlib import Path
from typing import Any

from mailbot.core.messages import Address
from mailbot.core.model import FieldValue, Track
from mailbot.core.understand import Understanding, understand
from tests.corpus import corpus_dir, needs_corpus
from tests.rules.report_scores import Tally
from tests.shipped_rules import shipped_rules

ADVISORIES = "extraction-rustsec"
REPORTS = "real-reports-oss-security"


def folder(name: str) -> Path:
    """A folder of the collection."""
    root = corpus_dir()
    assert root is not None
    return root / name


def expected_of(name: str) -> dict[str, dict[str, Any]]:
    """What the collector says of each file of a folder."""
    loaded: dict[str, dict[str, Any]] = json.loads((folder(name) / "expected.json").read_text(encoding="utf-8"))
    return loaded


def stated(found: Understanding) -> dict[str, FieldValue]:
    """The stated fields by name."""
    return {field.name: field.value for field in found.fields if not field.derived}


def values(value: FieldValue | None) -> list[str]:
    """The values of a field as texts."""
    return [] if value is None else [str(each) for each in value] if isinstance(value, tuple) else [str(value)]


def plain(name: str) -> str:
    """A name as people write it in either way."""
    return " ".join(name.lower().replace("_", "-").removeprefix("rust-").replace("-", " ").split())


def packages(product: list[str], package: str) -> list[str]:
    """The name of the package; of one of a family ("brotli-sys") the family's ("Brotli") is as good: prose uses it."""
    family = [name for name in product if plain(package).startswith(f"{plain(name)} ")]
    return family or [package]


def tally(found: Iterable[str], wanted: Iterable[str]) -> Tally:
    """Both compared as sets of plain names."""
    have, want = {plain(value) for value in found}, {plain(value) for value in wanted}
    return Tally(len(have & want), len(have - want), len(want - have))


def show(title: str, scores: dict[str, Tally]) -> None:
    """Precision and recall of each field."""
    print(f"\n{title}")  # noqa: T201  # the scores, for `pytest -s`
    for name, score in scores.items():
        counts = f"right {score.right:4} extra {score.extra:4} missed {score.missed:4}"
        print(f"{name:28} precision {score.precision:.3f} recall {score.recall:.3f}  {counts}")  # noqa: T201


@cache
def advisories() -> dict[str, Tally]:
    """The scores over the advisories; a site in them is always an extra: they are about packages."""
    scores: dict[str, Tally] = defaultdict(Tally)
    for name, expected in expected_of(ADVISORIES).items():
        body = (folder(ADVISORIES) / "bodies" / name).read_text(encoding="utf-8")
        fields, there = stated(understand(body, expected["subject"], shipped_rules())), expected["in_text"]
        product = values(fields.get("product.name"))
        scores["vulnerability.cve"].add(tally(values(fields.get("vulnerability.cve")), there["cves"]))
        scores["vulnerability.cwe"].add(tally(values(fields.get("vulnerability.cwe")), there["cwes"]))
        named = packages(product, expected["package"]) if there["package"] or product else []
        scores["product.name"].add(tally(product, named))
        scores["target.urls"].add(tally(values(fields.get("target.urls")), []))
    show("advisories", scores)
    return dict(scores)


@cache
def reports() -> dict[str, Tally]:
    """The scores over the mails of a public list."""
    scores: dict[str, Tally] = defaultdict(Tally)
    for name, expected in expected_of(REPORTS).items():
        found = read_mail(name)
        fields = stated(found)
        wanted = {
            "product.name": [expected["product"]],
            "vulnerability.cve": expected["cves"],
            "vulnerability.cwe": expected["cwes"],
            "vulnerability.cvss_vector": [expected["cvss"]] if str(expected["cvss"]).startswith("CVSS:") else [],
            "reporter.email": [expected["reporter_email"]],
            "reporter.name": [expected["reporter_name"]],
            "target.urls": [],
        }
        for field, right in wanted.items():
            scores[field].add(tally(values(fields.get(field)), right))
        scores["track"].add(tally([found.track.value], [Track.PRODUCT.value]))
    show("mails of a public list", scores)
    return dict(scores)


def read_mail(name: str) -> Understanding:
    """A mail of the list as a report."""
    mail = message_from_bytes((folder(REPORTS) / "mails" / name).read_bytes(), policy=policy.default)
    body = mail.get_body()
    assert body is not None
    sender = mail["from"].addresses[0]
    address = Address(sender.display_name, sender.addr_spec)
    return understand(body.get_content(), str(mail["subject"]), shipped_rules(), sender=address)


@needs_corpus
def test_every_cve_and_cwe_in_an_advisory_is_found_and_no_other() -> None:
    """Recall and precision of numbers are whole."""
    for field in ("vulnerability.cve", "vulnerability.cwe"):
        assert (advisories()[field].extra, advisories()[field].missed) == (0, 0), field


@needs_corpus
def test_products_are_found_in_most_advisories_and_seldom_wrong() -> None:
    """Prose names products in passing: two of three are found, four of five that are found are the package itself."""
    product = advisories()["product.name"]
    assert product.recall > 0.65
    assert product.precision >= 0.8


@needs_corpus
def test_real_report_mails_are_read() -> None:
    """Mails of a public list are product reports that name the product, its numbers and who wrote them."""
    scores = reports()
    assert scores["track"].missed == 0
    assert scores["reporter.email"].missed == 0
    assert scores["vulnerability.cve"].f1 >= 0.9
    assert scores["product.name"].recall > 0.5


@needs_corpus
def test_real_report_mails_look_like_reports() -> None:
    """Nobody's report to a public list would be taken for something else."""
    assert all(read_mail(name).likeness >= 0.5 for name in expected_of(REPORTS))
