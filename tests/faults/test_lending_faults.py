"""Processes that lend the state to each other, and are killed while they lend it or take it back."""

import contextlib
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailbot.adapters.layout import LOGBOOK_NAME
from mailbot.adapters.logbook import check
from mailbot.adapters.store import TinyStore
from tests.faults.sharer import COUNTER
from tests.faults.writer import CODEC, change

Process = subprocess.Popen[str]


@pytest.fixture
def sharer(tmp_path: Path) -> Iterator[Callable[[], Process]]:
    started: list[Process] = []

    def start() -> Process:
        command = [sys.executable, "-m", "tests.faults.sharer", str(tmp_path), "3000"]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1))
        return started[-1]

    yield start
    for process in started:
        _kill(process)


def _kill(process: Process) -> list[str]:
    """End it at once; what it had said and nobody had read."""
    process.kill()
    process.wait()
    assert process.stdin is not None
    assert process.stdout is not None
    said = [] if process.stdout.closed else process.stdout.read().split()
    process.stdout.close()
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    return said


def _said(process: Process) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _go(*processes: Process) -> None:
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")


def test_a_process_that_is_killed_while_it_lends_keeps_nothing(tmp_path: Path, sharer: Callable[[], Process]) -> None:
    """Killed while the state is lent, it leaves what it had stored, and the lock free."""
    process = sharer()
    assert _said(process) == "lent"
    _go(process)
    assert [_said(process), _said(process)] == ["1", "lent"]
    store = TinyStore(tmp_path, CODEC)
    store.apply(change(2))
    _kill(process)
    store.apply(change(3))
    store.close()
    TinyStore(tmp_path, CODEC).close()
    assert check(tmp_path / LOGBOOK_NAME) == ()


def test_killed_while_taking_the_state_back(tmp_path: Path, sharer: Callable[[], Process]) -> None:
    """Three count together and are killed in turn while they take back and store: no count is lost or given twice."""
    chance, seen, killed = random.Random(20261120), list[int](), 0
    pool = [sharer() for _ in range(3)]
    for process in pool:
        assert _said(process) == "lent"
    for turn in range(40):
        chance.shuffle(pool)
        _go(*pool)
        if turn % 2:
            victim, killed = pool.pop(), killed + 1
            # Sometimes at once, sometimes when another one is through: the victim then waits for the lock or works.
            if chance.random() < 0.7:
                seen.append(int(_said(pool[0])))
                assert _said(pool[0]) == "lent"
                rest = pool[1:]
            else:
                rest = pool
            seen += [int(word) for word in _kill(victim) if word != "lent"]
        else:
            rest = pool
        for process in rest:
            seen.append(int(_said(process)))
            assert _said(process) == "lent"
        if len(pool) < 3:
            pool.append(sharer())
            assert _said(pool[-1]) == "lent"
    for process in pool:
        _kill(process)
    store = TinyStore(tmp_path, CODEC)
    counter = store.case(COUNTER)
    assert counter is not None
    assert len(seen) == len(set(seen))
    assert len(seen) <= counter.sequence <= len(seen) + killed
    assert len(list(store.cases())) == counter.sequence + 1
    store.close()
    assert check(tmp_path / LOGBOOK_NAME) == ()
    lines = (tmp_path / LOGBOOK_NAME).read_text().splitlines()
    assert [int(line.rpartition(" ")[2]) for line in lines] == list(range(1, counter.sequence + 1))
