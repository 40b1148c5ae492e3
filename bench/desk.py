"""A desk for the bench: made by `mailbot init` as its user would, copied anew for every run."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.corpus import COORDINATOR, DESK, Corpus
from bench.gpg import Home
from bench.servers import Servers
from tests.servers import HOST, PASSWORD, SmtpSink

MAILBOT = str(Path(sys.executable).parent / "mailbot")
ENVIRONMENT = {"BENCH_PASSWORD": PASSWORD}

_CONFIG = """\
[desk]
name = "{desk}"
address = "{address}"

[imap]
host = "{host}"
port = {imap}
username = "{user}"
password_env = "BENCH_PASSWORD"
ca_file = "{ca}"

[smtp]
host = "{host}"
port = {smtp}
username = "{relay_user}"
password_env = "BENCH_PASSWORD"
ca_file = "{ca}"

[pgp]
fingerprint = "{fingerprint}"
backend = "{backend}"

[[coordinator]]
name = "{coordinator}"
address = "{coordinator_address}"
fingerprint = "{coordinator_fingerprint}"

[limits]
mails_per_round = {count}
outbox_per_round = {deliveries}
acknowledgements_per_address_and_day = {count}
mails_per_hour = {deliveries}
mails_per_recipient_and_day = {deliveries}

[lookup]
security_txt = false
"""


class Desk:
    """A desk's folder that has seen no mail."""

    def __init__(self, corpus: Corpus, servers: Servers) -> None:
        self._corpus, self._servers = corpus, servers
        self._folders = [Path(tempfile.mkdtemp(prefix="mb", dir="/tmp"))]
        folder = self._folders[0] / "d"
        key = ("--key", str(corpus.desk_key))
        subprocess.run(
            [MAILBOT, "init", str(folder), "--name", DESK[0], "--address", DESK[1], *key],
            check=True,
            capture_output=True,
        )
        home = Home(corpus.desk_key.read_bytes(), corpus.coordinator_key.read_bytes())
        self._fingerprints = home.fingerprint(DESK[1]), home.fingerprint(COORDINATOR[1])
        home.close()
        self._pristine = folder
        self._configure(folder, "nobody")
        ask(folder, "key", "import", str(corpus.coordinator_key))

    def copy(self, user: str, backend: str = "gnupg") -> Path:
        """A desk like this one, whose mailbox is that user's."""
        to = Path(tempfile.mkdtemp(prefix="mb", dir="/tmp"))
        self._folders.append(to)
        shutil.copytree(self._pristine, to / "d", ignore=lambda _, names: [n for n in names if n.startswith("S.gpg-")])
        self._configure(to / "d", user, backend)
        return to / "d"

    def close(self) -> None:
        """Remove it and its copies."""
        for folder in self._folders:
            home = str(folder / "d" / "state" / "gnupg")
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], capture_output=True, check=False)
            shutil.rmtree(folder, ignore_errors=True)

    def _configure(self, folder: Path, user: str, backend: str = "gnupg") -> None:
        dovecot, relay = self._servers.dovecot, self._servers.relay
        text = _CONFIG.format(
            desk=DESK[0],
            address=DESK[1],
            host=HOST,
            imap=dovecot.tls_port,
            user=user,
            ca=dovecot.ca_file,
            smtp=relay.port,
            relay_user=SmtpSink.USER,
            fingerprint=self._fingerprints[0],
            backend=backend,
            coordinator=COORDINATOR[0],
            coordinator_address=COORDINATOR[1],
            coordinator_fingerprint=self._fingerprints[1],
            count=self._corpus.count,
            deliveries=10 * self._corpus.count,
        )
        (folder / "mailbot.toml").write_text(text, "utf-8")


def command(folder: Path, *verb: str) -> list[str]:
    """How the bot is called for that desk."""
    return [MAILBOT, "--config", str(folder / "mailbot.toml"), *verb]


def ask(folder: Path, *verb: str) -> str:
    """What a verb prints; raises CalledProcessError when it fails."""
    called = command(folder, *verb)
    return subprocess.run(called, check=True, capture_output=True, text=True, env=os.environ | ENVIRONMENT).stdout


def ask_json(folder: Path, *verb: str) -> Any:
    """The same, of a verb that takes --json."""
    return json.loads(ask(folder, *verb, "--json"))
