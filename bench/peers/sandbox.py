"""Where a peer lives while it is timed: a scratch folder with the mails and the keys, and an ordinary user."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from bench.corpus import Corpus
from bench.measure import Cost, measure
from bench.servers import Relay

_LOW = "nobody"
NOTHING: Mapping[str, str] = {}
NO_SERVERS: Mapping[str, int] = {}


class Sandbox:
    """A folder with a short path (a gpg-agent's socket lies below it) that belongs to the user the peer runs as."""

    def __init__(self, corpus: Corpus, relay: Relay, work: Path) -> None:
        self.corpus, self.relay, self.work = corpus, relay, work
        self.count = corpus.count
        self.folder = Path(tempfile.mkdtemp(prefix="mb", dir="/tmp"))
        self._user = pwd.getpwnam(_LOW) if os.getuid() == 0 else None
        self._homes: list[Path] = []
        self.mails = self.folder / "mails"
        self.mails.mkdir()
        for path in corpus.mails:
            shutil.copy(path, self.mails)
        self.hand_over()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        for home in self._homes:
            self.rest(home)
        shutil.rmtree(self.folder, ignore_errors=True)

    def hand_over(self) -> None:
        """Let everything in the folder belong to the ordinary user."""
        if self._user is None:
            return
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, self._user.pw_uid, self._user.pw_gid, follow_symlinks=False)

    def keyring(self, folder: Path) -> Path:
        """A gpg home there with the desk's secret key and everybody's public ones, all of them trusted."""
        home = self.corpus.desk_home()
        try:
            listed = home.run("--with-colons", "--list-keys").decode().splitlines()
            owners = [line.split(":")[9] for line in listed if line.startswith("fpr:")]
            trust = "".join(f"{owner}:6:\n" for owner in owners)
            subprocess.run(
                ["gpg", "--homedir", home.path, "--batch", "--quiet", "--import-ownertrust"],
                input=trust.encode(),
                capture_output=True,
                check=True,
            )
            home.rest()
            shutil.copytree(home.path, folder, ignore=shutil.ignore_patterns("S.*", "*.lock"), dirs_exist_ok=True)
        finally:
            home.close()
        folder.chmod(0o700)
        self._homes.append(folder)
        self.hand_over()
        return folder

    def rest(self, home: Path) -> None:
        """End the agent of that home."""
        self.run("gpgconf", "--homedir", str(home), "--kill", "all", check=False)

    def command(self, *command: str) -> list[str]:
        """How this command is called as the ordinary user."""
        if self._user is None:
            return list(command)
        who = (f"--reuid={self._user.pw_uid}", f"--regid={self._user.pw_gid}", "--clear-groups")
        return ["setpriv", *who, "env", f"HOME={self.folder}", *command]

    def run(self, *command: str, given: str = "", check: bool = True, env: Mapping[str, str] = NOTHING) -> str:
        """What it prints; raises RuntimeError with what it had to say when it fails."""
        called = self.command(*command)
        ran = subprocess.run(
            called, input=given, capture_output=True, text=True, cwd=self.folder, env={**os.environ, **env}, check=False
        )
        if check and ran.returncode:
            raise RuntimeError(f"{' '.join(command[:3])}: {ran.stderr[-2000:] or ran.stdout[-2000:]}")
        return ran.stdout

    def can_run(self, path: Path) -> bool:
        """Whether the ordinary user reaches that program."""
        called = self.command("test", "-x", str(path))
        return subprocess.run(called, cwd="/", check=False).returncode == 0

    def piped(self, *gateway: str, at_once: int = 1) -> list[str]:
        """A shell that hands the gateway mail after mail on its standard input, as a mail server's alias does."""
        each = ["xargs", "-P", str(at_once), "-I{}", "sh", "-c", '"$@" < "{}"', "sh", *gateway]
        return self.command("sh", "-c", 'folder=$1; shift; ls "$folder"/*.eml | "$@"', "sh", str(self.mails), *each)

    def timed(
        self, command: Sequence[str], servers: Mapping[str, int] = NO_SERVERS, env: Mapping[str, str] = NOTHING
    ) -> Cost:
        """Run it once; the work of its servers is its own."""
        cost = measure(command, servers, self.work / "peers.log", **env)
        return replace(cost, daemons=cost.daemons + sum(cost.servers.values()), servers={})
