"""How well real write-ups are read: what literally stands in them is found, and little else."""

import json
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from mailbot.core.model import FieldValue, Track
from mailbot.core.understand import understand
from tests.corpus import corpus_dir, needs_corpus
from tests.shipped_rules import shipped_rules


def folder(name: str) -> Path:
    """A folder of the collection."""
    root = corpus_dir()
    assert root is not None
    return root / name


def stated(text: str, subject: str) -> dict[str, FieldValue]:
    """The stated fields by name."""
    return {f.name: f.value for f in understand(text, subject, shipped_rules()).fields if not f.derived}


def plain(name: str) -> str:
    """A package's name as people write it in either way."""
    return name.lower().replace("_", "-").removeprefix("rust-")


@needs_corpus
def test_every_cve_in_an_advisory_is_found_and_no_other() -> None:
    """Recall and precision of CVE numbers are both whole."""
    root = folder("extraction-rustsec")
    for name, expected in json.loads((root / "expected.json").read_text(encoding="utf-8")).items():
        fields = stated((root / "bodies" / name).read_text(encoding="utf-8"), expected["subject"])
        assert sorted(fields.get("vulnerability.cve", ())) == sorted(expected["in_text"]["cves"]), name  # type: ignore[arg-type]


@needs_corpus
def test_products_are_found_in_most_advisories_and_seldom_wrong() -> None:
    """Prose names products in passing: half are found, three of four that are found are the package itself."""
    root = folder("extraction-rustsec")
    right = wrong = named = 0
    for name, expected in json.loads((root / "expected.json").read_text(encoding="utf-8")).items():
        product = stated((root / "bodies" / name).read_text(encoding="utf-8"), expected["subject"]).get("product.name")
        named += expected["in_text"]["package"]
        right += product is not None and plain(str(product)) == plain(expected["package"])
        wrong += product is not None and plain(str(product)) != plain(expected["package"])
    assert right / named > 0.55
    assert right / (right + wrong) > 0.75


@needs_corpus
@pytest.mark.parametrize("name", ["oss-2016-04-23-jq.eml", "oss-2024-03-20-jenkins.eml"])
def test_real_report_mails_are_read(name: str) -> None:
    """Mails of a public list are product reports that name the product and its CVE numbers."""
    root = folder("real-reports-oss-security")
    expected = json.loads((root / "expected.json").read_text(encoding="utf-8"))[name]
    mail = message_from_bytes((root / "mails" / name).read_bytes(), policy=policy.default)
    body = mail.get_body()
    assert body is not None
    found = understand(body.get_content(), str(mail["subject"]), shipped_rules())
    fields = {field.name: field.value for field in found.fields}
    assert found.track is Track.PRODUCT
    assert found.likeness >= 0.5
    assert fields["product.name"] == expected["product"]
    assert list(fields.get("vulnerability.cve", ())) == expected["cves"]  # type: ignore[arg-type]
