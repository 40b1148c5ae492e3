"""The desk's statistics: the rules they go by, and the case records of its memory or of a file."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import NamedTuple, Protocol

from mailbot import resources
from mailbot.config import Config
from mailbot.core.calendar import open_days
from mailbot.core.model import Case
from mailbot.core.policy_file import load_edition
from mailbot.core.ruleset import load_rules
from mailbot.core.statistics import compute
from mailbot.core.statistics.figures import Statistics
from mailbot.core.statistics.from_cases import case_records
from mailbot.core.statistics.quarters import code_of, parse_quarter, quarter_of
from mailbot.core.statistics.records import LINE_BYTES, CaseRecord, read_records
from mailbot.core.statistics.rules import StatisticsRules, load_statistics_rules
from mailbot.errors import ConfigError, PermanentError

_OURS = ("types/", "statistics/")


class History(Protocol):
    """The part of the store that statistics need."""

    def cases(self) -> Iterable[Case]: ...
    def brought(self) -> Iterator[bytes]: ...
    def bring(self, groups: Mapping[str, Sequence[str]], said: str) -> None: ...


@dataclass(frozen=True)
class Counting:
    """Everything that turns records into statistics."""

    rules: StatisticsRules
    zone: tzinfo
    is_open: Callable[[date], bool]

    def statistics(self, records: Iterable[CaseRecord], quarter: str | None, at: datetime) -> Statistics:
        """Those of the quarter (2026Q4; None: the one that `at` lies in). Raises PermanentError for another word."""
        today = at.astimezone(self.zone).date()
        try:
            number = parse_quarter(quarter) if quarter else quarter_of(today)
        except ValueError as exc:
            raise PermanentError(f"--quarter {exc}") from exc
        return compute.statistics(records, self.rules, number, today, self.is_open)


def load_counting(config: Config) -> Counting:
    """The rules of the statistics with the site's own files over ours. Raises ConfigError with every problem."""
    name = f"policy/{config.policy.edition}.toml"
    files = resources.texts("rules", config.folder, lambda path: path == name or path.startswith(_OURS))
    if name not in files:
        raise ConfigError((f"mailbot.toml: [policy].edition: there is no rules/{name}",))
    try:
        edition = load_edition(files[name])
    except ConfigError as exc:
        raise ConfigError(tuple(f"rules/{name}: {problem}" for problem in exc.problems)) from exc
    types = load_rules({path: text for path, text in files.items() if path.startswith("types/")}).types
    names = {code: {str(language): name for language, name in each.name.items()} for code, each in types.items()}
    rules = load_statistics_rules(files, edition, names)
    country = config.desk.calendar
    return Counting(rules, config.desk_value().timezone, open_days(country, edition.closed_in(country)))


def records_of(store: History, counting: Counting, cases: Iterable[Case] | None = None) -> tuple[CaseRecord, ...]:
    """A record for each case of the desk, and those that it brought along; `cases` where they were read before."""
    found = store.cases() if cases is None else cases
    return case_records(found, _brought(store), counting.rules, counting.zone)


def records_in(path: Path, counting: Counting) -> tuple[CaseRecord, ...]:
    """The records of a file. Raises ConfigError with every problem of every line."""
    try:
        with path.open("rb") as file:
            return read_records(iter(lambda: file.readline(LINE_BYTES + 1), b""), path.name, counting.rules)
    except OSError as exc:
        raise ConfigError((f"{path}: cannot be read: {exc.strerror}",)) from None


class Taken(NamedTuple):
    """What became of the records of a file."""

    new: int
    changed: int
    same: int


def bring(store: History, records: Iterable[CaseRecord], said: str) -> Taken:
    """Keep the records beside the desk's cases, each under its number, in place of an earlier one; in one step."""
    kept = _brought(store)
    new = changed = same = 0
    for record in records:
        before = kept.get(record.id)
        new, changed, same = new + (before is None), changed + (before not in (None, record)), same + (before == record)
        kept[record.id] = record
    if new or changed:
        groups: dict[str, list[str]] = {}
        for record in sorted(kept.values(), key=lambda r: (r.received, r.id)):
            groups.setdefault(code_of(quarter_of(record.received)), []).append(record.line())
        store.bring(groups, f"{said} {new} new {changed} changed case records brought")
    return Taken(new, changed, same)


def keep_counted(store: History, records: Iterable[CaseRecord], case_ids: Collection[str], said: str) -> None:
    """Keep those of these cases beside them: soon the cases will have forgotten what their records are made of."""
    bring(store, (record for record in records if record.id in case_ids), said)


def _brought(store: History) -> dict[str, CaseRecord]:
    found = map(CaseRecord.model_validate_json, store.brought())
    return {record.id: record for record in found}
