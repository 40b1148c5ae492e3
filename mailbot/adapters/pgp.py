"""OpenPGP through GnuPG: the desk's key and the keys of others, in a home of their own."""

import contextlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from mailbot.adapters.gpg import MAX_LISTING_BYTES, home_problems, is_fingerprint, open_gpg, run_gpg, stop_agent
from mailbot.adapters.pgp_status import (
    Answer,
    KeyRecord,
    read_decrypted,
    read_keys,
    read_micalg,
    read_verdicts,
    unusable_recipients,
)
from mailbot.core import armor
from mailbot.core.ciphertext import is_newer
from mailbot.core.keys import KeyInfo
from mailbot.core.limits import Limits
from mailbot.core.messages import Decrypted, Verdict
from mailbot.core.packets import key_blocks, oversize
from mailbot.errors import ConfigError, PermanentError, TransientError

_KEY_RINGS = ("pubring.kbx", "pubring.gpg", "public-keys.d/pubring.db")
"""Where gpg 2.1 and later, older ones, and 2.4 with keyboxd keep public keys."""


_NOTHING_SEEN: tuple[bytes, tuple[KeyInfo, ...]] = (b"", ())


class GnupgKeyring:
    """The keyring in one GnuPG home; every call is one bounded run of gpg, safe from several threads."""

    def __init__(self, home: Path, fingerprint: str, passphrase: str | None, limits: Limits) -> None:
        """Raises ConfigError with every problem found."""
        problems = home_problems(home, fingerprint, passphrase)
        if not home.is_dir():
            problems += (f"[pgp] home: {home} is not a directory; make it with `mailbot init`",)
        if problems:
            raise ConfigError(problems)
        self._home = home.absolute()
        self._own = fingerprint
        self._passphrase = passphrase
        self._gpg = open_gpg(self._home)
        self._seconds = limits.decrypt_seconds
        # A run of gpg costs as much as a decryption; every mail asks several times whether the same keys are usable.
        self._known: dict[str, KeyRecord | None] = {}
        self._armored: dict[str, bytes] = {}
        self._all: tuple[KeyInfo, ...] | None = None
        self._known_as_of: tuple[tuple[int, int, int], ...] = ()
        self._inspected = _NOTHING_SEEN
        self._rings = tuple(str(self._home / name) for name in _KEY_RINGS)  # looked at several times for each mail

    @property
    def own(self) -> str:
        """The desk's fingerprint."""
        return self._own

    @property
    def version(self) -> tuple[int, ...]:
        """Of gpg."""
        return tuple(self._gpg.version or ())

    def decrypt(self, ciphertext: bytes, max_bytes: int) -> Decrypted:
        """The plaintext, if all of it is authentic and at most `max_bytes` long."""
        message = armor.binary(ciphertext)
        opened = read_decrypted(self._run(["--decrypt"], message, secret=True, max_bytes=max_bytes), max_bytes)
        if opened.failure in ("damaged", "not_encrypted", "not_protected") and is_newer(message):
            return replace(opened, failure="unsupported")
        return opened

    def verify(self, signed: bytes, signature: bytes) -> tuple[Verdict, ...]:
        """Verdicts on a detached signature."""
        with tempfile.NamedTemporaryFile(prefix="mailbot-", suffix=".sig") as file:
            file.write(armor.binary(signature))
            file.flush()
            return read_verdicts(self._run(["--verify", file.name, "-"], signed))

    def verify_clearsigned(self, block: bytes, max_bytes: int) -> tuple[bytes, tuple[Verdict, ...]]:
        """The text inside the signature only, and the verdicts; b"" and () if there is none."""
        answer = self._run(["--decrypt"], armor.binary(block), max_bytes=max_bytes)
        verdicts = read_verdicts(answer)
        return (answer.output, verdicts) if verdicts and answer.returncode >= 0 else (b"", ())

    def sign(self, content: bytes) -> tuple[bytes, str]:
        """An armored detached signature and its micalg. Raises TransientError: the reason lies with the desk."""
        command = ["--detach-sign", "--armor", "--digest-algo", "SHA512", "--local-user", self._own]
        answer = self._run(command, content, secret=True)
        micalg = read_micalg(answer)
        if answer.returncode != 0 or micalg is None:
            raise _cannot_sign(self._own)
        return answer.output, micalg

    def clearsign(self, text: bytes) -> bytes:
        """The text in a cleartext signature by the desk's key (RFC 9580 section 7). Raises TransientError."""
        command = ["--clearsign", "--digest-algo", "SHA512", "--local-user", self._own]
        answer = self._run(command, text, secret=True)
        if answer.returncode != 0 or not answer.output:
            raise _cannot_sign(self._own)
        return answer.output

    def encrypt(self, content: bytes, fingerprints: Sequence[str]) -> bytes:
        """Armored ciphertext for those keys and the desk's own. Raises PermanentError for an unusable key."""
        answer = self._run(self._encrypting(fingerprints), content)
        if answer.returncode != 0:
            raise _cannot_encrypt(answer)
        return answer.output

    def sign_and_encrypt(self, content: bytes, fingerprints: Sequence[str]) -> bytes:
        """The same, with a signature by the desk's key inside. Raises TransientError, too, if it cannot sign now."""
        command = ["--sign", "--digest-algo", "SHA512", "--local-user", self._own, *self._encrypting(fingerprints)]
        answer = self._run(command, content, secret=True)
        if answer.returncode == 0 and answer.values("SIG_CREATED"):
            return answer.output
        if "INV_RECP" not in answer.names() or self._own in unusable_recipients(answer):
            raise _cannot_sign(self._own)
        raise _cannot_encrypt(answer)

    def _encrypting(self, fingerprints: Sequence[str]) -> list[str]:
        """The words for gpg; raises PermanentError for what names no key."""
        recipients = dict.fromkeys((*fingerprints, self._own))
        if bad := next((name for name in recipients if not is_fingerprint(name)), None):
            raise PermanentError(f"not a fingerprint of 40 upper case hex digits: {bad[:60]!r}")
        # Keys are pinned by us, so gpg's web of trust has no say in it.
        command = ["--encrypt", "--armor", "--trust-model", "always", "--no-encrypt-to"]
        return [*command, *(word for name in recipients for word in ("--recipient", name))]

    def inspect(self, key: bytes) -> tuple[KeyInfo, ...]:
        """What keys `key` holds, without importing them; () if it holds none or is too large."""
        if oversize(key):
            return ()
        # gpg is shown what was counted: the packets, not an armor that it might read in another way.
        content = b"".join(block.content for block in key_blocks(key))
        found = (
            tuple(record.info for record in read_keys(self._run(["--show-keys"], content).output)) if content else ()
        )
        self._inspected = (key, found)
        return found

    def import_key(self, key: bytes, only: str | None = None) -> tuple[KeyInfo, ...]:
        """Import public keys, or the one called `only`, without signatures by others; () and nothing if one is secret.

        What a key has that is held already is merged into it, so that a later expiry or a revocation counts.
        """
        # Who imports a key has nearly always looked at it just before; what it is called does not change.
        (seen, known), self._inspected = self._inspected, _NOTHING_SEEN
        found = known if seen == key else self.inspect(key)
        if not found or any(info.secret for info in found):
            return ()
        content = b"".join(block.content for block in key_blocks(key) if only in (None, block.fingerprint))
        answer = self._run(["--import-options", "import-minimal,import-clean", "--import"], content)
        taken = {value.rpartition(" ")[2].upper() for value in answer.values("IMPORT_OK")}
        return tuple(info for info in found if info.fingerprint in taken)

    def export(self, fingerprint: str) -> bytes:
        """The armored public key; b"" if it is not held."""
        if not is_fingerprint(fingerprint):
            return b""
        self._forget_if_changed()
        if fingerprint not in self._armored:
            answer = self._run(["--armor", "--export-options", "export-minimal", "--export", fingerprint])
            if answer.returncode != 0:
                return b""
            self._armored[fingerprint] = answer.output
        return self._armored[fingerprint]

    def usable(self, fingerprint: str, now: datetime) -> bool:
        """Whether mail can be encrypted to that key at `now`."""
        record = self._held(fingerprint)
        return record is not None and record.usable(now)

    def expiry(self, fingerprint: str) -> datetime | None:
        """When the key can no longer be used in full; None if never, or if it is not held."""
        record = self._held(fingerprint)
        return record.info.expires if record else None

    def all_keys(self) -> tuple[KeyInfo, ...]:
        """Every public key in the home."""
        self._forget_if_changed()
        if self._all is None:
            answer = self._run(["--list-keys"])
            found = tuple(record.info for record in read_keys(answer.output))
            if answer.timed_out:
                return found
            self._all = found
        return self._all

    def has_secret(self) -> bool:
        """Whether the desk's own secret key is in the home."""
        return bool(read_keys(self._run(["--list-secret-keys", self._own]).output))

    def close(self) -> None:
        """Stop the home's agent, which would outlive us; never raises."""
        stop_agent(self._home)

    def _held(self, fingerprint: str) -> KeyRecord | None:
        if not is_fingerprint(fingerprint):
            return None
        self._forget_if_changed()
        if fingerprint not in self._known:
            records = read_keys(self._run(["--list-keys", fingerprint]).output)
            self._known[fingerprint] = next((r for r in records if r.info.fingerprint == fingerprint), None)
        return self._known[fingerprint]

    def as_of(self) -> tuple[tuple[int, int, int], ...]:
        """Another value whenever keys have changed, whoever changed them."""
        found = []
        for ring in self._rings:
            with contextlib.suppress(OSError):
                stat = os.stat(ring)
                found.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
        return tuple(found)

    def _forget_if_changed(self) -> None:
        """Drop what was read of keys when the key ring is another than then."""
        found = self.as_of()
        if found != self._known_as_of or not found:
            self._known.clear()
            self._armored.clear()
            self._all = None
            self._known_as_of = found

    def _run(
        self, command: list[str], content: bytes = b"", *, secret: bool = False, max_bytes: int = MAX_LISTING_BYTES
    ) -> Answer:
        # An empty one for none: gpg then goes on to the next secret key instead of giving up at the first locked one.
        passphrase = (self._passphrase or "") if secret else None
        return run_gpg(self._gpg, command, content, passphrase, self._seconds, max_bytes)


def _cannot_encrypt(answer: Answer) -> PermanentError | TransientError:
    if unusable := unusable_recipients(answer):
        return PermanentError(f"no usable key for encryption: {' '.join(unusable)}; import a newer one")
    return TransientError("gpg cannot encrypt: look at [pgp] home (disk full? agent?)")


def _cannot_sign(fingerprint: str) -> TransientError:
    return TransientError(
        f"gpg cannot sign with {fingerprint}: look at [pgp] fingerprint, passphrase_env and the key's expiry"
    )
