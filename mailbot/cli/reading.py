"""Verbs about mail that waits for a person: outbox, quarantine."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Literal

import typer

from mailbot import overview
from mailbot.bot import Bot
from mailbot.cli.common import Json, bot_of, case_id_of, known_case, local_user, store_of
from mailbot.cli.completing import case_ids, items, set_aside
from mailbot.cli.output import clock_time, one_line, put, put_json, safe_block
from mailbot.cli.tables import Cell, Column, put_heading, put_table
from mailbot.cli.telling import difference_lines
from mailbot.core.budgets import RELEASED, is_waiting
from mailbot.core.outbox import CalledOff, OutboxItem, Status, was_called_off
from mailbot.errors import PermanentError, TransientError
from mailbot.memory import Disposition, Store
from mailbot.pending import Pending
from mailbot.service import retry
from mailbot.turns import claimed, in_turn

outbox_app = typer.Typer(help="What waits to go out, and what became of it.", no_args_is_help=True)
quarantine_app = typer.Typer(help="Mail that a person must look at.", no_args_is_help=True)
_HELP = "The item's id, or its first digits."
_ITEM = Annotated[str, typer.Argument(help=_HELP, autocompletion=items)]
_MAIL = "Its first digits, as in the list."


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.add_typer(outbox_app, name="outbox")
    app.add_typer(quarantine_app, name="quarantine")


@outbox_app.command("list")
def outbox_list(
    context: typer.Context,
    status: Annotated[Status | None, typer.Option(help="Only items of this status.")] = None,
    case: Annotated[
        str | None, typer.Option(help="Only items of this case.", metavar="ID", autocompletion=case_ids)
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what was sent or called off, and searches that ended.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List what waits or failed; with --all, a --status or --json also what was sent or called off."""
    with store_of(context) as (desk, store):
        every = everything or as_json or status is not None
        of = known_case(store, case_id_of(desk, case)).id if case else None
        sent_too = every and status in (None, Status.SENT)
        found = store.items(of) if of or sent_too else store.items_unsent()
        wanted = [i for i in found if status in (None, i.status) and (every or not _finished(i))]
        now, zone = datetime.now(UTC), desk.timezone
    if as_json:
        put_json([overview.outbox_line(item) for item in wanted])
        return
    nothing = "no item is like that" if case or status else "nothing waits, and nothing failed; --all shows the rest"
    put_table(_OUTBOX, (_outbox_row(item, now, zone) for item in wanted), nothing)


_OUTBOX = (
    Column("item"),
    Column("status"),
    Column("case", spare=2),
    Column("template", least=10),
    Column("to", least=16),
    Column("next", spare=1),
    Column("why", least=16),
)
_STYLE = {Status.DEAD: "bold red", Status.UNCERTAIN: "bold red", Status.HELD: "yellow", Status.SENT: "dim"}


def _outbox_row(item: OutboxItem, now: datetime, zone: tzinfo) -> tuple[Cell | str, ...]:
    """The line of an item; on a terminal a mail that nobody misses does not read as a failure."""
    line, off = overview.outbox_line(item), was_called_off(item)
    return (
        line.item,
        Cell(line.status, "called off" if off else line.status, "dim" if off else _STYLE.get(item.status, "")),
        line.case or "-",
        line.template,
        line.to,
        clock_time(line.next, now, zone) if line.next else "-",
        line.held_for or line.error,
    )


def _finished(item: OutboxItem) -> bool:
    """Whether nobody need look at it any more: a mail that was sent or called off, a search that ended."""
    return item.status is Status.SENT or was_called_off(item) or (item.draft is None and item.status is Status.DEAD)


@outbox_app.command("show")
def outbox_show(context: typer.Context, item: _ITEM, as_json: Json = False) -> None:
    """Show one item in full."""
    with store_of(context) as (_, store):
        found = _item(store, item)
        shown = overview.outbox_item(found, store.case(found.case) if found.case else None)
    if as_json:
        put_json(shown)
        return
    put(safe_block(f"{shown.item} {shown.status} {shown.held_for or ''} {shown.error}".rstrip()))
    head = (
        ("Case", shown.case),
        ("To", shown.to),
        ("Subject", shown.subject),
        ("Message-ID", shown.message_id),
        ("hash", shown.hash),
        ("next", f"{shown.next:%Y-%m-%d %H:%M}Z" if shown.next else ""),
    )
    for name, value in head:
        if value:
            put(safe_block(f"{name}: {value}"))
    for file in shown.attachments:
        put(safe_block(f"attached: {file.name} ({file.type}, {file.size} bytes)"))
    put("")
    put(safe_block(shown.body))
    if shown.diff:
        put_heading("of the report (+ in the mail, ~ in part, - left out):")
        for line in difference_lines(shown.diff):
            put(line)


@outbox_app.command("retry")
def outbox_retry(
    context: typer.Context,
    item: Annotated[str, typer.Argument(help=_HELP, autocompletion=items)] = "",
    everything: Annotated[bool, typer.Option("--all", help="Everything that waits for its next try.")] = False,
) -> None:
    """Try again at the next round: what is dead, uncertain or waiting, or was held because a key was missing.

    A mail that waits because too many went out goes then, whatever [limits] says.

    A mail that waits for approval needs `do ID 'approve HASH'`.
    """
    if bool(item) == everything:
        raise typer.BadParameter("name one item, or give --all")
    with bot_of(context) as (_, bot):
        with nullcontext() if everything else _in_hand(bot.store, item):
            queued = in_turn(bot, _retried, item, datetime.now(UTC))
        for each in queued:
            put(f"{each} is queued")


def _retried(bot: Bot, item: str, now: datetime) -> list[str]:
    """The one item, or everything that waits for its next try, put there to be tried now."""
    store, pending = bot.store, Pending(bot, now)
    found = [_item(store, item)] if item else [i for i in store.items() if i.status is Status.QUEUED]
    for each in found:
        pending.put(_queued_anew(each, now))
        pending.note(f"outbox {each.item} retried from the local shell")
    pending.commit()
    return [each.item for each in found]


def _queued_anew(item: OutboxItem, now: datetime) -> OutboxItem:
    by_fault = (item.held_for or "").startswith(("no_usable_key", "fault", "cannot be sealed"))
    if item.status is Status.SENT or (item.status is Status.HELD and not by_fault):
        raise PermanentError(f"{item.item} is {item.status}: nothing to try again")
    if item.status in (Status.DEAD, Status.UNCERTAIN) and item.held_for:
        raise PermanentError(f"{item.item} was never released ({item.error}): let the case ask for it anew")
    # Whoever lets a mail go that waits for a budget means it; one that waits for the relay still counts.
    over = (is_waiting(item) or item.status is Status.DEAD) and RELEASED not in item.despite
    item = replace(item, despite=(*item.despite, RELEASED)) if over else item
    doubts = 1 if item.doubts or item.status is Status.SENDING else 0  # what may have gone out is never forgotten
    return replace(item, status=Status.QUEUED, next=now, attempts=0, doubts=doubts, error="", held_for=None)


@outbox_app.command("drop")
def outbox_drop(
    context: typer.Context, item: _ITEM, why: Annotated[str, typer.Option(help="Why it must not go out.")]
) -> None:
    """Give an item up."""
    if not why.strip():
        raise typer.BadParameter("--why: say why, for whoever asks later")
    with bot_of(context) as (_, bot):
        with _in_hand(bot.store, item):
            dropped = in_turn(bot, _dropped, item, why, datetime.now(UTC))
        put(f"{dropped} is dropped")


def _dropped(bot: Bot, item: str, why: str, now: datetime) -> str:
    found = _item(bot.store, item)
    if found.status is Status.SENT:
        raise PermanentError(f"{found.item} was sent at {found.settled}")
    pending = Pending(bot, now)
    pending.put(replace(found, status=Status.DEAD, error=f"{CalledOff.DROPPED}: {why}", settled=now))
    pending.note(f"outbox {found.item} dropped from the local shell")
    pending.commit()
    return found.item


@contextmanager
def _in_hand(store: Store, start: str) -> Iterator[None]:
    """The item is sent by nobody meanwhile. Raises TransientError where another process is just at it."""
    found = _item(store, start)
    with claimed(store, found.item) as ours:
        if not ours:
            raise TransientError(f"{found.item} is being sent just now; try again")
        yield


@quarantine_app.command("list")
def quarantine_list(context: typer.Context, as_json: Json = False) -> None:
    """List held and quarantined mail."""
    with store_of(context) as (desk, store):
        shown, zone = [overview.quarantine_line(entry) for entry in _set_aside(store)], desk.timezone
    if as_json:
        put_json(shown)
        return
    rows = ((s.id, f"{s.received.astimezone(zone):%Y-%m-%d %H:%M}", s.from_, s.subject, s.reason) for s in shown)
    put_table(_ASIDE, rows, nothing="no mail is held or quarantined")


_ASIDE = (
    Column("id"),
    Column("received", spare=1),
    Column("from", least=16),
    Column("subject", least=12),
    Column("reason", least=16),
)


@quarantine_app.command("show")
def quarantine_show(
    context: typer.Context,
    mail: Annotated[str, typer.Argument(metavar="ID", help=_MAIL, autocompletion=set_aside)],
    as_json: Json = False,
) -> None:
    """Show one such mail as it came."""
    with bot_of(context, read_only=True) as (_, bot):
        entry = _one_aside(bot.store, mail)
        raw = bot.spool.load(entry.digest)
    if as_json:
        put_json(overview.quarantine_line(entry))
        return
    put(safe_block(f"{entry.kind} at {entry.at:%Y-%m-%d %H:%M}Z: {entry.why}") + "\n")
    put(safe_block(raw.content.decode("utf-8", "replace")) if raw else "(only its head was fetched; see the mailbox)")


@quarantine_app.command("retry")
def quarantine_retry(
    context: typer.Context,
    mails: Annotated[list[str], typer.Argument(metavar="ID…", help=_MAIL, autocompletion=set_aside)],
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


def _item(store: Store, start: str) -> OutboxItem:
    found = {item.item: item for item in store.items() if item.item.startswith(start.lower())}
    return found[_the_one(list(found), start, "item of the outbox", "mailbot outbox list --all")]


def _set_aside(store: Store) -> list[Disposition]:
    entries = (*store.dispositions("held"), *store.dispositions("quarantined"))
    return sorted(entries, key=lambda entry: entry.at)


def _one_aside(store: Store, start: str) -> Disposition:
    found = {entry.digest: entry for entry in _set_aside(store) if entry.digest.startswith(start.lower())}
    return found[_the_one(list(found), start, "held or quarantined mail", "mailbot quarantine list")]


def _the_one(found: list[str], start: str, what: str, see: str) -> str:
    """The only one that begins so. Raises PermanentError, naming those that do, if there is none or are several."""
    if not start:
        raise PermanentError(f"an empty word names no {what}; see {see}")
    if not found:
        raise PermanentError(f"no {what} begins with {one_line(start)[:80]}; see {see}")
    if len(found) > 1:
        some = ", ".join(name[:16] for name in found[:5]) + (", …" if len(found) > 5 else "")
        raise PermanentError(f"{len(found)} begin with {one_line(start)[:80]}: {some}; give more digits")
    return found[0]
