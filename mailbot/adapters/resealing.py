"""Another at-rest key: everything that lies sealed is sealed anew, file by file.

Theory. Each file is replaced as a whole, and one that opens with the new key is left alone, so whatever moment a kill
comes at, doing it again completes it; until then the key's file holds both keys, and nothing else may work. A sealed
record is as long as it was, so places in archives stay true.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

from mailbot.adapters import layout
from mailbot.adapters.archive import is_archive
from mailbot.adapters.archive import purpose as archive_purpose
from mailbot.adapters.codec import GRANTS_NAME, SPOOL_NAME, STORE_NAME, Codec, Unsealable
from mailbot.adapters.durable import disk_failure, write_file, write_stream
from mailbot.adapters.frames import damaged, frames, pack
from mailbot.adapters.lookups import NAME as LOOKUPS_NAME
from mailbot.adapters.snapshot import PROOF, Head, encode, read_head
from mailbot.errors import ConfigError, PermanentError

_MARK = b"a key is being changed"
_Purpose = Callable[[Head, int], str]


def reseal(state: Path, old: Codec, new: Codec) -> int:
    """Seal everything with the new key; how many files. Raises PermanentError for damage, TransientError (disk).

    To be called by the holder of the lock.
    """
    try:
        done = sum(_whole(path, f"mail {path.parent.name}{path.stem}", old, new) for path in _mails(state))
        grants = [path for path in _files(state / GRANTS_NAME) if path.suffix not in (".lock", ".new")]
        done += sum(_whole(path, f"{GRANTS_NAME}/{path.name}", old, new) for path in grants)
        archives = [path for path in _files(state / layout.ARCHIVE_NAME) if is_archive(path.name)]
        done += sum(_framed(path, archive_purpose, old, new) for path in archives)
        (state / LOOKUPS_NAME).unlink(missing_ok=True)  # a cache: what it held is looked up again
        return done + _framed(state / STORE_NAME, Head.purpose, old, new)
    except OSError as exc:
        raise disk_failure(state, exc) from exc


def write_mark(mark: Path, *codecs: Codec) -> None:
    """Say which keys a change is begun with, without telling them. Raises TransientError (disk)."""
    try:
        write_file(mark, b"\n".join(b64encode(codec.seal(_MARK, layout.REKEYING_NAME)) for codec in codecs))
    except OSError as exc:
        raise disk_failure(mark, exc) from exc


def unlike_mark(mark: Path, *codecs: Codec) -> list[int]:
    """Which of these, by number, are not what the change was begun with."""
    bad = []
    for number, (proof, codec) in enumerate(zip(mark.read_bytes().split(b"\n"), codecs, strict=True)):
        try:
            codec.unseal(b64decode(proof), layout.REKEYING_NAME)
        except Unsealable:
            bad.append(number)
    return bad


def _whole(path: Path, purpose: str, old: Codec, new: Codec) -> bool:
    stored = path.read_bytes()
    try:
        new.unseal(stored, purpose)
        return False
    except Unsealable:
        pass
    try:
        plain = old.unseal(stored, purpose)
    except Unsealable as exc:
        raise PermanentError(f"{path}: opens with neither key; bring it back from a backup, then repeat") from exc
    write_file(path, new.seal(plain, purpose))
    return True


def _framed(path: Path, purpose: _Purpose, old: Codec, new: Codec) -> bool:
    with path.open("rb") as file:
        first = next(frames(file, str(path)), None)
        if first is None:
            raise damaged(str(path), 0)
        try:
            read_head(first.payload, new, path)
            return False
        except ConfigError:
            head = read_head(first.payload, old, path)
        proof = b64encode(new.seal(PROOF, head.purpose(0))).decode("ascii")

        def chunks() -> Iterator[bytes]:
            at = 0
            for frame in frames(file, str(path)):
                if frame.number == 0:
                    yield pack(0, encode({**json.loads(frame.payload), "codec": new.name, "proof": proof}))
                else:
                    try:
                        plain = old.unseal(frame.payload, purpose(head, frame.number))
                    except Unsealable as exc:
                        raise damaged(str(path), at) from exc
                    yield pack(frame.number, new.seal(plain, purpose(head, frame.number)))
                at = frame.end

        write_stream(path, chunks())
    return True


def _mails(state: Path) -> Iterator[Path]:
    folder = state / SPOOL_NAME
    yield from (path for path in sorted(folder.glob("??/*.eml")) if path.is_file())


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
