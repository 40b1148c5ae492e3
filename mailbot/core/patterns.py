"""What a rule's pattern is: an RE2 expression, so that no text can make it slow (threat T7).

Patterns ignore case and are matched against folded text (see `reading.fold`): half-width, plain hyphens and quotes.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

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


_COUNTED = re.compile(
    r"(?s)\\x\{[0-9A-Fa-f]+\}|\\[pP]\{\^?\w+\}|\\."
    r"|\[\^?\]?(?:\\.|\[:\^?\w{1,9}:\]|[^\]\\])*\]"
    r"|\{([0-9]+)(?:(,)([0-9]*))?\}"
)
"""A count behind a part of a pattern, in its groups; or what may hold braces of another meaning."""
_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 16 << 20  # a pattern that needs more is refused when it is loaded
_LINES = re2.Options()
_LINES.case_sensitive = False
_LINES.log_errors = False
_LINES.never_capture = True
_LINES.max_mem = 64 << 20
_ANYWHERE = re2._Anchor.UNANCHORED


class _Hit:
    """A hit, by its places among the bytes of the text; `begin` is the character at which the first byte stands."""

    __slots__ = ("_begin", "_encoded", "_spans", "_text")

    def __init__(self, text: str, encoded: bytes | None, spans: list[tuple[int, int]], begin: int) -> None:
        self._text, self._encoded, self._spans, self._begin = text, encoded, spans, begin

    def _at(self, place: int) -> int:
        if self._encoded is None or place < 0:
            return place
        return self._begin + len(self._encoded[self._spans[0][0] : place].decode())

    def start(self, group: int = 0, /) -> int:
        """Where the group begins, -1 if it has no part in the hit."""
        return self._at(self._spans[group][0])

    def end(self, group: int = 0, /) -> int:
        """Where it ends."""
        return self._at(self._spans[group][1])

    def group(self, group: int = 0, /) -> str | None:
        """Its words."""
        begin, end = self._spans[group]
        if begin < 0:
            return None
        return self._text[begin:end] if self._encoded is None else self._encoded[begin:end].decode()


class Re2Pattern:
    """A pattern of the library, asked without its Python half: that takes longer than most searches do.

    Compiled when it is first asked: of some thousands, many a run asks few.
    """

    __slots__ = ("_ask", "_options", "_whole", "groupindex", "groups", "pattern")
    _ask: Any
    _whole: Any
    groups: int
    groupindex: dict[str, int]

    def __init__(self, source: str, options: Any) -> None:
        self.pattern = source
        self._options = options

    def __getattr__(self, name: str) -> Any:
        if name not in Re2Pattern.__slots__:
            raise AttributeError(name)
        self.compile()
        return getattr(self, name)

    def compile(self) -> None:
        """Do it now. Raises re2.error."""
        self._whole = whole = re2.compile(self.pattern, options=self._options)
        self._ask, self.groups, self.groupindex = whole._regexp.Match, whole.groups, whole.groupindex

    def __reduce__(self) -> tuple[Any, tuple[str, bool]]:
        return _again, (self.pattern, self._options is _LINES)

    @property
    def programsize(self) -> int:
        """How large the automaton is."""
        size: int = self._whole.programsize
        return size

    def search(self, text: str) -> Found | None:
        """The first hit."""
        encoded = text.encode()
        spans = self._ask(_ANYWHERE, encoded, 0, len(encoded))
        begin: int = spans[0][0]
        if begin < 0:
            return None
        if len(encoded) == len(text):
            return _Hit(text, None, spans, begin)
        return _Hit(text, encoded, spans, len(encoded[:begin].decode()))

    def finditer(self, text: str) -> Iterator[Found]:
        """All hits, each behind the one before it."""
        encoded, ask = text.encode(), self._ask
        size, kept = len(encoded), None if len(encoded) == len(text) else encoded
        at = counted = characters = 0
        while (spans := ask(_ANYWHERE, encoded, at, size))[0][0] >= 0:
            begin, end = spans[0]
            if kept is not None:
                characters, counted = characters + len(kept[counted:begin].decode()), begin
            yield _Hit(text, kept, spans, characters)
            if at == size:
                return
            at = end if end > at else at + _width(encoded[at])

    def sub(self, replacement: str, text: str) -> str:
        r"""The text with what `replacement` says, with \1 for the first group, in the place of each hit."""
        if self.search(text) is None:
            return text
        if "\\" in replacement:
            changed: str = self._whole.sub(replacement, text)
            return changed
        return self._with(replacement.encode(), text.encode())

    def _with(self, words: bytes, encoded: bytes) -> str:
        """The text with these words in the place of each hit."""
        pieces, size, at, kept = list[bytes](), len(encoded), 0, 0
        while (span := self._ask(_ANYWHERE, encoded, at, size)[0])[0] >= 0:
            begin, end = span
            pieces += (encoded[kept:begin], words)
            kept = end
            if at == size:
                break
            at = end if end > at else at + _width(encoded[at])
        return b"".join((*pieces, encoded[kept:])).decode()


def _width(first: int) -> int:
    """How many bytes the character has that begins with this one."""
    return 1 if first < 0x80 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4


def _again(source: str, for_many: bool) -> Re2Pattern:
    return Re2Pattern(source, _LINES if for_many else _OPTIONS)


def compile_pattern(source: str) -> Pattern:
    """The pattern, known to be good; it is compiled at its first use."""
    return Re2Pattern(source, _OPTIONS)


def check_pattern(source: str) -> Pattern:
    """The pattern, compiled; raises ValueError with RE2's own words when it is no good."""
    pattern = Re2Pattern(source, _OPTIONS)
    try:
        pattern.compile()
    except re2.error as exc:
        words = exc.args[0] if exc.args else b""
        raise ValueError(words.decode() if isinstance(words, bytes) else str(words)) from exc
    return pattern


def compile_for_lines(sources: Iterable[str]) -> Pattern:
    """One pattern for many lines joined by newlines: it touches each line in which one of the patterns is found.

    It may touch others too, as white space and "anything but" go on from line to line.
    """
    return Re2Pattern("|".join(for_lines(source) for source in sources), _LINES)


def for_lines(source: str) -> str:
    """The pattern, with its beginning and end at those of a line."""
    return f"(?m:{source})"


def loosened(source: str) -> str:
    """A pattern that is found wherever this one is, and in little else: where it counts, this one takes any number.

    RE2 remembers how far each count has come, so that most lines are new to it; without counts few are.
    """
    return source if r"\Q" in source else _COUNTED.sub(_any_number, source)


def _any_number(found: re.Match[str]) -> str:
    least, most = found[1], found[3] if found[2] else found[1]
    if least is None or most in ("0", "1"):
        return found[0]
    return "*" if int(least) == 0 else "+"
