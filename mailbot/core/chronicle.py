"""The history of a case as a clerk would keep it: by day, who did what, which mail went where, which terms were kept.

The history is stored in short lines of our own making; here they are read back into their parts, so that a template can
put them into words. What a line says that is not known here is shown as it stands. Mails are named by subject and
recipient, never by what they say.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import groupby

from mailbot.core.command_forms import FORMS
from mailbot.core.desk import Desk
from mailbot.core.log_view import LogDay, LogLine, LogView, ParticipantLine
from mailbot.core.model import Case, Entry, Role
from mailbot.core.phases import phase_of
from mailbot.core.policy import Policy
from mailbot.core.terms import terms
from mailbot.core.vultron import vultron

_MAIL = re.compile(r"(?P<mail>[a-z-]{1,40}) to (?P<to>[^\s:]{1,320})(?:: | )?(?P<rest>.*)", re.DOTALL)
_FOUND = re.compile(r"(\d{1,4}) found, (\d{1,4}) known")
_WAY = re.compile(r"\d{1,4} (\S{1,400}) (?:is|was) (proposed|used).{0,100}")
_WAITS = re.compile(r"(\S{1,400}) asks for time: until (\S{1,40})")
_OF_MAIL = ("sent", "approved", "withheld", "edited", "held", "failed", "uncertain")
_MOVES = ("state", "vendor state")
_ARROW = " → "


def log_of(case: Case, subjects: Mapping[str, str], desk: Desk, policy: Policy, now: datetime) -> LogView:
    """The log; `subjects` has those of our mails by Message-ID."""
    phase, protocol = phase_of(case), vultron(case)
    days = groupby(_together(case, subjects, desk), lambda pair: pair[0])
    return LogView(
        phase=phase.code,
        phase_name=phase.name,
        participants=tuple(ParticipantLine(p.participant, p.rm.value, p.vfd) for p in protocol.participants),
        em=protocol.em.value,
        pxa=protocol.pxa,
        terms=tuple(terms(case, policy, now)),
        days=tuple(LogDay(day, tuple(line for _, line in on_it)) for day, on_it in days),
    )


def _together(case: Case, subjects: Mapping[str, str], desk: Desk) -> Iterator[tuple[date, LogLine]]:
    """Each line with its day; what came again and again with nothing between is one line."""
    last: tuple[date, LogLine] | None = None
    for entry, line in _lines(case, subjects, desk):
        day = entry.at.astimezone(desk.timezone).date()
        if last and line.what == "deadline" and not line.moves and _same(last[1], line):
            last = last[0], replace(last[1], times=last[1].times + 1, until=day)
            continue
        if last:
            yield last
        last = day, line
    if last:
        yield last


def _same(one: LogLine, other: LogLine) -> bool:
    return (one.what, one.code, one.text) == (other.what, other.code, other.text)


def _lines(case: Case, subjects: Mapping[str, str], desk: Desk) -> Iterator[tuple[Entry, LogLine]]:
    """One line for each entry; where the case went by it stands in the line of what moved it."""
    waiting: tuple[Entry, LogLine] | None = None
    for entry in case.timeline:
        if entry.what in _MOVES:
            vendor, _, move = entry.text.rpartition(": ")
            went = (vendor, move.rpartition(_ARROW)[2])
            if waiting is None or waiting[0].at != entry.at:
                if waiting:
                    yield waiting
                waiting = entry, LogLine(_clock(entry, desk), "state")
            waiting = waiting[0], replace(waiting[1], moves=(*waiting[1].moves, went))
            continue
        if waiting:
            yield waiting
        waiting = entry, _line(case, entry, subjects, desk)
    if waiting:
        yield waiting


def _line(case: Case, entry: Entry, subjects: Mapping[str, str], desk: Desk) -> LogLine:
    who = "" if entry.who == "mailbot" else entry.who
    line = partial(LogLine, _clock(entry, desk), entry.what, who, _role(case, who, desk))
    if entry.what in _OF_MAIL and (found := _MAIL.fullmatch(entry.text)):
        to, rest = found["to"], found["rest"].strip()
        rest = rest.removeprefix("(").removesuffix(")") if rest.startswith("(") else rest
        subject = subjects.get(entry.message_id or "", "") if entry.what == "sent" else ""
        return line(mail=found["mail"], to=to, to_role=_role(case, to, desk), subject=subject, text=rest)
    return _read(entry.what, line, entry.text)


def _read(what: str, line: Callable[..., LogLine], text: str) -> LogLine:
    """The parts of what else the history says; a text in another form stays as it is."""
    match what:
        case "report":
            track, _, lacks = text.partition(", ")
            lacks, _, taken = lacks.partition("; taken for a report by ")
            lacks = lacks.removeprefix("missing: ").removesuffix("complete")
            return line(code=track, codes=_names(lacks), text=taken)
        case "command":
            name, rest = _command(text)
            return line(code=name, text=rest, raw=text)
        case "reply":
            said, *named = text.split("; ")
            known = "" if " " in said.split(", ")[0] else said
            return line(codes=_names(known), text="; ".join(named if known == said else (said, *named)))
        case "deadline":
            kind, _, note = text.partition(": ")
            return line(code=kind, text=note)
        case "embargo":
            move, _, why = text.partition(": ")
            return line(code=move.rpartition(_ARROW)[2], text="" if why == "no day" else why)
        case "contacts" if found := _FOUND.fullmatch(text):
            return line(codes=(found[1], found[2]), text="")
        case "channel" if found := _WAY.fullmatch(text):
            return line(code=found[2], to=found[1], text="")
        case "waits" if found := _WAITS.fullmatch(text):
            return line(to=found[1], text=found[2])
        case _:
            return line(text=text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(", ") if name)


def _command(text: str) -> tuple[str, str]:
    """The command's name, and its arguments as they were written."""
    words = text.removeprefix("!").split()
    if words[:1] == ["vendor"] and words[1:2] and words[1].isdigit() and words[2:]:
        return f"vendor {words[2]}", " ".join((words[1], *words[3:]))
    longer = " ".join(words[:2])
    size = 2 if longer in FORMS else 1
    return " ".join(words[:size]), " ".join(words[size:])


def _role(case: Case, who: str, desk: Desk) -> str:
    """What the person or address is in the case; "" for us and for strangers."""
    address = who.lower()
    if not who:
        return ""
    if desk.coordinator_at(address) or any(c.name == who for c in desk.coordinators):
        return Role.COORDINATOR.value
    known = next((p.role.value for p in case.participants if p.address.lower() == address), "")
    return known or (case.counterpart.value if case.contact_at(address) else "")


def _clock(entry: Entry, desk: Desk) -> str:
    return f"{entry.at.astimezone(desk.timezone):%H:%M}"
