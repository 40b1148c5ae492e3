"""What may lie in the state folder, and who may read it: asked before anything of it is opened."""

import os
from collections.abc import Iterator
from pathlib import Path

from mailbot.adapters import archive
from mailbot.adapters.codec import GRANTS_NAME, SPOOL_NAME, STORE_NAME
from mailbot.adapters.found_good import NAME as CHECKED_NAME
from mailbot.adapters.lookups import NAME as LOOKUPS_NAME
from mailbot.errors import ConfigError

ARCHIVE_NAME = archive.FOLDER
LOCK_NAME = "lock"
LOGBOOK_NAME = "journal.log"
GNUPG_NAME = "gnupg"
RESTORING_NAME = ".restoring"
REKEYING_NAME = ".rekeying"
MOVED_NAME = ".moved"
"""Says that the state went to a database, so that nobody goes on with an empty one here."""
ASIDE = "moved-"
"""Begins the name of the folder in which lies what was here until then."""
KNOWN = frozenset(
    (
        *(STORE_NAME, SPOOL_NAME, ARCHIVE_NAME, LOCK_NAME, LOGBOOK_NAME, GNUPG_NAME, GRANTS_NAME, LOOKUPS_NAME),
        *(MOVED_NAME, CHECKED_NAME),
    )
)
"""What mailbot makes there. A part that keeps something else in the state folder adds its name here."""
SEALED = frozenset((STORE_NAME, SPOOL_NAME, ARCHIVE_NAME, GRANTS_NAME))
"""What of it is sealed with the key."""
HARMLESS = frozenset(("README.md", ".gitignore", ".gitkeep", "lost+found", ".snapshot"))
_UNFINISHED = ".new"  # what a kill leaves of a file that was being written beside its old self
_OTHERS = 0o077


def check_state(state: Path, homes: tuple[Path, ...] = ()) -> None:
    """Refuse a state that others may read, or in which something foreign lies; `homes` may lie there as well.

    Raises ConfigError with every problem; nothing is changed.
    """
    if not state.is_dir():
        return
    # A folder out of a checkout holds nothing yet: it is made private when the desk is first opened.
    problems = [*foreign(state, homes), *(open_to_others(state) if (state / STORE_NAME).exists() else ())]
    if problems:
        raise ConfigError(tuple(problems))


def is_known(name: str) -> bool:
    """Whether mailbot makes that name at the top of the state, or a rotation of its log did."""
    return name in KNOWN or name.startswith((f"{LOGBOOK_NAME}.", f"{LOGBOOK_NAME}-", ASIDE))


def refuse_moved(state: Path) -> None:
    """Raises ConfigError where the state went to a database."""
    if (state / MOVED_NAME).exists():
        advice = 'set [store].backend = "postgresql"; mailbot store migrate --to tinydb brings it back'
        raise ConfigError((f"{state}/: the desk's memory was moved to a database: {advice}",))


def foreign(state: Path, homes: tuple[Path, ...] = ()) -> Iterator[str]:
    """A sentence for each thing in `state` that mailbot did not make."""
    if problems := tuple(unfinished(state)):
        yield from problems
        return
    ours = HARMLESS | {top for home in homes if (top := _top(home, state))}
    for path in sorted(state.iterdir()):
        name = path.name.removesuffix(_UNFINISHED)
        if name not in ours and not is_known(name):
            yield f"{path}: not a file of mailbot's; move it out of {state}/"
        elif path.is_symlink() and name not in (SPOOL_NAME, ARCHIVE_NAME, GNUPG_NAME, GRANTS_NAME):
            yield f"{path}: a link, where a file of mailbot's should be; put the file itself there"
    if (state / ARCHIVE_NAME).is_dir():
        for path in sorted((state / ARCHIVE_NAME).iterdir()):
            if not archive.is_archive(path.name.removesuffix(_UNFINISHED)):
                yield f"{path}: not an archive of mailbot's; move it out of {state}/"


def unfinished(state: Path) -> Iterator[str]:
    """A sentence for what was begun with the whole state and did not come to its end."""
    if (state / RESTORING_NAME).exists():
        yield f"{state}/: a restore did not finish; empty {state}/ and restore again"
    if (state / REKEYING_NAME).exists():
        yield f"{state}/: a change of the key did not finish; mailbot rekey --new-key-file FILE completes it"


def open_to_others(state: Path) -> Iterator[str]:
    """A sentence for each thing near the top of `state` that others than its owner may read or change."""
    for path in (state, *(state / name for name in sorted(KNOWN))):
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            continue
        if mode & _OTHERS:
            yield f"{path}: others may read it (mode {mode & 0o777:o}); chmod {'700' if path.is_dir() else '600'} it"


def open_below(folder: Path) -> Iterator[str]:
    """The same for everything below `folder`."""
    for place, folders, files in os.walk(folder):
        for name in sorted((*folders, *files)):
            path = Path(place, name)
            if not path.is_symlink() and (mode := path.stat().st_mode) & _OTHERS:
                yield f"{path}: others may read it (mode {mode & 0o777:o}); chmod go= it"


def _top(path: Path, state: Path) -> str:
    """The first part of `path` below `state`; "" if it lies elsewhere."""
    path, state = path.resolve(), state.resolve()
    return path.relative_to(state).parts[0] if path != state and path.is_relative_to(state) else ""
