"""The goals of the bench, and what a run says to each: one table, and the same as JSON. Everything here is pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Key(StrEnum):
    """What has a goal."""

    ENCRYPTED_CPU = "encrypted-cpu"
    ENCRYPTED_WALL = "encrypted-wall"
    SEQUOIA_CPU = "sequoia-cpu"
    SEQUOIA_WALL = "sequoia-wall"
    PLAIN = "plain"
    PEERS = "peers"
    COMMIT = "commit"
    START = "start"
    START_MEMORY = "start-memory"
    MEMORY = "memory"
    MEMORY_OPEN = "memory-open"
    IDLE = "idle"
    REHEARSE = "rehearse"
    REHEARSE_ONE = "rehearse-one"
    REPORT = "report"
    COMMAND_LINE = "command-line"


@dataclass(frozen=True)
class Goal:
    """What a figure may be; that of its ratio if it has one. `at_least` turns it round."""

    key: Key
    figure: str
    unit: str
    limit: float
    at_least: bool = False


@dataclass(frozen=True)
class Taken:
    """What was measured, and what it stands beside in the same run; `bad` says why it does not count."""

    measured: float
    beside: float | None = None
    beside_name: str = ""
    bad: str = ""

    @property
    def value(self) -> float:
        """What the goal is about: the ratio, where it stands beside something."""
        return self.measured if self.beside is None else self.measured / self.beside


GOALS = (
    Goal(Key.ENCRYPTED_CPU, "encrypted reports, all of it: CPU a mail", "ms", 1.5),
    Goal(Key.ENCRYPTED_WALL, "the same: wall a mail", "ms", 0.7),
    Goal(Key.SEQUOIA_CPU, "with Sequoia as the backend: CPU a mail", "ms", 1.5),
    Goal(Key.SEQUOIA_WALL, "with Sequoia as the backend: wall a mail", "ms", 0.7),
    Goal(Key.PLAIN, "plain reports: CPU a mail outside gpg", "ms", 8.0),
    Goal(Key.PEERS, "mails a second beside other gateways", "1/s", 10.0, at_least=True),
    Goal(Key.COMMIT, "a commit at 20,000 cases", "ms", 1.2),
    Goal(Key.START, "start, 20,000 cases, 3,600 open", "s", 2.0),
    Goal(Key.START_MEMORY, "memory after that start", "MB", 250.0),
    Goal(Key.MEMORY, "memory after 10,000 mails, cases ending", "MB", 1.1),
    Goal(Key.MEMORY_OPEN, "the same, every case staying open", "MB", 1.1),
    Goal(Key.IDLE, "a round with nothing to do, 20,000 cases: CPU", "ms", 50.0),
    Goal(Key.REHEARSE, "rehearse of 700 real mails, cold", "s", 20.0),
    Goal(Key.REHEARSE_ONE, "the slowest of them", "s", 2.0),
    Goal(Key.REPORT, "report over 20,000 cases: CPU", "s", 5.0),
    Goal(Key.COMMAND_LINE, "the command line's start (--help)", "s", 0.3),
)


def met(goal: Goal, taken: Taken) -> bool:
    """Whether it is reached, by what counts."""
    if taken.bad:
        return False
    return taken.value >= goal.limit if goal.at_least else taken.value <= goal.limit


def table(taken: Mapping[Key, Taken]) -> str:
    """A line for each goal; what was not measured is said to be so."""
    head = f"{'figure':46} {'measured':>11}  {'beside':42} {'ratio':>7} {'goal':>8}  met"
    return "".join(
        f"{line}\n" for line in (head, "-" * len(head), *(_line(goal, taken.get(goal.key)) for goal in GOALS))
    )


def _line(goal: Goal, taken: Taken | None) -> str:
    sign = "≥" if goal.at_least else "≤"
    limit = f"{sign} {goal.limit:g}"
    if taken is None:
        return f"{goal.figure:46} {'-':>11}  {'not measured in this run':42} {'':>7} {limit:>8}  -"
    beside, ratio = "", ""
    if taken.beside is not None:
        beside, ratio = f"{_number(taken.beside)} {goal.unit}  {taken.beside_name}", _number(taken.value)
    measured = f"{_number(taken.measured)} {goal.unit}"
    said = "BAD" if taken.bad else "yes" if met(goal, taken) else "NO"
    return f"{goal.figure:46} {measured:>11}  {beside:42} {ratio:>7} {limit:>8}  {said}"


def _number(value: float) -> str:
    """Three digits that count."""
    return (
        f"{value:.0f}"
        if value >= 100
        else f"{value:.3g}"
        if value < 1
        else f"{value:.1f}"
        if value >= 10
        else f"{value:.2f}"
    )


def as_json(taken: Mapping[Key, Taken]) -> Sequence[Mapping[str, object]]:
    """The same for a program: one object a goal, whose `taken` is null where it was not measured."""
    return [{**asdict(goal), "taken": _told(goal, taken.get(goal.key))} for goal in GOALS]


def _told(goal: Goal, taken: Taken | None) -> Mapping[str, object] | None:
    return None if taken is None else {**asdict(taken), "value": taken.value, "met": met(goal, taken)}
