"""How the state lies on the disk: sealed with a key that does not lie beside it."""

import secrets
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mailbot.adapters.durable import disk_failure, make_private_folder, write_file
from mailbot.errors import ConfigError

KEY_BYTES = 32
STORE_NAME = "desk.journal"
SPOOL_NAME = "mail"
GRANTS_NAME = "oauth"
SEALED_NAMES = (STORE_NAME, SPOOL_NAME, GRANTS_NAME)
"""What lies sealed in the state folder."""
_NONCE_BYTES = 12
_EVERYBODY = 0o027
_FORMAT = b"\x01"


class Unsealable(Exception):
    """The bytes were not sealed with this key for this purpose, or were altered."""


class Codec(Protocol):
    """Turns bytes into what lies on the disk and back."""

    @property
    def name(self) -> str:
        """What is written into a file's first record, so that a wrong setting is told apart from damage."""
        ...

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """The bytes to store; `purpose` names their place, so that they open nowhere else."""
        ...

    def unseal(self, stored: bytes, purpose: str) -> bytes:
        """What `seal` was given. Raises Unsealable."""
        ...


class SealedCodec:
    """AES-256-GCM with a random nonce; the purpose is authenticated with the bytes (NIST SP 800-38D)."""

    name = "sealed"

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes")
        self._aead = AESGCM(key)

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Format byte, nonce, ciphertext and tag: 29 bytes more than `plain`."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _FORMAT + nonce + self._aead.encrypt(nonce, plain, purpose.encode())

    def unseal(self, stored: bytes, purpose: str) -> bytes:
        """The plain bytes. Raises Unsealable."""
        nonce, sealed = stored[1 : 1 + _NONCE_BYTES], stored[1 + _NONCE_BYTES :]
        if stored[:1] != _FORMAT or len(nonce) < _NONCE_BYTES:
            raise Unsealable("not sealed")
        try:
            return self._aead.decrypt(nonce, sealed, purpose.encode())
        except InvalidTag as exc:
            raise Unsealable("sealed with another key, for another place, or altered") from exc


def derive(key: bytes, purpose: str) -> bytes:
    """A key of its own for each purpose, by HKDF-SHA256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"mailbot {purpose}".encode()).derive(key)


def load_or_make_key(path: Path, state: Path) -> bytes:
    """The key in `path`; made there, mode 0600, as long as nothing was ever sealed under `state`.

    Raises ConfigError when the file is unreadable or lies in `state`, or when a key for existing state is missing.
    """
    if path.resolve().is_relative_to(state.resolve()):
        raise ConfigError((f"{path}: the key must not lie in {state}/, which it seals; set [state].key_file",))
    try:
        _refuse_if_open(path)
        return parse_key(path.read_text("ascii"), str(path))
    except FileNotFoundError:
        pass
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError((f"{path}: the key cannot be read ({exc})",)) from exc
    if _holds_state(state):
        raise ConfigError(
            (f"{path}: the key is missing, and {state}/ is sealed with it; put it back from your backup of the key",)
        )
    key = secrets.token_bytes(KEY_BYTES)
    try:
        make_private_folder(path.parent)
        write_file(path, key.hex().encode("ascii") + b"\n")
    except OSError as exc:
        raise ConfigError((f"{path}: the key cannot be written ({exc.strerror})",)) from exc
    return key


def keys_in(path: Path) -> tuple[bytes, bytes | None]:
    """The key in that file, and the one that is to take its place while a change of it is not finished.

    Raises ConfigError.
    """
    try:
        _refuse_if_open(path)
        lines = path.read_text("ascii").split()
    except FileNotFoundError as exc:
        raise ConfigError((f"{path}: the key is missing; put it back from your backup of the key",)) from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError((f"{path}: the key cannot be read ({exc})",)) from exc
    if len(lines) > 2:
        raise ConfigError((f"{path}: holds more than a key",))
    found = [parse_key(line, str(path)) for line in lines or [""]]
    return found[0], found[1] if len(found) > 1 else None


def the_key_in(path: Path) -> bytes:
    """The key in that file. Raises ConfigError, also while a change of it is not finished."""
    key, new = keys_in(path)
    if new is not None:
        raise _unfinished(str(path))
    return key


def write_keys(path: Path, *keys: bytes) -> None:
    """Put the key, and the one that is to take its place, into that file. Raises TransientError."""
    try:
        write_file(path, b"".join(key.hex().encode("ascii") + b"\n" for key in keys))
    except OSError as exc:
        raise disk_failure(path, exc) from exc


def parse_key(text: str, source: str) -> bytes:
    """The key written as 64 hex digits; `source` names it in the ConfigError otherwise."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) == 2 * KEY_BYTES:
        raise _unfinished(source)
    if len(key) != KEY_BYTES:
        raise ConfigError((f"{source}: a key is {2 * KEY_BYTES} hex digits",))
    return key


def _refuse_if_open(path: Path) -> None:
    """Raises ConfigError for a key that everybody on the machine may read or its group change; OSError."""
    if (mode := path.stat().st_mode) & _EVERYBODY:
        raise ConfigError((f"{path}: others may read the key (mode {mode & 0o777:o}); chmod 600 it",))


def _unfinished(source: str) -> ConfigError:
    return ConfigError((f"{source}: a change of the key did not finish: mailbot rekey completes it",))


def _holds_state(state: Path) -> bool:
    """Whether anything lies there that a lost key would make unreadable."""
    return any((state / name).exists() for name in SEALED_NAMES)
