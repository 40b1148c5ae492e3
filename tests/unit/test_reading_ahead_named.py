"""Which mails are named to the reader as the next ones, and that their order and failures stay as they are."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail
from mailbot.errors import TransientError
from mailbot.ports import Arrival
from mailbot.reading_ahead import ahead

DONE = RawMail(b"Subject: done before\n\n", "done")


def arrival(n: int, size: int = 0) -> Arrival:
    return Arrival(str(n), RawMail(b"Subject: %d\n\n" % n + b"x" * size, str(n)))


class Expecting:
    """A reader that only notes what it is told."""

    def __init__(self) -> None:
        self.noted: list[str] = []

    def expect(self, raw: RawMail) -> None:
        self.noted.append(raw.source)

    def forget(self) -> None:
        self.noted.append("forget")


def bot(limits: Limits = Limits()) -> Any:  # noqa: B008  # frozen: safe to share
    """What `ahead` needs of a bot; it has handled DONE."""
    store = SimpleNamespace(disposition=lambda digest: "case" if digest == DONE.digest else None)
    return SimpleNamespace(reader=Expecting(), store=store, limits=limits)


def test_every_arrival_comes_once_and_in_order() -> None:
    """More of them than are known ahead, and none."""
    arrivals = [arrival(n) for n in range(30)]
    assert list(ahead(bot(), arrivals)) == arrivals
    assert list(ahead(bot(), [])) == []


def test_mails_are_named_before_their_turn_and_forgotten_at_the_end() -> None:
    """Those to come are named in their order; what was named and not read is forgotten whatever ends the round."""
    desk = bot()
    coming = ahead(desk, [arrival(n) for n in range(30)])
    next(coming)
    assert desk.reader.noted == ["forget", *map(str, range(9))]
    coming.close()
    assert desk.reader.noted[-1] == "forget"


def test_what_was_handled_before_or_is_too_large_is_not_named() -> None:
    """It will not be read."""
    desk = bot()
    list(ahead(desk, [Arrival("1", DONE), Arrival("2", None, b"Subject: large\n\n", 10**9), arrival(3)]))
    assert desk.reader.noted == ["forget", "3", "forget"]


def test_t2_of_large_mails_only_a_few_are_held() -> None:
    """No more than one mail's limit of bytes waits beside the one whose turn it is, and one mail always comes."""
    desk = bot(replace(Limits(), mail_bytes=1_000))
    coming = ahead(desk, [arrival(n, size=600) for n in range(5)])
    next(coming)
    assert desk.reader.noted == ["forget", "0", "1"]
    assert len(list(coming)) == 4


def test_a_mailbox_that_fails_fails_behind_the_mails_that_came() -> None:
    """All that it gave is handled first."""

    def failing() -> Iterator[Arrival]:
        yield arrival(1)
        yield arrival(2)
        raise TransientError("the mailbox is away")

    coming = ahead(bot(), failing())
    assert [next(coming).handle, next(coming).handle] == ["1", "2"]
    with pytest.raises(TransientError, match="away"):
        next(coming)
