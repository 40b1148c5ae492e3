"""Files of a report on their way to the contact point: what goes, as what, who looks at it, and what stays."""

import re
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from mailbot.core.attachments import RULES, Circumstances, chosen, enclosed, judge, needs_encryption, vouched
from mailbot.core.file_kinds import Kind, kind_of
from mailbot.core.file_lines import lines
from mailbot.core.file_records import Cleaned, Fate
from mailbot.core.har import without_identity
from mailbot.core.messages import Attachment, OpenedMail
from mailbot.core.outbox import OutboxItem, Status
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import DESK, REPORT
from tests.files import HTML, NAME, PROGRAM, SVG, docx, har, jpeg, packed, pdf, png

TELLING = re.compile(rb"(?i)hanako|yamada")
LOG = "GET /search?q=%3Cb%3E HTTP/1.1\r\nHost: shop.example.jp\r\nCookie: session=0123456789abcdef\r\n"
FILES = (
    ("hanako_poc.png", png()),
    ("request.txt", LOG.encode()),
    ("exploit.py", b"#!/usr/bin/env python3\nimport requests  # by Hanako\nrequests.get('https://shop.example.jp/')\n"),
    ("all.zip", packed({"hanako/poc.py": b"x" * 12})),
    ("photo.jpg", jpeg()),
    ("report.pdf", pdf()),
    ("report.docx", docx()),
    ("capture.har", har()),
    ("picture.svg", SVG),
    ("tool.exe", PROGRAM),
    ("mine.pdf", pdf("Found by Hanako of finder.example.org, hanako@finder.example.org")),
)


def report(desk: QuickDesk, *files: tuple[str, bytes]) -> bytes:
    """Hanako's report with these files."""
    hanako = desk.people["Hanako"]
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = f"Hanako <{hanako.address}>", DESK, "XSS report"
    mail["Date"], mail["Message-ID"] = hanako.stamp(REPORT)
    mail.set_content(REPORT)
    for name, content in files:
        mail.add_attachment(content, "application", "octet-stream", filename=name)
    return mail.as_bytes()


def until_details_held(
    desk: QuickDesk,
    *files: tuple[str, bytes],
    encrypted: bool = True,
    answer: str = "We are in charge. Please send it here.\n",
) -> OutboxItem:
    """The report came, the shop answered, with its key or without: the details wait for a person."""
    desk.round(report(desk, *files))
    desk.command("!accept")
    desk.command(f"!approve {desk.held('first-contact').hash}")
    first = desk.mail("Shop")[-1]
    desk.round(desk.answer("Shop", first, answer, attach_key=encrypted, sign=encrypted), hours=1)
    return desk.held("details")


def told(mail: OpenedMail) -> bytes:
    """All that its reader can see."""
    whole = "\n".join((mail.subject, mail.text, *(file.filename for file in mail.attachments))).encode()
    return whole + b"".join(file.content for file in mail.attachments)


@pytest.fixture
def desk() -> QuickDesk:
    return QuickDesk()


def test_t52_a_screenshot_goes_with_the_details_drawn_anew(desk: QuickDesk) -> None:
    """After approval, under a neutral name, without the finder's; a person saw it before."""
    item = until_details_held(desk, ("hanako_poc.png", png()))
    notice = desk.mail("Taro")[-1]
    (shown,) = [file for file in notice.attachments if file.media_type == "image/png"]
    assert "hanako_poc.png" in notice.text
    desk.command(f"!approve {item.hash}")
    mail = desk.mail("Shop")[-1]
    (picture,) = mail.attachments
    assert (picture.filename, picture.media_type) == ("attachment-1.png", "image/png")
    assert picture.content == shown.content != png()
    assert not TELLING.search(told(mail))
    assert mail.crypto.encrypted


def test_t52_t53_what_goes_of_everything(desk: QuickDesk) -> None:
    """Each kind as its rule says, and nothing that goes tells of the finder."""
    item = until_details_held(desk, *FILES)
    assert item.draft
    fates = {record.given: (record.fate, record.name or record.why) for record in item.draft.files}
    assert fates == {
        "hanako_poc.png": (Fate.SENT, "attachment-1.png"),
        "request.txt": (Fate.SENT, "attachment-2.txt"),
        "exploit.py": (Fate.SENT, "attachment-3.txt"),
        "all.zip": (Fate.LISTED, "archive"),
        "photo.jpg": (Fate.SENT, "attachment-4.jpg"),
        "report.pdf": (Fate.SENT, "attachment-5.pdf"),
        "report.docx": (Fate.SENT, "attachment-6.docx"),
        "capture.har": (Fate.SENT, "attachment-7.txt"),
        "picture.svg": (Fate.REFUSED, "active"),
        "tool.exe": (Fate.REFUSED, "program"),
        "mine.pdf": (Fate.REFUSED, "identity"),
    }
    desk.command(f"!approve {item.hash}")
    mail = desk.mail("Shop")[-1]
    assert [file.filename for file in mail.attachments] == [a.filename for a in item.draft.attachments]
    assert not TELLING.search(told(mail))
    assert b"0123456789abcdef" not in told(mail)
    assert b"/search?q=%3Cb%3E" in mail.attachments[1].content
    assert b"requests.get('https://shop.example.jp/')" in mail.attachments[2].content


def test_t53_nothing_is_shown_inline(desk: QuickDesk) -> None:
    """Text of every kind is plain text, and every file an attachment."""
    item = until_details_held(desk, ("a.html", HTML), ("b.png", png()), ("c.json", b'{"a": 1}'))
    assert item.draft
    assert [file.media_type for file in item.draft.attachments] == ["text/plain", "image/png", "text/plain"]
    assert all(file.filename.endswith((".txt", ".png")) for file in item.draft.attachments)


def test_code_goes_encrypted_or_not_at_all(desk: QuickDesk) -> None:
    """To who has no key the details go without it, even where plain text was agreed to."""
    item = until_details_held(desk, ("exploit.py", FILES[2][1]), ("a.txt", b"plain words"), encrypted=False)
    assert item.draft
    assert {r.given: (r.fate, r.why) for r in item.draft.files} == {
        "exploit.py": (Fate.REFUSED, "needs_encryption"),
        "a.txt": (Fate.SENT, ""),
    }
    assert "never goes as it is" in desk.command(f"!attach {item.hash} 1")


def test_an_archive_goes_when_a_coordinator_says_so(desk: QuickDesk) -> None:
    """It is listed by name and size; !attach puts it in, !detach takes a file out, both are shown once more."""
    archive = packed({"poc/run.py": b"x" * 12})
    item = until_details_held(desk, ("all.zip", archive), ("hanako_poc.png", png()))
    assert "poc/run.py (12 bytes)" in desk.mail("Taro")[-1].text
    transcript = desk.command(f"!attach {item.hash} 1")
    both = desk.held("details")
    assert both.hash != item.hash
    assert both.hash in transcript
    assert "!approve" in desk.mail("Taro")[-1].text
    desk.command(f"!detach {both.hash} 2")
    one = desk.held("details")
    assert "these are the files that wait already" in desk.command(f"!detach {one.hash} 2")
    assert "no file 9" in desk.command(f"!attach {one.hash} 9")
    assert "no mail of" in desk.command(f"!detach {item.hash} 1")
    desk.command(f"!approve {one.hash}")
    (file,) = desk.mail("Shop")[-1].attachments
    assert (file.filename, file.content) == ("attachment-1.zip", archive)


def test_t52_an_archive_that_names_the_finder_is_held_all_the_same(desk: QuickDesk) -> None:
    """What a coordinator chose goes through the last look like everything else."""
    item = until_details_held(desk, FILES[3])
    desk.command(f"!attach {item.hash} 1")
    assert "egress/finder-name" in desk.command(f"!approve {desk.held('details').hash}")
    assert not desk.items("details", Status.SENT)


def test_files_are_looked_at_by_a_person_even_where_details_go_by_themselves() -> None:
    """What a picture shows no rule can read; text alone goes by itself."""
    seen, unseen = QuickDesk(details="auto"), QuickDesk(details="auto")
    assert until_details_held(seen, ("a.png", png())).held_for == "files_to_see"
    assert "!approve" in seen.mail("Taro")[-1].text
    with pytest.raises(ValueError, match="not enough"):
        until_details_held(unseen, ("a.txt", LOG.encode()))
    (sent,) = unseen.items("details", Status.SENT)
    assert sent.draft
    assert [file.filename for file in sent.draft.attachments] == ["attachment-1.txt"]


def test_files_of_others_stay() -> None:
    """Only what the finder sent belongs to the report: not what an operator or a coordinator attached."""
    desk = QuickDesk()
    item = until_details_held(desk)
    assert item.draft
    assert (item.draft.attachments, item.draft.files) == ((), ())


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (png(), "a.txt", Kind.IMAGE),
        (jpeg(), "a.exe", Kind.IMAGE),
        (b"BM\x3e\x00\x00\x00\x00\x00\x00\x00", "a", Kind.IMAGE),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "a", Kind.IMAGE),
        (pdf(), "a.png", Kind.PDF),
        (docx(), "a.zip", Kind.OFFICE),
        (packed({"AndroidManifest.xml": b""}), "a.zip", Kind.PROGRAM),
        (packed({"a": b""}), "a.docx", Kind.ARCHIVE),
        (bytes(257) + b"ustar\x0000", "a.png", Kind.ARCHIVE),
        (PROGRAM, "a.png", Kind.PROGRAM),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "a.doc", Kind.ACTIVE),
        (SVG, "a.png", Kind.ACTIVE),
        (b"<!-- a --><svg/>", "a.txt", Kind.ACTIVE),
        (HTML, "a.txt", Kind.CODE),
        (b"#!/bin/sh\nid\n", "a.txt", Kind.CODE),
        (b"print(1)\n", "a.py", Kind.CODE),
        (b"@echo off\r\n", "a.bat", Kind.PROGRAM),
        (har(), "a.json", Kind.HAR),
        ("検索欄に入力\n".encode("cp932"), "a.txt", Kind.TEXT),
        ("検索欄に入力\n".encode("utf-16"), "a.txt", Kind.TEXT),
        (b"a,b\n1,2\n", "a.csv", Kind.TEXT),
        (LOG.encode(), "a.eml", Kind.TEXT),
        (b"Host: shop.example.jp\nCookie: a=b\n", "a.txt", Kind.TEXT),
        (b"Return-Path: <a@b.example>\nReceived: from x\nSubject: y\n\nz\n", "a.txt", Kind.OTHER),
        (b"From: a@b.example\nMessage-ID: <x@y>\n\nz\n", "a.eml", Kind.OTHER),
        (b"BEGIN:VCARD\nFN:Hanako\n", "a.txt", Kind.OTHER),
        (b"GIF89a", "a.gif", Kind.IMAGE),
        (bytes(range(256)), "a.txt", Kind.OTHER),
        (b"", "a.txt", Kind.OTHER),
        (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "a.asc", Kind.KEY),
    ],
)
def test_t53_t64_a_file_is_what_its_content_says(content: bytes, name: str, kind: Kind) -> None:
    """The name and the declared type make nothing harmless."""
    assert kind_of(content, name) is kind


def test_every_kind_has_its_rule() -> None:
    """None is forgotten, and only kinds that are looked into go by themselves."""
    assert set(RULES) == set(Kind) - {Kind.KEY}
    assert {kind for kind, rule in RULES.items() if rule.fate is Fate.SENT} == {
        *(Kind.IMAGE, Kind.PDF, Kind.OFFICE, Kind.TEXT, Kind.HAR, Kind.CODE)
    }


@pytest.mark.parametrize(
    ("kind", "made", "traces", "how", "fate", "why"),
    [
        (Kind.PDF, Cleaned(b"x", "pdf"), (), Circumstances(True), Fate.SENT, ""),
        (Kind.PDF, Cleaned(refused="damaged"), (), Circumstances(True), Fate.REFUSED, "damaged"),
        (Kind.PDF, Cleaned(b"x"), ("reporter.name",), Circumstances(True), Fate.REFUSED, "identity"),
        (Kind.PDF, Cleaned(b"x"), ("cookie",), Circumstances(True), Fate.LISTED, "secrets"),
        (Kind.PDF, Cleaned(b"x"), ("cookie",), Circumstances(True, chosen=frozenset((1,))), Fate.SENT, "chosen"),
        (
            Kind.PDF,
            Cleaned(b"x"),
            ("reporter.name",),
            Circumstances(True, "", frozenset((1,))),
            Fate.REFUSED,
            "identity",
        ),
        (Kind.IMAGE, Cleaned(b"x"), (), Circumstances(True, "several_reports"), Fate.LISTED, "several_reports"),
        (Kind.IMAGE, Cleaned(b"x"), (), Circumstances(True, "", frozenset()), Fate.LISTED, "left_out"),
        (Kind.CODE, Cleaned(b"x"), (), Circumstances(False, "", frozenset((1,))), Fate.REFUSED, "needs_encryption"),
        (Kind.ARCHIVE, Cleaned(b"x"), (), Circumstances(True), Fate.LISTED, "archive"),
        (Kind.ARCHIVE, Cleaned(b"x"), (), Circumstances(False), Fate.REFUSED, "needs_encryption"),
        (Kind.PROGRAM, Cleaned(b"x"), (), Circumstances(True, "", frozenset((1,))), Fate.REFUSED, "program"),
    ],
)
def test_what_decides(
    kind: Kind, made: Cleaned, traces: tuple[str, ...], how: Circumstances, fate: Fate, why: str
) -> None:
    """The rule of the kind first, then what was found in it, then the coordinator: undoing doubt, no refusal."""
    record = judge(1, Attachment("a", "a/b", b"abc"), kind, made, traces, how).record
    assert (record.fate, record.why) == (fate, why)


def test_too_much_stays_behind() -> None:
    """What is over the limit of one mail is named."""
    big = Cleaned(bytes(4_000_000), "png", "image/png")
    looked = [judge(n, Attachment("a", "", b"a"), Kind.IMAGE, big, (), Circumstances(True)) for n in (1, 2)]
    attachments, records = enclosed(looked)
    assert ([r.fate for r in records], records[1].why) == ([Fate.SENT, Fate.REFUSED], "too_much")
    assert len(attachments) == 1
    assert chosen(records) == {1}


def test_only_the_very_file_is_vouched_for() -> None:
    """Another content, name or type is not what was looked at."""
    made = Cleaned(b"x", "png", "image/png")
    looked = judge(1, Attachment("a", "", b"a"), Kind.IMAGE, made, (), Circumstances(True))
    (file,), records = enclosed([looked])
    assert vouched(file, records)
    for other in (Attachment(file.filename, file.media_type, b"y"), Attachment("b.png", file.media_type, b"x")):
        assert not vouched(other, records)
    assert not vouched(Attachment(file.filename, "text/html", b"x"), records)
    assert not needs_encryption(records)


def test_traffic_keeps_what_reproduction_needs() -> None:
    """URL, method and harmless headers stay; cookies, credentials and the browser's name go."""
    kept = without_identity(har().decode(), "[x]")
    assert kept
    assert "q=%3Cb%3E" in kept
    assert "text/html" in kept
    for gone in ("0123456789abcdef", "aaaa.bbbb", "Hanako", NAME, "192.0.2.7"):
        assert gone not in kept
    query = '{"log": {"queryString": [{"name": "from", "value": "a<b"}]}}'
    assert "a<b" in (without_identity(query, "[x]") or "")
    assert without_identity("{", "[x]") is None
    assert without_identity("[" * 100_000, "[x]") is None


@pytest.mark.parametrize("language", ["ja", "en", "xx"])
def test_coordinators_read_before_and_after(desk: QuickDesk, language: str) -> None:
    """Number, name, size and digest of each file; what was done to it, or why it stays."""
    item = until_details_held(desk, *FILES)
    assert item.draft
    text = "\n".join(lines(item.draft.files, language))
    assert "1. hanako_poc.png (image," in text
    assert "→ attachment-1.png (image/png," in text
    assert "hanako/poc.py (12 bytes)" in text
    assert not re.search(r": (?:[a-z]+_)+[a-z]+$", text, re.MULTILINE), "a code without words"
