"""What a desk's machine room sees of it: numbers only, no case, address or subject."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """One family of numbers, with a value for each set of labels."""

    name: str
    kind: Literal["gauge", "counter"]
    what: str
    labels: tuple[str, ...]
    values: Mapping[tuple[str, ...], float]


@dataclass
class Tally:
    """What a process did since it began."""

    rounds: dict[str, int] = field(default_factory=lambda: {"done": 0, "outside_failed": 0, "signed_out": 0})
    mails: dict[str, int] = field(default_factory=dict)
    sent: int = 0
    last_round: datetime | None = None
    last_done: datetime | None = None
    signed_in: bool = True

    def done(self, now: datetime, accounted: Mapping[str, int], sent: int) -> None:
        """A round that came to its end."""
        self._count("done", now)
        self.last_done, self.signed_in = now, True
        self.sent += sent
        for kind, number in accounted.items():
            self.mails[kind] = self.mails.get(kind, 0) + number

    def failed(self, now: datetime, *, signed_in: bool) -> None:
        """A round that the outside ended: no connection, or no way in."""
        self._count("outside_failed" if signed_in else "signed_out", now)
        self.signed_in = signed_in

    def _count(self, outcome: str, now: datetime) -> None:
        self.rounds[outcome] += 1
        self.last_round = now


@dataclass(frozen=True)
class Standing:
    """How the desk stands at a moment."""

    cases: Mapping[tuple[str, str], int]  # by track and state
    due: int  # cases with a deadline that has come
    waiting: int  # mails whose time to be sent has come
    held: int
    uncertain: int
    quarantined: int
    unfinished: int
    free_bytes: int


def metrics(tally: Tally, standing: Standing) -> tuple[Metric, ...]:
    """All of them, by the names that stand in docs/operating.md."""
    return (
        _metric("rounds", "counter", "Rounds since the start, by how they ended", ("outcome",), tally.rounds),
        _metric("mails", "counter", "Mails taken in since the start, by what became of them", ("kind",), tally.mails),
        _metric("sent", "counter", "Mails the relay took since the start", (), {"": tally.sent}),
        _metric("last_round_timestamp_seconds", "gauge", "When a round last ended", (), _moment(tally.last_round)),
        _metric("last_done_timestamp_seconds", "gauge", "When a round last ended well", (), _moment(tally.last_done)),
        _metric("signed_in", "gauge", "0 while a server refuses the desk's login", (), {"": float(tally.signed_in)}),
        Metric(
            "mailbot_cases",
            "gauge",
            "Cases by track and state",
            ("track", "state"),
            {of: float(number) for of, number in sorted(standing.cases.items())},
        ),
        _metric("cases_due", "gauge", "Cases with a deadline that has come", (), {"": standing.due}),
        _metric(
            "outbox",
            "gauge",
            "Mails that have not left",
            ("status",),
            {"waiting": standing.waiting, "held": standing.held, "uncertain": standing.uncertain},
        ),
        _metric("quarantined", "gauge", "Mails in quarantine", (), {"": standing.quarantined}),
        _metric("unfinished", "gauge", "Mails begun and not done", (), {"": standing.unfinished}),
        _metric("state_free_bytes", "gauge", "Free space where the state is", (), {"": standing.free_bytes}),
    )


def _metric(
    name: str, kind: Literal["gauge", "counter"], what: str, labels: tuple[str, ...], values: Mapping[str, float]
) -> Metric:
    return Metric(
        f"mailbot_{name}", kind, what, labels, {(key,) if labels else (): float(v) for key, v in values.items()}
    )


def _moment(moment: datetime | None) -> Mapping[str, float]:
    return {} if moment is None else {"": moment.timestamp()}
