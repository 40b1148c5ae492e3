"""Runs gpg: in a home of its own, each run bounded in time and output.

python-gnupg finds gpg and writes its command lines. Running them is done here, because it has no limits, and
reading the answers in `pgp_status`, because it splits them at characters that a user id may hold.
"""

import contextlib
import logging
import os
import re
import subprocess
from pathlib import Path

import gnupg  # type: ignore[import-untyped]

from mailbot.adapters import bounded
from mailbot.adapters.pgp_status import Answer, read_status
from mailbot.core.limits import Limits
from mailbot.errors import ConfigError, TransientError

MAX_HOME = 80  # characters: the agent's socket in it must fit into 108
MAX_LISTING_BYTES = 100_000_000  # of keys; what is decrypted has a limit of its own
_MAX_STATUS_BYTES = 1_000_000  # a message may name any number of recipients
_OPTIONS = [
    "--no-options",
    "--logger-file",  # status lines then have stderr to themselves
    "/dev/null",
    "--pinentry-mode",
    "loopback",
    "--disable-dirmngr",
    "--no-auto-key-retrieve",
    "--no-auto-check-trustdb",
]


def stop_agent(home: Path) -> None:
    """End the home's agent, which would outlive us; never raises."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        command = ["gpgconf", "--homedir", str(home), "--kill", "gpg-agent"]
        subprocess.run(command, capture_output=True, timeout=Limits().decrypt_seconds, check=False)


def open_gpg(home: Path) -> gnupg.GPG:
    """The command lines of gpg in that home. Raises ConfigError without gpg."""
    # The library logs mail and key text at the lowest level.
    logging.getLogger("gnupg").setLevel(logging.CRITICAL)
    try:
        return gnupg.GPG(gnupghome=str(home), options=_OPTIONS, env={**os.environ, "LC_ALL": "C.UTF-8"})
    except (OSError, ValueError) as exc:
        raise ConfigError(("gpg cannot be run; install GnuPG 2.2 or later (package gnupg)",)) from exc


def run_gpg(
    gpg: gnupg.GPG,
    command: list[str],
    content: bytes,
    passphrase: str | None,
    seconds: float,
    max_bytes: int = MAX_LISTING_BYTES,
) -> Answer:
    """One run of gpg, killed after `seconds` or `max_bytes` of output. Raises TransientError without gpg."""
    words = gpg.make_args(command, passphrase is not None)
    first = b"" if passphrase is None else passphrase.encode() + b"\n"
    try:
        done = bounded.run(words, first + content, gpg.env, seconds, max_bytes, _MAX_STATUS_BYTES)
    except OSError as exc:
        raise TransientError("gpg cannot be run; is GnuPG still installed?") from exc
    if done.timed_out:
        return Answer(b"", (), -1, timed_out=True)
    if done.too_much:
        return Answer(b"", read_status(bytes(done.errors)), -1, too_much=True)
    return Answer(bytes(done.output), read_status(bytes(done.errors)), done.returncode)


def home_problems(home: Path, fingerprint: str, passphrase: str | None) -> tuple[str, ...]:
    """What is wrong with a home, a fingerprint and a passphrase before gpg is asked."""
    problems = []
    if len(str(home.absolute())) > MAX_HOME:
        problems.append(
            f"[pgp] home: {home.absolute()} is longer than {MAX_HOME} characters, which gpg's agent cannot use"
        )
    if not is_fingerprint(fingerprint):
        problems.append("[pgp] fingerprint: give all 40 hex digits in upper case, as `mailbot key show` prints them")
    if passphrase is not None and (not passphrase or set(passphrase) & set("\n\r\0")):
        problems.append("[pgp] passphrase_env: the passphrase is empty or has a line end in it")
    return tuple(problems)


def is_fingerprint(text: str) -> bool:
    """Whether it is a whole fingerprint, as gpg writes it."""
    return re.fullmatch(r"[0-9A-F]{40}", text) is not None
