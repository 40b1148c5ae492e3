"""Reads what gpg answers: status lines into verdicts and failures, key listings into key records.

Both are split at line feeds only. A user id may hold other characters that text tools take for an end of line
(U+2028, 0x85); a reader that splits there can be told a signature or a fingerprint by whoever made the key.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mailbot.core.keys import KeyInfo
from mailbot.core.messages import Decrypted, Signature, Verdict

Status = tuple[tuple[str, str], ...]

_PREFIX = b"[GNUPG:] "
_TROUBLE = frozenset({"ERROR", "NODATA", "UNEXPECTED", "BADMDC", "DECRYPTION_FAILED", "BADARMOR"})
_ONE_KEY_FAILED = "pkdecrypt_failed"
ANONYMOUS = "0" * 16
"""What stands for the id of a key that is not told."""
_OUTCOMES = {
    "GOODSIG": Signature.GOOD,
    "EXPSIG": Signature.EXPIRED,
    "EXPKEYSIG": Signature.EXPIRED,
    "REVKEYSIG": Signature.REVOKED,
    "BADSIG": Signature.BAD,
    "ERRSIG": Signature.BAD,
}
_NO_PUBLIC_KEY = "9"  # libgpg-error codes
_PASSPHRASE = {11, 99, 177}  # wrong, cancelled, none given
_NO_SECRET_KEY = 17
_GONE = (b"r", b"i", b"d", b"n")  # revoked, invalid, disabled, not valid
_ALGORITHMS = {"1": "rsa", "16": "elgamal", "17": "dsa", "18": "ecdh", "19": "ecdsa", "22": "eddsa"}
_HASHES = {"8": "pgp-sha256", "9": "pgp-sha384", "10": "pgp-sha512", "11": "pgp-sha224"}


@dataclass(frozen=True)
class Answer:
    """What one run of gpg gave back."""

    output: bytes
    status: Status
    returncode: int
    timed_out: bool = False
    too_much: bool = False  # it wrote more than it was allowed to, and was ended

    def names(self) -> frozenset[str]:
        """The names of the status lines."""
        return frozenset(key for key, _ in self.status)

    def values(self, key: str) -> tuple[str, ...]:
        """What follows the name in every status line called `key`."""
        return tuple(value for name, value in self.status if name == key)


def read_status(stderr: bytes) -> Status:
    """The status lines of gpg, name and rest."""
    lines = (line[len(_PREFIX) :] for line in stderr.split(b"\n") if line.startswith(_PREFIX))
    pairs = (line.decode("utf-8", "replace").partition(" ") for line in lines)
    return tuple((key, value) for key, _, value in pairs)


def read_verdicts(answer: Answer) -> tuple[Verdict, ...]:
    """One verdict per signature; () where gpg found none.

    A signature is GOOD only with its VALIDSIG line, and if gpg was content with all of what it read.
    """
    verdicts: list[Verdict] = []
    for lines in _by_signature(answer.status):
        outcome = next(((key, value) for key, value in lines if key in _OUTCOMES), None)
        if outcome:
            verdicts.append(_verdict(*outcome, dict(lines).get("VALIDSIG", "").split()))
    if answer.returncode != 0 and all(verdict.status is Signature.GOOD for verdict in verdicts):
        return tuple(Verdict(Signature.BAD) for _ in verdicts)
    return tuple(verdicts)


def _by_signature(status: Status) -> list[list[tuple[str, str]]]:
    groups: list[list[tuple[str, str]]] = []
    for key, value in status:
        if key == "NEWSIG":
            groups.append([])
        elif groups:
            groups[-1].append((key, value))
    return groups


def _verdict(key: str, value: str, valid: list[str]) -> Verdict:
    """The verdict of one signature; `valid` are the fields of its VALIDSIG line, the last its primary key."""
    status = _OUTCOMES[key]
    if key == "ERRSIG":
        return Verdict(Signature.UNKNOWN_KEY if value.split()[5:6] == [_NO_PUBLIC_KEY] else Signature.BAD)
    user = value.partition(" ")[2]
    uids = (_printable(user),) if user else ()
    if len(valid) < 10:
        return Verdict(Signature.BAD if status is Signature.GOOD else status, uids=uids)
    return Verdict(status, fingerprint=valid[9].upper(), made_at=_moment(valid[2]), uids=uids)


def read_decrypted(answer: Answer, max_bytes: int) -> Decrypted:
    """Plaintext only if gpg authenticated all of it and it is within `max_bytes`; otherwise None and why."""
    asked_for = tuple(dict.fromkeys(value.split()[0] for value in answer.values("ENC_TO") if value.strip()))
    if answer.timed_out:
        return Decrypted(None, "timeout")
    if answer.too_much or len(answer.output) > max_bytes:
        return Decrypted(None, "too_large", asked_for=asked_for)
    key = _key(answer)
    if answer.values("DECRYPTION_OKAY") == ("",) and _protected(answer) and not _in_trouble(answer):
        verdicts = read_verdicts(answer)
        # A passphrase that opens a message is the desk's own: to say so would tell a guesser that it was right.
        if key and (answer.returncode == 0 or _harmless(answer, verdicts)):
            return Decrypted(answer.output, verdicts=verdicts, key=key, asked_for=asked_for)
    return Decrypted(None, _failure(answer), asked_for=asked_for)


def _key(answer: Answer) -> str | None:
    """The primary fingerprint of the key that decrypted the message; None if a passphrase did, or nothing."""
    fields = [value.split() for value in answer.values("DECRYPTION_KEY")]
    return fields[-1][1].upper() if fields and len(fields[-1]) > 1 else None


def _harmless(answer: Answer, verdicts: tuple[Verdict, ...]) -> bool:
    """Whether a failing return code has a reason that takes nothing from the plaintext.

    A signature inside that cannot be relied on; or a secret key that was tried and did not fit, before one that did.
    """
    tried = "ERROR" in answer.names() or any(value.startswith(ANONYMOUS) for value in answer.values("ENC_TO"))
    return tried or any(verdict.status is not Signature.GOOD for verdict in verdicts)


def _in_trouble(answer: Answer) -> bool:
    """Whether gpg met an error; one of several keys that could not decrypt is none, when another could."""
    found = [value for key, value in answer.status if key in _TROUBLE]
    return not all(value.startswith(_ONE_KEY_FAILED) for value in found)


def _protected(answer: Answer) -> bool:
    """Whether a modification would have been noticed: MDC or AEAD (the third field of DECRYPTION_INFO)."""
    info = [value.split() for value in answer.values("DECRYPTION_INFO")]
    return "GOODMDC" in answer.names() or any(len(fields) > 2 and fields[2] != "0" for fields in info)


def _failure(answer: Answer) -> str:
    names = answer.names()
    codes = {_code(value) for value in answer.values("ERROR") if value.startswith(_ONE_KEY_FAILED)}
    if "NEED_PASSPHRASE" in names or codes & _PASSPHRASE:
        return "passphrase"
    if not names & {"ENC_TO", "NEED_PASSPHRASE_SYM", "BEGIN_DECRYPTION"}:
        return "not_encrypted"
    if "DECRYPTION_KEY" not in names:
        if "NEED_PASSPHRASE_SYM" in names and "ENC_TO" not in names:
            return "symmetric"
        if names & {"NEED_PASSPHRASE_SYM", "NO_SECKEY"} or _NO_SECRET_KEY in codes:
            return "no_secret_key"
    unprotected = any(value.split()[:1] == ["0"] for value in answer.values("DECRYPTION_INFO"))
    return "not_protected" if unprotected and not _protected(answer) else "damaged"


def _code(error: str) -> int:
    """The number of a libgpg-error value, without its source."""
    number = error.rpartition(" ")[2]
    return int(number) & 0xFFFF if number.isdigit() else 0


def read_micalg(answer: Answer) -> str | None:
    """The micalg (RFC 3156 section 5) of the signature that was made, None if none was."""
    created = [value.split() for value in answer.values("SIG_CREATED")]
    return _HASHES.get(created[0][2]) if len(created) == 1 and len(created[0]) > 2 else None


def unusable_recipients(answer: Answer) -> tuple[str, ...]:
    """The keys that gpg could not encrypt to."""
    return tuple(value.rpartition(" ")[2] for value in answer.values("INV_RECP"))


@dataclass(frozen=True)
class Subkey:
    """What one key of a certificate may do, and for how long."""

    may_encrypt: bool
    may_sign: bool
    valid: bool  # neither revoked, disabled nor damaged; may have expired
    expires: datetime | None
    algorithm: str = ""
    expired: bool = False  # by gpg's clock
    key_id: str = ""  # 16 hex digits in upper case


@dataclass(frozen=True)
class KeyRecord:
    """One key as gpg lists it, the primary first among `subkeys`."""

    info: KeyInfo
    subkeys: tuple[Subkey, ...]

    def usable(self, now: datetime) -> bool:
        """Whether mail can be encrypted to it at `now`."""
        primary = self.subkeys[0]
        return _alive(primary, now) and any(key.may_encrypt and _alive(key, now) for key in self.subkeys)

    def signs(self, now: datetime) -> bool:
        """Whether it can sign at `now`."""
        return _alive(self.subkeys[0], now) and any(key.may_sign and _alive(key, now) for key in self.subkeys)


def _alive(key: Subkey, now: datetime) -> bool:
    return key.valid and (key.expires is None or key.expires > now)


def _end(subkeys: Sequence[Subkey]) -> datetime | None:
    """When a key can no longer be used in full: its primary or the last of its keys for encryption ends."""
    ends = [key.expires for key in subkeys if key.may_encrypt and key.valid]
    last = max((end for end in ends if end), default=None) if all(ends) else None
    return min((end for end in (subkeys[0].expires, last) if end), default=None)


def read_keys(listing: bytes) -> tuple[KeyRecord, ...]:
    """The keys of a listing made with --with-colons."""
    groups: list[list[list[bytes]]] = []
    for line in listing.split(b"\n"):
        fields = line.split(b":")
        if fields[0] in (b"pub", b"sec"):
            groups.append([])
        if groups and len(fields) >= 10:
            groups[-1].append(fields)
    records = (_record(group) for group in groups)
    return tuple(record for record in records if record)


def _record(lines: list[list[bytes]]) -> KeyRecord | None:
    primary = lines[0]
    fingerprint = next((fields[9].decode("ascii", "replace").upper() for fields in lines if fields[0] == b"fpr"), "")
    if not re.fullmatch(r"[0-9A-F]{40}", fingerprint) or len(primary) < 12:
        return None
    subkeys = tuple(_subkey(fields) for fields in lines if fields[0] in (b"pub", b"sec", b"sub", b"ssb"))
    info = KeyInfo(
        fingerprint=fingerprint,
        uids=tuple(_printable(_unescaped(uid[9])) for uid in lines if uid[0] == b"uid" and uid[1] not in _GONE),
        created=_moment(primary[5].decode("ascii", "replace")),
        expires=_end(subkeys),
        algorithm=_algorithm(primary),
        can_encrypt=any(key.may_encrypt and key.valid for key in subkeys),
        revoked=primary[1] == b"r",
        secret=any(fields[0] in (b"sec", b"ssb") for fields in lines),
        encryption=tuple(key.algorithm for key in subkeys if key.may_encrypt and key.valid and not key.expired),
    )
    return KeyRecord(info, subkeys)


def _subkey(fields: list[bytes]) -> Subkey:
    own = (
        bytes(letter for letter in fields[11] if chr(letter).islower() or letter == ord("D"))
        if len(fields) > 11
        else b""
    )
    return Subkey(
        may_encrypt=b"e" in own,
        may_sign=b"s" in own,
        valid=fields[1] not in _GONE and b"D" not in own,
        expires=_moment(fields[6].decode("ascii", "replace")),
        algorithm=_algorithm(fields),
        expired=fields[1] == b"e",
        key_id=fields[4].decode("ascii", "replace").upper(),
    )


def _algorithm(fields: list[bytes]) -> str:
    """The curve, or the family and its bits: ed25519, rsa3072."""
    curve = fields[16].decode("ascii", "replace") if len(fields) > 16 else ""
    number = fields[3].decode("ascii", "replace")
    return curve or _ALGORITHMS.get(number, f"algorithm {number} ") + fields[2].decode("ascii", "replace")


def _unescaped(field: bytes) -> str:
    plain = re.sub(rb"\\x([0-9a-fA-F]{2})", lambda found: bytes([int(found[1], 16)]), field)
    return plain.decode("utf-8", "replace")


def _printable(text: str) -> str:
    """A user id on one line."""
    return "".join(character if character.isprintable() else " " for character in text)


def _moment(seconds: str) -> datetime | None:
    """A time of gpg's: seconds since 1970, or ISO 8601 basic; None for none."""
    if re.fullmatch(r"\d{8}T\d{6}", seconds):
        return datetime.strptime(seconds, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    if not re.fullmatch(r"[1-9]\d{0,11}", seconds):
        return None
    return datetime.fromtimestamp(int(seconds), UTC) if int(seconds) < 253402300800 else None
