"""What is over a limit is left unread, named and held; nothing is cut off unseen, and nothing hostile costs much."""

import base64
import gzip
import io
import zipfile
from dataclasses import fields, replace

import pytest

from mailbot.config_keys import LimitKeys
from mailbot.core.classify import OVER_A_LIMIT, MailKind, classify
from mailbot.core.correlate import Correlation
from mailbot.core.limits import Limits
from mailbot.core.messages import Crypto, OpenedMail, ParsedMail, RawMail
from mailbot.core.parse import parse
from mailbot.core.sight import Sight
from tests.builders import DESK

HEAD = b"From: a@example.jp\r\nDate: Fri, 20 Nov 2026 09:30:00 +0900\r\n"
ATTACHED = b"Content-Type: application/octet-stream\r\n\r\nx"
NAME = b"Content-Disposition: attachment; " + b"; ".join(b"filename*%d=a" % n for n in range(10)) + b"\r\n\r\nx"
FORWARD = b"Content-Type: message/rfc822\r\n\r\n"


def parsed(content: bytes, limits: Limits = Limits()) -> ParsedMail:  # noqa: B008  # frozen: safe to share
    return parse(RawMail(content, "test"), limits)


def multipart(*parts: bytes, boundary: bytes = b"b") -> bytes:
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n" + body + b"--b--\r\n"


OVER = [
    (Limits(mail_bytes=100), HEAD + b"\r\n" + b"x" * 100, "limit: mail of more than 100 bytes"),
    (Limits(header_bytes=100), HEAD + b"X: " + b"y" * 99 + b"\r\n\r\nx", "limit: header of more than 100 bytes"),
    (Limits(headers=3), HEAD + b"X: y\r\n" * 9 + b"\r\nx", "limit: header of more than 3 headers"),
    (Limits(parameters=3), multipart(NAME), "limit: more than 3 parameters in a header"),
    (Limits(parts=3), multipart(*[b"\r\nx"] * 9), "limit: more than 3 parts"),
    (Limits(depth=3), HEAD + FORWARD * 9, "limit: more than 3 levels of parts"),
    (Limits(addresses=3), HEAD + b"To: " + b"a@b.jp, " * 9 + b"c@d.jp\r\n\r\nx", "limit: more than 3 addresses in To"),
    (Limits(attachments=3), multipart(*[ATTACHED] * 9), "limit: more than 3 attachments"),
    (Limits(text_characters=3), HEAD + b"\r\nhello", "limit: text of more than 3 characters"),
    (
        Limits(html_characters=3),
        HEAD + b"Content-Type: text/html\r\n\r\n<p>hello",
        "limit: more than 3 characters of HTML",
    ),
]


@pytest.mark.parametrize(("limits", "content", "defect"), OVER, ids=[case[2][7:] for case in OVER])
def test_t2_t3_t5_beyond_a_limit(limits: Limits, content: bytes, defect: str) -> None:
    """Each limit is named when it is passed, and only then; the sender is still read."""
    mail = parsed(content, limits)
    assert defect in mail.defects
    assert mail.sender is not None or "header" in defect
    assert not [found for found in parsed(content).defects if found.startswith(OVER_A_LIMIT)]


def test_text_that_is_over_the_limit_is_kept_whole() -> None:
    """What rules do not look at, a person still can."""
    assert parsed(HEAD + b"\r\nhello", Limits(text_characters=3)).text == "hello"


@pytest.mark.parametrize("place", ["mail", "opened", "crypto"])
def test_a_mail_over_a_limit_is_held(place: str) -> None:
    """However much it reads like a report, a person looks at what was not read in full."""
    mail = parsed(HEAD + b"\r\nx")
    found = ("limit: more than 3 parts",)
    opened = OpenedMail(
        mail=replace(mail, defects=found if place == "mail" else ()),
        subject="",
        text="",
        new_text="",
        attachments=(),
        crypto=Crypto(defects=found if place == "crypto" else ()),
        defects=found if place == "opened" else (),
    )
    triage = classify(Sight(opened, Correlation(), DESK, likeness=1.0))
    assert (triage.kind, triage.why) == (MailKind.HELD, "it is over a limit, so that not all of it was read")


def test_every_limit_can_be_configured() -> None:
    """`[limits]` has exactly the limits of the core, with their defaults."""
    assert set(LimitKeys.model_fields) == {field.name for field in fields(Limits)}
    assert Limits(**LimitKeys.model_validate({}).model_dump()) == Limits()


HOSTILE = {
    "10k_parts": multipart(*[b"\r\nx"] * 10_000),
    "1000_levels": HEAD
    + b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(1000)),
    "1000_levels_of_one_boundary": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 1000,
    "boundary_of_a_boundary": multipart(
        b"Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\ninner\r\n--bb--", b"\r\nouter"
    ),
    "100k_to": HEAD + b"To: a@b.jp\r\n" * 100_000 + b"\r\nx",
    "500k_headers": HEAD + b"X: y\r\n" * 500_000 + b"\r\nx",
    "10k_parameters": HEAD
    + b"Content-Type: text/plain; "
    + b";".join(b"a*%d=b" % n for n in range(10_000))
    + b"\r\n\r\n",
    "encoded_words": HEAD + b"Subject: " + b"=?a?q?x" * 9_000 + b"\r\n\r\nx",
    "one_long_line": HEAD + b"\r\n" + b"x" * 20_000_000,
    "no_escapes": HEAD + b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + b"$B$B$B$B" * 3_000_000,
    "delimiters": HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--bb\r\n" * 1_000_000,
    "uuencoded": HEAD + b"\r\n" + b"begin 644 a\r\n#86)C\r\nend\r\n" * 100_000,
    "base64": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(bytes(15_000_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_t2_t3_t4_t5_hostile_sizes_are_read_to_an_end(name: str) -> None:
    """Thousands of parts, headers, parameters and delimiters end in a mail with a sender, not in an exception."""
    mail = parsed(HOSTILE[name])
    assert mail.sender is not None
    assert mail.defects or name in ("boundary_of_a_boundary", "encoded_words", "base64")


def test_t2_a_boundary_that_begins_with_another_one() -> None:
    """Parts are told apart by whole lines."""
    assert parsed(HOSTILE["boundary_of_a_boundary"]).text == "inner\n\nouter"


def test_forwarded_mails_are_kept_a_bounded_number_of_times() -> None:
    """A mail in a mail in a mail is not kept as often as it is nested."""
    limits = Limits(mail_bytes=10_000)
    mail = parsed(HEAD + FORWARD * 40 + b"x" * 8_000, limits)
    assert sum(len(attachment.content) for attachment in mail.attachments) <= 40_000
    assert "limit: more than 40000 bytes of them" in mail.defects


def _zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../zeros", bytes(5_000_000))
    return file.getvalue()


@pytest.mark.parametrize(
    ("media_type", "content"),
    [("application/zip", _zip_bomb()), ("application/gzip", gzip.compress(bytes(5_000_000)))],
    ids=["zip", "gzip"],
)
def test_t6_archives_are_not_opened(media_type: str, content: bytes) -> None:
    """An archive is a file like any other: it is kept as it is, and nothing looks inside."""
    part = f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
    (attachment,) = parsed(multipart(part + base64.encodebytes(content))).attachments
    assert attachment.content == content
