"""Which cases of the desk may be about the same vulnerability as a report: looked up by index, never by reading all."""

from collections.abc import Iterator, Sequence

from mailbot.core.duplicates import PROPOSED_FROM, Duplicate, compare, keys, subject
from mailbot.core.model import Case, Field, Track
from mailbot.memory import Store

_PER_KEY = 20  # cases that share one key, the newest
_READ = 60  # cases at most for one report: what it costs does not grow with the desk
_SHOWN = 5


def possible_duplicates(store: Store, track: Track, fields: Sequence[Field], finder: str) -> tuple[Duplicate, ...]:
    """The cases, open or ended, that a report by `finder` may repeat, the likeliest first."""
    new, wanted = subject(track, tuple(fields)), keys({f.name: f.value for f in fields})
    found = (compare(new, finder, case, PROPOSED_FROM) for case in _candidates(store, wanted))
    likely = [duplicate for duplicate in found if duplicate and duplicate.score >= PROPOSED_FROM]
    return tuple(sorted(likely, key=lambda duplicate: -duplicate.score)[:_SHOWN])


def about_the_same(store: Store, case: Case) -> tuple[Case, ...]:
    """Other cases, open or ended, about the same site or product."""
    return tuple(c for c in _candidates(store, keys({f.name: f.value for f in case.fields})) if c.id != case.id)


def _candidates(store: Store, wanted: Sequence[str]) -> Iterator[Case]:
    read: set[str] = set()
    for key in wanted:
        for case_id in store.cases_about(key, _PER_KEY):
            if len(read) == _READ:
                return
            if case_id not in read and (case := store.case(case_id)):
                read.add(case_id)
                yield case
