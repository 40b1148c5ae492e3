"""What of a case that has ended is still asked for: statistics, the desk's figures and a line in a list.

Theory. Whatever is computed of a case in brief is what the whole of it gives. The rest, most of it, may lie where
reading takes longer.
"""

from dataclasses import replace

from mailbot.core.model import Case, Contact, Entry, Field, FieldValue, Link, State
from mailbot.core.reminding import counted_as

EDITION = 1
"""Counts what a case in brief holds: one that was kept by another edition may lack something."""
OWN_FORM = "ipa-own-product"
"""In the rules of the form by which a vendor reports its own product."""
PURGED = "purged"
"""The last line of the history of a case of which only dates and codes are left."""
_INTO_ANOTHER = f"→ {State.MERGED}"
_PLACES = "target.urls"
_FIELDS = (_PLACES, "product.name", "vulnerability.type")


def in_brief(case: Case) -> Case:
    """The case with what `case_records`, `effects`, a count of its contact points and its title need."""
    finder = case.finder
    return Case(
        case.id,
        case.track,
        case.received,
        language=case.language,
        state=case.state,
        since=case.since,
        fields=_fields(case),
        participants=(replace(finder, name="", fingerprint=None, wrote_encrypted=False),) if finder else (),
        contacts=tuple(Contact(c.n, "", c.source, c.standing) for c in case.contacts),
        deadlines=case.deadlines,
        timeline=_timeline(case),
        milestones=case.milestones,
        links=tuple(Link(link.kind, link.case) for link in case.links),
        opened_by=case.opened_by,
        closing_code=case.closing_code,
        rejection_code=case.rejection_code,
        fix_method=case.fix_method,
        priority=case.priority,
        exploited=case.exploited,
        provisions=case.provisions,
    )


def tells_of_merging(entry: Entry) -> bool:
    """Whether the line of the history says that from then on the case went on in another one."""
    return entry.what == "state" and entry.text.endswith(_INTO_ANOTHER)


def _fields(case: Case) -> tuple[Field, ...]:
    """What it is about; and the rule that tells by which form it came, where that says something."""
    named = {f.name: f.value for f in reversed(case.fields) if f.name in _FIELDS}
    told = [Field(name, _cut(name, named[name]), "", 0.0) for name in _FIELDS if name in named]
    own = next((f.rule for f in case.fields if OWN_FORM in f.rule), None)
    return (*told, Field("", "", own, 0.0)) if own else tuple(told)


def _cut(name: str, value: FieldValue) -> FieldValue:
    """Of several places the first one names the case."""
    return value[:1] if name == _PLACES and isinstance(value, tuple) else value


def _timeline(case: Case) -> tuple[Entry, ...]:
    kept = []
    for entry in case.timeline:
        if template := counted_as(entry):
            kept.append(Entry(entry.at, entry.what, "", template))
        elif entry.what == "reply":
            kept.append(Entry(entry.at, entry.what, entry.who))
        elif entry.what == "vendor state" or tells_of_merging(entry):
            kept.append(Entry(entry.at, entry.what, "", entry.text))
    if case.timeline and case.timeline[-1].what == PURGED:
        kept.append(Entry(case.timeline[-1].at, PURGED, ""))
    return tuple(kept)
