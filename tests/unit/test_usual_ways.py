"""What is usual is read in a short way, and tells what the long way tells of it."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core import armor, boundaries, charset

_KINDS = st.sampled_from([b"MESSAGE", b"SIGNATURE", b"PUBLIC KEY BLOCK"])
_ENDS = st.sampled_from([b"\n", b"\r\n"])
_HEADS = st.sampled_from([b"", b"Version: GnuPG v2\n", b"Comment:\n", b"Hash: \n", b"X: " + b"A" * 50 + b"\n"])
_LINES = st.lists(st.sampled_from([b"A" * 64, b"Zm9v", b"Zg==", b"Zm8=", b"=abcd", b"=", b"", b" A"]), max_size=4)
_DIRT = st.sampled_from([b"", b"> ", b"\r", b"\xc2\xa0", b"-----END PGP MESSAGE-----", b"=3D", b"=", b"\n\n", b" x "])


@st.composite
def _blocks(draw: st.DrawFn) -> bytes:
    """Armored blocks, most of which nothing happened to."""
    kind, lines = draw(_KINDS), b"".join(line + b"\n" for line in draw(_LINES))
    text = b"-----BEGIN PGP %b-----\n%b\n%b-----END PGP %b-----\n" % (kind, draw(_HEADS), lines, kind)
    text = text.replace(b"\n", draw(_ENDS))
    position = draw(st.integers(0, len(text)))
    return text[:position] + draw(_DIRT) + text[position:]


@given(_blocks())
def test_an_untouched_block_is_read_as_any_other(block: bytes) -> None:
    """Tidied and decoded, with the short way and without it."""
    short = [armor.binary(block), armor.in_text(block)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(armor, "_usual", lambda block: None)
        assert short == [armor.binary(block), armor.in_text(block)]


def test_most_blocks_go_the_short_way() -> None:
    """With and without headers and checksum, in both kinds of line ends."""
    for head in (b"", b"Version: GnuPG v2\r\n"):
        block = (
            b"-----BEGIN PGP MESSAGE-----\r\n" + head + b"\r\nZm9v\r\nZg==\r\n=abcd\r\n-----END PGP MESSAGE-----\r\n"
        )
        for text in (block, block.replace(b"\r\n", b"\n"), block.replace(b"=abcd\r\n", b"")):
            assert armor._usual(text) == (b"MESSAGE", b"Zm9v\nZg==")


_PIECES = [b"-----BEGIN PGP MESSAGE-----", b"-----END PGP MESSAGE-----", b"-----BEGIN PGP SIGNED MESSAGE-----"]
_PIECES += [b"\n", b"\r", b"\r\n", b"> ", b"|", b" ", b"\xc2\xa0", b"-", b"x"]


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map(b"".join))
def test_marks_are_found_where_lines_begin(text: bytes) -> None:
    """Looking for marks themselves finds what looking at every line finds."""
    assert [found.span() for found in armor._marks(text)] == [found.span() for found in armor._MARK.finditer(text)]


_BITS = [b"--b", b"--b--", b"\n", b"\r\n", b"\r", b" ", b"\t", b"x", b"-", b"b"]


@given(st.lists(st.sampled_from(_BITS), max_size=12).map(b"".join), st.data(), st.booleans())
def test_delimiters_stand_on_lines_of_their_own(text: bytes, data: st.DataObject, loose: bool) -> None:
    """As one pattern for the whole line says it."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = [(mark.start, mark.end, mark.closing) for mark in boundaries.delimiters(text, start, end, b"b", loose)]
    assert found == list(_by_pattern(text, start, end, loose))


def _by_pattern(text: bytes, start: int, end: int, loose: bool) -> Iterator[tuple[int, int, bool]]:
    after = rb"(--)?(?:[ \t][^\n]*)?\r*(?:\n|\Z)" if loose else rb"(--)?[ \t\r]*(?:\n|\Z)"
    first = re.compile(b"--b" + after).match(text, start, end)
    found = [first] if first else []
    found += re.compile(b"(?<=\n)--b" + after).finditer(text, first.end() if first else start, end)
    yield from ((mark.start(), mark.end(), mark.group(1) is not None) for mark in found)


_WORDS = [
    b"=?utf-8?q?a?=",
    b"=?",
    b"=",
    b"?",
    b"abc",
    b" ",
    b"\r\n ",
    b"\t",
    b"\x00",
    b"\x1b$B",
    b"~{",
    b"\xe3\x81\x82",
]


@given(st.lists(st.sampled_from(_WORDS), max_size=6).map(b"".join))
def test_a_header_of_plain_words_is_what_it_is(value: bytes) -> None:
    """Read in the short way, and in the long one."""
    short = charset.header_text(value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charset, "_AS_IT_STANDS", re.compile(rb"(?!)"))
        assert short == charset.header_text(value)
