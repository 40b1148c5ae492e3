"""Messages are taken apart strictly: what could mean two things means nothing here."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.message_packets import Frame, frames, literal, sealed
from mailbot.core.signature_packets import announced, detached

TEXT = b"\xcb\x0bb\x00\x00\x00\x00\x00hello"
"""A literal of 5 bytes in the newer format."""


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", ()),
        (b"\xca\x03PGP", (Frame(10, b"PGP"),)),
        (b"\xca\x03PGP\xca\x00", (Frame(10, b"PGP"), Frame(10, b""))),
        (b"\xca\xff\x00\x00\x00\x03PGP", (Frame(10, b"PGP"),)),
        (b"\xca\xc0\x08" + bytes(200), (Frame(10, bytes(200)),)),
        (b"\xa8\x03PGP", (Frame(10, b"PGP"),)),
        (b"\xa9\x00\x03PGP", (Frame(10, b"PGP"),)),
        (b"\xaa\x00\x00\x00\x03PGP", (Frame(10, b"PGP"),)),
        (b"\xcb\xe1ab\xe0c\x01d", (Frame(11, b"abcd"),)),
        (b"\xa3to the end", (Frame(8, b"to the end"),)),
    ],
)
def test_packets_are_found_in_every_frame(data: bytes, found: tuple[Frame, ...]) -> None:
    """Older and newer, of every kind of length (RFC 9580 section 4.2)."""
    assert frames(data) == found


@pytest.mark.parametrize(
    "data",
    [
        b"\x0aPGP",
        b"\xca\x04PGP",
        b"\xca",
        b"\xca\xc0",
        b"\xca\xff\x00\x00",
        b"\xa9\x00",
        b"\xca\xe1ab\x00",
        b"\xcb\xe1ab",
        b"\xcb\xe1a",
        b"\xabto the end",
        b"\xca\x00" * 33,
    ],
    ids=["no-packet", "cut", "frame", "two", "five", "older", "parts", "no-last", "cut-part", "endless", "many"],
)
def test_packets_that_do_not_fill_the_data_are_none(data: bytes) -> None:
    """Cut off, in parts where none may be, up to the end where only compressed data goes so far, or too many."""
    assert frames(data) is None


@given(st.binary(max_size=80) | st.binary(max_size=80).map(lambda data: b"\xd2\x20\x01" + data))
def test_nothing_breaks_the_reader(data: bytes) -> None:
    """Whatever the bytes are."""
    for given_bytes in (data, b"\xcb" + bytes([min(191, len(data))]) + data, b"\xa3\x02" + data):
        sealed(given_bytes)
        literal(given_bytes, 100)
        detached(given_bytes)
    announced(data, b"\x04\x00\x16\x08" + data)
    detached(b"\xc2" + bytes([len(data) + 4]) + b"\x04\x00\x16\x08" + data)


@pytest.mark.parametrize(("most", "is_read"), [(4, False), (5, True)])
@pytest.mark.parametrize("packed", [False, True])
def test_t6_what_is_over_the_limit_is_not_read(most: int, is_read: bool, packed: bool) -> None:
    """Packed or not, to the byte."""
    inside = b"\xa3\x02" + zlib.compress(TEXT) if packed else TEXT
    assert (literal(inside, most) is not None) is is_read
