"""How many encrypted reports the bot handles in a second, from Dovecot's INBOX to receipts and notices handed over.

Each row is checked: a run that did not handle every mail is marked BAD.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import floors
from bench.corpus import COORDINATOR, Corpus
from bench.desk import ENVIRONMENT, Desk, ask_json, command
from bench.measure import measure
from bench.report import Row
from bench.servers import Servers
from mailbot.core.outbox import CalledOff
from tests.servers import HOST, PASSWORD

LOOP = "(g) gpg decrypt, gpg sign+encrypt"
"""The serial loop that the goals compare with: two runs of gpg a mail, one after the other, and nothing else."""
WHOLE = "bot: run --once, all of it"
SEQUOIA = "bot, Sequoia: run --once, all of it"
IDLE = "bot: run --once, nothing new"
INGEST = "bot: ingest Maildir, nothing sent"
DELIVER = "bot: run --once, delivery only"


def run_floors(corpus: Corpus, servers: Servers, work: Path, runs: int) -> Iterator[Row]:
    """The floors, taken in turns so that what else the machine does falls on all of them alike."""
    home = corpus.desk_home()
    user = _mailbox(corpus, servers)
    where = (HOST, str(servers.dovecot.tls_port), servers.dovecot.ca_file, user, PASSWORD)
    commands = {
        "(a) shell loop of gpg --decrypt": floors.loop(corpus, home),
        "(b) python-gnupg": floors.in_python("library", corpus, str(home.path)),
        "(c) gpg --multifile --decrypt": [],
        "(d) IMAP fetch, 50 at once": floors.in_python("fetch", corpus, *where),
        "(e) MIME parse": floors.in_python("parse", corpus),
        "(f) gpg sign+encrypt": floors.seal(corpus, home),
        LOOP: floors.both(corpus, home),
    }
    rows = [Row(name, corpus.count) for name in commands]
    try:
        for _ in range(runs):
            for row in rows:
                home.rest()
                called = commands[row.name] or floors.multifile(corpus, home)
                cost = measure(called, servers.pids, work / "stderr.log")
                row.costs.append(cost)
                if cost.status or cost.output.strip() != str(corpus.count):
                    row.bad.append(f"handled {cost.output.strip() or 'nothing'}, status {cost.status}")
    finally:
        home.close()
    yield from rows


def run_bot(corpus: Corpus, servers: Servers, work: Path, runs: int) -> list[Row]:
    """The bot as its user would run it, and its two halves by themselves."""
    rows = {name: Row(name, corpus.count) for name in (WHOLE, SEQUOIA, IDLE, INGEST, DELIVER)}
    desk = Desk(corpus, servers)

    def take(name: str, folder: Path, *verb: str) -> dict[str, Any]:
        cost = measure(command(folder, *verb, "--json"), servers.pids, work / "stderr.log", **ENVIRONMENT)
        rows[name].costs.append(cost)
        if cost.status:
            rows[name].bad.append(f"status {cost.status}, see {work / 'stderr.log'}")
        told: dict[str, Any] = json.loads(cost.output or "{}")
        return told

    try:
        for _ in range(runs):
            servers.relay.taken()
            user = _mailbox(corpus, servers)
            folder = desk.copy(user)
            take(WHOLE, folder, "run", "--once")
            rows[WHOLE].bad += _lacking(corpus, servers, folder, user)
            if take(IDLE, folder, "run", "--once").get("arrived") != 0:
                rows[IDLE].bad.append("it was not idle")
            user = _mailbox(corpus, servers)
            folder = desk.copy(user, "sequoia")
            take(SEQUOIA, folder, "run", "--once")
            rows[SEQUOIA].bad += _lacking(corpus, servers, folder, user)
            folder = desk.copy(servers.dovecot.new_user())
            with tempfile.TemporaryDirectory(prefix="mb", dir="/tmp") as maildir:
                _fill(Path(maildir), corpus)
                accounted = take(INGEST, folder, "ingest", maildir).get("accounted", {})
            if accounted.get("case") != corpus.count:
                rows[INGEST].bad.append(f"accounted for {accounted}")
            take(DELIVER, folder, "run", "--once")
            rows[DELIVER].bad += _lacking(corpus, servers, folder, "")
    finally:
        desk.close()
    return list(rows.values())


def _mailbox(corpus: Corpus, servers: Servers) -> str:
    """A user whose INBOX holds the corpus."""
    user = servers.dovecot.new_user()
    servers.dovecot.deliver(user, *(path.read_bytes() for path in corpus.mails))
    return user


def _fill(maildir: Path, corpus: Corpus) -> None:
    for part in ("tmp", "new", "cur"):
        (maildir / part).mkdir()
    for path in corpus.mails:
        shutil.copy(path, maildir / "new" / f"1800000000.M{path.stem}.bench")


def _lacking(corpus: Corpus, servers: Servers, folder: Path, user: str) -> list[str]:
    """What is missing of a case and a sent receipt for every mail, and of what the coordinator is told.

    Notices beyond the day's budget are told in one mail; those count as settled.
    """
    problems = []
    cases = ask_json(folder, "case", "list")
    items = ask_json(folder, "outbox", "list")
    receipts = sum(item["status"] == "sent" and item["template"].endswith("/receipt") for item in items)
    waiting = [
        i["status"] for i in items if i["status"] != "sent" and not (i["error"] or "").startswith(CalledOff.TOLD)
    ]
    taken = servers.relay.taken()
    notices = taken.pop(COORDINATOR[1], 0)
    if len(cases) != corpus.count:
        problems.append(f"{len(cases)} cases")
    if waiting:
        problems.append(f"{len(waiting)} of the outbox not sent: {', '.join(sorted(set(waiting)))}")
    if min(receipts, taken.total()) < corpus.count or not notices:
        problems.append(f"{receipts} receipts, {taken.total()} mails to finders, {notices} to the coordinator")
    if user and (left := len(servers.dovecot.mails(user, "INBOX"))):
        problems.append(f"{left} mails left in INBOX")
    return problems
