"""Outlook's winmail.dat is unpacked: its files and its text, with bounds."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core import rtf, tnef
from mailbot.core.messages import ParsedMail, RawMail
from mailbot.core.parse import parse

HEAD = b"From: a@example.jp\r\nDate: Fri, 20 Nov 2026 09:30:00 +0900\r\n"
# "{\rtf1 WXYZWXYZWXYZWXYZWXYZ}", the example of MS-OXRTFCP section 3.1.2
COMPRESSED = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")


def attribute(name: int, content: bytes, level: int = 1) -> bytes:
    return struct.pack("<BII", level, name, len(content)) + content + b"\0\0"


def value(name: int, kind: int, content: bytes) -> bytes:
    return struct.pack("<HHII", kind, name, 1, len(content)) + content + bytes(-len(content) % 4)


def properties(*values: bytes) -> bytes:
    return struct.pack("<I", len(values)) + b"".join(values)


def winmail(*attributes: bytes) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)


def file(name: str, content: bytes) -> bytes:
    long_name = properties(value(0x3707, 0x1F, (name + "\0").encode("utf-16-le")), value(0x370E, 0x1E, b"text/plain\0"))
    return attribute(0x00069002, bytes(14)) + attribute(0x0006800F, content) + attribute(0x00069005, long_name)


def mail(content: bytes, text: bytes = b"") -> ParsedMail:
    part = b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: binary\r\n\r\n" + content
    body = b"--b\r\n\r\n" + text + b"\r\n--b\r\n" + part + b"\r\n--b--\r\n"
    return parse(RawMail(HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body, "test"))


BODY = attribute(0x00069003, properties(value(0x1000, 0x1F, "脆弱性の件\r\nです\0".encode("utf-16-le"))))


def test_t17_files_and_text_of_a_winmail_dat() -> None:
    """Its files are attachments under their long names, its text is the mail's."""
    found = mail(
        winmail(attribute(0x00069007, struct.pack("<II", 932, 0)), BODY, file("報告.txt", b"poc"), file("b.txt", b""))
    )
    assert [(a.filename, a.media_type, a.content) for a in found.attachments] == [
        ("報告.txt", "text/plain", b"poc"),
        ("b.txt", "text/plain", b""),
    ]
    assert (found.text, found.defects) == ("脆弱性の件\nです", ("winmail.dat unpacked",))


def test_t17_text_that_the_mail_has_already_is_not_repeated() -> None:
    """Outlook packs the text twice; a person reads it once."""
    assert mail(winmail(BODY), "脆弱性の件 です".encode()).text == "脆弱性の件 です"


def test_t17_a_winmail_dat_in_a_winmail_dat() -> None:
    """A forwarded mail of Outlook's is unpacked too, some levels deep."""
    content = winmail(BODY, file("a.txt", b"inner"))
    for _ in range(9):
        content = winmail(file("winmail.dat", content))
    found = mail(content)
    assert [a.filename for a in found.attachments] == ["winmail.dat"]
    assert [a.filename for a in mail(winmail(file("x", winmail(file("a.txt", b"inner"))))).attachments] == ["a.txt"]


@pytest.mark.parametrize(
    ("content", "defects"),
    [
        (b"no winmail.dat", ("winmail.dat was not read",)),
        (winmail(BODY)[:-20], ("winmail.dat unpacked", tnef.DAMAGED)),
        (winmail(BODY, b"\x01\x03\x90\x06\x00\xff\xff\xff\x7f"), ("winmail.dat unpacked", tnef.DAMAGED)),
        (winmail(attribute(0x00069003, b"\xff" * 40)), ("winmail.dat unpacked", tnef.DAMAGED)),
    ],
)
def test_t17_a_damaged_winmail_dat_is_named(content: bytes, defects: tuple[str, ...]) -> None:
    """What cannot be read is said so; what is no winmail.dat stays a file."""
    found = mail(content)
    assert found.defects == defects
    assert len(found.attachments) == (defects == ("winmail.dat was not read",))


def test_rich_text_is_decompressed() -> None:
    """The compression refers back to what was written, also to what it is writing."""
    assert rtf.decompress(COMPRESSED) == rb"{\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert rtf.text_of(rtf.decompress(COMPRESSED)) == ("WXYZWXYZWXYZWXYZWXYZ", False)


JAPANESE = (
    rb"{\rtf1\ansi\ansicpg932{\fonttbl{\f0 Arial;}}\f0 \'90\'c6\'8e\'e3\'90\'ab\par \u8208\'3f{\*\x hidden}\{ok\}}"
)
HTML = (
    rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}\htmlrtf \par\htmlrtf0 a < b"
    rb"{\*\htmltag4 <br>}\htmlrtf \line\htmlrtf0 c}"
)


@pytest.mark.parametrize(
    ("rich", "text", "is_html"),
    [
        (JAPANESE, "脆弱性\n‐{ok}", False),
        (rb"{\rtf1\ansi\uc1 \u-10179?\u-8632?}", "🙈", False),
        (HTML, "<p>a &lt; b<br>c", True),
        (rb"}}}{{{\'zz\u\par", "'zz\n", False),
    ],
)
def test_text_of_rich_text(rich: bytes, text: str, is_html: bool) -> None:
    """Formatting is no text; HTML inside Rich Text comes out as HTML."""
    assert rtf.text_of(rich) == (text, is_html)


def test_t6_compressed_rich_text_grows_to_eight_times_its_size_at_most() -> None:
    """References are short, and there is an end to what is read."""
    data = struct.pack("<IIII", 0, 2**31, 0x75465A4C, 0) + (b"\xff" + b"\x00\x0f" * 8) * 1_000_000
    assert len(rtf.decompress(data)) < rtf.LIMIT + 500
    small = data[: 16 + 17 * 100]
    assert len(rtf.decompress(small)) <= 8 * len(small)


@given(st.binary(max_size=300))
def test_any_bytes_are_unpacked(content: bytes) -> None:
    """Whatever stands in one, nothing raises."""
    tnef.unpack(b"\x78\x9f\x3e\x22\x01\x00" + content)
    tnef.unpack(winmail(attribute(0x00069003, content)))
    rtf.text_of(rtf.decompress(struct.pack("<IIII", 0, len(content), 0x75465A4C, 0) + content))
    rtf.text_of(content)
