"""Mails from the test collections of other parsers read as a person would read them.

One collection says what its parts are; for the others the table below says what was seen by looking at each mail.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from mailbot.core import mime
from mailbot.core.limits import Limits
from mailbot.core.messages import ParsedMail, RawMail
from mailbot.core.parse import parse
from tests.corpus import corpus_dir, needs_corpus

COLLECTIONS = ("mime-mikel-mail", "mime-cpython", "mime-mail-parser", "mime-mimekit", "mime-mime4j")
# The rest is so damaged that it is a matter of taste: text without headers, preambles, empty parts, digests.
AS_OTHERS_READ = 0.85
# Damaged before they were collected: the mail itself holds the sign for an unreadable character, or no character.
UNREADABLE = {"must_supply_encoding.eml", "mail_test_6"}
# What stands in a mail that is easily lost: in its subject, its text, its attachments' names, or how many there are.
SEEN: dict[str, tuple[str, str, int]] = {
    "attachment_nonascii_filename.eml": ("testing", "first part", 1),
    "attachment_message_rfc822.eml": ("testing", "Just attaching another PDF", 2),
    "attachment_with_quoted_filename.eml": ("Eelanalüüsi päring", "", 1),
    "content_transfer_encoding_qp_with_space.eml": ("Low or High", "If you're in need", 0),
    "content_transfer_encoding_with_semi_colon.eml": ("Attention", "Dear Homeowner", 0),
    "invalid_subject_characters.eml": ("Formação FrenetikPolis: Mega Campanha Final Verão", "TEST", 0),
    "header_fields_with_empty_values.eml": ("Testmail", "Jørn Støylen", 0),
    "raw_email.eml": ("한국말로 하는 것", "제 이름은", 0),
    "raw_email_with_partially_quoted_subject.eml": ('Re: Test: "漢字" mid "漢字" tail', "", 0),
    "raw_email_incorrect_header.eml": ("Stop adware", "You are infected with", 0),
    "raw_email_with_nested_attachment.eml": ("Testing attachments", "test of an attachment", 2),
    "example14.eml": ("TEST  テストテスト", "Hello", 0),
    "utf8_headers.eml": ("Säying Hello", "body", 0),
    "msg_10.txt": ("Lyrics", "¡This is a Quoted Printable", 0),
    "msg_15.txt": ("XX", "Some removed test", 1),
    "msg_35.txt": ("here's something interesting", "no separating newline", 0),
    "msg_39.txt": ("", "happy childhood", 6),
    "mail_malformed_1": ("immagine", "Sent from my iPhone", 1),
    "mail_malformed_3": ("Ahorre Dinero", "información de la compañía", 0),
    "mail_test_6": ("Быстрее вкладывайте", "ведущая деловая сеть", 4),
    "mail_test_12": ("代开各地增值税发票", "点数优惠", 0),
    "feedback-report.txt": ("FW: Earn money", "email abuse report", 2),
    "issue358.txt": ("R: R: R: I:", "Test headers", 0),
    "issue1130.txt": ("Test of text body", "there isa", 0),
    "empty-multipart.txt": ("test of empty", "on the same level", 0),
    "sig-uu.msg": ("Here's my UU'ed sig!", "Done!", 2),
    "uu-zeegee.msg": ("uudecoding", "I've uuencoded the ZeeGee logo", 2),
    "double-bound.msg": ("test of double-boundary", "Am I here?", 1),
    "multi-2gifs-base64.msg": ("a multipart message/rfc822", "When unpacked", 3),
    "attachment-filename-encoding-Latin1.msg": ("", "Attachment Test", 1),
    "jt-0498.msg": ("Fwd: PC800", "I purchased a tall windshield", 1),
}


def mails() -> Iterator[Path]:
    root = corpus_dir()
    for name in COLLECTIONS if root else ():
        yield from sorted(path for path in (root / name / "mails").rglob("*") if path.is_file())  # type: ignore[operator]


def read(path: Path) -> ParsedMail:
    return parse(RawMail(path.read_bytes(), path.name))


@needs_corpus
def test_every_mail_is_read_without_garbling() -> None:
    """No mail yields signs for unreadable characters that it did not hold, or characters of nobody's alphabet."""
    wrong = []
    for path in mails():
        mail = read(path)
        everything = "".join((mail.subject, mail.text, *(attachment.filename for attachment in mail.attachments)))
        garbled = "\ufffd" in everything or any("\ue000" <= character <= "\uf8ff" for character in everything)
        if garbled and path.name not in UNREADABLE:
            wrong.append(path.name)
    print(f"\nmails without garbled text: all but {len(wrong)} of {len(list(mails()))}", *wrong)  # noqa: T201  # the score
    assert not wrong


@needs_corpus
def test_nothing_that_was_seen_is_lost() -> None:
    """Subject, text and attachments are those that a look at the mail shows."""
    wrong = []
    for path in mails():
        if path.name in SEEN:
            mail = read(path)
            subject, text, attachments = SEEN[path.name]
            if subject not in mail.subject or text not in mail.text or len(mail.attachments) != attachments:
                wrong.append((path.name, mail.subject, len(mail.attachments)))
    print(f"\nmails with all that was seen: {len(SEEN) - len(wrong)} of {len(SEEN)}", *wrong)  # noqa: T201  # the score
    assert not wrong


def leaves(part: mime.Part) -> Iterator[mime.Part]:
    if not part.children:
        yield part
    for child in part.children:
        yield from leaves(child)


def digests(contents: list[bytes]) -> list[str]:
    return sorted(sha256(content.replace(b"\r\n", b"\n").strip()).hexdigest() for content in contents)


@needs_corpus
def test_parts_are_those_that_another_parser_finds() -> None:
    """The decoded leaves are the same, save where the mail is so damaged that it is a matter of taste."""
    root = (corpus_dir() or Path()) / "mime-mime4j"
    expected = json.loads((root / "expected.json").read_text("utf-8"))
    differing = []
    for name, entry in expected.items():
        top, _ = mime.read((root / "mails" / name).read_bytes(), Limits())
        found = digests([leaf.content()[0] for leaf in leaves(top)])
        if found != sorted(part["sha256_lf"] for part in entry["decoded_parts"]):
            differing.append(Path(name).name)
    print(f"\nmails with equal parts: {len(expected) - len(differing)} of {len(expected)}", *differing)  # noqa: T201
    assert len(expected) - len(differing) >= AS_OTHERS_READ * len(expected)


@needs_corpus
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_cut_of_a_mail_is_read(collection: str) -> None:
    """A mail that ends anywhere is still a mail: nothing raises."""
    for path in mails():
        if collection in path.parts:
            content = path.read_bytes()
            for share in (3, 5, 8):
                parse(RawMail(content[: len(content) * share // 10], "cut"))
