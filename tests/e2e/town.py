"""A desk on real servers, worked through its command line, and the people who write to it."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

from mailbot import setup
from mailbot.cli import app
from mailbot.core.messages import OpenedMail
from mailbot.demo.people import Person
from tests.servers import HOST, PASSWORD, Dovecot, SmtpSink

ADDRESS = "security@desk.example.jp"
START = datetime.fromisoformat("2026-11-20T09:00:00+09:00")

_CONFIG = """\
[desk]
name = "試験受付窓口"
address = "{address}"
phone = "03-0000-0000 (9:30-17:30)"
verify_url = "https://desk.example.jp/verify"

[imap]
host = "{host}"
port = {imap_port}
username = "{user}"
password_env = "TOWN_IMAP"
ca_file = "{ca}"

[smtp]
host = "{host}"
port = {smtp_port}
username = "{smtp_user}"
password_env = "TOWN_SMTP"
ca_file = "{ca}"

[pgp]
home = "state/gnupg"
fingerprint = "{fingerprint}"

[[coordinator]]
name = "調整 太郎"
address = "taro@desk.example.jp"
fingerprint = "{coordinator}"

[lookup]
search = false
security_txt = false

[policy]
{policy}
"""


@dataclass(frozen=True)
class Letter:
    """A mail as the person saw it who got it, or wrote it: when, from whom, to whom, and what it said."""

    at: datetime
    sender: str
    to: str
    subject: str
    text: str
    mail: OpenedMail | None = None  # of one that came


class Town:
    """The desk, its clock and its people. Everything goes through Dovecot, SMTP with TLS, gpg and the command line."""

    def __init__(self, dovecot: Dovecot, sink: SmtpSink, policy: str = "") -> None:
        self.dovecot, self.sink, self.now = dovecot, sink, START
        self.folder = Path(tempfile.mkdtemp(prefix="mb", dir="/tmp"))
        self.user = dovecot.new_user()
        self.people: dict[str, Person] = {}
        self._read = 0
        self._orders = count(1)
        self._came: list[datetime] = []
        self.arrived = self.accounted = 0
        self.letters: list[tuple[str, OpenedMail]] = []
        self.post: list[Letter] = []
        self.errors = ""
        lines = list(setup.init(self.folder, "試験受付窓口", ADDRESS, None))
        fingerprint = next(line.rpartition(" ")[2] for line in lines if line.startswith("the desk's key"))
        coordinator = self.person("調整 太郎", "taro@desk.example.jp")
        text = _CONFIG.format(
            address=ADDRESS,
            host=HOST,
            imap_port=dovecot.tls_port,
            user=self.user,
            smtp_port=sink.tls_port,
            smtp_user=SmtpSink.USER,
            ca=dovecot.ca_file,
            fingerprint=fingerprint,
            coordinator=coordinator.fingerprint,
            policy=policy,
        )
        (self.folder / "mailbot.toml").write_text(text, "utf-8")
        os.environ["TOWN_IMAP"] = os.environ["TOWN_SMTP"] = PASSWORD
        key = self.folder / "taro.asc"
        key.write_bytes(coordinator.public_key)
        assert self.run("key", "import", str(key)) == 0, self.errors
        self.run("key", "export")
        self.desk_key = self.printed.encode()
        coordinator.meet(self.desk_key)

    def person(self, name: str, address: str) -> Person:
        """Somebody new in town, with a key of their own."""
        made = Person.with_new_key(name, address, self.folder / "p" / str(len(self.people)))
        self.people[address] = made
        if hasattr(self, "desk_key"):
            made.meet(self.desk_key)
        return made

    @property
    def coordinator(self) -> Person:
        """調整 太郎."""
        return self.people["taro@desk.example.jp"]

    def run(self, *arguments: str) -> int:
        """One command line; what it printed is in `printed` and `errors`."""
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = app.run(["--config", str(self.folder / "mailbot.toml"), *arguments])
        self.printed, self.errors = out.getvalue(), err.getvalue()
        return status

    def json(self, *arguments: str) -> Any:
        """What a verb prints with --json."""
        self.run(*arguments, "--json")
        return json.loads(self.printed)

    def deliver(self, *mails: bytes) -> None:
        """Put mail into the desk's mailbox."""
        self.dovecot.deliver(self.user, *mails)

    def round(self, **later: float) -> Any:
        """Let time pass, then `run --once`."""
        self.now += timedelta(**later)
        done = self.json("run", "--once", "--now", self.now.isoformat())
        self._came += [self.now] * (len(self.sink.messages) - len(self._came))
        self.arrived += done["arrived"]
        self.accounted += sum(done["accounted"].values())
        return done

    def write(self, person: Person, subject: str, text: str, **how: Any) -> None:
        """Let somebody write to the desk, or answer a mail of it."""
        answers = how.get("answers")
        to = answers.mail.reply_to[0].address if answers is not None and answers.mail.reply_to else ADDRESS
        self.post.append(Letter(self.now, person.address, to, subject, text))
        self.deliver(person.write(to, subject, text, **how))

    def command(self, *lines: str) -> Any:
        """Let the coordinator mail signed commands, and the desk run them."""
        # Two signatures of one text made in the same second are the same, and nothing runs twice.
        told = f"\nNumber {next(self._orders)}.\n"
        self.write(self.coordinator, "commands", "\n".join(lines) + "\n" + told, sign=True, encrypt=True)
        return self.round(minutes=5)

    def inbox(self, person: Person, template: str = "") -> list[OpenedMail]:
        """Everything that came for somebody, decrypted with their key."""
        for number, received in enumerate(self.sink.messages[self._read :], self._read):
            reader = self.people.get(received.recipients[0].lower())
            if reader:
                mail = reader.read(received.content)
                self.letters.append((reader.address, mail))
                at = self._came[number] if number < len(self._came) else self.now
                self.post.append(Letter(at, received.sender, reader.address, mail.subject, mail.text, mail))
        self._read = len(self.sink.messages)
        return [mail for address, mail in self.letters if address == person.address and template in mail.subject]

    def newest(self, person: Person) -> OpenedMail:
        """The last mail that came for somebody."""
        return self.inbox(person)[-1]

    def case(self, find: Callable[[Any], bool] = lambda case: True) -> Any:
        """`case show` of the one case that fits."""
        (found,) = [c for c in self.json("case", "list") if find(c)]
        return self.json("case", "show", found["id"])

    def held(self) -> list[Any]:
        """What waits for a person."""
        return [item for item in self.json("outbox", "list") if item["status"] == "held"]

    def approve_all(self, case: str) -> Any:
        """Let the coordinator release everything that is held for the case."""
        lines = [f"!approve {item['hash']}" for item in self.held() if item["case"] == case]
        return self.command(f"!case {case}", *lines)

    def close(self) -> None:
        """Everybody goes home."""
        for person in self.people.values():
            person.close()
        os.system(f"gpgconf --homedir {self.folder}/state/gnupg --kill all")
        shutil.rmtree(self.folder, ignore_errors=True)
