"""Verbs that read cases: case list and case show; `exporting` has the rest of `case`."""

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import Annotated

import typer

from mailbot import overview
from mailbot.adapters.collecting import kept_to_the_end
from mailbot.bootstrap_words import load_words
from mailbot.case_log import case_log
from mailbot.cli.common import Json, Now, case_id_of, config_of, known_case, moment, store_of
from mailbot.cli.completing import case_ids
from mailbot.cli.output import human, put, put_json, safe_block
from mailbot.cli.tables import Cell, Column, put_heading, put_table
from mailbot.core.model import State, Track
from mailbot.shapes import CaseShape, CaseSummaryShape

case_app = typer.Typer(help="Read cases.", no_args_is_help=True)

_TITLE = 60
_COLUMNS = (
    Column("case"),
    Column("track", spare=1),
    Column("state"),
    Column("waits for"),
    Column("due"),
    Column("title", least=16),
    Column("priority", spare=2),
)
_LATE = "bold red"
_PRIORITY = {"urgent": "bold red", "high": "yellow"}


@case_app.command("list")
def case_list(
    context: typer.Context,
    state: Annotated[State | None, typer.Option(metavar="STATE", help="Only cases in this state.")] = None,
    track: Annotated[Track | None, typer.Option(help="Only website, or only product.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only cases with something overdue.")] = False,
    find: Annotated[str | None, typer.Option(help="Only cases in which this text stands.")] = None,
    now: Now = None,
    as_json: Json = False,
) -> None:
    """List cases: overdue ones first, then by what is due next, those that ended last; as JSON the oldest first."""
    at = moment(now)
    with store_of(context) as (desk, store), kept_to_the_end():
        cases = store.cases_in_brief(state) if find is None else store.cases(state)
        found = [case for case in cases if find is None or overview.matches(case, find)]
        shown = [overview.summary(case, at) for case in sorted(found, key=lambda c: (c.received, c.id))]
    wanted = [s for s in shown if (track is None or s.track == track) and (not overdue or s.overdue)]
    if as_json:
        put_json(wanted)
        return
    rows = (_row(s, at, desk.timezone) for s in sorted(wanted, key=overview.urgency))
    put_table(_COLUMNS, rows, nothing="no case is like that" if len(wanted) < len(found) or find else "no cases")


def _row(case: CaseSummaryShape, now: datetime, zone: tzinfo) -> tuple[Cell | str, ...]:
    """The line of a case; where a program reads, in codes and the whole title."""
    ended = State(case.state).ended
    style = "dim" if ended else ""
    return (
        Cell(case.id, case.id, style),
        Cell(case.track, case.track, style),
        Cell(case.state, case.state.replace("_", " "), style),
        Cell(case.waiting_for, "-" if ended else case.waiting_for, style),
        _due(case, now, zone),
        Cell(case.title, human(case.title, _TITLE), style),
        Cell(case.priority, case.priority, style or _PRIORITY.get(case.priority, "")),
    )


def _due(case: CaseSummaryShape, now: datetime, zone: tzinfo) -> Cell:
    if case.due is None:
        return Cell("-", "-", "dim")
    day = f"{case.due.astimezone(zone):%Y-%m-%d}"
    if not case.overdue:
        return Cell(day, day)
    late = now - case.due
    return Cell(day, f"late {late.days} d" if late >= timedelta(days=1) else "late", _LATE)


@case_app.command("show")
def case_show(
    context: typer.Context,
    case_id: Annotated[str, typer.Argument(metavar="ID", autocompletion=case_ids)],
    now: Now = None,
    as_json: Json = False,
    language: Annotated[str | None, typer.Option(help="Of the log; default: the desk's first.")] = None,
) -> None:
    """Show one case: where it stands, its log day by day, then people, contact points, deadlines and fields."""
    at = moment(now)
    with store_of(context) as (desk, store):
        case = known_case(store, case_id_of(desk, case_id))
        shown = overview.in_full(case, at)
        items = store.items(case.id)
    if as_json:
        put_json(shown)
        return
    templates, policy = load_words(config_of(context))
    if language and language not in templates.languages:
        raise typer.BadParameter(f"--language {language}: there are texts in {', '.join(templates.languages)}")
    put(safe_block(f"{shown.id}  {shown.title}"))
    put(safe_block(_standing(shown, at, desk.timezone)))
    put("")
    put(safe_block(case_log(case, items, desk, templates, policy, at, language)))
    _put_parts(shown, at, desk.timezone)


def _standing(case: CaseShape, now: datetime, zone: tzinfo) -> str:
    """State, whose turn it is, until when, and how urgent."""
    due = _due(case, now, zone)
    until = f" until {due.plain}{f' ({due.shown})' if due.shown != due.plain else ''}" if case.due else ""
    turn = "" if case.waiting_for == "none" else f"; waits for {case.waiting_for}{until}"
    why = f": {', '.join(case.priority_why)}" if case.priority_why else ""
    return f"{case.track}, {case.state.replace('_', ' ')}{turn}; priority {case.priority}{why}"


def _put_parts(shown: CaseShape, now: datetime, zone: tzinfo) -> None:
    people = (f"{p.role}: {p.name} <{p.address}>".replace(":  <", ": <") for p in shown.participants)
    _put_section("People", people)
    contacts = (f"contact {c.n}: {c.address} ({c.source}, {c.standing}: {c.why})" for c in shown.contacts)
    _put_section("Contact points", contacts)
    vendors = (
        f"vendor {v.n}: {v.name} ({', '.join(filter(None, (v.state, v.finding, v.reference)))})" for v in shown.vendors
    )
    _put_section("Vendors", vendors)
    deadlines = (
        f"due {d.at.astimezone(zone):%Y-%m-%d %H:%M}: {d.kind} {d.note}".rstrip() + (" (late)" if d.at < now else "")
        for d in shown.deadlines
    )
    _put_section("Deadlines", [*deadlines, *_embargo(shown, zone)])
    links = (
        f"{link.kind} {link.case}{f' {link.score:.2f}: {link.why}' if link.score is not None else ''}"
        for link in shown.links
    )
    _put_section("Other cases", links)
    fields = (f"{name} = {human(field.value)}  [{field.rule}]" for name, field in shown.fields.items())
    _put_section("What the reports say  [by which rule]", fields)


def _embargo(shown: CaseShape, zone: tzinfo) -> list[str]:
    if not shown.embargo:
        return []
    until = f" until {shown.embargo.until.astimezone(zone):%Y-%m-%d %H:%M %Z}" if shown.embargo.until else ""
    return [f"embargo {shown.embargo.state}{until} {shown.embargo.why}".rstrip()]


def _put_section(heading: str, lines: Iterable[str]) -> None:
    """A part of the case under its heading; nothing where it has none."""
    if found := list(lines):
        put_heading(heading)
        for line in found:
            put(safe_block(f"  {line}"))
