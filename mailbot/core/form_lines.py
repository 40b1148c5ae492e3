"""How people write a form by hand: labels, quoting, brackets, numbers; one line at a time."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from mailbot.core.patterns import Pattern, compile_pattern
from mailbot.core.reading import fold

_QUOTE = compile_pattern(r"^(?:\s{0,3}>)+ ?")
_MARK = compile_pattern(
    r"^(?:#{1,6}\s*|[*・■□●◆◇○▼▽▶►◎★☆\-+]+\s*|\(?[0-9]{1,2}(?:[-.][0-9]{1,2})*[.)．、:]\s*|\([0-9]{1,2}\)\s*|[①-⑳㈠-㈩]\s*|"
    r"[0-9]{1,2}(?:[-.][0-9]{1,2})+\s+|[IVX]{1,4}\.\s+|\(?[A-Hア-ケ][.)]\s*|"
    r"Q[0-9]{0,2}[.:)]\s*|[0-9]{1,2}\s+)"
)
_BRACKETED = compile_pattern(r"^[【\[「<《〈〔]\s*([^】\]」>》〉〕]{1,80})\s*[】\]」>》〉〕]\s*[:：]?\s*(.*)$")
_BOLD = compile_pattern(r"^(?:\*\*|__)(.{1,100}?)(?:\*\*|__)\s*:?\s*(.*)$")
_COLON = compile_pattern(r"^([^:：]{1,200}?)\s*[:：]\s*([^:\s].*|)$")
_QUESTION = compile_pattern(r"^([^?？]{3,160}[?？](?:\s*\([^()]{1,120}\))?)\s*[:：]?\s*(.*)$")
_GAP = compile_pattern(r"^(\S[^\t　]{0,60}?)(?:\t+|　+|\s{2,})(\S.*)$")
_ASKED = compile_pattern(r"(?:yes|y)\s*/\s*(?:no|n)\b|はい\s*/\s*いいえ")
_CELLS = compile_pattern(r"^\|\s*([^|]{1,160}?)\s*\|\s*([^|]*?)\s*\|?\s*$")
_PARENTHESES = compile_pattern(r"\([^()]{0,160}\)|\[[^\[\]]{0,60}\]")
_ARROW = compile_pattern(r"^(\S[^|]{0,60}?)\s+(?:-|->|=>|=|→|\|)\s+(\S.*)$")
_SPACE = compile_pattern(r"^([\p{Han}\p{Katakana}\p{Hiragana}ー・]{2,40}(?:URL|CWE)?) (\S.*)$")
_RULED = compile_pattern(r"^[=~-]{2,}\s*([^\s=~-].{0,60}?)\s*[=~-]{2,}$")
_NUMBERED = compile_pattern(
    r"^(\s*)(?:([0-9]{1,2})[.、:]|\(?([0-9]{1,2})\)|[■□●◆◇【\[<#]+\s*([0-9]{1,2})[.)、:\s])\s*([^0-9\s].*)$"
)
_NO_LABEL = compile_pattern(r"^(?:CVSS:[234]|[a-z]{3,6}://|[0-9]{1,2}:[0-9]{2})")
_UNDERLINE = compile_pattern(r"^\s*(?:={3,}|-{3,})\s*$")
_HEADING_MARK = compile_pattern(r"^\s{0,3}(?:([■□◆◇●○▼▽▶►◎★☆])\s*[^\s■□☑☐●○]|([【〔《])[^】〕》]{1,40}[】〕》]\s*$)")
_FULL_STOP = compile_pattern(r"[。.!?、,;]\s*$")
_NO_LETTER = re.compile(r"[\W_]+")
_BRACKETS_OR_CHOICE = frozenset("()[]/")
_MARKS = frozenset(
    "#*・■□●◆◇○▼▽▶►◎★☆-+(（0123456789①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩IVXQABCDEFGHivxqabcdefghアイウエオカキクケ"
)
_HEADING_MARKS = frozenset("■□◆◇●○▼▽▶►◎★☆【〔《")
_NUMBER_MARKS = frozenset("0123456789(（０１２３４５６７８９■□●◆◇【[<#")
_LONGEST_HEADING = 40
_BARS = dict.fromkeys(map(ord, "│┃║"), " | ")  # drawn tables
_FENCE = "```"
_TABLE_RULE = compile_pattern(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*){2,}\|?\s*$")
_COLUMNS = 3
_LONGEST_LINE = 400


@dataclass(frozen=True)
class Head:
    """One way to read a line: as a label and the beginning of its answer."""

    label: str
    answer: str
    heading: bool  # marked up as a heading: #, **…**, 【…】, a ruler below
    markdown: bool = False
    marked: bool = False  # set off as a label in any way: a number, a bullet, a colon, a question mark


@dataclass(frozen=True)
class Number:
    """The number before a heading, the way it is written, and how far it is indented."""

    style: str
    value: int
    indent: int


def unquoted(line: str) -> str:
    """The line without mail quoting."""
    return _QUOTE.sub("", line) if ">" in line else line


def fenced(lines: list[str]) -> frozenset[int]:
    """The lines between the fences of code, with the fences; a fence that is not closed begins none."""
    fences = [i for i, line in enumerate(lines) if line.lstrip().startswith(_FENCE)]
    pairs = zip(fences[::2], fences[1::2], strict=False)
    return frozenset(i for begin, end in pairs for i in range(begin, end + 1))


def with_table_rows(lines: list[str]) -> list[str]:
    """The lines; under a Markdown table's header of three or more columns a line "header: cell" for each cell."""
    if not any(_TABLE_RULE.search(line) for line in lines):
        return lines
    spread: list[str] = []
    header: list[str] = []
    for i, line in enumerate(lines):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.lstrip().startswith("|") else []
        if len(cells) < _COLUMNS:
            header = []
            spread.append(line)
        elif i + 1 < len(lines) and _TABLE_RULE.search(lines[i + 1]):
            header = cells
        elif header and not _TABLE_RULE.search(line):
            spread += [f"{name}: {cell}" for name, cell in zip(header, cells, strict=False)]
    return spread


def heading_mark(line: str) -> str:
    """The mark that makes a short line a heading (■, 【), "" if there is none."""
    if len(line) > _LONGEST_HEADING or line.lstrip()[:1] not in _HEADING_MARKS:
        return ""
    folded = fold(line)
    found = _HEADING_MARK.search(folded)
    return (found.group(1) or found.group(2) or "") if found and not _FULL_STOP.search(folded) else ""


@lru_cache(maxsize=8192)
def key_of(label: str) -> str:
    """What two spellings of one label have in common: letters and digits only, full-width kana, lower case."""
    return _NO_LETTER.sub("", unicodedata.normalize("NFKC", label).casefold().replace("&", "and"))


def keys_of(label: str) -> tuple[str, ...]:
    """Its key, and the key without what stands in brackets and the choice: (必須), (max 1000 chars), YES/NO."""
    key, folded = key_of(label), fold(label)
    if _BRACKETS_OR_CHOICE.isdisjoint(folded):
        return (key,) if key else ()
    bare = key_of(_ASKED.sub(" ", _PARENTHESES.sub(" ", folded)))
    return tuple(dict.fromkeys(each for each in (key, bare) if each))


def number_of(line: str) -> Number | None:
    """The number that the line begins with, if the line is short enough to be a heading or a labelled answer."""
    found = _NUMBERED.search(fold(line)) if line.lstrip()[:1] in _NUMBER_MARKS else None
    if found is None:
        return None
    words = (found.group(5) or "").partition(":")[0].strip()
    if not words or len(words) > _LONGEST_HEADING or _FULL_STOP.search(words):
        return None
    group = next(i for i in (2, 3, 4) if found.group(i) is not None)
    written = line[found.end(1) : found.start(5)].strip()
    style = "".join("０" * (not c.isascii()) if c.isdigit() else c for c in written)[-3:]
    return Number(style, int(found.group(group) or 0), found.end(1))


@lru_cache(maxsize=8192)
def heads(line: str, below: str = "", above: str = "") -> tuple[Head, ...]:
    """The ways to read the line as a label: whole, before a colon or question mark, in brackets, bold, in a table.

    A whole line without any mark-up is one only where nothing stands above it.
    """
    text = unquoted(line).strip().translate(_BARS).strip()
    ruled = _RULED.search(fold(text)) if text[:2] in ("==", "--", "~~") else None
    if ruled:
        text = text[ruled.start(1) : ruled.end(1)]
    hashed = text.startswith("#")
    text, bulleted = _without_marks(text)
    if not text or len(text) > _LONGEST_LINE:
        return ()
    heading = hashed or ruled is not None or bool(below and _UNDERLINE.search(below))
    indented = below[:1].isspace() and not line[:1].isspace()  # its answer is indented below
    marked = heading or bulleted or indented or text[-1] in ":：?？"
    whole = marked or (not above.strip() and text[-1] not in ".。!！")
    ways = [Head(text.rstrip(" #"), "", heading, hashed, marked)] if whole else []
    for pattern, markdown in _enclosing(text):
        found = pattern.search(text)
        if found:
            plain = pattern is _CELLS
            ways.append(
                Head(found.group(1) or "", found.group(2) or "", heading or not plain, hashed or markdown, True)
            )
    for pattern in _dividing(text):
        found = pattern.search(text)
        if found:
            ways.append(Head(found.group(1) or "", found.group(2) or "", heading, hashed, True))
    return tuple(ways)


def _without_marks(text: str) -> tuple[str, bool]:
    """The text without numbers, bullets and the like before it, and whether there were any."""
    begun = text
    for _ in range(3):
        found = _MARK.search(fold(text)) if fold(text[:1]) in _MARKS and not text.startswith("**") else None
        if found is None:
            break
        text = text[found.end() :].strip()
    return text, text != begun


def _enclosing(text: str) -> Iterator[tuple[Pattern, bool]]:
    """The patterns of labels in brackets, bold or a table's cell that may fit, and whether they are Markdown."""
    if text[0] in "【[「<《〈〔":
        yield _BRACKETED, False
    if text.startswith(("**", "__")):
        yield _BOLD, True
    if text[0] == "|":
        yield _CELLS, False


def _dividing(text: str) -> Iterator[Pattern]:
    """The patterns of a label and its answer on one line that may fit."""
    if text[0].isascii() and _NO_LABEL.search(text):
        return
    if ":" in text or "：" in text:
        yield _COLON
    if "?" in text or "？" in text:
        yield _QUESTION
    if " | " not in text and ("  " in text or "\t" in text or "　" in text):
        yield _GAP
    if any(sign in text for sign in (" - ", " | ", " = ", "->", "=>", "→")):
        yield _ARROW
    if " " in text and not text[0].isascii():
        yield _SPACE
