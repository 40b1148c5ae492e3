"""The whole state as it lies on the disk, each hash computed again: what could be read of it, and what is wrong.

Takes no lock, so it works beside the daemon. Files that only grow are read in the order in which they are written
backwards: what the store knows is in the spool and in the log already.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from zlib import error

from mailbot.adapters import layout, logbook, records
from mailbot.adapters.archive import Archives
from mailbot.adapters.codec import GRANTS_NAME, SPOOL_NAME, STORE_NAME, Codec
from mailbot.adapters.freezing import whole
from mailbot.adapters.journal import JournalStorage
from mailbot.adapters.records import Records
from mailbot.adapters.spool import FileSpool
from mailbot.adapters.stubs import brief_of, place_of
from mailbot.core.brief import in_brief
from mailbot.core.gaps import Gap
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem
from mailbot.errors import ConfigError, MailbotError
from mailbot.memory import Disposition

_LOG_ADVICE = "compare with a backup and with the journal's head in the daily digests; keep both versions"
_TAIL_ADVICE = "the next start writes what the store remembers; compare the rest with a backup"
_RESTORE = "bring it back from a backup (mailbot restore, into an empty state)"
_SPOOLED = re.compile(r"([0-9a-f]{2})/([0-9a-f]{62})\.eml(\.new)?")
_T = TypeVar("_T")


@dataclass
class Inspected:
    """What was read, by row id, and the gaps that reading showed."""

    cases: dict[str, Case] = field(default_factory=dict)
    items: dict[str, OutboxItem] = field(default_factory=dict)
    dispositions: dict[str, Disposition] = field(default_factory=dict)
    begun: frozenset[str] = frozenset()
    spooled: frozenset[str] = frozenset()
    log: Mapping[int, str] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    token_secret: bytes = b""  # if it is another than the key's
    readable: bool = True  # else the store could not be read, and nothing can be compared with it


def inspect(state: Path, codec: Codec, homes: tuple[Path, ...] = ()) -> Inspected:
    """Read everything. Raises ConfigError for another key, a newer schema, or where no state is."""
    if not state.is_dir():
        raise ConfigError((f"{state}/: there is no state; mailbot restore brings one back from a backup",))
    found = Inspected()
    found.gaps += _around(state, homes)
    found.spooled = frozenset(_spooled(state / SPOOL_NAME, found.gaps))
    lines = _store(state, codec, found)
    found.log = _log(state / layout.LOGBOOK_NAME, lines, found.gaps)
    spool = FileSpool(state / SPOOL_NAME, codec)
    for digest in sorted(found.spooled):
        try:
            spool.load(digest)
        except MailbotError as exc:
            found.gaps.append(Gap("spool", digest[:12], _after_path(exc), _RESTORE))
    return found


def _around(state: Path, homes: tuple[Path, ...]) -> Iterator[Gap]:
    for text in layout.foreign(state, homes):
        path, _, rest = text.partition(": ")
        what, _, advice = rest.partition("; ")
        yield Gap("foreign", path, what, advice)
    seen = set()
    folders = (layout.open_below(state / name) for name in (SPOOL_NAME, layout.ARCHIVE_NAME, GRANTS_NAME))
    for texts in (layout.open_to_others(state), *folders):
        for text in texts:
            path, _, rest = text.partition(": ")
            what, _, advice = rest.partition("; ")
            if path not in seen:
                seen.add(path)
                yield Gap("permission", path, what, advice)


def _spooled(folder: Path, gaps: list[Gap]) -> Iterator[str]:
    if not folder.is_dir():
        return
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        found = _SPOOLED.fullmatch(path.relative_to(folder).as_posix())
        if found is None or path.is_symlink():
            gaps.append(Gap("foreign", str(path), "not a file of mailbot's", "move it out of the state"))
        elif not found[3]:
            yield found[1] + found[2]


def _store(state: Path, codec: Codec, found: Inspected) -> list[str]:
    """Fill in what the store and the archives hold; the journal lines that the store remembers."""
    path = state / STORE_NAME
    if not path.exists():
        if found.spooled:
            found.gaps.append(Gap("store", str(path), "is missing, though there is mail in the spool", _RESTORE))
            found.readable = False
        return []
    try:
        journal = JournalStorage(path, codec, read_only=True)
    except MailbotError as exc:
        if not _is_damage(exc):
            raise
        found.gaps.append(Gap("store", str(path), _after_path(exc), _RESTORE))
        found.readable = False
        return []
    archives = Archives(state, codec)
    try:
        for _ in archives.check():
            pass
    except MailbotError as exc:
        found.gaps.append(Gap("archive", str(exc).partition(":")[0], _after_path(exc), _RESTORE))
    cases, items = journal.rows("cases"), journal.rows("outbox")
    full = dict(_whole_rows(archives, cases, found.gaps))
    mails = dict(_whole_rows(archives, items, found.gaps, item=True))
    found.cases = dict(values(full, records.CASE, "id", found.gaps))
    found.gaps += _told_otherwise(cases, found.cases)
    found.items = dict(values(mails, records.ITEM, "item", found.gaps))
    found.dispositions = dict(values(journal.rows("dispositions"), records.DISPOSITION, "digest", found.gaps))
    if row := journal.rows("secrets").get("tokens"):
        found.token_secret = bytes.fromhex(row["hex"])
    found.begun = frozenset(journal.rows("starts"))
    return journal.lines


def _whole_rows(
    archives: Archives, rows: Mapping[str, Any], gaps: list[Gap], *, item: bool = False
) -> Iterator[tuple[str, Any]]:
    for row_id, row in rows.items():
        try:
            full = whole(archives, row_id, row, item=item)
        except (MailbotError, KeyError) as exc:
            what = "does not hold it" if isinstance(exc, KeyError) else _after_path(exc)
            gaps.append(Gap("archive", row_id, f"its archive {what}", _RESTORE))
            continue
        if place_of(row) and (set(row["message_ids"]) != set(full["message_ids"]) if not item else False):
            gaps.append(Gap("case", row_id, "is looked up by other Message-IDs than it has", _RESTORE))
        yield row_id, full


def _told_otherwise(rows: Mapping[str, Any], cases: Mapping[str, Case]) -> Iterator[Gap]:
    """Archived cases of which lists and reports, which read the short row alone, say what is not so."""
    for case_id, row in rows.items():
        if place_of(row) is None or (case := cases.get(case_id)) is None:
            continue
        try:
            brief = brief_of(row)
        except (MailbotError, TypeError, ValueError, KeyError, error):
            told = None
        else:
            told = row["state"], row.get("track", case.track), brief or in_brief(case)
        if told != (case.state, case.track, in_brief(case)):
            yield Gap("case", case_id, "is listed and counted otherwise than it is", _RESTORE)


def values(rows: Mapping[str, Any], shape: Records[_T], name: str, gaps: list[Gap]) -> Iterator[tuple[str, _T]]:
    """What the rows hold, each by its id; a gap for each that does not open, or lies under another's id."""
    for row_id, row in rows.items():
        try:
            value = shape.load(row)
        except (MailbotError, TypeError, ValueError, KeyError) as exc:
            gaps.append(Gap("store", row_id, f"cannot be read ({type(exc).__name__})", _RESTORE))
            continue
        if getattr(value, name) != row_id:
            what = f"lies under that name, but is {getattr(value, name)}: look-ups by token give the wrong one"
            gaps.append(Gap({"id": "case", "item": "outbox"}.get(name, "disposition"), row_id, what, _RESTORE))
        yield row_id, value


def _log(path: Path, lines: list[str], gaps: list[Gap]) -> Mapping[int, str]:
    """The log's lines by number; each that the store remembers is compared with it."""
    try:
        for problem in logbook.check(path):
            gaps.append(Gap("journal", str(path), problem.partition(": ")[2], _LOG_ADVICE))
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        text = ""
    except OSError as exc:
        gaps.append(Gap("journal", str(path), f"cannot be read ({exc.strerror})", "look at the disk"))
        return {}
    log = {number: line for line in text.splitlines() if (number := logbook.number_of(line))}
    last = max(log, default=0)
    for line in lines:
        number = logbook.number_of(line)
        if number > last:
            what = f"ends at #{last}, but the store remembers #{number}: lines are missing at the end"
            gaps.append(Gap("journal", f"{path} #{number}", what, _TAIL_ADVICE))
        elif number >= min(log) and log.get(number) != line:
            what = f"line #{number} is not the one that the store remembers"
            gaps.append(Gap("journal", f"{path} #{number}", what, _LOG_ADVICE))
    return log


def _is_damage(exc: MailbotError) -> bool:
    return "damaged at byte" in str(exc)


def _after_path(exc: BaseException) -> str:
    """What is wrong, without the file's name before it and the general advice behind it."""
    text = str(exc)
    return text.partition(": ")[2].partition(";")[0] or text
