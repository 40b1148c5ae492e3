"""How many mails are fetched at once."""

from collections.abc import Iterable, Iterator

from mailbot.core.limits import Limits

_MAILS = 50
_BYTES = 8_000_000


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
