"""gpg in a home of its own, for making the mails and for the floors: plain calls, none of the bot's code."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

OPTIONS = ("--batch", "--quiet", "--no-tty", "--yes", "--trust-model", "always", "--no-auto-check-trustdb")


class Home:
    """A temporary home; a short path, for the agent's socket lies in it."""

    def __init__(self, *keys: bytes) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="mb", dir="/tmp"))
        for key in keys:
            self.run("--import", given=key)

    def run(self, *arguments: str, given: bytes = b"") -> bytes:
        """What one run of gpg prints; raises CalledProcessError when it fails."""
        command = [*self.command(), "--pinentry-mode", "loopback", "--passphrase", "", *arguments]
        return subprocess.run(command, input=given, capture_output=True, check=True).stdout

    def command(self) -> list[str]:
        """How gpg is called with this home."""
        return ["gpg", "--homedir", str(self.path), *OPTIONS]

    def make_key(self, name: str, address: str) -> str:
        """A key without a passphrase, ed25519 to sign and cv25519 to encrypt, that does not expire; its fingerprint."""
        self.run("--quick-gen-key", f"{name} <{address}>", "ed25519", "cert,sign", "never")
        fingerprint = self.fingerprint(address)
        self.run("--quick-add-key", fingerprint, "cv25519", "encr", "never")
        return fingerprint

    def fingerprint(self, address: str) -> str:
        """The fingerprint of the key for that address."""
        listed = self.run("--with-colons", "--list-keys", f"<{address}>").decode()
        return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))

    def public(self, addresses: Iterable[str]) -> bytes:
        """Armored public keys."""
        return self.run("--armor", "--export", *(f"<{address}>" for address in addresses))

    def secret(self, addresses: Iterable[str]) -> bytes:
        """Armored secret keys."""
        return self.run("--armor", "--export-secret-keys", *(f"<{address}>" for address in addresses))

    def rest(self) -> None:
        """Stop its agent, so that the next command starts and pays for its own."""
        subprocess.run(["gpgconf", "--homedir", str(self.path), "--kill", "all"], capture_output=True, check=False)

    def close(self) -> None:
        """Stop the agent and remove the home."""
        self.rest()
        shutil.rmtree(self.path, ignore_errors=True)


def version() -> str:
    """Of gpg and its library."""
    printed = subprocess.run(["gpg", "--version"], capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"})
    return ", ".join(printed.stdout.splitlines()[:2])
