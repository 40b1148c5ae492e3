"""What a mailbox of very many mails costs in memory, on a real Dovecot.

    python -m tests.faults.big_mailbox [MAILS]

Prints, for 1,000 and for MAILS (default 100,000) small mails in the INBOX, one of 100 MB among them, the peak RSS of a
process that does one round of `[limits].mails_per_round`, that reads everything, and that lists for `verify`. Exit
status 1 when the large mailbox costs more than 20 MB more, or a large mail was fetched whole.
"""

import os
import pwd
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

from mailbot.adapters.imap import ImapSettings
from mailbot.adapters.imap_listing import ImapListing
from mailbot.core.limits import Limits
from tests.servers import HOST, PASSWORD, Authority, Dovecot, missing_dovecot

SMALL, LARGE_BYTES, MOST_MORE = 1_000, 100_000_000, 20_000
"""Mails to compare with; bytes of the one large mail; kB that a hundred times the mails may cost."""
WAYS = ("round", "all", "list")


def fill(server: Dovecot, user: str, count: int) -> None:
    """Write the mails as files, as a delivery agent does; the large one is the eleventh."""
    box = server.dir / "mail" / user
    for part in ("cur", "new", "tmp"):
        (box / part).mkdir(parents=True)
    for number in range(count):
        head = f"From: a{number}@example.org\r\nMessage-ID: <{number}@example.org>\r\nSubject: {number}\r\n\r\n"
        path = box / "cur" / f"1790000000.M{number:07d}P1.host:2,"
        with path.open("wb") as file:
            file.write(head.encode() + b"text of a mail\r\n" * 40)
            if number == 10:
                file.writelines(b"x" * 998 + b"\r\n" for _ in range(LARGE_BYTES // 1_000))
    if os.getuid() == 0:
        account = pwd.getpwnam("nobody")
        for place, _, files in os.walk(box):
            for name in ("", *files):
                os.chown(os.path.join(place, name), account.pw_uid, account.pw_gid)


def work(way: str, settings: ImapSettings) -> str:
    """Do it in this process: what was seen, and the peak of RSS in kB."""
    limits = Limits() if way == "round" else replace(Limits(), mails_per_round=10**9)
    seen: Counter[str] = Counter()
    began = time.monotonic()
    with closing(ImapListing(settings, limits)) as mailbox:
        if way == "list":
            seen["listed"] = sum(1 for _ in mailbox.entries("INBOX"))
        for arrival in mailbox.arrivals() if way != "list" else ():
            seen["whole" if arrival.mail else "head"] += 1
            seen["bytes"] += len(arrival.mail.content if arrival.mail else arrival.head)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{peak} {time.monotonic() - began:.1f} {dict(seen)}"


def measured(server: Dovecot, user: str, way: str) -> tuple[int, str]:
    """The peak of RSS in kB of a process of its own, and all it says."""
    command = [sys.executable, "-m", "tests.faults.big_mailbox", way, str(server.tls_port), server.ca_file, user]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return int(said.split(" ")[0]), said


@contextmanager
def filled(count: int) -> Iterator[tuple[Dovecot, str]]:
    """A Dovecot with that many mails."""
    with tempfile.TemporaryDirectory() as folder:
        server = Dovecot(Authority(Path(folder)))
        try:
            user = server.new_user()
            fill(server, user, count)
            server.start()
            next(islice(_heads(server, user), 1))  # Dovecot reads the folder for the first time
            yield server, user
        finally:
            server.remove()


def _heads(server: Dovecot, user: str) -> Iterator[object]:
    client = server.login(user)
    client.select("INBOX", readonly=True)
    yield client
    client.logout()


def main(count: int) -> int:
    """Measure and print; 1 if memory grows with the mailbox."""
    if why := missing_dovecot():
        sys.stderr.write(f"{why}\n")
        return 2
    peaks: dict[tuple[int, str], int] = {}
    for mails in (SMALL, count):
        with filled(mails) as (server, user):
            for way in WAYS:
                peaks[mails, way], said = measured(server, user, way)
                sys.stdout.write(f"{mails:7} mails, {way:5}: {peaks[mails, way] / 1000:6.1f} MB RSS   {said}\n")
    return int(any(peaks[count, way] - peaks[SMALL, way] > MOST_MORE for way in WAYS))


if __name__ == "__main__":
    if len(sys.argv) == 5:
        _, how, port, ca, name = sys.argv
        sys.stdout.write(work(how, ImapSettings(HOST, int(port), "tls", name, PASSWORD, ca_file=ca)))
        sys.exit(0)
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
