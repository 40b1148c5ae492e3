"""How people write a form by hand: labels, quoting, brackets, numbers; one line at a time."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from mailbot.core.patterns import Pattern, compile_pattern
from mailbot.core.reading import fold

_QUOTE = compile_pattern(r"^(?:\s{0,3}>)+ ?")
_MARK = compile_pattern(
    r"^(?:#{1,6}\s*|[*・■□●◆◇○▼▽▶►◎★☆※§;\-+]+\s*|[一二三四五六七八九十]{1,2}[、.)]\s*|h[1-6]\.\s+|第[一二三四五六七八九0-9]{1,2}[章項節]?\s+|\(?[0-9]{1,2}(?:[-.][0-9]{1,2})*[.)．、:]\s*|\([0-9]{1,2}\)\s*|[①-⑳㈠-㈩]\s*|"
    r"[0-9]{1,2}(?:[-.][0-9]{1,2})+\s+|[IVX]{1,4}\.\s+|\(?[A-Hア-ケ][.)]\s*|"
    r"Q[0-9]{0,2}[.:)]\s*|[0-9]{1,2}\s+)"
)
_BRACKETED = compile_pattern(r"^[【\[「<《〈〔]\s*([^】\]」>》〉〕]{1,80})\s*[】\]」>》〉〕]\s*[:：]?\s*(.*)$")
_BOLD = compile_pattern(r"^(?:\*\*|__)(.{1,100}?)(?:\*\*|__)\s*[:：]?\s*(.*)$")
_QUESTION = compile_pattern(r"^([^?？]{3,160}[?？](?:\s*\([^()]{1,120}\))?)\s*[:：]?\s*(.*)$")
_GAP = compile_pattern(r"^(\S[^\t　]{0,60}?)(?:\t+|　+|\s{2,})(\S.*)$")
_ASKED = compile_pattern(r"(?:yes|y)\s*/\s*(?:no|n)\b|はい\s*/\s*いいえ")
_CELLS = compile_pattern(r"^\|\s*([^|]{1,160}?)\s*\|\s*([^|]*?)\s*\|?\s*$")
_PARENTHESES = compile_pattern(r"\([^()]{0,160}\)|\[[^\[\]]{0,60}\]")
_ARROW = compile_pattern(r"^(\S[^|]{0,60}?)\s*(?:\s(?:[-–—]|->|=>|=|→|\|)|…{1,4}|‥{1,4}|\s\.{2,}|\.{4,})\s+(\S.*)$")
_TWO_TONGUES = compile_pattern(
    r"^([a-z][a-z ,'()-]+)\s*[/|]\s*([^\sa-z/][^/]*)$|^([^\sa-z/][^/]*?)\s*[/|]\s*([a-z][a-z ,'()-]+)$"
)
_LEADERS = compile_pattern(r"\s*(?:…{1,4}|‥{1,4}|\s\.{2,}|\.{4,})\s*$")  # "…" in place of an answer that follows below
_DOTS = ("…", "‥", "..")
_SPACE = compile_pattern(r"^([\p{Han}\p{Katakana}\p{Hiragana}ー・]{2,40}(?:URL|CWE)?) (\S.*)$")
_RULED = compile_pattern(r"^[=~-]{2,}\s*([^\s=~-].{0,60}?)\s*[=~-]{2,}$")
_NUMBERED = compile_pattern(
    r"^(\s*)(?:([0-9]{1,2})[.、:]|\(?([0-9]{1,2})\)|[■□●◆◇【\[<#]+\s*([0-9]{1,2})[.)、:\s])\s*([^0-9\s].*)$"
)
_NO_LABEL = compile_pattern(r"^(?:CVSS:[234]|[a-z]{3,6}://|[0-9]{1,2}:[0-9]{2})")
_UNDERLINE = compile_pattern(r"^\s*(?:[=＝]{3,}|[-－]{3,}|[~～]{3,}|[―─━]{3,}|\*{3,}|\^{3,}|_{3,})\s*$")
_UNDERLINES = frozenset("=-~＝－～―─━*^_")
_HEADING_MARK = compile_pattern(r"^\s{0,3}(?:([■□◆◇●○▼▽▶►◎★☆])\s*[^\s■□☑☐●○]|([【〔《])[^】〕》]{1,40}[】〕》]\s*$)")
_FULL_STOP = compile_pattern(r"[。.!?、,;]\s*$")
_NO_LETTER = re.compile(r"[\W_]+")
_NO_LETTERS = {code: None for code in range(0x80) if not chr(code).isalnum()}
_ARROWS = (" - ", " – ", " — ", " | ", " = ", "->", "=>", "→", "… ", "‥ ", ".. ", "…　")
_BRACKETS = frozenset("()[]")
_MARKS = frozenset(
    "#*・■□●◆◇○▼▽▶►◎★☆-+(（0123456789①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩IVXQABCDEFGHivxqabcdefghアイウエオカキクケ"
    "※§;一二三四五六七八九十第"
)
_HEADING_MARKS = frozenset("■□◆◇●○▼▽▶►◎★☆【〔《")
_NUMBER_MARKS = frozenset("0123456789(（０１２３４５６７８９■□●◆◇【[<#")
_PARTICLES = tuple("のはがをにでともへや")  # a word that a sentence goes on behind is no label
_LONGEST_HEADING = 40
_LONGEST_LABEL = 200
_BLANKS = " \t\n\f\r"
_DRAWN = frozenset("│┃║")
_BARS = dict.fromkeys(map(ord, _DRAWN), " | ")  # drawn tables
_FENCE = "```"
_PAIR = compile_pattern(
    r"(?:^|[/;|、,]\s*|\s{2,})((?:お?名前|ご?氏名|ご?所属|会社名?|部署|電話(?:番号)?|tel|携帯(?:電話)?|E?-?メール(?:アドレス)?|e-?mail|mail|phone|"
    r"name|org(?:ani[sz]ation)?|company|affiliation|担当者?|連絡先|届出者|報告者)\s*[:=])"
)
_PAIRS = 2
_BETWEEN_PAIRS = " \t　/／;；|｜、,，"
_EQUALS = compile_pattern(r"^(\s*[^\s=:]{2,16})\s*=\s*")
_TABLE_RULE = compile_pattern(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*){2,}\|?\s*$")
_COLUMNS = 3
_LONGEST_LINE = 400
_NUMBER_REACH = 200


class Head(NamedTuple):
    """One way to read a line: as a label and the beginning of its answer."""

    label: str
    answer: str
    heading: bool  # marked up as a heading: #, **…**, 【…】, a ruler below
    markdown: bool = False
    marked: bool = False  # set off as a label in any way: a number, a bullet, a colon, a question mark

    @property
    def keys(self) -> tuple[str, ...]:
        """What its label is found by."""
        return keys_of(self.label)


class _Line(NamedTuple):
    """A line without its marks, and the labels that may stand in it whatever stands above and below."""

    text: str
    hashed: bool
    ruled: bool
    bulleted: bool
    enclosed: tuple[tuple[str, str, bool, bool], ...]  # label, answer, whether it is a heading, whether Markdown
    divided: tuple[tuple[str, str], ...]


class Number(NamedTuple):
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


def with_pairs_apart(lines: list[str]) -> list[str]:
    """The lines; one that says several things of a person behind labels of their own becomes several lines."""
    apart: list[str] = []
    for line in lines:
        if ":" not in line and "：" not in line and "=" not in line:
            apart.append(line)
            continue
        signs = line.count(":") + line.count("：") + line.count("=")
        found = list(_PAIR.finditer(fold(line))) if signs >= _PAIRS and len(line) <= _LONGEST_LINE else []
        if len(found) < _PAIRS:
            apart.append(line)
            continue
        begins = [0, *(each.start(1) for each in found[1:]), len(line)]
        pieces = (line[begin:end].rstrip(_BETWEEN_PAIRS) for begin, end in pairwise(begins))
        apart += [_EQUALS.sub(r"\1: ", piece) for piece in pieces]
    return apart


def with_table_rows(lines: list[str]) -> list[str]:
    """The lines; under a Markdown table's header of three or more columns a line "header: cell" for each cell."""
    ruled = {
        i for i, line in enumerate(lines) if "|" in line and not line.strip("|:- \t　") and _TABLE_RULE.search(line)
    }
    if not ruled:
        return lines
    spread: list[str] = []
    header: list[str] = []
    for i, line in enumerate(lines):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.lstrip().startswith("|") else []
        if len(cells) < _COLUMNS:
            header = []
            spread.append(line)
        elif i + 1 in ruled:
            header = cells
        elif header and i not in ruled:
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
    if label.isascii():
        return label.casefold().replace("&", "and").translate(_NO_LETTERS)
    return _NO_LETTER.sub("", unicodedata.normalize("NFKC", label).casefold().replace("&", "and"))


@lru_cache(maxsize=8192)
def keys_of(label: str) -> tuple[str, ...]:
    """Its key, and the key without what stands in brackets and the choice: (必須), (max 1000 chars), YES/NO.

    Of a label in two languages (How / 手順) also the keys of both.
    """
    key, folded = key_of(label), fold(label)
    without = folded if _BRACKETS.isdisjoint(folded) else _PARENTHESES.sub(" ", folded)
    without = _ASKED.sub(" ", without) if "/" in without else without
    bare = key if without is folded else key_of(without)
    tongues = _TWO_TONGUES.search(folded.strip()) if "/" in folded else None
    halves = [key_of(tongues.group(i) or "") for i in (1, 2, 3, 4)] if tongues else []
    return tuple(dict.fromkeys(each for each in (key, bare, *halves) if each))


def number_of(line: str) -> Number | None:
    """The number that the line begins with, if the line is short enough to be a heading or a labelled answer."""
    return _number_of(line[:_NUMBER_REACH])


@lru_cache(maxsize=8192)
def _number_of(line: str) -> Number | None:
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


def heads(line: str, below: str = "", above: str = "") -> tuple[Head, ...]:
    """The ways to read the line as a label: whole, before a colon or question mark, in brackets, bold, in a table.

    A whole line without any mark-up is one only where nothing stands above it.
    """
    if len(line) > 2 * _LONGEST_LINE:
        return ()
    indented = below[:1].isspace() and not line[:1].isspace()  # its answer is indented below
    follows = bool(above) and bool(above.strip()) and not _is_ruler(above)  # what a ruler parts is no paragraph
    return _heads(line, _is_ruler(below), indented, follows)


def heads_of(lines: Sequence[str], *, below_blanks: bool = False) -> tuple[tuple[Head, ...], ...]:
    """The heads() of each line; the line above one counts only with `below_blanks`."""
    rulers = [_is_ruler(line) for line in lines]
    found: list[tuple[Head, ...]] = []
    above, last = "", len(lines) - 1
    for i, line in enumerate(lines):
        if not line or line.isspace() or len(line) > 2 * _LONGEST_LINE:
            found.append(())
        else:
            below = lines[i + 1] if i < last else ""
            indented = below[:1].isspace() and not line[0].isspace()
            follows = below_blanks and bool(above) and not above.isspace() and not rulers[i - 1]
            found.append(_heads(line, i < last and rulers[i + 1], indented, follows))
        above = line
    return tuple(found)


def _is_ruler(line: str) -> bool:
    return line.lstrip()[:1] in _UNDERLINES and bool(_UNDERLINE.search(line))


@lru_cache(maxsize=8192)
def _heads(line: str, underlined: bool, indented: bool, follows: bool) -> tuple[Head, ...]:
    read = _read(line)
    if read is None:
        return ()
    heading = read.hashed or read.ruled or underlined
    marked = heading or read.bulleted or indented or read.text[-1] in ":：?？"
    whole = marked or (not follows and read.text[-1] not in ".。!！")
    ways = [Head(read.text.rstrip(" #"), "", heading, read.hashed, marked)] if whole else []
    ways += [Head(label, told, heading or own, read.hashed or md, True) for label, told, own, md in read.enclosed]
    ways += [Head(label, told, heading, read.hashed, True) for label, told in read.divided]
    return tuple(ways)


@lru_cache(maxsize=8192)
def _read(line: str) -> _Line | None:
    """The line taken apart; None if no label can stand in it."""
    text = unquoted(line).strip()
    text = text if _DRAWN.isdisjoint(text) else text.translate(_BARS).strip()
    ruled = _RULED.search(fold(text)) if text[:2] in ("==", "--", "~~") else None
    if ruled:
        text = text[ruled.start(1) : ruled.end(1)]
    hashed = text.startswith("#")
    text, bulleted = _without_marks(text)
    text = _LEADERS.sub(":", text) if text.endswith(_DOTS) else text
    if not text or len(text) > _LONGEST_LINE:
        return None
    enclosed = [
        (found.group(1) or "", found.group(2) or "", pattern is not _CELLS, markdown)
        for pattern, markdown in _enclosing(text)
        if (found := pattern.search(text))
    ]
    return _Line(text, hashed, ruled is not None, bulleted, tuple(enclosed), tuple(_divided(text)))


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


def _divided(text: str) -> Iterator[tuple[str, str]]:
    """The ways to read the line as a label with its answer beside it."""
    first = fold(text[:16])
    if (first[0] in "0123456789cC" or "://" in first) and _NO_LABEL.search(first):
        return
    colon = min((at for at in (text.find(":"), text.find("：")) if at >= 0), default=0)
    answer = text[colon + 1 :].lstrip(_BLANKS)
    if 0 < colon <= _LONGEST_LABEL and not answer.startswith(":"):
        yield text[:colon].rstrip(_BLANKS), answer
    for pattern in _dividing(text):
        found = pattern.search(text)
        if found is not None and not (pattern is _SPACE and (found.group(1) or "")[-1:] in _PARTICLES):
            yield found.group(1) or "", found.group(2) or ""


def _dividing(text: str) -> Iterator[Pattern]:
    """The patterns of a label and its answer on one line that may fit, but for the colon."""
    if "?" in text or "？" in text:
        yield _QUESTION
    if " | " not in text and ("  " in text or "\t" in text or "　" in text):
        yield _GAP
    if any(map(text.__contains__, _ARROWS)):
        yield _ARROW
    if " " in text and not text[0].isascii():
        yield _SPACE
