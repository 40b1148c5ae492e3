"""Spans of days, such as 4 to 5 and 301 and more."""

from bisect import bisect_right
from collections.abc import Sequence

UNKNOWN = "unknown"
"""The span of what has no known number of days."""


class Spans:
    """Spans by their first days; the last one is open."""

    def __init__(self, starts: Sequence[int]) -> None:
        self._starts = tuple(starts)
        ends = (*(following - 1 for following in self._starts[1:]), None)
        self.codes = tuple(
            f"{start}-" if end is None else str(start) if end == start else f"{start}-{end}"
            for start, end in zip(self._starts, ends, strict=True)
        )
        """0, 4-5, 301-."""

    def code(self, days: int | None) -> str:
        """The span in which so many days lie; the first one takes what lies before it."""
        if days is None:
            return UNKNOWN
        return self.codes[max(bisect_right(self._starts, days) - 1, 0)]
