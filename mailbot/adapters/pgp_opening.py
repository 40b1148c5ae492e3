"""Opens messages with a key that is held in this process: what gpg and its agent do else, in a process each.

The cryptography is OpenSSL's. Read here is how OpenPGP arranges it (RFC 9580; RFC 6637 for Curve25519), for the keys
and ciphers that are made and used today. Everything else is None: gpg opens it, or says why it cannot.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

from mailbot.core.message_packets import Sealed, SessionKey
from mailbot.core.packets import fingerprint_of, packets

_RSA, _ECDH = 1, 18
_SECRET, _SECRET_SUBKEY = 5, 7
_CURVE25519 = bytes.fromhex("0a2b060104019755010501")  # its identifier, with the length
_CIPHERS = {7: 16, 8: 24, 9: 32}  # AES, and how many bytes its key has
_HASHES = {2: hashlib.sha1, 8: hashlib.sha256, 9: hashlib.sha384, 10: hashlib.sha512}
_BLOCK = 16
_UNLOCKED, _LOCKED = 0, 254
_ITERATED = 3
_CODE = b"\xd3\x14"  # the frame of a modification detection code, which is a SHA-1
_AT_ONCE = 1 << 16


@dataclass(frozen=True)
class OpeningKey:
    """One secret key for decryption."""

    key_id: str  # 16 hex digits in upper case
    algorithm: int
    secret: X25519PrivateKey | rsa.RSAPrivateKey = field(repr=False)
    derivation: bytes = b""  # of a Curve25519 key: what its shared secrets are hashed with
    hash: int = 0
    cipher: int = 0

    def plaintext(self, message: Sealed) -> bytes | None:
        """The packets inside; None unless they came through unchanged."""
        for key in message.keys:
            if key.key_id == self.key_id:
                session = self._session(key)
                return None if session is None else _opened(session, message.data)
        return None

    def _session(self, key: SessionKey) -> bytes | None:
        if key.algorithm != self.algorithm:
            return None
        if isinstance(self.secret, rsa.RSAPrivateKey):
            number, rest = _number(key.fields)
            size = self.secret.key_size // 8
            return None if rest or len(number) > size else _checked(self._from_rsa(number.rjust(size, b"\0")))
        point, rest = _number(key.fields)
        if len(point) != 33 or point[0] != 0x40 or not rest or rest[0] != len(rest) - 1:
            return None
        shared = self.secret.exchange(X25519PublicKey.from_public_bytes(point[1:]))
        wrapping = _HASHES[self.hash](b"\0\0\0\1" + shared + self.derivation).digest()[: _CIPHERS[self.cipher]]
        padded = aes_key_unwrap(wrapping, rest[1:])
        return _checked(padded[: -padded[-1]]) if padded.endswith(padded[-1:] * padded[-1]) else None

    def _from_rsa(self, number: bytes) -> bytes:
        assert isinstance(self.secret, rsa.RSAPrivateKey)
        return self.secret.decrypt(number, padding.PKCS1v15())


def opening_key(exported: bytes, key_id: str, passphrase: str | None) -> OpeningKey | None:
    """The key of that id in what gpg exported. Raises ValueError where it cannot be read."""
    for packet in packets(exported):
        if packet.tag in (_SECRET, _SECRET_SUBKEY) and packet.body[:1] == b"\4":
            public = _public(packet.body)
            if public and fingerprint_of(public).endswith(key_id):
                return _read(public, packet.body[len(public) :], (passphrase or "").encode())
    return None


def _public(body: bytes) -> bytes:
    """The public part of a secret key; b"" where it is of no kind that is read."""
    algorithm, rest = body[5], body[6:]
    if algorithm == _RSA:
        rest = _number(_number(rest)[1])[1]
    elif algorithm == _ECDH and rest.startswith(_CURVE25519):
        rest = _number(rest[len(_CURVE25519) :])[1]
        rest = rest[1 + rest[0] :]
    else:
        return b""
    return body[: len(body) - len(rest)]


def _read(public: bytes, locked: bytes, passphrase: bytes) -> OpeningKey | None:
    fingerprint, numbers = fingerprint_of(public), _unlocked(locked, passphrase)
    if numbers is None:
        return None
    if public[5] == _RSA:
        modulus, rest = _number(public[6:])
        return OpeningKey(fingerprint[-16:], _RSA, _rsa(modulus, _number(rest)[0], numbers))
    digest, cipher = public[-2:]
    if public[-4:-2] != b"\3\1" or digest not in _HASHES or cipher not in _CIPHERS:
        return None
    # The secret number is written in the other byte order than the curve's own (RFC 9580 section 5.5.5.6.1.1).
    secret = X25519PrivateKey.from_private_bytes(_number(numbers)[0].rjust(32, b"\0")[::-1])
    derivation = _CURVE25519 + bytes([_ECDH]) + public[-4:] + b"Anonymous Sender    " + bytes.fromhex(fingerprint)
    return OpeningKey(fingerprint[-16:], _ECDH, secret, derivation, digest, cipher)


def _rsa(modulus: bytes, exponent: bytes, numbers: bytes) -> rsa.RSAPrivateKey:
    found = []
    for _ in range(3):
        number, numbers = _number(numbers)
        found.append(int.from_bytes(number))
    d, p, q = found
    public = rsa.RSAPublicNumbers(int.from_bytes(exponent), int.from_bytes(modulus))
    coefficients = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *coefficients, public).private_key()


def _unlocked(locked: bytes, passphrase: bytes) -> bytes | None:
    """The secret numbers of a key packet (section 5.5.3)."""
    if locked[:1] == bytes([_UNLOCKED]):
        numbers = locked[1:-2]
        return numbers if sum(numbers) & 0xFFFF == int.from_bytes(locked[-2:]) else None
    if len(locked) < 13 + _BLOCK or locked[0] != _LOCKED or locked[1] not in _CIPHERS or locked[2] != _ITERATED:
        return None
    if locked[3] not in _HASHES:
        return None
    key = _stretched(passphrase, locked[3], locked[4:12], locked[12], _CIPHERS[locked[1]])
    opened = _decrypted(key, locked[13 : 13 + _BLOCK], locked[13 + _BLOCK :])
    numbers, code = opened[:-20], opened[-20:]
    return numbers if hmac.compare_digest(_sha1(numbers), code) else None


def _stretched(passphrase: bytes, digest: int, salt: bytes, count: int, length: int) -> bytes:
    """The key that a passphrase stands for (section 3.7.1.3)."""
    said = salt + passphrase
    left = max(16 + (count & 15) << (count >> 4) + 6, len(said))
    many = said * (_AT_ONCE // len(said) + 1)
    whole, rest = divmod(left, len(many))
    key = b""
    while len(key) < length:
        hashing = _HASHES[digest](b"\0" * (len(key) // _HASHES[digest]().digest_size))
        for _ in range(whole):
            hashing.update(many)
        hashing.update(many[:rest])
        key += hashing.digest()
    return key[:length]


def _checked(session: bytes) -> bytes | None:
    """The key in what was encrypted for us (section 5.1): cipher, key, and a sum by which a misfit is told."""
    key = session[1:-2]
    fits = len(key) == _CIPHERS.get(session[0] if session else 0) and sum(key) & 0xFFFF == int.from_bytes(session[-2:])
    return key if fits else None


def _opened(key: bytes, data: bytes) -> bytes | None:
    """The packets inside encrypted data, if nobody changed them (section 5.13.1)."""
    head = _BLOCK + 2
    content = _decrypted(key, bytes(_BLOCK), data)
    packets_inside, code = content[head:-22], content[-22:]
    if len(content) < head + 22 or content[_BLOCK:head] != content[_BLOCK - 2 : _BLOCK]:
        return None
    return packets_inside if hmac.compare_digest(_CODE + _sha1(content[:-20]), code) else None


def _decrypted(key: bytes, first: bytes, data: bytes) -> bytes:
    cipher = Cipher(AES(key), CFB(first)).decryptor()
    return cipher.update(data) + cipher.finalize()


def _sha1(content: bytes) -> bytes:
    return hashlib.sha1(content, usedforsecurity=False).digest()


def _number(data: bytes) -> tuple[bytes, bytes]:
    """A number, and what follows it. Raises ValueError where it is cut off."""
    size = int.from_bytes(data[:2]) + 7 >> 3
    if len(data) < 2 + size:
        raise ValueError("number cut off")
    return data[2 : 2 + size], data[2 + size :]
