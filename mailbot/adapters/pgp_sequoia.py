"""The same keyring, which works within this process where the outcome is certain to be what a run of gpg would give.

What the desk itself writes is signed and encrypted by Sequoia. What strangers wrote is opened here if it is encrypted
in the one usual way to the desk's one key for decryption. A signature is checked by Sequoia if there is only one, it is
plain, and gpg calls its key sound; and it counts if it is good. Everything else (other kinds of data, keys, ciphers and
signatures, several keys to choose from, a key on a card, and all that fails) is gpg's to open and to judge, so that no
answer is another than gpg's.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pysequoia
from pysequoia.packet import HashAlgorithm

from mailbot.adapters.pgp import GnupgKeyring
from mailbot.adapters.pgp_opening import OpeningKey, opening_key
from mailbot.adapters.pgp_status import ANONYMOUS, KeyRecord, read_keys
from mailbot.core import armor
from mailbot.core.limits import Limits
from mailbot.core.message_packets import literal, sealed
from mailbot.core.messages import Decrypted, Signature, Verdict
from mailbot.core.signature_packets import PlainSignature, announced, detached

_T = TypeVar("_T")
_MICALG = "pgp-sha512"
_PRIVATE_KEYS = "private-keys-v1.d"
_MOST_SIGNERS = 1_000  # remembered at once: anybody can sign a mail


@dataclass(frozen=True)
class _Opener:
    """The desk's key for decryption, and the ids of all secret keys that gpg holds."""

    key: OpeningKey | None = None
    secret_ids: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Signer:
    """A sound key that signs; `certificate` as gpg gave it out."""

    fingerprint: str
    uid: str
    certificate: pysequoia.Cert
    ends: datetime | None


class SequoiaKeyring(GnupgKeyring):
    """Holds the desk's secret key in this process, from the first mail that it signs or opens."""

    def __init__(self, home: Path, fingerprint: str, passphrase: str | None, limits: Limits) -> None:
        """Raises ConfigError with every problem found."""
        super().__init__(home, fingerprint, passphrase, limits)
        self._signer: pysequoia.PySigner | None = None
        self._signer_of = b""
        self._private_keys = str(self._home / _PRIVATE_KEYS)
        self._opener = _Opener()
        self._opener_as_of: tuple[int, int] | None = None
        # By the fingerprint of the key that signs, for as long as the key ring is the same; None if it is not sound.
        self._signers: dict[str, _Signer | None] = {}
        self._judged_once: set[str] = set()

    def decrypt(self, ciphertext: bytes, max_bytes: int) -> Decrypted:
        """The plaintext, if all of it is authentic and at most `max_bytes` long."""
        return _attempted(lambda: self._opened(ciphertext, max_bytes)) or super().decrypt(ciphertext, max_bytes)

    def verify(self, signed: bytes, signature: bytes) -> tuple[Verdict, ...]:
        """Verdicts on a detached signature."""
        verdict = _attempted(lambda: self._judged(detached(armor.binary(signature)), signed))
        return (verdict,) if verdict else super().verify(signed, signature)

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

    def _opened(self, ciphertext: bytes, max_bytes: int) -> Decrypted | None:
        message = sealed(armor.binary(ciphertext))
        opener = self._own_opener() if message else None
        if message is None or opener is None or opener.key is None:
            return None
        asked_for = [key.key_id for key in message.keys]
        # With two secret keys that fit, which one opens it is for gpg to say.
        if [key_id for key_id in asked_for if key_id in opener.secret_ids] != [opener.key.key_id]:
            return None
        if ANONYMOUS in asked_for or (packets := opener.key.plaintext(message)) is None:
            return None
        if (found := literal(packets, max_bytes)) is None:
            return None
        verdicts: tuple[Verdict, ...] = ()
        if found.signature:
            verdict = self._judged(announced(*found.signature), found.raw)
            if verdict is None:
                return None
            verdicts = (verdict,)
        return Decrypted(found.content, verdicts=verdicts, key=self.own, asked_for=tuple(dict.fromkeys(asked_for)))

    def _judged(self, signature: PlainSignature | None, content: bytes) -> Verdict | None:
        """That it is good; anything worse is gpg's to say."""
        if signature is None or not signature.covers_as_it_stands(content):
            return None
        signer = self._sound_signer(signature.issuer)
        if signer is None or (signer.ends and signer.ends <= datetime.now(UTC)):
            return None
        made = pysequoia.Sig.from_bytes(signature.packet)
        (valid,) = pysequoia.verify(content, lambda _: [signer.certificate], signature=made).valid_sigs
        if (valid.certificate.upper(), valid.signing_key.upper()) != (signer.fingerprint, signature.issuer):
            return None
        return Verdict(Signature.GOOD, signer.fingerprint, signature.made_at, (signer.uid,))

    def _sound_signer(self, issuer: str) -> _Signer | None:
        """Whose key that is, if nothing about it is doubtful.

        The first signature is gpg's to judge: reading the key costs two runs, and most finders write once.
        """
        self._forget_if_changed()
        if issuer not in self._judged_once:
            if len(self._judged_once) < _MOST_SIGNERS:
                self._judged_once.add(issuer)
            return None
        if issuer not in self._signers:
            self._signers[issuer] = self._read_signer(issuer)
        return self._signers[issuer]

    def _read_signer(self, issuer: str) -> _Signer | None:
        records = read_keys(self._run(["--list-keys", issuer]).output)
        if len(records) != 1 or not _is_sound(records[0], datetime.now(UTC)):
            return None
        fingerprint, (uid,) = records[0].info.fingerprint, records[0].info.uids
        certificate = pysequoia.Cert.from_bytes(self.export(fingerprint))
        # Here, too: in what gpg lists and says, some characters are written otherwise.
        if [str(each) for each in certificate.user_ids] != [uid] or "%" in uid:
            return None
        ends = [key.expires for key in records[0].subkeys if key.expires]
        return _Signer(fingerprint, uid, certificate, min(ends, default=None))

    def _own_opener(self) -> _Opener:
        """The desk's key for decryption, read from gpg once for as long as no secret key comes or goes."""
        found = os.stat(self._private_keys)
        as_of = (found.st_ino, found.st_mtime_ns)
        if as_of != self._opener_as_of:
            self._opener = self._read_opener()
            self._opener_as_of = as_of
        return self._opener

    def _read_opener(self) -> _Opener:
        records = read_keys(self._run(["--list-secret-keys"]).output)
        own = [key for r in records if r.info.fingerprint == self.own for key in r.subkeys if key.may_encrypt]
        answer = self._run(["--export-secret-keys", self.own], secret=True)
        if len(own) != 1 or answer.returncode != 0:
            return _Opener()
        key = _attempted(lambda: opening_key(answer.output, own[0].key_id, self._passphrase))
        return _Opener(key, frozenset(key.key_id for record in records for key in record.subkeys))

    def _forget_if_changed(self) -> None:
        before = self._known_as_of
        super()._forget_if_changed()
        if self._known_as_of != before or not before:
            self._signers.clear()
            self._judged_once.clear()

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


def _is_sound(record: KeyRecord, now: datetime) -> bool:
    """Whether it has one name, signs, and no part of it has ended or been withdrawn."""
    valid = all(key.valid and not key.expired and (key.expires is None or key.expires > now) for key in record.subkeys)
    return valid and not record.info.revoked and len(record.info.uids) == 1 and record.signs(now)


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
