"""A keyring without cryptography that keeps the promises of the real one, for tests of what is around it.

Its "ciphertext" is base64 of who may read what; anyone could read or forge it, but nobody by mistake.
"""

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha1, sha256
from typing import Any

from mailbot.core.keys import KeyInfo
from mailbot.core.messages import Decrypted, Signature, Verdict
from mailbot.errors import PermanentError

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class FakeKeyring:
    """Implements ports.Keyring; `now` is the moment of its signatures."""

    def __init__(self, name: str = "Desk", address: str = "security@desk.example.jp", now: datetime = NOW) -> None:
        self._own = sha1(f"{name} <{address}>".encode()).hexdigest().upper()
        self.now = now
        self.held: dict[str, KeyInfo] = {}
        self.hold(KeyInfo(self._own, (f"{name} <{address}>",), NOW, None, "fake", can_encrypt=True))

    @property
    def own(self) -> str:
        return self._own

    def hold(self, key: KeyInfo) -> None:
        """Have this key, in place of one with its fingerprint: to make it expired or revoked, say."""
        self.held[key.fingerprint] = key

    def meet(self, *others: "FakeKeyring") -> "FakeKeyring":
        """Take each other's public keys; itself."""
        for other in others:
            self.import_key(other.export(other.own))
            other.import_key(self.export(self.own))
        return self

    def decrypt(self, ciphertext: bytes, max_bytes: int) -> Decrypted:
        message = _unarmored("MESSAGE", ciphertext)
        if message is None:
            return Decrypted(None, "damaged" if b"-----BEGIN PGP MESSAGE" in ciphertext else "not_encrypted")
        asked_for = tuple(name[-16:] for name in message["to"])
        if self._own not in message["to"]:
            return Decrypted(None, "no_secret_key", asked_for=asked_for)
        content = b64decode(message["content"])
        if sha256(content).hexdigest() != message["digest"]:
            return Decrypted(None, "damaged", asked_for=asked_for)
        if len(content) > max_bytes:
            return Decrypted(None, "too_large", asked_for=asked_for)
        verdicts = self.verify(content, message["signature"].encode()) if message["signature"] else ()
        return Decrypted(content, verdicts=verdicts, key=self._own, asked_for=asked_for)

    def encrypt(self, content: bytes, fingerprints: Sequence[str]) -> bytes:
        return self._encrypted(content, fingerprints, "")

    def sign_and_encrypt(self, content: bytes, fingerprints: Sequence[str]) -> bytes:
        return self._encrypted(content, fingerprints, self.sign(content)[0].decode())

    def _encrypted(self, content: bytes, fingerprints: Sequence[str], signature: str) -> bytes:
        recipients = sorted({*fingerprints, self._own})
        if unusable := [name for name in recipients if not self.usable(name, self.now)]:
            raise PermanentError(f"no usable key for encryption: {' '.join(unusable)}")
        digest = sha256(content).hexdigest()
        fields = {"to": recipients, "content": b64encode(content).decode(), "digest": digest, "signature": signature}
        return _armored("MESSAGE", fields)

    def sign(self, content: bytes) -> tuple[bytes, str]:
        signature = {"by": self._own, "at": self.now.isoformat(), "digest": sha256(content).hexdigest()}
        return _armored("SIGNATURE", signature), "pgp-sha512"

    def verify(self, signed: bytes, signature: bytes) -> tuple[Verdict, ...]:
        made = _unarmored("SIGNATURE", signature)
        if made is None:
            return ()
        key = self.held.get(made["by"])
        if key is None:
            return (Verdict(Signature.UNKNOWN_KEY),)
        if made["digest"] != sha256(signed).hexdigest():
            return (Verdict(Signature.BAD, uids=key.uids[:1]),)
        status = Signature.GOOD
        if key.revoked:
            status = Signature.REVOKED
        elif key.expires and key.expires <= self.now:
            status = Signature.EXPIRED
        return (Verdict(status, key.fingerprint, datetime.fromisoformat(made["at"]), key.uids[:1]),)

    def clearsign(self, text: bytes) -> bytes:
        """A clear-signed block; the port has no such call, since the desk never writes one."""
        lines = re.sub(rb"(?m)^-", b"- -", text.rstrip(b"\n"))
        return b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n" + lines + b"\n" + self.sign(_canonical(text))[0]

    def verify_clearsigned(self, block: bytes, max_bytes: int) -> tuple[bytes, tuple[Verdict, ...]]:
        form = rb"-----BEGIN PGP SIGNED MESSAGE-----\r?\n(?:[^\s:]+:[^\n]*\n)*\r?\n(.*?\n)(-----BEGIN PGP SIGNATURE-.*)"
        found = re.search(form, block, re.DOTALL)
        if not found:
            return b"", ()
        text = re.sub(rb"(?m)^- ", b"", found[1]).replace(b"\r\n", b"\n")
        return text[:max_bytes], self.verify(_canonical(text), found[2])

    def inspect(self, key: bytes) -> tuple[KeyInfo, ...]:
        public, secret = _unarmored("PUBLIC KEY BLOCK", key), _unarmored("PRIVATE KEY BLOCK", key)
        fields = public or secret
        if not fields:
            return ()
        moments = {name: fields[name] and datetime.fromisoformat(fields[name]) for name in ("created", "expires")}
        lists = {name: tuple(fields[name]) for name in ("uids", "encryption")}
        return (KeyInfo(**{**fields, **moments, **lists, "secret": public is None}),)

    def import_key(self, key: bytes, only: str | None = None) -> tuple[KeyInfo, ...]:
        found = tuple(info for info in self.inspect(key) if not info.secret and only in (None, info.fingerprint))
        for info in found:
            self.hold(info)
        return found

    def export(self, fingerprint: str) -> bytes:
        return _armored_key("PUBLIC KEY BLOCK", self.held[fingerprint]) if fingerprint in self.held else b""

    def all_keys(self) -> tuple[KeyInfo, ...]:
        return tuple(self.held.values())

    def export_secret(self) -> bytes:
        """What nobody should ever mail."""
        return _armored_key("PRIVATE KEY BLOCK", replace(self.held[self._own], secret=True))

    def usable(self, fingerprint: str, now: datetime) -> bool:
        key = self.held.get(fingerprint)
        return bool(key and key.can_encrypt and not key.revoked and (key.expires is None or key.expires > now))


def _armored_key(kind: str, key: KeyInfo) -> bytes:
    fields = {**vars(key), "created": key.created and key.created.isoformat()}
    return _armored(kind, {**fields, "expires": key.expires and key.expires.isoformat()})


def _armored(kind: str, fields: dict[str, Any]) -> bytes:
    text = b64encode(json.dumps(fields, sort_keys=True).encode()).decode()
    lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    return f"-----BEGIN PGP {kind}-----\n\n{lines}\n-----END PGP {kind}-----\n".encode()


def _unarmored(kind: str, block: bytes) -> dict[str, Any] | None:
    form = f"-----BEGIN PGP {kind}-----\r?\n\r?\n(.*?)-----END PGP {kind}-----".encode()
    found = re.search(form, block, re.DOTALL)
    try:
        fields = json.loads(b64decode(found[1])) if found else None
    except (Base64Error, ValueError):
        return None
    return fields if isinstance(fields, dict) else None


def _canonical(text: bytes) -> bytes:
    return b"\r\n".join(line.rstrip() for line in text.rstrip(b"\n").split(b"\n"))
