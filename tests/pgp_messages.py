"""Messages to the desk of every kind, made by gpg, or put together packet by packet around a session key of gpg's."""

import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from mailbot.core.message_packets import frames, sealed
from tests.pgp_home import Person, gpg, introduce, new_home, new_person, people

TEXT = "Content-Type: text/plain\r\n\r\n脆弱性の届出\r\n".encode()
LINES = b"one \ntwo\r\nthree\rfour\n"

Make = Callable[[], bytes]


@cache
def desk() -> Person:
    """A desk whose key has no passphrase, which gpg would take a tenth of a second for every time."""
    person, who = new_person("Desk", "security@desk.example.jp", None), people()
    introduce(person, who.finder)
    who.stranger.keyring.import_key(person.public_key)
    return person


def to_desk(*words: str, content: bytes = TEXT, by: Person | None = None) -> bytes:
    """What gpg of the finder makes of it with those options."""
    base = ("--trust-model", "always", "--recipient", desk().fingerprint, "--encrypt")
    return (by or people().finder).gpg(*words, *base, stdin=content)


def signed(*words: str, content: bytes = TEXT, by: Person | None = None) -> bytes:
    """The same, signed."""
    return to_desk("--sign", *words, content=content, by=by)


UNSIGNED: dict[str, tuple[Make, bool]] = {
    "as-ever": (to_desk, True),
    "armored": (lambda: to_desk("--armor"), True),
    "zip": (lambda: to_desk("--compress-algo", "zip"), True),
    "uncompressed": (lambda: to_desk("-z", "0"), True),
    "empty": (lambda: to_desk(content=b""), True),
    "text": (lambda: to_desk("--textmode", content=LINES), True),
    "named": (lambda: to_desk("--set-filename", "脆弱性.txt"), True),
    "two-recipients": (lambda: to_desk("--recipient", people().finder.fingerprint), True),
    "itself-twice": (lambda: to_desk("--recipient", desk().fingerprint), True),
    "aes128": (lambda: to_desk("--cipher-algo", "AES"), True),
    "aes192": (lambda: to_desk("--cipher-algo", "AES192"), True),
    "big": (lambda: to_desk(content=os.urandom(300_000)), True),
    "big-small": (lambda: to_desk(content=b"x\r\n" * 300_000), True),
    "bzip2": (lambda: to_desk("--compress-algo", "bzip2"), False),
    "for-your-eyes-only": (lambda: to_desk("--for-your-eyes-only"), False),
    "camellia": (lambda: to_desk("--cipher-algo", "CAMELLIA256"), False),
    "3des": (lambda: to_desk("--cipher-algo", "3DES"), False),
    "hidden": (lambda: to_desk("--throw-keyids"), False),
    "one-hidden": (lambda: to_desk("--hidden-recipient", people().finder.fingerprint), False),
    "passphrase-too": (lambda: to_desk("--symmetric", "--passphrase", "x"), False),
    "passphrase": (lambda: people().finder.gpg("--passphrase", "x", "--symmetric", stdin=TEXT), False),
    "no-mdc": (lambda: to_desk("--rfc2440", "--cipher-algo", "3DES", "--disable-mdc"), False),
    "too-large": (lambda: to_desk(content=b"x" * 1_000_001), False),
    "bomb": (lambda: to_desk(content=b"\0" * 20_000_000), False),
    "twice": (lambda: to_desk() + to_desk(), False),
    "junk-behind": (lambda: to_desk() + b"junk", False),
    "literal": (lambda: people().finder.gpg("--store", stdin=TEXT), False),
    "nothing": (lambda: b"", False),
    "for-others": (lambda: to_others(people().finder), False),
}
"""How each is made, and whether it is opened without gpg."""

SIGNED: dict[str, tuple[Make, bool]] = {
    "as-ever": (signed, True),
    "uncompressed": (lambda: signed("-z", "0"), True),
    "sha256": (lambda: signed("--digest-algo", "SHA256"), True),
    "text": (lambda: signed("--textmode", content=b"one \ntwo\n"), True),
    "text-of-odd-lines": (lambda: signed("--textmode", content=LINES), False),
    "notation": (lambda: signed("--sig-notation", "a@example.com=b"), True),
    "sender": (lambda: signed("--sender", "hanako@example.com"), True),
    "big": (lambda: signed(content=os.urandom(300_000)), True),
    "critical-notation": (lambda: signed("--sig-notation", "!a@example.com=b"), False),
    "policy": (lambda: signed("--sig-policy-url", "https://example.com/"), False),
    "sha1": (lambda: signed("--digest-algo", "SHA1"), False),
    "sha224": (lambda: signed("--digest-algo", "SHA224"), False),
    "ends": (lambda: signed("--default-sig-expire", "5y"), False),
    "too-large": (lambda: signed(content=b"x" * 1_000_001), False),
    "of-a-stranger": (lambda: signed(by=people().stranger), False),
}

_THEN = ("--faked-system-time", "20250101T000000!")
_OPEN = ("--passphrase", "")


def to_others(person: Person) -> bytes:
    """A message that the desk has no key for."""
    return person.gpg("--trust-model", "always", "--recipient", person.fingerprint, "--encrypt", stdin=TEXT)


def damaged(message: bytes, steps: int = 12) -> Iterator[bytes]:
    """The message with one bit changed, in many places, and cut off in many."""
    for position in range(0, len(message), max(1, len(message) // steps)):
        yield message[:position] + bytes([message[position] ^ 4]) + message[position + 1 :]
        yield message[:position]


def recast(message: bytes, key: Any, inside: bytes) -> bytes:
    """The message to the holder of `key` with other packets inside, sealed as if nothing had happened."""
    found = sealed(message)
    assert found
    session = key._session(found.keys[0])
    head = os.urandom(16)
    content = head + head[-2:] + inside + b"\xd3\x14"
    cipher = Cipher(AES(session), CFB(bytes(16))).encryptor()
    data = b"\1" + cipher.update(content + hashlib.sha1(content).digest()) + cipher.finalize()
    recipients = [packet(1, frame.body) for frame in frames(message) or () if frame.tag == 1]
    return b"".join(recipients) + packet(18, data)


def packet(tag: int, body: bytes) -> bytes:
    """With its length in five octets."""
    return bytes([0xC0 | tag, 255]) + len(body).to_bytes(4) + body


def a_literal(content: bytes = TEXT, mode: bytes = b"b", name: bytes = b"") -> bytes:
    """A packet with a text or file."""
    return packet(11, mode + bytes([len(name)]) + name + bytes(4) + content)


def compressed(content: bytes, behind: bytes = b"") -> bytes:
    """A packet of what is packed, with something behind it."""
    return packet(8, b"\2" + zlib.compress(content) + behind)


def parts_of_signed(content: bytes, *words: str) -> tuple[bytes, bytes, bytes]:
    """The three packets of what the finder signs."""
    found = frames(people().finder.gpg(*words, "-z", "0", "--sign", stdin=content))
    assert found
    one, two, three = (packet(frame.tag, frame.body) for frame in found)
    return one, two, three


def shapes() -> dict[str, tuple[bytes, bool]]:
    """Packets inside the encryption as few programs or none write them, and whether they are read without gpg."""
    one, text, signature = parts_of_signed(TEXT)
    canonical = parts_of_signed(b"a\nb\n", "--textmode")
    return {
        "utf8": (a_literal(LINES, b"u"), True),
        "text": (a_literal(LINES, b"t"), True),
        "local": (a_literal(LINES, b"l"), False),
        "mime": (a_literal(LINES, b"m"), False),
        "console": (a_literal(name=b"_CONSOLE"), False),
        "cut-name": (packet(11, b"b\x20abc"), False),
        "no-date": (packet(11, b"b\0\0"), False),
        "two-literals": (a_literal() + a_literal(), False),
        "marker": (packet(10, b"PGP") + a_literal(), False),
        "nothing": (b"", False),
        "junk": (b"junk", False),
        "padding": (a_literal() + packet(21, bytes(9)), False),
        "key": (packet(6, bytes(20)), False),
        "compressed-twice": (compressed(compressed(a_literal())), False),
        "packed-not": (packet(8, b"\0" + a_literal()), False),
        "junk-behind": (compressed(a_literal(), b"junk"), False),
        "cut": (packet(8, b"\2" + zlib.compress(a_literal())[:-6]), False),
        "literal-behind": (compressed(a_literal()) + a_literal(), False),
        "empty-compressed": (packet(8, b""), False),
        "encrypted-again": (to_desk(), False),
        "signed": (one + text + signature, True),
        "signed-apart": (one + compressed(text) + signature, False),
        "signed-first": (signature + text, False),
        "unannounced": (text + signature, False),
        "other-text": (one + a_literal(TEXT + b" ") + signature, False),
        "other-mode": (one + a_literal(TEXT, b"t") + signature, True),
        "two-signatures": (one + one + text + signature + signature, False),
        "announced-only": (one + text, False),
        "other-announcement": (parts_of_signed(TEXT, "--digest-algo", "SHA384")[0] + text + signature, False),
        "text-signed": (b"".join(canonical), True),
        "text-signed-bare": (canonical[0] + a_literal(b"a\nb\n", b"t") + canonical[2], False),
    }


@dataclass(frozen=True)
class Doubtful:
    """Packets signed by somebody whose key is not beyond doubt, and that key."""

    inside: bytes
    key: bytes


def doubtful() -> dict[str, Callable[[], Doubtful]]:
    """Signers that are gpg's to judge, whatever it says."""
    found = {"expired": _expired, "ended": _ended, "revoked": _revoked, "two-names": _two_names}
    return {**found, "odd-name": _odd_name, "parts": _parts}


def _signer(name: str, *words: str, ends: str = "never") -> Path:
    """A home with a key that signs."""
    home = new_home()
    user = f"{name} <{len(name)}@example.com>"
    gpg(home, *words, *_OPEN, "--allow-freeform-uid", "--quick-gen-key", user, "ed25519", "sign", ends)
    return home


def _signed_in(home: Path, *words: str) -> bytes:
    return gpg(home, *words, "-z", "0", "--sign", stdin=TEXT)


def _own(home: Path) -> str:
    listing = gpg(home, "--with-colons", "--list-secret-keys").decode()
    return next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))


def _expired() -> Doubtful:
    home = _signer("Late", *_THEN, ends="1y")
    return Doubtful(_signed_in(home, *_THEN), gpg(home, "--armor", "--export", _own(home)))


def _ended() -> Doubtful:
    """Not the key, but the signature."""
    home = _signer("Ended", *_THEN)
    return Doubtful(_signed_in(home, *_THEN, "--default-sig-expire", "1"), gpg(home, "--armor", "--export", _own(home)))


def _revoked() -> Doubtful:
    home = _signer("Former")
    inside = _signed_in(home)
    revocation = (home / "openpgp-revocs.d" / f"{_own(home)}.rev").read_bytes()
    gpg(home, "--import", stdin=revocation.replace(b":---", b"---"))
    return Doubtful(inside, gpg(home, "--armor", "--export", _own(home)))


def _two_names() -> Doubtful:
    home = _signer("One")
    gpg(home, *_OPEN, "--quick-add-uid", _own(home), "Two <two@example.com>")
    return Doubtful(_signed_in(home), gpg(home, "--armor", "--export", _own(home)))


def _odd_name() -> Doubtful:
    home = _signer("100% of it")
    return Doubtful(_signed_in(home), gpg(home, "--armor", "--export", _own(home)))


def _parts() -> Doubtful:
    """The primary key signs, and a subkey for signing has ended."""
    home = _signer("Parts", *_THEN)
    gpg(home, *_THEN, *_OPEN, "--quick-add-key", _own(home), "ed25519", "sign", "1d")
    return Doubtful(_signed_in(home), gpg(home, "--armor", "--export", _own(home)))
