"""Which mails a round takes, how many are fetched at once, and what is taken of a large one."""

import re
from collections.abc import Collection, Iterable, Iterator

from mailbot.core.limits import Limits

_MAILS = 50
_BYTES = 8_000_000
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")


def a_round(waiting: Collection[int], left: Collection[int], limit: int) -> list[int]:
    """The oldest `limit` mails; what was `left` behind by earlier rounds takes half of that while there are others.

    Without that a few mails that cannot be moved away would in the end keep every new one from being read.
    """
    again = sorted(number for number in waiting if number in left)
    new = sorted(number for number in waiting if number not in left)
    room = max(limit - len(new), limit // 2)
    again = again[:room]
    return sorted([*again, *new[: limit - len(again)]])


def batches(waiting: Iterable[tuple[int, int]], limits: Limits) -> Iterator[list[tuple[int, int]]]:
    """Runs of (number, size), in order, that are small enough to be held in memory together.

    A mail over `limits.mail_bytes` weighs as much as its header, which is all that is fetched of it.
    """
    batch: list[tuple[int, int]] = []
    total = 0
    for number, size in waiting:
        fetched = size if size <= limits.mail_bytes else limits.header_bytes
        if batch and (len(batch) == _MAILS or total + fetched > _BYTES):
            yield batch
            batch, total = [], 0
        batch.append((number, size))
        total += fetched
    if batch:
        yield batch


def head_of(content: bytes, limits: Limits) -> bytes:
    """The header, as a server gives it that is asked for the header alone."""
    head = content[: limits.header_bytes]
    end = _END_OF_HEADER.search(head)
    return head[: end.end()] if end else head
