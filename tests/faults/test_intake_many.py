"""T61: a mailbox of very many mails is read piece by piece; see also `python -m tests.faults.big_mailbox`."""

import tracemalloc
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import closing
from dataclasses import replace
from itertools import chain

import pytest

from mailbot.adapters import imap
from mailbot.adapters.batches import a_round, batches
from mailbot.core.limits import Limits
from tests.faults.imap_memory import mailbox_on
from tests.faults.imap_server import serving

MAIL_BYTES = 20_000


class Many(MutableMapping[int, bytes]):
    """Mails that are made when they are asked for; the tenth is larger than any limit."""

    def __init__(self, count: int) -> None:
        self._uids = range(1, count + 1)

    def __getitem__(self, uid: int) -> bytes:
        size = 30_000_000 if uid == 10 else MAIL_BYTES
        return b"Subject: x\r\n\r\n".ljust(size, b"x")

    def __contains__(self, uid: object) -> bool:
        return uid in self._uids

    def __iter__(self) -> Iterator[int]:
        return iter(self._uids)

    def __len__(self) -> int:
        return len(self._uids)

    def __setitem__(self, uid: int, content: bytes) -> None:
        raise NotImplementedError

    def __delitem__(self, uid: int) -> None:
        raise NotImplementedError


def peak(count: int, limits: Limits) -> tuple[int, int]:
    """How many mails a round reads, and the most memory in use meanwhile, of the server's too, in bytes."""
    with serving() as server, closing(mailbox_on(server, limits)) as mailbox:
        server.folders["INBOX"] = Many(count)
        tracemalloc.start()
        try:
            read = sum(1 for arrival in mailbox.arrivals())
            return read, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


EVERYTHING = replace(Limits(), mails_per_round=10**9, mail_bytes=1_000_000)


def test_t61_memory_is_flat() -> None:
    """Of 3,000 mails no more is held at a time than of 300; of a large one only its head is ever fetched."""
    few, many = peak(300, EVERYTHING), peak(3_000, EVERYTHING)
    assert (few[0], many[0]) == (300, 3_000)
    assert many[1] - few[1] < 3_000_000


def test_t61_the_control(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without batches the difference is seen."""
    honest: Callable[..., Iterator[list[tuple[int, int]]]] = batches
    monkeypatch.setattr(imap, "batches", lambda waiting, limits: [[*chain(*honest(waiting, limits))]])
    few, many = peak(50, EVERYTHING), peak(500, EVERYTHING)
    assert many[1] - few[1] > 3_000_000


@pytest.mark.parametrize(
    ("waiting", "left", "limit", "chosen"),
    [
        ((3, 1, 2), (), 2, [1, 2]),
        ((), (), 2, []),
        ((1, 2, 3, 4), (1, 2, 3), 4, [1, 2, 3, 4]),
        ((1, 2, 3, 4, 5, 6), (1, 2, 3, 4), 4, [1, 2, 5, 6]),
        ((1, 2, 3, 4, 5), (1, 2, 3, 4), 4, [1, 2, 3, 5]),
        ((1, 2, 3), (1, 2, 3), 2, [1, 2]),
        ((5, 6, 7, 8), (1, 2), 3, [5, 6, 7]),
        ((1, 2), (1,), 1, [2]),
    ],
)
def test_which_mails_a_round_takes(
    waiting: tuple[int, ...], left: tuple[int, ...], limit: int, chosen: list[int]
) -> None:
    """The oldest; of those that could not be moved half the round at most, while there are others."""
    assert a_round(waiting, left, limit) == chosen
