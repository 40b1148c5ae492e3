"""Mail that lies in files: Maildir, mbox, .eml and standard input as the same port as IMAP."""

import mailbox
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from mailbot.adapters.batches import head_of
from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail
from mailbot.errors import ConfigError, TransientError
from mailbot.ports import Arrival, Mailbox

_CHUNK = 1_000_000
_FROM_LINE = re.compile(rb"\AFrom [^\r\n]*\r?\n")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


def open_path(path: str, stdin: BinaryIO, limits: Limits) -> Mailbox:
    """The mail in `path`: a Maildir, a folder of .eml files, an mbox, one mail, or "-" for one mail on `stdin`.

    Mail in a Maildir is filed away beside it; everything else is only read. Raises ConfigError if nothing is there.
    """
    if path == "-":
        return ReadOnlySource(partial(_stream, stdin, limits))
    place = Path(path)
    if (place / "new").is_dir() and (place / "cur").is_dir():
        return MaildirMailbox(place, limits)
    if place.is_dir():
        files = sorted(file for file in place.rglob("*.eml") if file.is_file())
        if not files:
            raise ConfigError((f"{path}: neither a Maildir nor a folder with .eml files",))
        return ReadOnlySource(partial(_files, files, limits))
    if not place.is_file():
        why = (
            "neither a file nor a folder; one mail from a pipe is named -"
            if place.exists()
            else "no such file or folder"
        )
        raise ConfigError((f"{path}: {why}",))
    try:
        with place.open("rb") as file:
            is_mbox = file.read(5) == b"From "
    except OSError as exc:
        raise ConfigError((f"{path}: cannot be read ({exc.strerror})",)) from exc
    return ReadOnlySource(partial(_mbox, place, limits) if is_mbox else partial(_files, [place], limits))


class ReadOnlySource:
    """Mail that belongs to someone else: it is read and left as it is."""

    def __init__(self, read: Callable[[], Iterator[Arrival]]) -> None:
        self._read = read

    def arrivals(self) -> Iterator[Arrival]:
        """Everything there is, one mail at a time."""
        return self._read()

    def file_away(self, arrival: Arrival, folder: str) -> None:
        """Nothing: the source is not ours to change."""

    def wait(self, seconds: float) -> None:
        """Nothing: no more will come."""

    def close(self) -> None:
        """Nothing is held open."""


class MaildirMailbox:
    """A Maildir; what is done moves to its Maildir++ folder `.Processed`, `.Held` or `.Quarantine`."""

    def __init__(self, path: Path, limits: Limits, sleep: Callable[[float], None] = time.sleep) -> None:
        self._path = path
        self._limits = limits
        self._sleep = sleep

    def arrivals(self) -> Iterator[Arrival]:
        """What lies in `new` and `cur`, oldest first; files that vanish meanwhile are passed over."""
        for path in self._waiting():
            if (found := _find(path)) is not None:
                yield from _files([found], self._limits)

    def file_away(self, arrival: Arrival, folder: str) -> None:
        """Move the file, unless it is gone; `new` stays new there and `cur` stays cur."""
        try:
            target = self._folder(folder)
            if (source := _find(Path(arrival.handle))) is not None:
                source.rename(target / source.parent.name / source.name)
        except OSError as exc:
            raise TransientError(f"{self._path}: mail cannot be moved to .{folder} ({exc.strerror})") from exc

    def wait(self, seconds: float) -> None:
        """Sleep for that time."""
        self._sleep(seconds)

    def close(self) -> None:
        """Nothing is held open."""

    def _waiting(self) -> Iterator[Path]:
        found: list[tuple[int, int, str, str]] = []  # no paths: there may be very many
        try:
            for part in ("new", "cur"):
                with os.scandir(self._path / part) as entries:
                    found += [
                        (*_delivered(entry), part)
                        for entry in entries
                        if not entry.name.startswith(".") and entry.is_file()
                    ]
        except OSError as exc:
            raise TransientError(f"{self._path}: cannot be read ({exc.strerror})") from exc
        found.sort()
        return (self._path / part / name for _, _, name, part in found)

    def _folder(self, folder: str) -> Path:
        path = self._path / f".{folder}"
        if not path.is_dir():
            mailbox.Maildir(self._path, create=False).add_folder(folder)
        return path


def _delivered(entry: os.DirEntry[str]) -> tuple[int, int, str]:
    """Order of delivery: the seconds that open the name of a Maildir file, else those of the file."""
    modified = entry.stat().st_mtime_ns
    seconds = entry.name.partition(".")[0]
    return (int(seconds) if seconds.isascii() and seconds.isdigit() else modified // 10**9), modified, entry.name


def _find(path: Path) -> Path | None:
    """Where a Maildir's file is now: a mail reader may have moved it to `cur` or changed its flags."""
    if path.exists():
        return path
    unique = path.name.partition(":")[0]
    files = (file for part in ("new", "cur") for file in (path.parents[1] / part).iterdir())
    return next((file for file in files if file.name.partition(":")[0] == unique), None)


def _files(paths: Sequence[Path], limits: Limits) -> Iterator[Arrival]:
    for path in paths:
        try:
            with path.open("rb") as file:
                arrival = _take(file, str(path), limits)
        except OSError as exc:
            raise TransientError(f"{path}: cannot be read ({exc.strerror})") from exc
        yield arrival


def _mbox(path: Path, limits: Limits) -> Iterator[Arrival]:
    try:
        box = mailbox.mbox(path, create=False)
        try:
            for number, key in enumerate(box.keys(), start=1):
                # Not get_bytes(): it reads a mail of any size whole, and leaves ">From " as the mbox quoted it.
                with box.get_file(key) as file:
                    arrival = _take(cast(BinaryIO, file), f"{path}#{number}", limits, _unquoted)
                yield arrival
        finally:
            box.close()
    except OSError as exc:
        raise TransientError(f"{path}: cannot be read ({exc.strerror})") from exc


def _stream(stdin: BinaryIO, limits: Limits) -> Iterator[Arrival]:
    yield _take(stdin, "-", limits, _without_envelope)


def _take(
    file: BinaryIO, handle: str, limits: Limits, tidy: Callable[[bytes], bytes] = lambda content: content
) -> Arrival:
    """One mail; of one that is over the limit only the head, but it is read to its end, as a pipe must be."""
    content = file.read(limits.mail_bytes + 1)
    if len(content) <= limits.mail_bytes:
        mail = RawMail(tidy(content), handle)
        return Arrival(handle, mail, size=len(mail.content))
    size = len(content)
    while chunk := file.read(_CHUNK):
        size += len(chunk)
    return Arrival(handle, None, head_of(tidy(content), limits), size)


def _unquoted(content: bytes) -> bytes:
    return _QUOTED_FROM.sub(rb"\1", content)


def _without_envelope(content: bytes) -> bytes:
    """A mail transfer agent may put the envelope's "From " line before a mail that it pipes."""
    return _FROM_LINE.sub(b"", content)
