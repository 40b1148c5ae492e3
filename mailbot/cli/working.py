"""Verbs that work on mail and cases: run, ingest, rehearse, do."""

import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated

import typer

from mailbot import daemon, shapes
from mailbot.adapters.folders import open_path
from mailbot.bootstrap import build, load_knowledge, open_mailbox
from mailbot.bot import Bot
from mailbot.cli.common import Json, Now, bot_of, case_id_of, config_of, local_user, moment
from mailbot.cli.completing import case_ids
from mailbot.cli.output import clock_time, one_line, put, put_json, say
from mailbot.cli.progress import busy, counted
from mailbot.cli.telling import story
from mailbot.commanding import Transcript, obey
from mailbot.config import Config
from mailbot.core.commands import Orders, parse_orders
from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail
from mailbot.core.metrics import Tally
from mailbot.errors import ConfigError
from mailbot.pending import Pending
from mailbot.ports import Mailbox
from mailbot.reading_ahead import ahead
from mailbot.rehearsal import RehearsalKeyring, rehearse, rehearse_head
from mailbot.round import Round
from mailbot.service import run_round, take_in
from mailbot.turns import in_turn
from mailbot.watching import Watch

_ANY_TIME = datetime.max.replace(tzinfo=UTC)


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.command("run")(run)
    app.command("ingest")(ingest)
    app.command("rehearse")(rehearse_verb)
    app.command("do")(do)


def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="One round of everything, then exit.")] = False,
    now: Now = None,
    as_json: Json = False,
) -> int:
    """Take in mail, act on deadlines, deliver; with --once a single round."""
    if now is not None and not once:
        raise typer.BadParameter("--now goes with --once")
    config = config_of(context, ("imap", "smtp", "pgp"))
    _warn(config)
    if not once:
        return _serve(context, config)
    mailbox = open_mailbox(config)
    with build(config, as_of_another_moment=now is not None) as bot:
        try:
            done = Round()
            at = moment(now)
            _follow(run_round(bot, mailbox, at, done))
        finally:
            mailbox.close()
        return _report(bot, done, at, as_json)


def _serve(context: typer.Context, config: Config) -> int:
    """The daemon, put together anew for each SIGHUP that finds settings, rules and templates in order.

    Where a desk cannot be put together from the new settings all the same, it works on with the earlier ones.
    """
    known = [config]  # the settings to work with, and before them those that worked last

    def in_order() -> bool:
        try:
            load_knowledge(new := config_of(context, ("imap", "smtp", "pgp")))
            if new.state.dir != config.state.dir:  # a desk that forgot everything must be somebody's wish
                raise ConfigError(("[state].dir: is another one now; that needs a restart",))
        except ConfigError as exc:
            _stay(exc)
            return False
        known.append(new)
        say("settings, rules and templates are loaded anew")
        return True

    tally, stop, status = Tally(), daemon.Stop(), daemon.RELOAD
    while status == daemon.RELOAD:
        config = known[-1]
        try:
            with closing(Watch(config, tally)) as watch, closing(open_mailbox(config)) as mailbox, build(config) as bot:
                known = [config]
                status = daemon.serve(
                    bot, mailbox, lambda: datetime.now(UTC), say, watch=watch, may_reload=in_order, stop=stop
                )
        except ConfigError as exc:
            if len(known) == 1:
                raise
            known.pop()
            _stay(exc)
    return status


def _stay(exc: ConfigError) -> None:
    for problem in exc.problems:
        say(problem)
    say("nothing is loaded anew; the earlier settings stay")


def ingest(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help=".eml files, Maildirs, mboxes, or - for stdin.")],
    now: Now = None,
    as_json: Json = False,
) -> int:
    """Take in mail from files, on the same path as polled mail; `run` delivers the answers."""
    config = config_of(context)
    _warn(config)
    at = moment(now)
    with build(config, as_of_another_moment=now is not None) as bot:
        done = Round()
        for mailbox in _opened(paths, bot.limits):
            _follow(take_in(bot, mailbox, at, done))
        return _report(bot, done, at, as_json)


def rehearse_verb(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help=".eml files, Maildirs, mboxes, or - for stdin.")],
    now: Now = None,
    as_json: Json = False,
) -> int:
    """Show what would happen to mail; changes nothing."""
    at = moment(now)
    config = config_of(context)
    failed = 0
    with build(config, read_only=True, wrap_keyring=RehearsalKeyring, as_of_another_moment=now is not None) as bot:
        mailboxes = _opened(paths, bot.limits)
        for arrival in ahead(bot, (arrival for mailbox in mailboxes for arrival in mailbox.arrivals())):
            if arrival.mail is None:
                shown = rehearse_head(bot, RawMail(arrival.head, arrival.handle), arrival.size)
            else:
                shown = rehearse(bot, arrival.mail, at)
            failed += shown.outcome == "quarantine"
            put_json(shown, lines=True) if as_json else put(story(shown))
    return 1 if failed else 0


def _opened(paths: list[str], limits: Limits) -> list[Mailbox]:
    """What the paths name; where one of them names nothing nothing is touched. Raises ConfigError, for all of them."""
    found, problems = list[Mailbox](), list[str]()
    for path in paths:
        try:
            found.append(open_path(path, sys.stdin.buffer, limits))
        except ConfigError as exc:
            problems += exc.problems
    if problems:
        raise ConfigError(tuple(problems))
    return found


def do(
    context: typer.Context,
    case: Annotated[str, typer.Argument(metavar="ID", help="The case, as CASE#12345678.", autocompletion=case_ids)],
    commands: Annotated[
        list[str], typer.Argument(metavar="COMMAND…", help="Commands as they are mailed; the ! may be left out.")
    ],
    now: Now = None,
    as_json: Json = False,
) -> int:
    """Run coordinators' commands from the local shell; they are logged as such."""
    with bot_of(context) as (_, bot):
        text = "\n".join(c if c.startswith("!") else f"!{c}" for c in commands)
        orders = parse_orders(text, case_id_of(bot.desk, case), bot.limits.commands_per_mail)
        transcript = in_turn(bot, _obeyed, orders, moment(now))
        if as_json:
            put_json([{"line": line, "result": result} for line, result in transcript.lines])
        else:
            put(transcript.text())
        return 0 if not transcript.problems else 1


def _obeyed(bot: Bot, orders: Orders, now: datetime) -> Transcript:
    pending = Pending(bot, now)
    transcript = obey(pending, orders, local_user())
    if transcript.ran:
        pending.commit()
    return transcript


def _warn(config: Config) -> None:
    if not config.coordinator:
        say("there is no [[coordinator]]: nobody is asked or told")


def _follow(progress: Iterator[str]) -> None:
    """Let the work happen; on a terminal say what is done."""
    with busy("working"):
        for done, line in enumerate(progress, start=1):
            if sys.stderr.isatty():
                say(one_line(line))
                counted(done)


def _report(bot: Bot, done: Round, now: datetime, as_json: bool) -> int:
    queued = [item.next for item in bot.store.items_due(_ANY_TIME)]
    done.queued = len(queued)
    done.held = len(bot.store.items_held())
    shown = shapes.RunShape(
        arrived=done.arrived,
        accounted=shapes.AccountedShape.model_validate(done.accounted),
        sent=done.sent,
        queued=done.queued,
        held=done.held,
        dead=done.dead,
        problems=done.problems,
    )
    if as_json:
        put_json(shown)
    else:
        kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(done.accounted.items())) or "nothing new"
        later = f", next try {clock_time(min(queued), now, bot.desk.timezone)}" if queued and min(queued) > now else ""
        put(f"{done.arrived} mails ({kinds}); {done.sent} sent, {done.queued} queued{later}, {done.held} held")
        for problem in done.problems:
            say(problem)
    return 1 if done.problems or done.accounted.get("quarantined") else 0
