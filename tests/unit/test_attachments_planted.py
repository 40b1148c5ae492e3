"""Wherever in a file the finder stands: what goes does not tell it."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.attaching import enclose
from mailbot.core.attachments import vouched
from mailbot.core.disguises import bare
from mailbot.core.file_records import Fate
from mailbot.core.messages import Draft, RawMail
from tests.faults.quick_desk import QuickDesk
from tests.files import docx, pdf
from tests.unit.test_attachments import report, until_details_held

WHO = ("Hanako", "HANAKO", "hanako@finder.example.org", "Hanako <hanako@finder.example.org>")
SECRETS = ("Cookie: session=0123456789abcdef0123", "Authorization: Bearer eyJhbGciOi.J9eyJzdWIi.abc123def456")
NEEDED = "https://shop.example.jp/search?q=%3Cb%3E"
PLACES = st.sampled_from(("{0}", "# {0}", "user {0} logged in", '"{0}"', "a\t{0}\tb", "({0})"))


@pytest.fixture(scope="module")
def desk() -> QuickDesk:
    """A desk with a case whose details wait."""
    made = QuickDesk()
    until_details_held(made)
    return made


def made_of(desk: QuickDesk, name: str, content: bytes) -> Draft:
    """The details with that file of a report."""
    item = desk.held("details")
    assert item.draft
    raw = RawMail(report(desk, (name, content)), "test")
    desk.spool.keep(raw)
    return enclose(desk.bot, replace(desk.case, mails=(raw.digest,)), item.draft, desk.now)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    planted=st.sampled_from((*WHO, *SECRETS)),
    place=PLACES,
    around=st.lists(st.sampled_from(("GET / HTTP/1.1", "検索欄に入力", NEEDED, "x = 1", "")), max_size=6),
    name=st.sampled_from(("a.txt", "log.csv", "poc.py", "a.json", "page.html", "a.md")),
    charset=st.sampled_from(("utf-8", "cp932", "utf-16")),
)
def test_t52_planted_in_text(
    desk: QuickDesk, planted: str, place: str, around: list[str], name: str, charset: str
) -> None:
    """The planted words are gone, the lines that reproduction needs are there."""
    text = "\n".join((NEEDED, *around, place.format(planted), *around, NEEDED))
    draft = made_of(desk, name, text.encode(charset))
    (record,) = draft.files
    assert record.fate is Fate.SENT
    (file,) = draft.attachments
    assert vouched(file, draft.files)
    told = file.content.decode("utf-8")
    assert bare(planted.partition(": ")[2] or planted) not in bare(told)
    assert told.count(NEEDED) == text.count(NEEDED)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize(("name", "make"), [("a.pdf", pdf), ("a.docx", docx)])
def test_t52_planted_in_pages(desk: QuickDesk, who: str, name: str, make: object) -> None:
    """Words that cannot be cut out keep the whole file at the desk."""
    assert callable(make)
    shown = who.replace("<", "").replace(">", "")
    draft = made_of(desk, name, make(f"found by {shown}"))
    (record,) = draft.files
    assert (record.fate, record.why) == (Fate.REFUSED, "identity")
    assert draft.attachments == ()


def test_t52_planted_in_traffic(desk: QuickDesk) -> None:
    """In a header, a body or a parameter."""
    entry = {
        "request": {"url": NEEDED, "headers": [{"name": "X-User", "value": "Hanako"}], "postData": {"text": WHO[2]}},
        "response": {"content": {"size": 9, "mimeType": "text/html", "text": "Welcome, Hanako"}},
    }
    draft = made_of(desk, "a.har", json.dumps({"log": {"entries": [entry]}}).encode())
    (file,) = draft.attachments
    assert "hanako" not in bare(file.content.decode())
    assert NEEDED in file.content.decode()
