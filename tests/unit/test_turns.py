"""Turns and claims: what needs the outside is done between two turns, and what is decided is decided once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from mailbot.bot import Bot
from mailbot.errors import TransientError
from mailbot.ports import Published
from mailbot.turns import claimed, in_turn
from tests.fakes_store import MemoryStore, Shared, WorkerStore
from tests.faults.quick_desk import QuickDesk


class Directory:
    """A `KeyDirectory` that tells whether it was asked within a turn; it fails for one address."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.asked: list[tuple[str, bool]] = []

    def find(self, address: str) -> Published:
        """Something else for everybody."""
        self.asked.append((address, self._store.in_turn))
        if address == "down":
            raise TransientError("no way")
        return Published(address.encode())


@pytest.fixture
def bot() -> Bot:
    bot = QuickDesk().bot
    return replace(bot, directory=Directory(bot.store))


def asked(bot: Bot) -> Any:
    directory: Any = bot.directory
    return directory.asked


def test_an_errand_is_done_outside_and_once(bot: Bot) -> None:
    """The work begins anew after each, and has all answers at the end."""
    began: list[int] = []

    def work(bot: Bot) -> list[bytes]:
        began.append(1)
        assert bot.directory
        return [bot.directory.find(address).key for address in ("a", "b", "a")]

    assert in_turn(bot, work) == [b"a", b"b", b"a"]
    assert asked(bot) == [("a", False), ("b", False)]
    assert len(began) == 3


def test_an_errand_that_fails_fails_within_the_turn(bot: Bot) -> None:
    """Whoever asked can go on without it."""

    def work(bot: Bot) -> str:
        assert bot.directory
        try:
            return bot.directory.find("down").why
        except TransientError as exc:
            return f"without: {exc}"

    assert in_turn(bot, work) == "without: no way"
    assert asked(bot) == [("down", False)]


def test_nobody_takes_an_errand_for_a_fault(bot: Bot) -> None:
    """What catches every exception does not catch it."""

    def work(bot: Bot) -> bytes:
        assert bot.directory
        try:
            return bot.directory.find("a").key
        except Exception:
            return b"a fault"

    assert in_turn(bot, work) == b"a"


def test_every_failure_ends_the_turn(bot: Bot) -> None:
    """The next one can begin."""
    with pytest.raises(ZeroDivisionError):
        in_turn(bot, lambda _: 1 // 0)
    assert in_turn(bot, lambda _: 1) == 1


def test_what_a_bot_lacks_it_lacks_within_a_turn() -> None:
    """Without a directory nobody is asked."""
    bot = QuickDesk().bot
    assert in_turn(bot, lambda bot: bot.directory) is None


def test_a_claim_ends_with_its_block() -> None:
    """Also when that fails; meanwhile nobody else gets it, and whoever did not get it takes it from nobody."""
    shared = Shared(MemoryStore())
    one, two = WorkerStore(shared), WorkerStore(shared)

    @contextmanager
    def tried(store: Any) -> Iterator[bool]:
        with claimed(store, "x") as ours:
            yield ours

    with tried(one) as mine, tried(two) as theirs:
        assert (mine, theirs) == (True, False)
    with pytest.raises(ZeroDivisionError), claimed(two, "x"):
        raise ZeroDivisionError
    with claimed(one, "x") as mine, claimed(two, "x") as theirs:
        assert (mine, theirs) == (True, False)
    assert shared.claims == {}
