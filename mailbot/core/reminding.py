"""What mails and their reminders achieve: how many were answered before the next one went out, and after how long.

Repeated mails add little (Li et al., USENIX Security 2016); this tells whether that is so at this desk.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from mailbot.core.model import Case, Entry

LADDERS: Mapping[str, tuple[str, ...]] = {
    "first-contact": ("first-contact", "first-contact-reminder"),
    "details": ("details", "details-reminder", "verification-request", "status-request"),
    "question": ("question", "question-reminder"),
}
"""The first mail of a series, and all that belong to it, in whatever order they are sent."""
_COUNTED = frozenset(name for names in LADDERS.values() for name in names)
TO_FINDER = ("question",)
MOST = 6
"""Reminders that are told apart; all later ones count together."""


@dataclass(frozen=True)
class Effect:
    """What became of the nth mail of a series; 0 is the first, not a reminder."""

    series: str
    nth: int
    sent: int
    answered: int
    days: float | None  # half of the answers came within so many days


@dataclass(frozen=True)
class _Mail:
    nth: int
    at: datetime
    answer: datetime | None


def effects(cases: Iterable[Case]) -> tuple[Effect, ...]:
    """Every mail of every series that was ever sent, over all cases."""
    found: dict[tuple[str, int], list[_Mail]] = {}
    for case in cases:
        for series in LADDERS:
            for mail in _mails(case, series):
                found.setdefault((series, min(mail.nth, MOST)), []).append(mail)
    order = list(LADDERS)
    return tuple(_effect(*key, found[key]) for key in sorted(found, key=lambda key: (order.index(key[0]), key[1])))


def _effect(series: str, nth: int, mails: list[_Mail]) -> Effect:
    waited = [(mail.answer - mail.at).total_seconds() / 86400 for mail in mails if mail.answer]
    return Effect(series, nth, len(mails), len(waited), round(median(waited), 1) if waited else None)


def _mails(case: Case, series: str) -> Iterator[_Mail]:
    """Each mail of the series in one case, to whomever it went; a first mail to a new address begins it anew."""
    nth, sent = 0, None
    for entry in case.timeline:
        if entry.what == "sent" and (template := _template(entry)) in LADDERS[series]:
            if sent is not None:
                yield _Mail(nth, sent, None)
            nth = 0 if template == series else nth + 1
            sent = entry.at
        elif sent is not None and entry.what == "reply" and _is_finder(case, entry.who) is (series in TO_FINDER):
            yield _Mail(nth, sent, entry.at)
            sent = None
    if sent is not None:
        yield _Mail(nth, sent, None)


def counted_as(entry: Entry) -> str:
    """The template of a mail of a series that went out; "" for any other line of the history."""
    template = _template(entry) if entry.what == "sent" else ""
    return template if template in _COUNTED else ""


def _template(entry: Entry) -> str:
    """The name that begins "first-contact to web@shop.example.jp (signed)"."""
    return entry.text.partition(" to ")[0].rpartition("/")[2]


def _is_finder(case: Case, who: str) -> bool:
    return case.finder is not None and who.lower() == case.finder.address.lower()
