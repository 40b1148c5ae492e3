"""The public numbers of a case: how they are read, set by command, shown and kept apart from other people's."""

from dataclasses import replace

import pytest

from mailbot.core.commands import Command, parse_orders
from mailbot.core.model import Case, Field, State, Track
from mailbot.core.numbers import number_in, numbers_of
from mailbot.core.redaction import for_others
from mailbot.core.redaction_shapes import Redactions
from tests.builders import case, command, decide, refused

PRODUCT = case(State.ACCEPTED, track=Track.PRODUCT)


def stated(**values: tuple[str, ...]) -> Case:
    """A product case whose report states these."""
    fields = tuple(Field(name.replace("__", "."), value, "test/x", 0.9) for name, value in values.items())
    return replace(PRODUCT, fields=fields)


@pytest.mark.parametrize(
    ("word", "number", "page"),
    [
        ("CVE-2026-1234", "CVE-2026-1234", "https://www.cve.org/CVERecord?id=CVE-2026-1234"),
        ("cve-2026-1234567,", "CVE-2026-1234567", "https://www.cve.org/CVERecord?id=CVE-2026-1234567"),
        ("ＪＶＮ＃１２３４５６７８", "JVN#12345678", "https://jvn.jp/jp/JVN12345678/"),
        ("JVNVU#12345678", "JVNVU#12345678", "https://jvn.jp/vu/JVNVU12345678/"),
        ("JVNTA#12345678", "JVNTA#12345678", "https://jvn.jp/ta/JVNTA12345678/"),
        (
            "jvndb-2026-000123",
            "JVNDB-2026-000123",
            "https://jvndb.jvn.jp/ja/contents/2026/JVNDB-2026-000123.html",
        ),
        ("VU#123456", "VU#123456", "https://kb.cert.org/vuls/id/123456"),
    ],
)
def test_a_number_is_read_in_any_spelling(word: str, number: str, page: str) -> None:
    """Width, letter case and a comma make no difference; each has the page where it is looked up."""
    found = number_in(word)
    assert found is not None
    assert (found.text, found.page) == (number, page)


@pytest.mark.parametrize(
    "word", ["", "CVE-2026-123", "CVE-26-1234", "JVN#1234567", "JVNDB-2026-1", "VU#12", "IPA#12345678", "FS-2026-07"]
)
def test_other_words_are_no_number(word: str) -> None:
    """Too short, or of a series that is not public."""
    assert number_in(word) is None


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("!number add CVE-2026-1234 JVN#12345678", ""),
        ("!number drop CVE-2026-1234", ""),
        ("!number add", "something is missing"),
        ("!number add NUMBER", "'NUMBER' is no CVE, JVN"),
        ("!number add CVE-2026-1234 12345", "'12345' is no CVE, JVN"),
        ("!number CVE-2026-1234", "unknown command"),
    ],
)
def test_a_wrong_number_stops_the_whole_mail(line: str, problem: str) -> None:
    """A word that is no number is refused before anything runs; so is the example as the notice shows it."""
    (read,) = parse_orders(line, "CASE#12345678").lines
    assert isinstance(read, Command) is not bool(problem)
    if not isinstance(read, Command):
        assert problem in read[1]


def test_numbers_are_kept_in_the_fields_of_the_contract() -> None:
    """CVE numbers in one, all others in the other; a second order adds, the state stays."""
    first = decide(PRODUCT, command("number add", "jvn#12345678", "cve-2026-1234")).case
    second = decide(first, command("number add", "JVNDB-2026-000123")).case
    assert second.field("vulnerability.cve") == ("CVE-2026-1234",)
    assert second.field("tracking_ids") == ("JVN#12345678", "JVNDB-2026-000123")
    assert [n.text for n in numbers_of(second)] == ["JVN#12345678", "JVNDB-2026-000123", "CVE-2026-1234"]
    assert second.state is PRODUCT.state
    assert second.timeline[-1].text == "!number add JVNDB-2026-000123"


def test_what_the_report_states_stays() -> None:
    """A number is added to those that the report names; a finder's own number is none of ours, and stays too."""
    before = stated(vulnerability__cve=("CVE-2026-1",), tracking_ids=("FS-2026-07",))
    after = decide(before, command("number add", "CVE-2026-1234", "VU#123456")).case
    assert after.field("vulnerability.cve") == ("CVE-2026-1", "CVE-2026-1234")
    assert after.field("tracking_ids") == ("FS-2026-07", "VU#123456")
    assert [n.text for n in numbers_of(after)] == ["CVE-2026-1234", "VU#123456"]


def test_a_number_twice_is_refused() -> None:
    """The order was a mistake."""
    before = stated(vulnerability__cve=("CVE-2026-1234",))
    assert "already" in refused(before, command("number add", "CVE-2026-1234"))


def test_a_number_is_taken_away() -> None:
    """Only the one that is named; the last one takes its field with it; one that is not there is refused."""
    before = stated(vulnerability__cve=("cve-2026-1234",), tracking_ids=("FS-2026-07", "JVN#12345678"))
    after = decide(before, command("number drop", "CVE-2026-1234", "jvn#12345678")).case
    assert after.field("vulnerability.cve") is None
    assert after.field("tracking_ids") == ("FS-2026-07",)
    assert "it has: none" in refused(after, command("number drop", "CVE-2026-1234"))


def test_a_number_may_come_after_the_end() -> None:
    """JVNDB gives its numbers after publication, when the case may be closed."""
    closed = replace(PRODUCT, state=State.CLOSED, deadlines=())
    assert decide(closed, command("number add", "JVNDB-2026-000123")).case.state is State.CLOSED


def test_a_number_that_the_finder_keeps_for_us_is_not_published_with_ours() -> None:
    """An order makes public what it names and nothing else."""
    private = Field("tracking_ids", ("VU#123456",), "test/x", 0.9, private=True)
    before = replace(PRODUCT, fields=(private,))
    after = decide(before, command("number add", "JVN#12345678")).case
    assert [n.text for n in numbers_of(for_others(after, Redactions(())))] == ["JVN#12345678"]
    named = decide(after, command("number add", "VU#123456")).case
    assert [n.text for n in numbers_of(for_others(named, Redactions(())))] == ["JVN#12345678", "VU#123456"]
