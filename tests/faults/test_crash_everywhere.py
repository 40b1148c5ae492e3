"""The process is killed after each of its calls to the outside in turn, and started again."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailbot.core.outbox import Status
from tests.faults.world import DESK, KILLED, REPORT, FileRelay, World, ending, played


def _report(world: World) -> list[bytes]:
    letter = world.people["Hanako"].write(DESK, "XSS report", REPORT, encrypt=True, attach_key=True)
    spam = world.people["Shop"].write(DESK, "Autumn sale", "All chairs at half price.\n")
    return [letter, spam]


def _accept(world: World) -> list[bytes]:
    return [_command(world, "!accept")]


def _approve(world: World) -> list[bytes]:
    held = [i for i in world.store.items() if i.status is Status.HELD]
    return [_command(world, *(f"!approve {item.hash}" for item in held))]


def _answer(world: World) -> list[bytes]:
    shop = world.people["Shop"]
    asked = [shop.read(mail.content) for mail in world.relay.taken() if mail.to == shop.address][-1]
    to = asked.mail.reply_to[0].address
    return [shop.write(to, f"Re: {asked.subject}", "We are in charge. Please send it here.\n", answers=asked)]


def _close(world: World) -> list[bytes]:
    return [_command(world, "!fix confirmed corrected", "!close fixed")]


def _nothing(world: World) -> list[bytes]:
    return []


def _command(world: World, *lines: str) -> bytes:
    (case,) = world.store.cases()
    text = "\n".join((f"!case {case.id}", *lines)) + "\n"
    return world.people["Taro"].write(DESK, "commands", text, sign=True, encrypt=True)


STEPS = (_report, _accept, _nothing, _approve, _answer, _approve, _close, _nothing)


class Forgetful:
    """A memory that does not know which mails were handled: what the digest check guards against."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def disposition(self, digest: str) -> None:
        """Never seen."""


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for all worlds."""
    folder = Path(tempfile.mkdtemp(prefix="mb", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


def _crashed_and_restarted(letters: Path, at: int) -> Path:
    folder = letters / f"at-{at}"
    folder.mkdir()
    assert played(folder, at, STEPS)[0] == KILLED
    assert played(folder, 0, STEPS)[0] == 0
    return folder


def test_a_kill_after_any_outside_call_changes_no_ending(letters: Path) -> None:
    """Cases, outbox, dispositions, folders and the set of mails sent are as without a crash; resends keep their id."""
    calm = letters / "calm"
    calm.mkdir()
    status, calls = played(calm, 0, STEPS)
    assert (status, calls > 60) == (0, True)
    expected = ending(calm)
    (case,) = expected[0]
    assert case.state == "closed"
    different, resent = [], 0
    for at in range(1, calls + 1):
        folder = _crashed_and_restarted(letters, at)
        if ending(folder) != expected:
            different.append(at)
        taken = FileRelay(folder / "relay").taken()
        resent += len(taken) - len({mail.message_id for mail in taken})
        shutil.rmtree(folder)
    assert different == []
    assert 0 < resent < calls


def test_without_the_digest_check_an_ending_differs(letters: Path) -> None:
    """The control: a memory that forgets which mails were handled is caught by the same comparison."""
    calm = letters / "forgetful"
    calm.mkdir()
    status, calls = played(calm, 0, STEPS, Forgetful)
    assert status == 0
    expected = ending(calm)

    def differs(at: int) -> bool:
        folder = letters / f"forgetful-{at}"
        folder.mkdir()
        assert played(folder, at, STEPS, Forgetful)[0] == KILLED
        return played(folder, 0, STEPS, Forgetful)[0] != 0 or ending(folder) != expected

    assert any(differs(at) for at in range(1, calls))
