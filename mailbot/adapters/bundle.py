"""The state as one file and back: a tar of what lies in the state folder, behind it a manifest with every hash.

What is sealed is copied as it is. What is not (the keyring with the desk's secret key, the log) is sealed on its way
in, so that whoever takes the file without the key has nothing. The manifest is in the clear; it names no person and
no word of a mail, and holds a proof by which the right key is known before anything is unpacked.
"""

import io
import json
import os
import tarfile
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from mailbot.adapters import layout
from mailbot.adapters.codec import Codec, Unsealable
from mailbot.adapters.snapshot import SCHEMA
from mailbot.errors import ConfigError, PermanentError

FORMAT = 1
MANIFEST = "manifest.json"
KEY_MEMBER = "state.key"
_CHUNK = 1_000_000
_MAX_MANIFEST = 200_000_000
_MAX_SEALED_HERE = 500_000_000
_NO_COPY = ("S.", ".#lk")
"""How names of sockets and locks of gpg begin; nothing of them can be brought back."""


@dataclass(frozen=True)
class Member:
    """One file: its name below the state folder, and what lies in the bundle."""

    name: str
    size: int
    sha256: str
    sealed_here: bool = False


@dataclass(frozen=True)
class Manifest:
    """What a bundle holds."""

    made: str
    schema: int
    members: tuple[Member, ...]
    with_key: bool


@dataclass
class Source:
    """A file to be put in: how much of it, since it may grow meanwhile."""

    name: str
    file: BinaryIO
    size: int
    seal: bool


class Writer:
    """Writes one bundle to an open file."""

    def __init__(self, file: BinaryIO, codec: Codec) -> None:
        self._tar = tarfile.TarFile(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)
        self._codec = codec
        self._members: list[Member] = []

    def add(self, source: Source) -> None:
        """Put one file in. Raises PermanentError if it is shorter than it was."""
        if source.seal:
            content = source.file.read(min(source.size, _MAX_SEALED_HERE + 1))
            if len(content) > _MAX_SEALED_HERE:
                raise PermanentError(f"{source.name}: too large to be put into a backup")
            sealed = self._codec.seal(content, _purpose(source.name))
            self._put(source.name, io.BytesIO(sealed), len(sealed), sealed_here=True)
        else:
            self._put(source.name, source.file, source.size)

    def finish(self, made: str, key: str = "") -> Manifest:
        """Write the key, if it is to be in it, and the manifest."""
        if key:
            content = key.encode("ascii") + b"\n"
            self._put(KEY_MEMBER, io.BytesIO(content), len(content))
        manifest = Manifest(made, SCHEMA, tuple(self._members), bool(key))
        text = _dumped(manifest)
        proof = self._codec.seal(sha256(text).digest(), "backup proof")
        outer = json.dumps({"format": FORMAT, "proof": b64encode(proof).decode("ascii"), "manifest": text.decode()})
        info = _info(MANIFEST, len(outer.encode()))
        self._tar.addfile(info, io.BytesIO(outer.encode()))
        self._tar.close()
        return manifest

    def _put(self, name: str, file: BinaryIO, size: int, *, sealed_here: bool = False) -> None:
        hashing = _Hashing(file)
        try:
            self._tar.addfile(_info(name, size), cast(BinaryIO, hashing))
        except OSError as exc:
            if exc.args and "unexpected end of data" in str(exc):
                raise PermanentError(f"{name}: became shorter while it was read; try again") from exc
            raise
        self._members.append(Member(name, size, hashing.digest(), sealed_here))


class Reader:
    """A bundle opened to be looked at: everything in it is checked before anything is unpacked."""

    def __init__(self, tar: tarfile.TarFile, path: Path) -> None:
        self._tar, self._path = tar, path
        self._infos = {info.name: info for info in tar.getmembers()}
        self._proof, self._text, self.manifest = self._manifest()

    def key(self) -> str:
        """The at-rest key that lies in it; "" if none does."""
        if not self.manifest.with_key:
            return ""
        return self._open(KEY_MEMBER).read(200).decode("ascii", "replace").strip()

    def check(self, codec: Codec) -> None:
        """Raises ConfigError for another key, PermanentError for a file that is missing, too much or changed."""
        try:
            proven = codec.unseal(self._proof, "backup proof")
        except Unsealable as exc:
            raise ConfigError(
                (f"{self._path}: made with another key than [state] names; put back the one it was made with",)
            ) from exc
        if proven != sha256(self._text).digest():
            raise PermanentError(f"{self._path}: its manifest was changed; nothing was restored")
        named = {member.name: member for member in self.manifest.members}
        if len(self._tar.getmembers()) != len(self._infos) or set(self._infos) != {*named, MANIFEST}:
            odd = sorted(set(self._infos) ^ {*named, MANIFEST})
            raise PermanentError(f"{self._path}: holds other files than its manifest names: {', '.join(odd[:3])}")
        for member in named.values():
            if not _is_ours(member.name) or not self._infos[member.name].isreg():
                raise PermanentError(f"{self._path}: {member.name!r} is not a file of mailbot's; nothing was restored")
            if self._hash(member.name) != member.sha256:
                raise PermanentError(f"{self._path}: {member.name} was changed; nothing was restored")

    def contents(self, codec: Codec) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Every file of the state by name, as it is to lie there. After `check`."""
        for member in self.manifest.members:
            if member.name == KEY_MEMBER:
                continue
            if member.sealed_here:
                stored = self._open(member.name).read()
                yield member.name, iter((codec.unseal(stored, _purpose(member.name)),))
            else:
                yield member.name, _chunks(self._open(member.name))

    def _manifest(self) -> tuple[bytes, bytes, Manifest]:
        info = self._infos.get(MANIFEST)
        if info is None or info.size > _MAX_MANIFEST:
            raise PermanentError(f"{self._path}: not a whole backup of mailbot's")
        try:
            outer = json.loads(self._open(MANIFEST).read())
            number, proof, text = int(outer["format"]), b64decode(outer["proof"]), str(outer["manifest"]).encode()
            said = json.loads(text)
            schema = int(said["schema"])
        except (ValueError, KeyError, TypeError) as exc:
            raise PermanentError(f"{self._path}: its manifest cannot be read") from exc
        if number > FORMAT or schema > SCHEMA:
            raise ConfigError((f"{self._path}: made by a newer mailbot: upgrade this one; nothing was restored",))
        members = tuple(Member(**member) for member in said["members"])
        return proof, text, Manifest(said["made"], schema, members, bool(said["with_key"]))

    def _open(self, name: str) -> BinaryIO:
        file = self._tar.extractfile(self._infos[name])
        if file is None:
            raise PermanentError(f"{self._path}: {name!r} is not a file of mailbot's; nothing was restored")
        return cast(BinaryIO, file)

    def _hash(self, name: str) -> str:
        made = sha256()
        for chunk in _chunks(self._open(name)):
            made.update(chunk)
        return made.hexdigest()


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """The bundle at `path`. Raises PermanentError for anything else."""
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            yield Reader(tar, path)
    except (tarfile.TarError, EOFError) as exc:
        raise PermanentError(f"{path}: not a whole backup of mailbot's; nothing was restored") from exc
    except FileNotFoundError as exc:
        raise ConfigError((f"{path}: no such file",)) from exc


def sealed_in_bundle(name: str) -> bool:
    """Whether that file lies in the clear in the state, so that it has to be sealed on its way into a bundle."""
    return PurePosixPath(name).parts[0] not in layout.SEALED


def worth_keeping(name: str) -> bool:
    """Whether a file of the keyring can be brought back: not a socket's or lock's."""
    return not PurePosixPath(name).name.startswith(_NO_COPY) and not name.endswith(".lock")


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    parts = path.parts
    plain = not path.is_absolute() and ".." not in parts and str(path) == name and parts
    return bool(plain) and (name == KEY_MEMBER or layout.is_known(parts[0]))


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def _dumped(manifest: Manifest) -> bytes:
    said = {
        "made": manifest.made,
        "schema": manifest.schema,
        "with_key": manifest.with_key,
        "members": [asdict(member) for member in manifest.members],
    }
    return json.dumps(said, separators=(",", ":")).encode()


def _purpose(name: str) -> str:
    return f"backup {name}"


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


class _Hashing:
    """Reads on behalf of tarfile and hashes what it read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash = file, sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self._file.read(size)
        self._hash.update(data)
        return data

    def digest(self) -> str:
        """Of everything read."""
        return self._hash.hexdigest()


def sync(file: BinaryIO) -> None:
    """Make what was written durable."""
    file.flush()
    os.fsync(file.fileno())
