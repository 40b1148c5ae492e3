"""What the frames of a key's packets tell before gpg sees it."""

from base64 import b64encode
from hashlib import sha1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.packets import MAX_KEY_BYTES, begins_with_secret, holds_secret, key_blocks, oversize, packets

PRIMARY, SECRET, SIGNATURE, USER_ID, SUBKEY, SECRET_SUBKEY, PHOTO = 6, 5, 2, 13, 14, 7, 17
KEY = b"\x04\x65\x00\x00\x00\x16" + b"k" * 40


def packet(tag: int, body: bytes = b"x", old: bool = False) -> bytes:
    """A packet with a new frame, or an old one with two octets of length."""
    if old:
        return bytes([0x81 | tag << 2]) + len(body).to_bytes(2) + body
    if len(body) < 192:
        return bytes([0xC0 | tag, len(body)]) + body
    if len(body) < 8384:
        return bytes([0xC0 | tag, (len(body) - 192 >> 8) + 192, len(body) - 192 & 255]) + body
    return bytes([0xC0 | tag, 255]) + len(body).to_bytes(4) + body


def armored(data: bytes, what: str = "PUBLIC") -> bytes:
    text = b64encode(data)
    lines = b"\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    frame = (f"-----BEGIN PGP {what} KEY BLOCK-----\nComment: x\n\n", f"\n=abcd\n-----END PGP {what} KEY BLOCK-----\n")
    return frame[0].encode() + lines + frame[1].encode()


@pytest.mark.parametrize("size", [0, 1, 191, 192, 500, 8383, 8384, 70_000])
def test_frames_of_every_length(size: int) -> None:
    """A packet is read back whatever form its length has."""
    data = packet(SIGNATURE, b"s" * size) + packet(USER_ID, b"u")
    assert [(p.tag, len(p.body)) for p in packets(data)] == [(SIGNATURE, size), (USER_ID, 1)]
    assert b"".join(p.framed for p in packets(data)) == data


def test_old_frames() -> None:
    """Most keys in use have them."""
    assert [(p.tag, p.body) for p in packets(packet(PRIMARY, KEY, old=True))] == [(PRIMARY, KEY)]


@pytest.mark.parametrize("data", [b"", b"plain", b"\xc6", b"\xc6\xff\x00", b"\xc6\x05abc", b"\xc6\xe1abc", b"\x9bx"])
def test_what_has_no_frame_has_no_packets(data: bytes) -> None:
    """Text, what is cut off, and lengths that a key cannot have."""
    assert list(packets(data)) == []
    assert key_blocks(data) == ()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (packet(PRIMARY, KEY), None),
        (packet(PRIMARY, KEY) + packet(SIGNATURE) * 1_000, None),
        (packet(PRIMARY, KEY) + packet(SIGNATURE) * 100_000, "larger than"),
        (packet(PRIMARY, KEY) + packet(SIGNATURE) * 1_001, "more than 1000 signatures"),
        (armored(packet(PRIMARY, KEY) + packet(SIGNATURE) * 1_001), "more than 1000 signatures"),
        (packet(PRIMARY, KEY) + packet(USER_ID) * 51, "more than 50 user ids"),
        (packet(PRIMARY, KEY) + packet(PHOTO) * 51, "more than 50 user ids"),
        (packet(PRIMARY, KEY) + packet(SUBKEY) * 51, "more than 50 subkeys"),
        (packet(PRIMARY, KEY) * 11, "more than 10 keys"),
        (packet(PRIMARY, KEY) + packet(PHOTO, b"p" * MAX_KEY_BYTES), "larger than"),
    ],
)
def test_t41_oversized_keys(data: bytes, why: str | None) -> None:
    """Bytes, signatures, user ids, subkeys and keys are counted before gpg works through them."""
    found = oversize(data)
    assert (found is None) if why is None else why in (found or "")


@pytest.mark.parametrize("tag", [SECRET, SECRET_SUBKEY])
@pytest.mark.parametrize("wrap", [bytes, armored, lambda data: armored(data, "PRIVATE")])
def test_t41_a_secret_key_is_seen_whatever_it_is_called(tag: int, wrap: object) -> None:
    """Also below a public key, and in an armor that says PUBLIC."""
    data = packet(PRIMARY, KEY) + packet(tag, KEY)
    assert holds_secret(wrap(data))  # type: ignore[operator]
    assert any(block.secret for block in key_blocks(data))
    assert not holds_secret(wrap(packet(PRIMARY, KEY)))  # type: ignore[operator]


def test_a_file_that_is_a_secret_key() -> None:
    """By its first packet, not by chance: a picture begins with the same kind of byte."""
    assert begins_with_secret(packet(SECRET, KEY))
    assert begins_with_secret(packet(SECRET, KEY, old=True))
    for other in (packet(PRIMARY, KEY), b"\xff\xd8\xff\xe0JFIF", b"\x95\x00\x02ab", b"\xc5", b""):
        assert not begins_with_secret(other)


def test_keys_are_taken_apart() -> None:
    """Each with what belongs to it, and its fingerprint; of another version without."""
    one, other = KEY + b"1", b"\x06" + KEY
    first = packet(PRIMARY, one) + packet(USER_ID, b"a@x") + packet(SIGNATURE)
    second = packet(PRIMARY, other) + packet(USER_ID, b"b@x")
    blocks = key_blocks(armored(first) + b"text between\n" + armored(second))
    digest = sha1(b"\x99" + len(one).to_bytes(2) + one).hexdigest().upper()
    assert [(block.content, block.fingerprint) for block in blocks] == [(first, digest), (second, "")]


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """Nothing raises, and what was read is a beginning of what came."""
    assert data.startswith(b"".join(p.framed for p in packets(data))) or b"-----BEGIN" in data
    oversize(data), holds_secret(data), key_blocks(data), begins_with_secret(data)
    list(packets(b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + data))
