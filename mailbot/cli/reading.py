"""Verbs that read and decide: case, outbox, quarantine."""

from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Literal

import typer

from mailbot import overview
from mailbot.bootstrap import load_words
from mailbot.case_log import case_log
from mailbot.cli.common import Json, Now, bot_of, case_id_of, config_of, local_user, moment, store_of
from mailbot.cli.output import clock_time, human, put, put_json, put_table, safe_block
from mailbot.cli.telling import difference_lines
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem, Status
from mailbot.errors import PermanentError
from mailbot.memory import Disposition, Store
from mailbot.pending import Pending
from mailbot.service import retry
from mailbot.shapes import CaseShape

case_app = typer.Typer(help="Read cases.", no_args_is_help=True)
outbox_app = typer.Typer(help="What waits to go out, and what became of it.", no_args_is_help=True)
quarantine_app = typer.Typer(help="Mail that a person must look at.", no_args_is_help=True)
_ITEM = Annotated[str, typer.Argument(help="The item's id, or its first digits.")]


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.add_typer(case_app, name="case")
    app.add_typer(outbox_app, name="outbox")
    app.add_typer(quarantine_app, name="quarantine")


@case_app.command("list")
def case_list(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="Only cases in this state.")] = None,
    track: Annotated[str | None, typer.Option(help="Only website, or only product.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only cases with something overdue.")] = False,
    find: Annotated[str | None, typer.Option(help="Only cases in which this text stands.")] = None,
    now: Now = None,
    as_json: Json = False,
) -> None:
    """List cases, the oldest first."""
    at = moment(now)
    with store_of(context) as (_, store):
        found = [case for case in store.cases(state) if find is None or overview.matches(case, find)]
        shown = [overview.summary(case, at) for case in sorted(found, key=lambda c: (c.received, c.id))]
    wanted = [s for s in shown if (track is None or s.track == track) and (not overdue or s.overdue)]
    if as_json:
        put_json(wanted)
        return
    columns = ("case", "track", "state", "waits for", "due", "title")
    put_table(
        columns,
        ((s.id, s.track, s.state, s.waiting_for, f"{s.due:%Y-%m-%d}" if s.due else "-", s.title) for s in wanted),
    )


@case_app.command("show")
def case_show(
    context: typer.Context,
    case_id: Annotated[str, typer.Argument(metavar="ID")],
    now: Now = None,
    as_json: Json = False,
    language: Annotated[str | None, typer.Option(help="Of the log; default: the desk's first.")] = None,
) -> None:
    """Show one case: its log day by day, then people, contact points, deadlines and fields."""
    at = moment(now)
    with store_of(context) as (desk, store):
        case = _case(store, case_id_of(desk, case_id))
        shown = overview.in_full(case, at)
        items = store.items(case.id)
    if as_json:
        put_json(shown)
        return
    templates, policy = load_words(config_of(context))
    if language and language not in templates.languages:
        raise typer.BadParameter(f"--language {language}: there are texts in {', '.join(templates.languages)}")
    put(f"{shown.id}  {shown.title}")
    put(safe_block(case_log(case, items, desk, templates, policy, at, language)))
    put(f"\nwaits for {shown.waiting_for}; priority {shown.priority}: {', '.join(shown.priority_why)}".rstrip(": "))
    _put_parts(shown, desk.timezone)


def _put_parts(shown: CaseShape, zone: tzinfo) -> None:
    for link in shown.links:
        how = f" {link.score:.2f}: {link.why}" if link.score is not None else ""
        put(f"{link.kind} {link.case}{how}")
    for person in shown.participants:
        put(safe_block(f"{person.role}: {person.name} <{person.address}>".replace(":  <", ": <")))
    for contact in shown.contacts:
        put(safe_block(f"contact {contact.n}: {contact.address} ({contact.source}, {contact.standing}: {contact.why})"))
    for vendor in shown.vendors:
        said = ", ".join(filter(None, (vendor.state, vendor.finding, vendor.reference)))
        put(safe_block(f"vendor {vendor.n}: {vendor.name} ({said})"))
    for deadline in shown.deadlines:
        put(safe_block(f"due {deadline.at.astimezone(zone):%Y-%m-%d %H:%M}: {deadline.kind} {deadline.note}".rstrip()))
    if shown.embargo:
        until = f" until {shown.embargo.until.astimezone(zone):%Y-%m-%d %H:%M %Z}" if shown.embargo.until else ""
        put(safe_block(f"embargo {shown.embargo.state}{until} {shown.embargo.why}".rstrip()))
    for name, field in shown.fields.items():
        put(safe_block(f"  {name} = {human(field.value)}  [{field.rule}]"))


@outbox_app.command("list")
def outbox_list(
    context: typer.Context,
    status: Annotated[Status | None, typer.Option(help="Only items of this status.")] = None,
    case: Annotated[str | None, typer.Option(help="Only items of this case.", metavar="ID")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what was sent, and searches that ended.")] = False,
    as_json: Json = False,
) -> None:
    """List what waits or was given up; with --all, --status sent or --json also what was sent."""
    with store_of(context) as (desk, store):
        found = store.items(case_id_of(desk, case) if case else None)
        every = everything or as_json or status is not None
        shown = [
            overview.outbox_line(item)
            for item in found
            if status in (None, item.status) and (every or not _finished(item))
        ]
        now, zone = datetime.now(UTC), desk.timezone
    if as_json:
        put_json(shown)
        return
    put_table(
        ("item", "status", "case", "template", "to", "next", "why"),
        (
            (
                *(s.item, s.status, s.case or "-", s.template, s.to),
                clock_time(s.next, now, zone) if s.next else "-",
                s.held_for or s.error,
            )
            for s in shown
        ),
    )


def _finished(item: OutboxItem) -> bool:
    """Whether nobody need look at it any more: a mail that was sent, a search that ended."""
    return item.status is Status.SENT or (item.draft is None and item.status is Status.DEAD)


@outbox_app.command("show")
def outbox_show(context: typer.Context, item: _ITEM, as_json: Json = False) -> None:
    """Show one item in full."""
    with store_of(context) as (_, store):
        found = _item(store, item)
        shown = overview.outbox_item(found, store.case(found.case) if found.case else None)
    if as_json:
        put_json(shown)
        return
    put(f"{shown.item} {shown.status} {shown.held_for or ''} {shown.error}".rstrip())
    put(f"To: {shown.to}\nSubject: {shown.subject}\nMessage-ID: {shown.message_id}\nhash: {shown.hash}\n")
    put(safe_block(shown.body))
    if shown.diff:
        put("\nof the report (+ in the mail, ~ in part, - left out):")
        for line in difference_lines(shown.diff):
            put(line)


@outbox_app.command("retry")
def outbox_retry(
    context: typer.Context,
    item: Annotated[str, typer.Argument(help="The item's id, or its first digits.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Everything that waits for its next try.")] = False,
) -> None:
    """Try again at the next round: what is dead, uncertain or waiting, or was held because a key was missing.

    A mail that waits for approval needs `do ID 'approve HASH'`.
    """
    if bool(item) == everything:
        raise typer.BadParameter("name one item, or give --all")
    with bot_of(context) as (_, bot):
        store = bot.store
        found = [i for i in store.items() if i.status is Status.QUEUED] if everything else [_item(store, item)]
        pending = Pending(bot, datetime.now(UTC))
        for each in found:
            pending.put(_queued_anew(each, pending.now))
            pending.note(f"outbox {each.item} retried from the local shell")
        pending.commit()
        for each in found:
            put(f"{each.item} is queued")


def _queued_anew(item: OutboxItem, now: datetime) -> OutboxItem:
    by_fault = (item.held_for or "").startswith(("no_usable_key", "fault", "cannot be sealed"))
    if item.status is Status.SENT or (item.status is Status.HELD and not by_fault):
        raise PermanentError(f"{item.item} is {item.status}: nothing to try again")
    if item.status is Status.DEAD and item.held_for:
        raise PermanentError(f"{item.item} was never released ({item.error}): let the case ask for it anew")
    return replace(item, status=Status.QUEUED, next=now, attempts=0, doubts=0, error="", held_for=None)


@outbox_app.command("drop")
def outbox_drop(
    context: typer.Context, item: _ITEM, why: Annotated[str, typer.Option(help="Why it must not go out.")]
) -> None:
    """Give an item up."""
    with bot_of(context) as (_, bot):
        found = _item(bot.store, item)
        if found.status is Status.SENT:
            raise PermanentError(f"{found.item} was sent at {found.settled}")
        pending = Pending(bot, datetime.now(UTC))
        pending.put(replace(found, status=Status.DEAD, error=f"dropped: {why}", settled=pending.now))
        pending.note(f"outbox {found.item} dropped from the local shell")
        pending.commit()
        put(f"{found.item} is dropped")


@quarantine_app.command("list")
def quarantine_list(context: typer.Context, as_json: Json = False) -> None:
    """List held and quarantined mail."""
    with store_of(context) as (_, store):
        shown = [overview.quarantine_line(entry) for entry in _set_aside(store)]
    if as_json:
        put_json(shown)
        return
    put_table(
        ("id", "received", "from", "subject", "reason"),
        ((s.id, f"{s.received:%Y-%m-%d %H:%M}", s.from_, s.subject, s.reason) for s in shown),
    )


@quarantine_app.command("show")
def quarantine_show(
    context: typer.Context, mail: Annotated[str, typer.Argument(metavar="ID")], as_json: Json = False
) -> None:
    """Show one such mail as it came."""
    with bot_of(context, read_only=True) as (_, bot):
        entry = _one_aside(bot.store, mail)
        raw = bot.spool.load(entry.digest)
    if as_json:
        put_json(overview.quarantine_line(entry))
        return
    put(f"{entry.kind} at {entry.at:%Y-%m-%d %H:%M}Z: {entry.why}\n")
    put(safe_block(raw.content.decode("utf-8", "replace")) if raw else "(only its head was fetched; see the mailbox)")


@quarantine_app.command("retry")
def quarantine_retry(
    context: typer.Context,
    mails: Annotated[list[str], typer.Argument(metavar="ID…")],
    taken_as: Annotated[
        Literal["report"] | None, typer.Option("--as", help="What a person took it for: a report opens a case.")
    ] = None,
) -> int:
    """Take held or quarantined mail in anew."""
    status = 0
    with bot_of(context) as (_, bot):
        for mail in mails:
            entry = _one_aside(bot.store, mail)
            outcome = retry(bot, entry, datetime.now(UTC), local_user() if taken_as else "")
            put(" ".join(filter(None, (entry.digest[:12], outcome.kind, outcome.case, outcome.why))))
            status = max(status, int(outcome.kind == "quarantined" or (taken_as is not None and not outcome.case)))
    return status


def _case(store: Store, case_id: str) -> Case:
    case = store.case(case_id)
    if case is None:
        raise PermanentError(f"there is no case {case_id}; see mailbot case list")
    return case


def _item(store: Store, start: str) -> OutboxItem:
    found = [item for item in store.items() if item.item.startswith(start.lower())]
    if len(found) != 1:
        raise PermanentError(f"{len(found)} outbox items begin with {start}; see mailbot outbox list")
    return found[0]


def _set_aside(store: Store) -> list[Disposition]:
    entries = (*store.dispositions("held"), *store.dispositions("quarantined"))
    return sorted(entries, key=lambda entry: entry.at)


def _one_aside(store: Store, start: str) -> Disposition:
    found = [entry for entry in _set_aside(store) if entry.digest.startswith(start.lower())]
    if len(found) != 1:
        raise PermanentError(f"{len(found)} held or quarantined mails begin with {start}; see mailbot quarantine list")
    return found[0]
