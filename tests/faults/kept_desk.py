"""A quick desk whose memory lies on the disk as the real one does: sealed, journalled, with the verbs that keep it."""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from mailbot.adapters.archive import Archives
from mailbot.adapters.codec import STORE_NAME, SealedCodec, derive
from mailbot.adapters.imap_listing import Entry
from mailbot.adapters.journal import JournalStorage
from mailbot.adapters.spool import FileSpool
from mailbot.adapters.store import TinyStore
from mailbot.cli import app, keeping
from mailbot.ports import Arrival
from tests.fakes_mail import MemoryMailbox
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import DESK

KEY = bytes(range(32))
CONFIG = f"""\
[desk]
name = "Desk"
address = "{DESK}"
[imap]
host = "imap.test"
username = "desk"
password_env = "KEPT_DESK_IMAP"
[smtp]
host = "smtp.test"
[pgp]
home = "state/gnupg"
fingerprint = "{"AB" * 20}"
[[coordinator]]
name = "Taro"
address = "taro@desk.example.jp"
fingerprint = "{"CD" * 20}"
"""


class NumberedMailbox(MemoryMailbox):
    """A mailbox whose mail says where it came from as IMAP's does."""

    def arrivals(self) -> Iterator[Arrival]:
        """Everything in the INBOX, each with its number there."""
        for arrival in super().arrivals():
            mail = arrival.mail and replace(arrival.mail, source=f"INBOX/{arrival.handle}")
            yield replace(arrival, mail=mail)


class Listing:
    """The same mailbox, only looked at."""

    def __init__(self, mailbox: MemoryMailbox) -> None:
        self._folders = mailbox.folders

    def entries(self, folder: str) -> Iterator[Entry]:
        """Every mail of a folder."""
        for handle, content in self._folders[folder].items():
            found = re.search(rb"(?im)^Message-ID:\s*(<[^<>\r\n]*>)", content)
            yield Entry(folder, int(handle), len(content), found[1].decode() if found else "")

    def digests(self, entries: Iterable[Entry]) -> dict[Entry, str]:
        """The digests of these."""
        return {e: hashlib.sha256(self._folders[e.folder][str(e.uid)]).hexdigest() for e in entries}

    def close(self) -> None:
        """Nothing is held open."""


class KeptDesk(QuickDesk):
    """The same people; the state is a folder, `run` gives a verb of the command line."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="mb", dir="/tmp"))
        self.state, self.key = self.folder / "state", self.folder / "state.key"
        self.state.mkdir(mode=0o700)
        self.key.write_bytes(KEY.hex().encode() + b"\n")
        self.key.chmod(0o600)
        self.config = CONFIG
        self.mailbox = NumberedMailbox(self.limits)
        self.printed = self.errors = ""
        self.open()

    def open(self) -> None:
        """Work on the state."""
        codec = SealedCodec(KEY)
        store = TinyStore(self.state, codec, clock=lambda: self.now)
        spool = FileSpool(self.state / "mail", codec)
        self.bot = replace(self.bot, store=store, spool=spool, secret=derive(KEY, "tokens"))
        self.store, self.spool = store, spool  # type: ignore[assignment]  # the same ports, on the disk

    def leave(self) -> None:
        """Let go of the state."""
        self.bot.store.close()

    def run(self, *words: str, key: str = "") -> int:
        """One verb; what it printed is in `printed` and `errors`."""
        (self.folder / "mailbot.toml").write_text(self.config + key, "utf-8")
        out, err = StringIO(), StringIO()
        listing = patch.object(keeping, "open_listing", lambda _: Listing(self.mailbox))
        with listing, patch.dict(os.environ, KEPT_DESK_IMAP="secret"), redirect_stdout(out), redirect_stderr(err):
            status = app.run(["--config", str(self.folder / "mailbot.toml"), *words])
        self.printed, self.errors = out.getvalue(), err.getvalue()
        return status

    def rows(self) -> "closing[JournalStorage]":
        """The rows of the store, to be changed as only one with the key could."""
        return closing(JournalStorage(self.state / STORE_NAME, SealedCodec(KEY)))

    def archives(self) -> Archives:
        """Where cases that ended lie."""
        return Archives(self.state, SealedCodec(KEY))

    def tree(self) -> dict[str, tuple[int, str]]:
        """Mode and hash of everything beside the lock: what must not change when something is refused."""
        return {
            str(path.relative_to(self.folder)): (
                path.stat().st_mode,
                hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            )
            for path in sorted((self.state, self.key, *self.state.rglob("*")))
            if path.exists() and path.name != "lock"
        }

    def remove(self) -> None:
        """The end."""
        self.leave()
        shutil.rmtree(self.folder)
