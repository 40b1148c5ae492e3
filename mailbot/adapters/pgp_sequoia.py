"""The same keyring, where Sequoia signs and encrypts within this process what would else be a run of gpg each.

Only what the desk itself writes goes this way. What strangers wrote is decrypted and judged by gpg, so a verdict is
gpg's under either choice; the keys that are held, and which of them may be used, are gpg's to say as well. Whatever
Sequoia could do in another way than gpg (several keys of one person to choose from), and all that it refuses or cannot
(a key on a card), gpg does.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import pysequoia
from pysequoia.packet import HashAlgorithm

from mailbot.adapters.pgp import GnupgKeyring
from mailbot.adapters.pgp_status import KeyRecord

_T = TypeVar("_T")
_MICALG = "pgp-sha512"


class SequoiaKeyring(GnupgKeyring):
    """Holds the desk's secret key in this process, from the first mail that it signs."""

    _signer: pysequoia.PySigner | None = None
    _signer_of: bytes = b""

    def sign(self, content: bytes) -> tuple[bytes, str]:
        """An armored detached signature and its micalg. Raises TransientError: the reason lies with the desk."""
        return _attempted(lambda: self._signed(content)) or super().sign(content)

    def encrypt(self, content: bytes, fingerprints: Sequence[str]) -> bytes:
        """Armored ciphertext for those keys and the desk's own. Raises PermanentError for an unusable key."""
        made = _attempted(lambda: self._encrypted(content, fingerprints, None))
        return made or super().encrypt(content, fingerprints)

    def sign_and_encrypt(self, content: bytes, fingerprints: Sequence[str]) -> bytes:
        """The same, with a signature by the desk's key inside. Raises TransientError, too, if it cannot sign now."""
        signer = _attempted(self._own_signer)
        made = _attempted(lambda: self._encrypted(content, fingerprints, signer)) if signer else None
        return made or super().sign_and_encrypt(content, fingerprints)

    def _signed(self, content: bytes) -> tuple[bytes, str] | None:
        if (signer := self._own_signer()) is None:
            return None
        signature = pysequoia.sign(signer, content, mode=pysequoia.SignatureMode.DETACHED)
        digest = pysequoia.Sig.from_bytes(signature).hash_algorithm
        return (signature, _MICALG) if digest == HashAlgorithm.SHA512 else None

    def _encrypted(
        self, content: bytes, fingerprints: Sequence[str], signer: pysequoia.PySigner | None
    ) -> bytes | None:
        now = datetime.now(UTC)
        certificates = []
        for fingerprint in dict.fromkeys((*fingerprints, self.own)):
            record = self._held(fingerprint)
            if record is None or not _is_plain(record, now):
                return None
            certificates.append(pysequoia.Cert.from_bytes(self.export(fingerprint)))
        return pysequoia.encrypt(content, certificates, signer)

    def _own_signer(self) -> pysequoia.PySigner | None:
        """The desk's key, read from gpg once for as long as its public part stays the same."""
        record = self._held(self.own)
        if record is None or not record.signs(datetime.now(UTC)) or sum(key.may_sign for key in record.subkeys) != 1:
            return None
        public = self.export(self.own)
        if self._signer_of != public:
            self._signer_of, self._signer = public, None
            answer = self._run(["--export-secret-keys", self.own], secret=True)
            if answer.returncode == 0:
                self._signer = pysequoia.Tsk.from_bytes(answer.output).signer(self._passphrase)
        return self._signer


def _is_plain(record: KeyRecord, now: datetime) -> bool:
    """Whether there is nothing to choose: it can be used, and has and had one key for encryption only."""
    return record.usable(now) and sum(key.may_encrypt for key in record.subkeys) == 1


def _attempted(work: Callable[[], _T | None]) -> _T | None:
    """What it gives, or None if it cannot: gpg is asked then, and says why if it cannot either."""
    try:
        return work()
    except Exception:
        return None
    except BaseException as exc:
        if type(exc).__name__ != "PanicException":  # what Rust makes of its own bugs
            raise
        return None
