"""The shipped rules and templates, and the site's own files that take their place one by one."""

import os
from collections.abc import Callable, Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from mailbot.errors import ConfigError

Kind = Literal["rules", "templates"]

_SUFFIX: dict[Kind, tuple[str, ...]] = {"rules": (".toml",), "templates": (".txt", ".toml", ".html")}
_MAX_BYTES = 2_000_000
_MAX_FILES = 2_000
_MAX_DEPTH = 8


def names(kind: Kind) -> tuple[str, ...]:
    """The shipped files of that kind, such as "ja/receipt/subject.txt", in order."""
    return tuple(sorted(name for name, _ in _walk(_shipped(kind), kind)))


def texts(kind: Kind, folder: Path, wanted: Callable[[str], bool] = lambda name: True) -> dict[str, str]:
    """The text of every file of that kind: the shipped ones, each replaced by the one of its name in `folder`/`kind`.

    `wanted` tells by its name whether a file is; of others nothing is read, and nothing checked.
    Raises ConfigError with every file that cannot be used.
    """
    problems: list[str] = []
    found: dict[str, str] = {}
    own = folder / kind
    shipped = {name: file for name, file in _walk(_shipped(kind), kind) if wanted(name)}
    sources = shipped | _own_files(own, kind, problems, wanted)
    for name, file in sorted(sources.items()):
        text = _read(file, str(file) if isinstance(file, Path) else name, problems)
        if text is not None:
            found[name] = text
    if problems:
        raise ConfigError(tuple(problems))
    return found


def copy_into(kind: Kind, folder: Path) -> tuple[Path, ...]:
    """Write the shipped files that `folder`/`kind` lacks, for a site to edit; which ones. Never overwrites.

    Raises ConfigError if a file cannot be written.
    """
    written = []
    for name, source in sorted(_walk(_shipped(kind), kind)):
        path = folder / kind / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if _add(path, source.read_bytes()):
                written.append(path)
        except OSError as exc:
            raise ConfigError((f"{path}: cannot be written: {exc.strerror}",)) from None
    return tuple(written)


def _shipped(kind: Kind) -> Traversable:
    """The wheel carries the files inside the package; in a checkout they lie beside it."""
    package = files("mailbot")
    inside = package / "_shipped" / kind
    return inside if inside.is_dir() else Path(str(package)).parent / kind


def _walk(root: Traversable, kind: Kind, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    if not root.is_dir():
        raise ConfigError((f"the shipped {kind} are missing from this installation; install mailbot anew",))
    for entry in root.iterdir():
        name = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, kind, f"{name}/")
        elif entry.name.endswith(_SUFFIX[kind]):
            yield name, entry


def _own_files(own: Path, kind: Kind, problems: list[str], wanted: Callable[[str], bool]) -> dict[str, Path]:
    """The site's files; a link counts only if it stays inside the folder, so that no other file is read as a rule."""
    if own.is_symlink() and not own.exists():
        problems.append(f"{own}: is a link to nothing; remove it, or make its target")
    found: dict[str, Path] = {}
    home = own.resolve()
    for place, folders, entries in os.walk(own):
        here = Path(place)
        depth = len(here.relative_to(own).parts)
        problems += [f"{here / link}: a link to a folder is not followed" for link in folders if _is_link(here / link)]
        folders[:] = [name for name in folders if not name.startswith(".") and depth < _MAX_DEPTH]
        for entry in entries:
            path = here / entry
            name = path.relative_to(own).as_posix()
            if entry.startswith(".") or not entry.endswith(_SUFFIX[kind]) or not wanted(name):
                continue
            if not path.resolve().is_relative_to(home):
                problems.append(f"{path}: is a link that leaves the folder; put the file itself there")
            elif not path.is_file():
                problems.append(f"{path}: is not a file")
            else:
                found[name] = path
        if len(found) > _MAX_FILES:
            problems.append(f"{own}: more than {_MAX_FILES} files; is it the right folder?")
            break
    return found


def _is_link(path: Path) -> bool:
    return path.is_symlink() and not path.name.startswith(".")


def _read(file: Traversable, shown: str, problems: list[str]) -> str | None:
    try:
        with file.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except OSError as exc:
        problems.append(f"{shown}: cannot be read: {exc.strerror}")
        return None
    if len(content) > _MAX_BYTES:
        problems.append(f"{shown}: longer than {_MAX_BYTES} bytes; is it the right file?")
        return None
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as exc:
        line = content[: exc.start].count(b"\n") + 1
        problems.append(f"{shown}: line {line} is not UTF-8; save the file as UTF-8")
        return None


def _add(path: Path, content: bytes) -> bool:
    """Create the file whole, or leave what is there; whether it was created."""
    if os.path.lexists(path):
        return False
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
    return True
