"""Throw-away OpenPGP keys in short homes, made once per test run and removed at its end."""

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

from mailbot import setup
from mailbot.adapters.pgp import GnupgKeyring
from mailbot.adapters.pgp_making import generate
from mailbot.core.limits import Limits

Keyring = TypeVar("Keyring", bound=GnupgKeyring)

needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="GnuPG is not installed")


@dataclass(frozen=True)
class Person:
    """Somebody with a key of their own in a home of their own."""

    name: str
    address: str
    passphrase: str | None
    home: Path
    fingerprint: str
    keyring: GnupgKeyring

    @property
    def public_key(self) -> bytes:
        """Armored."""
        return self.keyring.export(self.fingerprint)

    def gpg(self, *words: str, stdin: bytes = b"") -> bytes:
        """The output of gpg in this home; for what the keyring does not do."""
        passphrase = ["--passphrase", self.passphrase or ""]
        return gpg(self.home, *passphrase, *words, stdin=stdin)


@dataclass(frozen=True)
class People:
    """The desk, finder and coordinator hold each other's keys; nobody holds the stranger's."""

    desk: Person
    finder: Person
    coordinator: Person
    stranger: Person


@cache
def people() -> People:
    """The same people for the whole test run; the desk's key has a passphrase, the others' none."""
    desk = new_person("Desk", "security@desk.example.jp", "鍵の合言葉")
    finder = new_person("発見 花子", "hanako@example.com", None)
    coordinator = new_person("Coordinator One", "one@desk.example.jp", None)
    stranger = new_person("Stranger", "stranger@example.net", None)
    introduce(desk, finder, coordinator)
    stranger.keyring.import_key(desk.public_key)
    return People(desk, finder, coordinator, stranger)


def new_person(name: str, address: str, passphrase: str | None) -> Person:
    """A person with a fresh key."""
    home = new_home()
    fingerprint = generate(home, name, address, passphrase)
    return Person(name, address, passphrase, home, fingerprint, keyring_in(home, fingerprint, passphrase))


def keyring_in(
    home: Path, fingerprint: str, passphrase: str | None = None, limits: Limits | None = None
) -> GnupgKeyring:
    """A keyring whose agent is stopped at the end of the run."""
    return stopped_at_the_end(GnupgKeyring(home, fingerprint, passphrase, limits or Limits()))


def stopped_at_the_end(keyring: Keyring) -> Keyring:
    """The same keyring, whose agent is stopped at the end of the run."""
    atexit.register(keyring.close)
    return keyring


def new_home() -> Path:
    """An empty home with a short path."""
    home = Path(tempfile.mkdtemp(prefix="mb", dir="/tmp"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


def quiet_desk(name: str = "Our Desk") -> Path:
    """The folder of a new desk, security@our.test, that looks nothing up outside."""
    folder = new_home()
    list(setup.init(folder, name, "security@our.test", None))
    with (folder / "mailbot.toml").open("a", encoding="utf-8") as file:
        file.write("\n[lookup]\nsearch = false\n")
    return folder


def introduce(*persons: Person) -> None:
    """Give everybody the keys of all others."""
    for person, other in ((a, b) for a in persons for b in persons if a is not b):
        person.keyring.import_key(other.public_key)


def gpg(home: Path, *words: str, stdin: bytes = b"") -> bytes:
    """The output of gpg, which must succeed."""
    done = gpg_may_fail(home, *words, stdin=stdin)
    done.check_returncode()
    return done.stdout


def gpg_may_fail(home: Path, *words: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """One run of gpg in that home."""
    base: Iterable[str] = ("gpg", "--homedir", str(home), "--batch", "--yes", "--pinentry-mode", "loopback")
    return subprocess.run(
        [*base, *words], input=stdin, capture_output=True, env={**os.environ, "LC_ALL": "C.UTF-8"}, check=False
    )
