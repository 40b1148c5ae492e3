"""What a rule's pattern is: an RE2 expression, so that no text can make it slow (threat T7).

Patterns ignore case and are matched against folded text (see `reading.fold`): half-width, plain hyphens and quotes.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

import re2  # type: ignore[import-untyped]


class Found(Protocol):
    """One hit of a pattern; the part of the standard library's Match that is used."""

    def group(self, group: int = 0, /) -> str | None: ...
    def start(self, group: int = 0, /) -> int: ...
    def end(self, group: int = 0, /) -> int: ...


class Pattern(Protocol):
    """A compiled pattern."""

    @property
    def groupindex(self) -> dict[str, int]: ...
    @property
    def groups(self) -> int: ...
    @property
    def pattern(self) -> str: ...
    def search(self, text: str) -> Found | None: ...
    def finditer(self, text: str) -> Iterator[Found]: ...
    def sub(self, replacement: str, text: str) -> str: ...


_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 16 << 20  # a pattern that needs more is refused when it is loaded
_LINES = re2.Options()
_LINES.case_sensitive = False
_LINES.log_errors = False
_LINES.never_capture = True
_LINES.max_mem = 64 << 20


def compile_pattern(source: str) -> Pattern:
    """The pattern; raises ValueError with RE2's own words when it is no good."""
    try:
        pattern: Pattern = re2.compile(source, options=_OPTIONS)
    except re2.error as exc:
        words = exc.args[0] if exc.args else b""
        raise ValueError(words.decode() if isinstance(words, bytes) else str(words)) from exc
    return pattern


def compile_for_lines(sources: Iterable[str]) -> Pattern:
    """One pattern for many lines joined by newlines: it touches each line in which one of the patterns is found.

    It may touch others too, as white space and "anything but" go on from line to line.
    """
    pattern: Pattern = re2.compile("|".join(for_lines(source) for source in sources), options=_LINES)
    return pattern


def for_lines(source: str) -> str:
    """The pattern, with its beginning and end at those of a line."""
    return f"(?m:{source})"
