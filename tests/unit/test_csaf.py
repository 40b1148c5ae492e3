"""The CSAF document of a case: valid whatever the case holds, and telling no more than the advisory."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.adapters.csaf_check import csaf_problems
from mailbot.core.csaf import Document, file_name
from mailbot.core.cwe_names import CWE_NAMES
from mailbot.core.lifecycle import Refusal
from mailbot.core.model import Case, Entry, Field, Milestones, State
from mailbot.core.vendors import Finding, Product, Vendor, VendorState
from mailbot.publishing import csaf
from tests.advisories import ACCEPTED, CREDITED, EVERY, FINAL, NOW, PUBLISHED, SCHEDULED, SINGLE, TABLE, with_fields
from tests.shipped_rules import shipped_rules

VECTOR_2, VECTOR_3 = "AV:N/AC:L/Au:N/C:P/I:P/A:P", "AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"
VECTOR_4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"


def document(case: Case, language: str = "en") -> Document:
    """The document; it must be given out, and be valid."""
    found = csaf(case, TABLE, language, NOW)
    assert isinstance(found, dict), found
    assert csaf_problems(found) == ()
    return found


def only(found: Document) -> dict[str, Any]:
    """The only vulnerability."""
    (one,) = found["vulnerabilities"]
    return dict(one)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("case", EVERY)
def test_every_sample_is_valid(case: Case, language: str) -> None:
    """By schema and mandatory tests; the language is said, keys are sorted."""
    found = document(case, language)
    assert found["document"]["lang"] == language
    assert json.dumps(found) == json.dumps(found, sort_keys=True)


@pytest.mark.parametrize(
    ("case", "category", "status", "version", "label"),
    [
        (ACCEPTED, "csaf_base", "draft", "0", "RED"),
        (replace(ACCEPTED, state=State.NOTIFIED), "csaf_base", "draft", "0", "AMBER"),
        (SCHEDULED, "csaf_base", "draft", "0", "RED"),
        (SINGLE, "csaf_security_advisory", "final", "1", "WHITE"),
        (FINAL, "csaf_security_advisory", "final", "2", "WHITE"),
    ],
)
def test_publication_makes_it_final(case: Case, category: str, status: str, version: str, label: str) -> None:
    """Before, it is a draft for few; orders about numbers and vendors after publication are new versions."""
    head = document(case)["document"]
    assert (head["category"], head["tracking"]["status"], head["tracking"]["version"]) == (category, status, version)
    assert head["distribution"]["tlp"]["label"] == label
    assert len(head["tracking"]["revision_history"]) == int(version) + (version == "0")


def test_a_branch_for_each_vendor_product_and_version() -> None:
    """A span of versions is a range, a single one is a version; the corrected one stands beside it."""
    branches = document(FINAL)["product_tree"]["branches"]
    assert [b["name"] for b in branches] == ["Sample Software Inc.", "Other KK", "Slow Ltd.", "Silent Ltd."]
    viewer, reader = branches[0]["branches"]
    assert [(b["category"], b["name"]) for b in viewer["branches"]] == [
        ("product_version_range", "3.0 to 3.2.1"),
        ("product_version", "3.2.2"),
    ]
    assert [b["category"] for b in reader["branches"]] == ["product_version", "product_version"]


def test_each_product_has_one_status() -> None:
    """Affected, corrected, not affected, not known."""
    status = only(document(FINAL))["product_status"]
    assert {name: len(ids) for name, ids in status.items()} == {
        "known_affected": 2,
        "fixed": 2,
        "known_not_affected": 1,
        "under_investigation": 2,
    }


def test_the_remedy_is_the_corrected_version() -> None:
    """Where none is known, that is said."""
    remedies = only(document(FINAL))["remediations"]
    assert [(r["category"], r["details"]) for r in remedies][:2] == [
        ("vendor_fix", "Update to Sample Viewer 3.2.2."),
        ("vendor_fix", "Update to Sample Reader 1.5."),
    ]
    assert {r["category"] for r in remedies[2:]} == {"none_available"}


@pytest.mark.parametrize(
    ("vector", "key"),
    [(VECTOR_2, "cvss_v2"), (VECTOR_3, "cvss_v3"), (f"CVSS:3.0/{VECTOR_3}", "cvss_v3"), (VECTOR_4, None), ("x", None)],
)
def test_scores_come_from_the_vector(vector: str, key: str | None) -> None:
    """With their severity; version 4, which CSAF 2.0 has no place for, is told in a note."""
    one = only(document(with_fields(FINAL, vulnerability__cvss_vector=vector)))
    assert [name for score in one.get("scores", ()) for name in score if name != "products"] == ([key] if key else [])
    assert ("CVSS:4.0" in json.dumps(one["notes"])) is (vector == VECTOR_4)


def test_several_numbers_are_several_vulnerabilities() -> None:
    """Nobody said which of them weakness and score belong to."""
    many = with_fields(FINAL, vulnerability__cve=("CVE-2026-12345", "CVE-2026-12346"))
    found = document(many)["vulnerabilities"]
    assert [v["cve"] for v in found] == ["CVE-2026-12345", "CVE-2026-12346"]
    assert not any("cwe" in v or "scores" in v for v in found)


def test_thanks_only_with_consent() -> None:
    """As in the advisory."""
    assert "acknowledgments" not in document(FINAL)["document"]
    assert document(CREDITED)["document"]["acknowledgments"] == [{"names": ["Harbour Labs の G.H."]}]


def test_the_documents_name_is_its_number() -> None:
    """Section 5.1 of the standard."""
    assert file_name(document(FINAL)) == "jvn_12345678.json"
    assert file_name(document(ACCEPTED)) == "case_87654321.json"


@pytest.mark.parametrize("role", ["coordinator", "receiver", "vendor"])
def test_the_publisher_is_the_desk(role: str) -> None:
    """In each of its roles."""
    table = replace(TABLE, desk=replace(TABLE.desk, role=role))
    found = csaf(FINAL, table, "ja", NOW)
    assert isinstance(found, dict)
    assert csaf_problems(found) == ()
    assert found["document"]["publisher"]["category"] == ("vendor" if role == "vendor" else "coordinator")


def test_without_a_product_nothing_is_published() -> None:
    """The profile of a published advisory wants one; a draft does not."""
    bare = replace(FINAL, fields=(), vendors=())
    refused = csaf(bare, TABLE, "en", NOW)
    assert isinstance(refused, Refusal)
    assert "!vendor N product" in refused.reason
    unsure = replace(FINAL, vendors=(Vendor(1, "V", finding=Finding.INVESTIGATING),))
    assert isinstance(csaf(unsure, TABLE, "en", NOW), Refusal)
    document(replace(ACCEPTED, fields=()))


def test_a_number_alone_is_one_vulnerability() -> None:
    """A case without any number still has one."""
    assert "cve" not in only(document(SINGLE))


def test_what_is_wrong_is_told_without_what_stands_there() -> None:
    """The document may hold what must not reach a log."""
    broken = json.loads(json.dumps(document(FINAL)).replace("CSAFPID-00010001A", "secret-id", 1))
    broken["document"]["tracking"]["status"] = "secret-status"
    problems = csaf_problems(broken)
    assert problems
    assert not any("secret" in problem for problem in problems)


def test_every_weakness_is_named_as_the_list_names_it() -> None:
    """Else a document would be refused for a name; all that our rules know are there, but for two categories."""
    for number, name in CWE_NAMES.items():
        found = document(FINAL)
        found["vulnerabilities"][0]["cwe"] = {"id": number, "name": name}
        assert [p for p in csaf_problems(found) if p.startswith("6.1.11")] == [], number
    known = {number for t in shipped_rules().types.values() for number in t.cwe}
    assert known - set(CWE_NAMES) == {"CWE-16", "CWE-264"}


TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
LINE = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=30)
NAME = LINE.map(lambda s: " ".join(s.split())).filter(bool)
VERSION = st.one_of(TEXT, st.sampled_from(["", "1.0", "all", "1.x", "<2", "1.0 and later", "1.*", "2.0-rc1", "前の版"]))
PRODUCTS = st.lists(st.builds(Product, NAME, VERSION, VERSION), max_size=3, unique_by=lambda p: p.name.casefold())
VENDORS = st.lists(
    st.builds(
        Vendor,
        n=st.integers(1, 99),
        name=NAME,
        state=st.sampled_from(VendorState),
        since=st.sampled_from((None, NOW)),
        details_sent=st.sampled_from((None, NOW)),
        finding=st.sampled_from(Finding),
        statement=TEXT,
        products=PRODUCTS.map(tuple),
    ),
    max_size=4,
).map(tuple)
NUMBERS = st.lists(
    st.one_of(TEXT, st.from_regex(r"CVE-20[0-9]{2}-[0-9]{4,7}", fullmatch=True), st.just("JVN#12345678")), max_size=3
).map(tuple)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "product.name": TEXT,
        "product.version": TEXT,
        "product.vendor": TEXT,
        "credit_name": TEXT,
        "consent.credit": st.booleans(),
        "vulnerability.type": st.sampled_from(["xss", "sqli", "other", "no such type"]),
        "vulnerability.cwe": st.sampled_from([("CWE-79",), ("CWE-16",), ("CWE-99999", "CWE-89"), ("x",)]),
        "vulnerability.cve": NUMBERS,
        "tracking_ids": NUMBERS,
        "vulnerability.cvss_vector": st.sampled_from([VECTOR_2, VECTOR_3, VECTOR_4, "CVSS:3.1/AV:N", ""]),
        "vulnerability.summary": TEXT,
        "vulnerability.impact": TEXT,
        "vulnerability.workaround": TEXT,
    },
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """An accepted product case with whatever may stand in it."""
    published = draw(st.sampled_from((None, PUBLISHED)))
    orders = draw(st.lists(st.tuples(MOMENTS, st.sampled_from(("!publish x", "!number add", "!vendor 1", "!note")))))
    return replace(
        ACCEPTED,
        fields=tuple(Field(name, value, "test/x", 1.0) for name, value in draw(FIELDS).items()),
        vendors=draw(VENDORS),
        state=State.PUBLISHED if published else draw(st.sampled_from((State.ACCEPTED, State.FIXING, State.SCHEDULED))),
        milestones=Milestones(accepted=NOW, published=published, details_sent=draw(st.sampled_from((None, NOW)))),
        timeline=tuple(Entry(at, "command", "One", text) for at, text in sorted(orders)),
        exploited=draw(st.sampled_from((None, True, False))),
        publication=draw(st.sampled_from((None, NOW + timedelta(days=9)))),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases(), st.sampled_from(("ja", "en")))
def test_whatever_a_case_holds_the_document_is_valid(case: Case, language: str) -> None:
    """Or none is given out."""
    found = csaf(case, TABLE, language, NOW)
    if isinstance(found, dict):
        assert csaf_problems(found) == ()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases(), st.sampled_from(("Grace Hopkins", "g.hopkins@harbour-labs.example.net", "+44 20 7946 0123")))
def test_the_finder_is_in_no_document(case: Case, secret: str) -> None:
    """Wherever in the report the name stands."""
    named = replace(case, fields=(*(f for f in ACCEPTED.fields if f.name.startswith("reporter.")), *case.fields))
    told = {
        "vulnerability.summary": f"by {secret}.",
        "vulnerability.impact": secret,
        "product.version": f"1 ({secret})",
    }
    kept = tuple(f for f in named.fields if f.name not in told)
    found = csaf(
        replace(named, fields=(*kept, *(Field(n, v, "test/x", 1.0) for n, v in told.items()))), TABLE, "en", NOW
    )
    if isinstance(found, dict):
        assert secret not in json.dumps(found, ensure_ascii=False)
