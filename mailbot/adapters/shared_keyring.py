"""Keyrings of several hosts that hold the same keys: what one of them imports lies on a shelf that all can reach."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from mailbot.adapters.durable import write_file
from mailbot.core.keys import KeyInfo
from mailbot.core.messages import Decrypted, RawMail, Signature, Verdict
from mailbot.errors import PermanentError
from mailbot.memory import KeyShelf
from mailbot.ports import Keyring, Reading

MARK = "mailbot-shelf"
"""In the keyring's folder: up to which number everything on the shelf was imported there. Losing it costs time only."""


class SharedKeyring:
    """Implements `ports.Keyring` over this host's keyring and the shelf.

    What others laid on the shelf is imported before anything is said of a key that is not held, or cannot be used, and
    whenever all keys are asked for. An import lays the whole key there, with what others have added; nobody waits for
    it: where another host was quicker, it begins anew with what that one laid there.
    """

    def __init__(
        self,
        keyring: Keyring,
        shelf: KeyShelf,
        mark: Path | None = None,
    ) -> None:
        self._keyring, self._shelf, self._mark = keyring, shelf, mark
        self._seen = _number_in(mark)

    def __getattr__(self, name: str) -> Any:
        """What the shelf has no part in, as the keyring does it."""
        return getattr(self._keyring, name)

    @property
    def own(self) -> str:
        """The desk's fingerprint."""
        return self._keyring.own

    def catch_up(self) -> bool:
        """Import what others laid on the shelf since; whether there was anything. Raises TransientError."""
        before = self._seen
        for number, block in self._shelf.keys_since(self._seen):
            self._keyring.import_key(block)
            self._seen = number
        if self._mark and self._seen != before:
            write_file(self._mark, str(self._seen).encode())
        return self._seen != before

    def decrypt(self, ciphertext: bytes, max_bytes: int) -> Decrypted:
        """As the keyring does, and whoever signed it is looked for on the shelf."""
        opened = self._keyring.decrypt(ciphertext, max_bytes)
        return self._keyring.decrypt(ciphertext, max_bytes) if self._knows_more(opened.verdicts) else opened

    def verify(self, signed: bytes, signature: bytes) -> tuple[Verdict, ...]:
        """As the keyring does, and whoever signed it is looked for on the shelf."""
        verdicts = self._keyring.verify(signed, signature)
        return self._keyring.verify(signed, signature) if self._knows_more(verdicts) else verdicts

    def verify_clearsigned(self, block: bytes, max_bytes: int) -> tuple[bytes, tuple[Verdict, ...]]:
        """As the keyring does, and whoever signed it is looked for on the shelf."""
        text, verdicts = self._keyring.verify_clearsigned(block, max_bytes)
        return self._keyring.verify_clearsigned(block, max_bytes) if self._knows_more(verdicts) else (text, verdicts)

    def sign(self, content: bytes) -> tuple[bytes, str]:
        """As the keyring does."""
        return self._keyring.sign(content)

    def encrypt(self, content: bytes, fingerprints: Sequence[str]) -> bytes:
        """As the keyring does, with keys of the shelf as well."""
        return self._with_all_keys(lambda: self._keyring.encrypt(content, fingerprints))

    def sign_and_encrypt(self, content: bytes, fingerprints: Sequence[str]) -> bytes:
        """As the keyring does, with keys of the shelf as well."""
        return self._with_all_keys(lambda: self._keyring.sign_and_encrypt(content, fingerprints))

    def inspect(self, key: bytes) -> tuple[KeyInfo, ...]:
        """As the keyring does."""
        return self._keyring.inspect(key)

    def import_key(self, key: bytes, only: str | None = None) -> tuple[KeyInfo, ...]:
        """As the keyring does; then all have it."""
        while True:
            self.catch_up()
            infos = self._keyring.import_key(key, only)
            if all(self._lay(info.fingerprint) for info in infos):
                return infos

    def _lay(self, fingerprint: str) -> bool:
        """Whether the key lies on the shelf as it is held here; not if another host laid it there meanwhile."""
        return self._shelf.keep_keys(fingerprint, self._keyring.export(fingerprint), self._seen)

    def all_keys(self) -> tuple[KeyInfo, ...]:
        """Those of all hosts."""
        self.catch_up()
        return self._keyring.all_keys()

    def export(self, fingerprint: str) -> bytes:
        """As the keyring does, with keys of the shelf as well."""
        return self._keyring.export(fingerprint) or (self._keyring.export(fingerprint) if self.catch_up() else b"")

    def usable(self, fingerprint: str, now: datetime) -> bool:
        """As the keyring does, with keys of the shelf as well."""
        known = self._keyring.usable(fingerprint, now)
        return known or (self.catch_up() and self._keyring.usable(fingerprint, now))

    def _with_all_keys(self, encrypt: Callable[[], bytes]) -> bytes:
        try:
            return encrypt()
        except PermanentError:
            if not self.catch_up():
                raise
        return encrypt()

    def _knows_more(self, verdicts: Sequence[Verdict]) -> bool:
        return any(verdict.status is Signature.UNKNOWN_KEY for verdict in verdicts) and self.catch_up()


class CatchingUpReader:
    """A reader whose keyring cannot reach the shelf, being in another process: that is brought up to date before."""

    def __init__(self, reader: Any, keyring: SharedKeyring) -> None:
        self._reader, self._keyring = reader, keyring

    def __getattr__(self, name: str) -> Any:
        """As the reader does."""
        return getattr(self._reader, name)

    def read(self, raw: RawMail) -> Reading:
        """As the reader does."""
        self._keyring.catch_up()
        reading: Reading = self._reader.read(raw)
        return reading


def _number_in(mark: Path | None) -> int:
    try:
        return int(mark.read_text("ascii")) if mark else 0
    except (OSError, ValueError):
        return 0
