"""Runs command lines of mailbot in processes that die at a chosen point, forked from one that has loaded everything.

So a kill costs no start of Python, and lands inside the work. An order is a line of JSON on stdin; the answers are the
number of the process, and its exit status at its end. What is done `here`, not in a child, loads what children need.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import typer.main

from mailbot import bootstrap, config
from mailbot.adapters import durable, journal
from mailbot.adapters.archive import Archives
from mailbot.adapters.imap import ImapMailbox
from mailbot.adapters.smtp import SmtpSender
from mailbot.cli import app
from tests.faults import kill_safeguards


def kill_tree(pid: int) -> None:
    """SIGKILL it with all that it has started and still has: no process may go on when another one is dead."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        for child in _children(pid):
            kill_tree(child)
        os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def _die() -> NoReturn:
    for child in _children(os.getpid()):
        kill_tree(child)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


class Fuse:
    """Counts down at the passes of one point."""

    def __init__(self, passes: int) -> None:
        self.left, self._owner = passes, os.getpid()

    def burns(self) -> bool:
        """Whether this is the pass to die at; the child that reads mail has points of its own, none of which counts."""
        self.left -= os.getpid() == self._owner
        return self.left == 0 and os.getpid() == self._owner


def _before(place: Any, name: str, fuse: Fuse) -> None:
    real = getattr(place, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        if fuse.burns():
            _die()
        return real(*args, **kwargs)

    setattr(place, name, call)


def _after(place: Any, name: str, fuse: Fuse) -> None:
    real = getattr(place, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        if fuse.burns():
            _die()
        return result

    setattr(place, name, call)


def _half(module: Any, fuse: Fuse) -> None:
    real = module.write_all

    def call(fd: int, data: bytes) -> None:
        if fuse.burns():
            real(fd, data[: len(data) // 2])
            _die()
        real(fd, data)

    module.write_all = call


POINTS: dict[str, tuple[Callable[[Fuse], None], int]] = {
    "half a frame is written": (lambda fuse: _half(journal, fuse), 4),
    "half a file is written": (lambda fuse: _half(durable, fuse), 1),
    "a frame is written, not confirmed": (lambda fuse: _before(os, "fdatasync", fuse), 4),
    "a frame is confirmed, nobody told": (lambda fuse: _after(os, "fdatasync", fuse), 4),
    "a file waits for its name": (lambda fuse: _before(os, "replace", fuse), 1),
    "a file has its name": (lambda fuse: _after(os, "replace", fuse), 1),
    "the relay said 250": (lambda fuse: _after(SmtpSender, "send", fuse), 2),
    "committed, not moved": (lambda fuse: _before(ImapMailbox, "file_away", fuse), 1),
    "moved": (lambda fuse: _after(ImapMailbox, "file_away", fuse), 1),
    "archived, not committed": (lambda fuse: _after(Archives, "append", fuse), 0),
}
"""Where a child may die by itself, and about how often a mail brings it there; else it is killed from outside."""


def _obey(order: dict[str, Any]) -> int:
    """The exit status of the command line; its answer goes to `out`, what it says to `err`."""
    kept = [os.dup(number) for number in (1, 2)]
    for number, name in ((1, "out"), (2, "err")):
        fd = os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(fd, number)
        os.close(fd)
    try:
        return app.run(order["args"])
    finally:
        sys.stdout.flush()
        for number, fd in zip((1, 2), kept, strict=True):
            os.dup2(fd, number)
            os.close(fd)


def _live(order: dict[str, Any]) -> NoReturn:
    """The child, with all that it is to die of."""
    status = 70
    try:
        if order["off"]:
            kill_safeguards.SWITCHES[order["off"]]()
        if "point" in order:
            POINTS[order["point"]][0](Fuse(order["passes"]))
        status = _obey(order)
    finally:
        os._exit(status)


def _orders() -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        yield json.loads(line)


def _say(answer: object) -> None:
    sys.stdout.write(f"{answer}\n")
    sys.stdout.flush()


def _warm_up(known: bootstrap.Knowledge) -> None:
    """What each child would do anew: rules and templates are the same in all desks."""
    for name, what in (("load_rules", known.rules), ("load_templates", known.templates)):
        setattr(bootstrap, name, lambda texts, known=False, what=what: what)
    typer.main.get_command = cache(typer.main.get_command)


def main() -> None:
    """Load what every round needs, then obey."""
    _warm_up(bootstrap.load_knowledge(config.load(Path(sys.argv[1]))))
    _say("ready")
    for order in _orders():
        if order["here"]:
            _say(os.getpid())
            _say(_obey(order))
            continue
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            _live(order)
        _say(pid)
        _say(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


if __name__ == "__main__":
    main()
