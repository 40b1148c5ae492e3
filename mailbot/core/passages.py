"""How far a passage goes that a finder keeps for the desk.

In doubt more is kept back rather than less: a coordinator sees all of it and can ask the finder.
"""

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate, islice

from mailbot.core.hits import MOST_HITS, hits_of
from mailbot.core.patterns import Found, compile_pattern
from mailbot.core.reading import fold, is_japanese, sentence_span
from mailbot.core.redaction_shapes import Cut, Redaction, Redactions

Span = tuple[int, int]

_ITEM_OF_FORM = r"\s*[0-9]{1,2}\s?-\s?[0-9]{1,2}\s?[.):]\s*\S"  # such as "2-3) 手順"
_ITEM = compile_pattern(f"^{_ITEM_OF_FORM}")
_HEADING = compile_pattern(r"^\s{0,3}(?:(#{1,6})\s+\S|([■□◆◇●○▼▽★☆])\s*\S|([【〔《])[^\n】〕》]{1,40}[】〕》])")
_APART = compile_pattern(  # a list item, a heading, an item of a form, a label
    r"^(?:\s*(?:[-*+・●○■□◆◇※>]|[(（]?[0-9]{1,2}[.):）、]|[①-⑳])|\s{0,3}(?:#{1,6}\s+\S|[▼▽★☆]|[【〔《][^\n】〕》]{1,40}[】〕》])|"
    rf"{_ITEM_OF_FORM}|"
    r"\s{0,3}(?:(?-i:[A-Z])[^\n:.]{0,60}|[^\s:、。]{1,20}):(?:\s|$))"
)
_COLON = compile_pattern(r":\s*\S")
_WRAPPED = 20  # a line with fewer characters was ended on purpose
_ENDS = frozenset("。.!?:")
_LONG = 200  # such a line is more than a mark
_BESIDE = 6  # so many characters beside a mark are words of their own
_PARTS = compile_pattern(r"[^:;]+")
_FORBIDS = compile_pattern(r"\b(?:not|don't|never|only)\b|ない|禁止|不可|遠慮|限り|のみ|だけ")
_BRACKETS = {"(": ")", "[": "]", "【": "】", "〔": "〕", "{": "}", "〈": "〉"}
_REACH = 300  # characters of a remark in brackets
_MARK_WORDS = compile_pattern(
    r"[\[【<〈《({][^\]】>〉》)}\n]{1,60}[\]】>〉》)}]|\b(?:for|to|the|desk|ipa|jpcert(?:/cc)?|only|private|confidential|notes?|"
    r"part|section|information|tlp|red|please|your?|eyes|is|this|coordinators?|staff|begin|start|internal|off|record|"
    r"between|us|not|be|forward(?:ed|ing)?|p\.?\s?s)\b|(?:貴機構|貴機関|貴窓口|貴所|窓口|事務局|様|限り|のみ|だけ|です|"
    r"の情報|追伸|以下|非公開|非開示|内密|転送|不可|禁止|取扱注意|部外秘)"
)


def passages(text: str, rules: Redactions) -> tuple[Span, ...]:
    """Where the finder's marks keep something, as offsets in order; passages that meet are one."""
    flow = _Flow(text)
    hitting = rules.passages.hitting(flow.text)
    hits = [(found, rule.cut) for rule in hitting for found in hits_of(rule, flow.text)]
    scope = _Scope(flow, rules)
    spans = [
        (flow.offset(last), len(text)) for rule in hitting if (last := _last_looked_at(rule, flow.text)) is not None
    ]
    for found, cut in sorted(hits, key=lambda hit: hit[0].start()):
        if (span := scope.of(found, cut, spans)) is not None:
            spans.append(span)
    return _joined(spans)


class _Flow:
    """A text with its wrapped lines joined; positions are those of the joined text, lines those of the given one."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.folded = tuple(fold(text).split("\n"))
        self._apart: dict[int, bool] = {}
        self._glue = ("", *(self._between(number) for number in range(1, len(self.lines))))
        pieces = [f"{glue}{line.strip()}" for glue, line in zip(self._glue, self.folded, strict=True)]
        self.text = "".join(pieces)
        self._starts = (0, *accumulate(map(len, pieces)))
        self.offsets = (0, *accumulate(len(line) + 1 for line in self.lines))

    def _between(self, number: int) -> str:
        """What joins the line to the one above."""
        if not self.goes_on(number):
            return "\n"
        return (
            ""
            if is_japanese(self.folded[number - 1].rstrip()[-1]) and is_japanese(self.folded[number].strip()[0])
            else " "
        )

    def goes_on(self, number: int) -> bool:
        """Whether a sentence of the line above goes on in this one."""
        above, line = self.folded[number - 1].rstrip(), self.folded[number]
        if not above or not line.strip() or above[-1] in _ENDS:
            return False
        return (len(above) >= _WRAPPED or above[-1] in "、,") and not self.apart(number)

    def apart(self, number: int) -> bool:
        """Whether the line begins something of its own."""
        if number not in self._apart:
            self._apart[number] = _APART.search(self.folded[number]) is not None
        return self._apart[number]

    def line_at(self, position: int) -> int:
        """The line in which the position stands."""
        return min(bisect_right(self._starts, position), len(self.lines)) - 1

    def offset(self, position: int) -> int:
        """Where the position stands in the given text."""
        number = self.line_at(position)
        line = self.lines[number]
        within = max(position - self._starts[number] - len(self._glue[number]), 0)
        return self.offsets[number] + min(len(line) - len(line.lstrip()) + within, len(line))

    def sentence(self, found: Found) -> Span:
        """Where the sentence around the hit begins and ends, in the given text."""
        begin, end = sentence_span(self.text, found.start(), found.end())
        words = self.text[begin:end]
        begin += len(words) - len(words.lstrip())
        return self.offset(begin), self.offset(begin + len(words.strip()) - 1) + 1


class _Scope:
    """What the hits of one text keep."""

    def __init__(self, flow: _Flow, rules: Redactions) -> None:
        self._flow = flow
        self._rules = rules

    @cached_property
    def _ends(self) -> frozenset[int]:
        """The lines by which a passage ends."""
        return self._rules.ends.among(self._flow.folded)

    @cached_property
    def _items(self) -> frozenset[int]:
        """The lines that begin an item of a form."""
        return frozenset(number for number, line in enumerate(self._flow.folded) if _ITEM.search(line))

    def of(self, found: Found, cut: Cut, before: list[Span]) -> Span | None:
        """What the hit keeps; None for one that keeps nothing where it stands."""
        flow = self._flow
        words = found.group() or ""
        number = flow.line_at(found.start() + len(words) - len(words.lstrip()))
        last = flow.line_at(max(found.end() - 1, found.start()))
        here = flow.offsets[number]
        if cut in ("mark", "paragraph", "above") and number in self._ends and any(a <= here < b for a, b in before):
            return None
        if cut == "sentence":
            return flow.sentence(found)
        if cut != "above" and (aside := self._in_brackets(found)) is not None:
            return aside
        if cut == "rest":
            return self._rest(found, number, last)
        if cut == "above" or (cut == "mark" and number in self._ends):
            return self._lines(self._above(number), last + 1)
        if cut == "mark":
            return self._mark(number, last)
        return self._lines(*self._paragraph(number, last))

    def _in_brackets(self, found: Found) -> Span | None:
        """The brackets around the hit, where what is kept stands in them beside it: (IPA限り: 借用品です)."""
        text = self._flow.text
        begin, end = max(found.start() - _REACH, 0), min(found.end() + _REACH, len(text))
        before = text[begin : found.start() + 1].rpartition("\n")[2]
        opened = max(map(before.rfind, _BRACKETS))
        if opened < 0:
            return None
        begin = found.start() + 1 - len(before) + opened
        inside, closed, _ = text[begin + 1 : end].partition(_BRACKETS[text[begin]])
        if not closed or "\n" in inside or begin + len(inside) + 2 < found.end():
            return None
        parts = [part.group() or "" for part in _PARTS.finditer(inside)]
        own = [part for part in parts if len(part.strip()) >= _BESIDE and not _FORBIDS.search(part)]
        if not own or len(parts) < 2:
            return None
        return self._flow.offset(begin), self._flow.offset(begin + len(inside) + 1) + 1

    def _lines(self, begin: int, end: int) -> Span:
        return self._flow.offsets[begin], self._flow.offsets[end]

    def _rest(self, found: Found, number: int, last: int) -> Span:
        """From the sentence that says so to the end, or only its paragraph where the words follow behind a colon."""
        begin, _ = self._flow.sentence(found)
        behind = self._flow.text[found.start() :].partition("\n")[0]
        end = self._paragraph(number, last)[1] if _COLON.search(behind) else self._end(last)
        return begin, self._flow.offsets[end]

    def _mark(self, number: int, last: int) -> Span:
        style = self._styles[number]
        if style and (beside := self._next_heading(number, style)) is not None:
            return self._lines(number, beside)
        if len(self._beside(number)) >= _BESIDE or last > number:
            return self._lines(*self._paragraph(number, last))
        end = self._end(last)
        return self._lines(
            self._above(number) if self._ends_paragraph(number) and end - 1 not in self._ends else number, end
        )

    def _beside(self, number: int) -> str:
        """The letters that the line has beside the mark; a long line is taken as it is."""
        line = self._flow.folded[number]
        words = line[:_LONG] if len(line) > _LONG else _MARK_WORDS.sub("", line)
        return "".join(filter(str.isalnum, words))

    def _ends_paragraph(self, number: int) -> bool:
        """Whether the line stands right below words and above nothing: then it may speak of either side."""
        lines = self._flow.lines
        blank_below = number + 1 >= len(lines) or not lines[number + 1].strip()
        return number > 0 and bool(lines[number - 1].strip()) and blank_below and not self._styles[number]

    @cached_property
    def _styles(self) -> tuple[str, ...]:
        """The sign that makes each line a heading, "" if it is none."""
        found = map(_HEADING.search, self._flow.folded)
        return tuple(next((sign for n in (1, 2, 3) if (sign := f.group(n))), "") if f else "" for f in found)

    def _next_heading(self, number: int, style: str) -> int | None:
        """The next line of that style, or behind an end mark; None for a bracket before words that is the only one."""
        if style in "【〔《" and self._beside(number) and self._styles.count(style) == 1:
            return None
        for n in range(number + 1, len(self._styles)):
            if n in self._ends:
                return n + 1
            if self._styles[n] == style:
                return n
        return len(self._styles)

    def _paragraph(self, number: int, last: int) -> tuple[int, int]:
        """The first line of the paragraph or list item, as far up as a sentence runs on, and the line behind it."""
        flow, begin, end = self._flow, number, last + 1
        while begin > 0 and flow.goes_on(begin):
            begin -= 1
        while end < len(flow.lines) and flow.lines[end].strip():
            if flow.apart(end) and flow.folded[end - 1].rstrip()[-1:] != ":":
                break
            end += 1
        return begin, end

    def _end(self, number: int) -> int:
        """The line behind the next end mark, that of the next item of the form, or behind the last line."""
        words = False
        for n in range(number + 1, len(self._flow.lines)):
            if n in self._ends:
                return n + 1
            if words and n in self._items:
                return n
            words = words or bool(self._flow.lines[n].strip())
        return len(self._flow.lines)

    def _above(self, number: int) -> int:
        """Where the paragraph above begins."""
        lines, n = self._flow.lines, number - 1
        while n > 0 and not lines[n].strip():
            n -= 1
        while n > 0 and lines[n - 1].strip():
            n -= 1
        return max(n, 0)


def _last_looked_at(rule: Redaction, text: str) -> int | None:
    """Where the last hit stands that is looked at, if there may be more: so many are no accident."""
    found = [hit.start() for hit in islice(rule.pattern.finditer(text), MOST_HITS)]
    return found[-1] if len(found) == MOST_HITS else None


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        elif end > start:
            joined.append((start, end))
    return tuple(joined)
