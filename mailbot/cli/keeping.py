"""Verbs that keep the memory: verify, backup, restore, purge; rekeying has the one that changes the key."""

from contextlib import ExitStack, closing, nullcontext
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from mailbot import retention, verifying
from mailbot.adapters import backups
from mailbot.adapters.bundle import opened
from mailbot.adapters.codec import SealedCodec, derive, parse_key
from mailbot.adapters.durable import make_private_folder, write_file
from mailbot.adapters.erasing import Erasing, ErasingStore, Erasure
from mailbot.adapters.inspection import Inspected, inspect
from mailbot.adapters.layout import LOCK_NAME, unfinished
from mailbot.adapters.lock import hold
from mailbot.bootstrap import open_listing
from mailbot.bootstrap_memory import PATIENCE, existing_key, is_shared, open_database, open_erasing, state_key
from mailbot.cli.common import Json, config_of, local_user
from mailbot.cli.output import put, put_json, say
from mailbot.cli.rekeying import rekey
from mailbot.config import Config
from mailbot.core.gaps import Gap
from mailbot.core.model import Case
from mailbot.errors import ConfigError, MailbotError
from mailbot.state_shapes import BackupShape, GapShape, KeptCaseShape, PurgedCaseShape, PurgeShape
from mailbot.statistics import Counting, keep_counted, load_counting, records_of

_File = Annotated[Path, typer.Argument(metavar="FILE")]
_PLANS = 3
"""How often a purge is planned before everybody waits for it."""


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.command("verify")(verify)
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.command("purge")(purge)
    app.command("rekey")(rekey)


def verify(
    context: typer.Context,
    offline: Annotated[bool, typer.Option("--offline", help="Without the mailbox on the IMAP server.")] = False,
    as_json: Json = False,
) -> int:
    """Reconcile mailbox, spool, cases, outbox and journal; every gap is named. Exit 1 if there is one."""
    config = config_of(context, () if offline else ("imap",))
    key = _key(config)
    gaps, found, failure = _look(config, key, offline=offline)
    if gaps:
        # What a daemon was in the middle of is done by now; what both looks saw is a gap.
        again, found, failure = _look(config, key, offline=offline)
        before = {(gap.kind, gap.where) for gap in gaps}
        gaps = [gap for gap in again if (gap.kind, gap.where) in before]
    if as_json:
        put_json([GapShape(kind=g.kind, where=g.where, what=g.what, advice=g.advice) for g in gaps])
    else:
        for gap in gaps:
            put(f"{gap.kind} {gap.where}: {gap.what}; {gap.advice}")
    if failure:
        raise failure
    if not gaps and not as_json:
        where = "" if offline else " and the mailbox"
        put(
            f"{len(found.dispositions)} mails, {len(found.cases)} cases, {len(found.items)} outbox items, "
            f"{len(found.log)} journal lines{where}: everything agrees"
        )
    return 1 if gaps else 0


def _look(config: Config, key: bytes, *, offline: bool) -> tuple[list[Gap], Inspected, MailbotError | None]:
    """The gaps, what was read, and why the mailbox could not be read if it could not."""
    desk = config.desk_value()
    found = _inspected(config, key)
    gaps, failure = list(found.gaps), None
    if found.readable:
        gaps += verifying.agreement(found, desk, found.token_secret or derive(key, "tokens"))
        if not offline:
            try:
                gaps += _of_mailbox(config, found)
            except MailbotError as exc:
                failure = exc
    return sorted(set(gaps)), found, failure


def _inspected(config: Config, key: bytes) -> Inspected:
    if not is_shared(config):
        return inspect(config.state.dir, SealedCodec(key), (config.pgp.home,))
    with open_database(config, key, read_only=True) as (store, *_):
        from mailbot.adapters.postgres.inspecting import inspect_database

        return inspect_database(store)


def _only_files(config: Config, instead: str) -> None:
    """Raises ConfigError where the memory lies in a database."""
    if is_shared(config):
        raise ConfigError((f"[store].backend: the memory lies in a database: {instead}",))


def _of_mailbox(config: Config, found: Inspected) -> list[Gap]:
    with closing(open_listing(config)) as listing:
        entries = [entry for folder in verifying.FOLDERS for entry in listing.entries(folder)]
        doubtful = set(verifying.unsure(found, entries))
        digests = listing.digests([entry for entry in entries if entry in doubtful])
    return list(verifying.in_mailbox(found, config.imap.folder, entries, digests))


def backup(
    context: typer.Context,
    file: _File,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Put the key in as well: whoever has FILE then reads everything.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the whole state to FILE, also while the daemon works; what is sealed stays sealed."""
    config = config_of(context)
    _only_files(config, "back that up (pg_dump), and the key apart from it")
    state, key = config.state.dir, state_key(config)
    codec, now = SealedCodec(key), datetime.now(UTC)
    if not file.parent.is_dir():
        raise ConfigError((f"{file.parent}: no such folder",))
    if file.exists():  # before the journal says that a backup was made
        raise ConfigError((f"{file}: is there already; name a new file",))
    with ExitStack() as stack:
        taken = _take(config, codec, stack, now)
        manifest = backups.write(taken, state, file, codec, now.isoformat(), key.hex() if with_key else "")
    files, made = len(manifest.members), manifest.made
    if as_json:
        put_json(BackupShape(file=str(file), files=files, made=datetime.fromisoformat(made), with_key=with_key))
    else:
        put(f"{file}: {files} files, made {made}")
    if with_key:
        say("THE KEY IS IN IT: whoever has this file reads every report. Keep it as you keep the key")
    else:
        say("the key is NOT in it: without a copy of it ([state].key_…) this file is of no use. Keep them apart")
    if not config.pgp.home.resolve().is_relative_to(state.resolve()):
        say(f"{config.pgp.home} ([pgp].home) lies outside the state and is not in it")


def _take(config: Config, codec: SealedCodec, stack: ExitStack, now: datetime) -> backups.Taken:
    """What the backup holds, all of one moment: nobody else writes meanwhile."""
    backups.refuse_without_state(config.state.dir)
    with closing(ErasingStore(config.state.dir, codec, patience=PATIENCE)) as store:
        store.note([f"{now.isoformat(timespec='seconds')} backup made by {local_user()}"])
        return backups.take(config.state.dir, stack)


def restore(context: typer.Context, file: _File) -> None:
    """Bring the state back from FILE into an empty state folder; everything in FILE is checked first."""
    config = config_of(context)
    _only_files(config, "restore that (pg_restore)")
    state, secret = config.state.dir, config.secret("state")
    backups.refuse_unless_empty(state)
    with opened(file) as reader:
        inside = reader.key()
        key = existing_key(config)
        if key is None and not inside:
            raise ConfigError((f"{secret.file}: the key is missing and not in {file}; put it back first",))
        used = parse_key(inside, f"{file}: its key") if key is None else key
        codec = SealedCodec(used)
        reader.check(codec)
        make_private_folder(state)
        lock = hold(state / LOCK_NAME)
        try:
            backups.unpack(reader, state, codec)
        finally:
            lock.release()
        if key is None and secret.file:
            write_file(secret.file, used.hex().encode("ascii") + b"\n")
    now = datetime.now(UTC)
    with closing(ErasingStore(state, codec)) as store:
        made = reader.manifest.made
        store.note([f"{now.isoformat(timespec='seconds')} restored by {local_user()} from the backup of {made}"])
    put(f"{state}/: as of {made}")
    say("mail that came since then lies in Processed: move it to the INBOX, it is taken in anew; then: mailbot verify")


def purge(
    context: typer.Context,
    closed_before: Annotated[str, typer.Option("--closed-before", help="A day, as 2024-04-01.", metavar="DATE")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: Json = False,
) -> None:
    """Forget reports, people and mail of cases that ended before DATE; number, dates and codes stay."""
    config = config_of(context)
    now = datetime.now(UTC)
    before = _day(closed_before, config, now)
    with open_erasing(config, state_key(config), read_only=dry_run) as (store, spool):
        if dry_run:
            with store.turn():  # of one moment
                plan, _ = _planned(store, before, now)
        else:
            plan = _forget(store, load_counting(config), before, now)
        if not as_json:
            _name_cases(plan)
        if not dry_run:
            for done in [done for done in store.dispositions() if done.purged]:
                spool.remove(done.digest)
    if as_json:
        put_json(_purged(plan, dry_run=dry_run))
    else:
        put(_counts(plan, dry_run=dry_run))
    if plan.done or plan.pins:
        say(
            "mailbot deletes nothing on the mail server, in backups or in gpg's keyring: "
            f"remove mail before {before:%Y-%m-%d} from Processed there, older backups, and keys that are not needed"
        )


def _planned(store: Erasing, before: datetime, now: datetime) -> tuple[retention.Purge, tuple[Case, ...]]:
    """What would go, and the cases that it was planned with."""
    cases = tuple(store.cases())
    return retention.plan(cases, store.items(), store.dispositions(), store.pins(), before, now), cases


def _forget(store: Erasing, counting: Counting, before: datetime, now: datetime) -> retention.Purge:
    """What was forgotten: it is planned while others work, and done in a turn if nothing has changed since.

    Where something changes each time, all wait for the last plan: one may open such a case anew just now.
    """
    said = f"{now.isoformat(timespec='seconds')} purge by {local_user()}:"
    for plans_left in reversed(range(_PLANS)):
        with nullcontext() if plans_left else store.turn():
            version = store.version()
            plan, cases = _planned(store, before, now)
            records = records_of(store, counting, cases)
            with store.turn():
                if store.version() == version:
                    keep_counted(store, records, {case.id for case in plan.cases}, said)
                    lines = tuple(retention.tombstones(plan, now, local_user()))
                    store.erase(Erasure(plan.cases, plan.done, plan.items, plan.pins, lines))
                    break
    return plan


def _name_cases(plan: retention.Purge) -> None:
    for case in plan.cases:
        put(f"{case.id} {case.track} {case.state}")
    for case_id, why in plan.kept:
        say(f"{case_id} stays: {why}")


def _counts(plan: retention.Purge, *, dry_run: bool) -> str:
    verb = "would go" if dry_run else "are gone"
    return (
        f"{len(plan.cases)} cases, {len(plan.items)} outbox items, {len(plan.done)} mails, {len(plan.pins)} pins {verb}"
    )


def _purged(plan: retention.Purge, *, dry_run: bool) -> PurgeShape:
    return PurgeShape(
        dry_run=dry_run,
        cases=[PurgedCaseShape(id=case.id, track=case.track, state=case.state) for case in plan.cases],
        kept=[KeptCaseShape(id=case_id, why=why) for case_id, why in plan.kept],
        outbox_items=len(plan.items),
        mails=len(plan.done),
        pins=len(plan.pins),
    )


def _day(text: str, config: Config, now: datetime) -> datetime:
    """The beginning of that day at the desk."""
    zone = config.desk_value().timezone
    try:
        day = date.fromisoformat(text)
    except ValueError as exc:
        raise typer.BadParameter(f"--closed-before {text}: not a day like 2024-04-01") from exc
    before = datetime.combine(day, time(), zone).astimezone(UTC)
    if before > now:
        raise typer.BadParameter(f"--closed-before {text}: that day has not come")
    return before


def _key(config: Config) -> bytes:
    if problems := tuple(unfinished(config.state.dir)):
        raise ConfigError(problems)
    key = existing_key(config)
    if key is None:
        secret = config.secret("state")
        raise ConfigError((f"{secret.file}: the key is missing; without it nothing can be checked",))
    return key
