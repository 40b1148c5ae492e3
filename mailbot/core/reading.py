"""How text is prepared before rules look at it: tidied once, folded for matching, unwrapped, cut into sentences."""

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache
from itertools import pairwise

from mailbot.core.patterns import compile_pattern

_HALF_WIDTH_KANA = compile_pattern(r"[\x{FF65}-\x{FF9F}]+")
_BLANK_LINES = compile_pattern(r"\n(?:[ \t]*\n){3,}")
_TABLE_WALL = re.compile(r"(?m)^([ \t]*[│┃]?[ \t]*[^│┃\n:：]{1,40}?)[ \t　]*[│┃][ \t]*(?=[^│┃\s])")
_TABLE_EDGE = re.compile(r"(?m)^[ \t]*[│┃][ \t]*|[ \t]*[│┃][ \t]*$")
_MOST_LINES = 5_000
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ufeff]+")
_FOLD = (
    {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys((0x3000, 0xA0), " ")
    | dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212), "-")
    | dict.fromkeys((0x2018, 0x2019), "'")
    | dict.fromkeys((0xAB, 0xBB, 0x201C, 0x201D, 0x201E), '"')
)
_FOLDED = re.compile(f"[{''.join(map(chr, _FOLD))}]")
_LIST_MARK = compile_pattern(
    r"^\s*(?:[-*+・●◆◇■□▼>|#〇○→]|[\(（]?[0-9０-９①-⑳]{1,2}(?:[\)：:、 　]|[.．](?:[^0-9０-９]|$))|"
    r"(?:19|20)[0-9]{2}[-/年]|\[|【|「|-{3,}|={3,})"
)
_DAY = compile_pattern(r"^[0-9]{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\b")
_LIST_MARKS = frozenset("-*+・●◆◇■□▼>|#〇○→(（=[【「0123456789０１２３４５６７８９①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")
_LABEL = re.compile(
    r"[A-Z][a-z]{1,12}(?: [a-z]{1,12}){0,2}: |[\u3041-\u9fff][^\s:：。、「」()（）]{1,11}[ 　]?[:：](?!//)"
)
_COLUMN = re.compile(r"\S(?: {3,}|[ ]*\t+)\S|^[^\W\d][\w /-]{0,24} ?(?:[-=]+>|→|⇒| = )")  # a label and its answer
_COLUMN_MARKS = ("   ", "\t", "->", "=>", "→", "⇒", " = ")
_ENDS = frozenset("。!?！？\n")
# A mark within a number, name or URL does not end a sentence.
_SENTENCE_END = re.compile(r"[。！？\n]|\.(?=[ \n]|\Z)|[!?](?=[ \n\u3001-\u30ff\u4e00-\u9fff\uff01-\uff5e]|\Z)")
_GOES_ON = frozenset("をはがへ")  # particles: no line of its own ends with one, however short
_SENTENCE_REACH = 600


def tidy(text: str, limit: int) -> str:
    """The first `limit` characters and 5,000 lines, with plain newlines, full-width kana and nothing invisible."""
    text = _INVISIBLE.sub("", text[:limit].replace("\r\n", "\n").replace("\r", "\n"))
    text = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates cannot be matched
    if "│" in text or "┃" in text:
        text = _TABLE_EDGE.sub("", _TABLE_WALL.sub(r"\1: ", text))
    text = "\n".join(_BLANK_LINES.sub("\n\n\n", text).split("\n", _MOST_LINES)[:_MOST_LINES])
    if text.isascii() or not _HALF_WIDTH_KANA.search(text):
        return text
    pieces, last = [], 0
    for found in _HALF_WIDTH_KANA.finditer(text):
        pieces += [text[last : found.start()], unicodedata.normalize("NFKC", found.group() or "")]
        last = found.end()
    return "".join([*pieces, text[last:]])


def fold(text: str) -> str:
    """The same text, character for character, with full-width letters, hyphens and quotes made plain."""
    # A pattern that finds the few characters is three times as fast as looking each one up.
    return text if text.isascii() else _FOLDED.sub(lambda found: _FOLD[ord(found[0])], text)


def is_japanese(character: str) -> bool:
    """Whether it is kana, a Chinese character or Japanese punctuation."""
    return "\u3001" <= character <= "\u30ff" or "\u4e00" <= character <= "\u9fff" or "\uff01" <= character <= "\uff5e"


def unwrap(text: str) -> str:
    """The text with hard-wrapped lines joined; lists, blank lines and short lines stay as they are."""
    lines = text.split("\n")
    above = lines[0].rstrip()
    joined = [above]
    for line in lines[1:]:
        kept = line.rstrip()
        words = kept.lstrip()
        brief = len(above) < 20 and above[-1:] not in _GOES_ON
        if not words or brief or above[-1] in _ENDS or _is_listed(words):
            joined += ("\n", kept)
        elif is_japanese(above[-1]) and is_japanese(words[0]):
            joined.append(words)
        else:
            joined += (" ", words)
        above = kept
    return "".join(joined)


@lru_cache(maxsize=8192)  # a line is unwrapped with the whole text, with its part and with its paragraph
def _is_listed(words: str) -> bool:
    """Whether the stripped line begins with a bullet, a number, a date, a bracket or a label, or has columns."""
    if words[0] in _LIST_MARKS and _LIST_MARK.search(words):
        return not _DAY.search(words)  # "2 November" goes on with a sentence
    if any(mark in words[:40] for mark in _COLUMN_MARKS) and _COLUMN.search(words[:44]):
        return True
    return (":" in words[:26] or "：" in words[:26]) and bool(_LABEL.search(words))


def sentence_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence, within its line, that holds text[start:end] begins and ends."""
    ends = _sentence_ends(text)
    before, behind = bisect_right(ends, start), bisect_right(ends, max(end - 1, start))
    reach, stop = max(start - _SENTENCE_REACH, 0), min(end + _SENTENCE_REACH, len(text))
    return max(ends[before - 1], reach) if before else reach, min(ends[behind], stop) if behind < len(ends) else stop


@lru_cache(maxsize=4)
def _sentence_ends(text: str) -> tuple[int, ...]:
    """Where its sentences end: many rules ask for those of one text, each for all of its hits."""
    return tuple(mark.end() for mark in _SENTENCE_END.finditer(text))


def sentence_around(text: str, start: int, end: int) -> str:
    """The sentence, within its line, that holds text[start:end]."""
    begin, stop = sentence_span(text, start, end)
    return text[begin:stop]


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of unwrapped text, stripped, in order."""
    edges = (0, *(mark.end() for mark in _SENTENCE_END.finditer(text)), len(text))
    return tuple(piece for begin, end in pairwise(edges) if (piece := text[begin:end].strip()))


def short(text: str, length: int = 200) -> str:
    """One line of at most `length` characters, for a quote."""
    words = " ".join(text.split(None, length))  # no more are needed to see that it is longer
    return words if len(words) <= length else words[: length - 1] + "…"
