"""The keyring that works without a gpg process for each mail, for tests; the library is an extra."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from mailbot.core.limits import Limits
from tests.pgp_home import stopped_at_the_end

needs_sequoia = pytest.mark.skipif(importlib.util.find_spec("pysequoia") is None, reason="pysequoia is not installed")


def sequoia(home: Path, fingerprint: str, passphrase: str | None = None) -> Any:
    """A keyring that works by itself; `runs` is what it left to gpg of its own mail, `judged` of what it was given."""
    from mailbot.adapters.pgp_sequoia import SequoiaKeyring

    class Counting(SequoiaKeyring):
        runs: tuple[str, ...] = ()
        judged: tuple[str, ...] = ()

        def _run(self, command: list[str], *args: Any, **kwargs: Any) -> Any:
            self.runs = (*self.runs, *(word for word in command if word in ("--sign", "--encrypt", "--detach-sign")))
            self.judged = (*self.judged, *(word for word in command if word in ("--decrypt", "--verify")))
            return super()._run(command, *args, **kwargs)

    return stopped_at_the_end(Counting(home, fingerprint, passphrase, Limits()))
