"""A desk set up as its owner would do it, and driven one round at a time through simulated weeks."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailbot import setup
from mailbot.bootstrap import build, load_keyring, open_mailbox
from mailbot.bot import Bot
from mailbot.config import Config, load
from mailbot.core.lifecycle import next_due
from mailbot.core.model import Case
from mailbot.demo.people import Person
from mailbot.demo.servers import HOST, PASSWORD, USER, PostOffice
from mailbot.round import Round
from mailbot.service import run_round

ADDRESS = "security@desk.example.jp"
_CONFIG = """\
[desk]
name = "Example Vulnerability Desk"
address = "{address}"
phone = "03-0000-0000 (9:30-17:30)"
verify_url = "https://desk.example.jp/verify"

[imap]
host = "{host}"
port = {imap_port}
security = "plain"
username = "{user}"
password_env = "MAILBOT_DEMO_PASSWORD"

[smtp]
host = "{host}"
port = {smtp_port}
security = "plain"

[pgp]
home = "state/gnupg"
fingerprint = "{fingerprint}"

[[coordinator]]
name = "{coordinator.name}"
address = "{coordinator.address}"
fingerprint = "{coordinator.fingerprint}"

[lookup]
search = false                      # the demo touches no network
"""


class DemoDesk:
    """The desk in `folder`, its servers and its clock."""

    def __init__(self, folder: Path, office: PostOffice, coordinator: Person, start: datetime) -> None:
        self.folder, self.office, self.now = folder, office, start
        lines = list(setup.init(folder, "Example Vulnerability Desk", ADDRESS, None))
        fingerprint = next(found.group() for line in lines if (found := re.search(r"\b[0-9A-F]{40}\b", line)))
        text = _CONFIG.format(
            address=ADDRESS,
            host=HOST,
            imap_port=office.imap_port,
            smtp_port=office.smtp_port,
            user=USER,
            fingerprint=fingerprint,
            coordinator=coordinator,
        )
        (folder / "mailbot.toml").write_text(text, "utf-8")
        os.environ["MAILBOT_DEMO_PASSWORD"] = PASSWORD
        keyring = load_keyring(self.config)
        keyring.import_key(coordinator.public_key)
        self.public_key = keyring.export(fingerprint)
        keyring.close()
        self._build = build(self.config, as_of_another_moment=True, in_process=True)
        self.bot: Bot = self._build.__enter__()
        self._mailbox = open_mailbox(self.config)

    @property
    def config(self) -> Config:
        """The configuration as the file has it."""
        return load(self.folder / "mailbot.toml")

    def round(self) -> Round:
        """Everything that one `run --once` does."""
        done = Round()
        for _ in run_round(self.bot, self._mailbox, self.now, done):
            pass
        return done

    def pass_time(self, **amount: float) -> Round:
        """Let time go by, then one round."""
        self.now += timedelta(**amount)
        return self.round()

    def until_due(self, case_id: str) -> int:
        """Let time go by until the case's next deadline, then one round; how many days that took."""
        case = self.bot.store.case(case_id)
        due = next_due(case) if case else None
        gone = max(due - self.now, timedelta(0)) if due else timedelta(0)
        self.now += gone
        self.round()
        return gone.days

    def case_with(self, text: str) -> Case:
        """The case in which `text` stands."""
        return next(c for c in self.bot.store.cases() if any(text in c.field_text(f.name) for f in c.fields))

    def close(self) -> None:
        """Stop working."""
        self._mailbox.close()
        self._build.__exit__(None, None, None)


def morning() -> datetime:
    """Nine o'clock in Tokyo on the last day that was a Monday to Thursday."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=max(0, today.weekday() - 3))
