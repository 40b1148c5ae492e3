"""Signatures that were left in a report's own words: a block of short lines in which the finder is named.

Names, numbers and addresses in it are known; the department, the street and the title beside them are not, so that the
block goes as a whole.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from mailbot.core.cuts import Cut

_BAR = re.compile(r"\|[ ]?")
_RULED = re.compile(r"[-–—－_＿=━─~*]{2,80}\s?")
_LONGEST = 80
_MOST_LINES = 10
_NO_SIGNATURE = re.compile(
    r"^\s*(?:[0-9①-⑳]{1,2}[.):、）]|[-*・]\s)|[<>{}$`;\\]|%[0-9A-Fa-f]{2}|[?&]\w+=|[。!?！？]$|^\s*(?:GET|POST|PUT|HTTP|Host|Cookie|File|at)\b"
    r"|[:：]\s*$|error|Exception|alert\("
)
_OF_FINDER = "reporter."
_SIGNED = re.compile(
    r"(?:^|\s)[-–—~]{1,2}\s?(?P<name>[^\W\d_][\w'’.-]{0,30}(?:[ ・　][^\W\d_][\w'’.-]{0,30}){0,3})[,、/|(（@\s]{1,3}$"
)  # "… as is. - Jane Doe, " in front of what is known of her


def signatures(text: str, cuts: Sequence[Cut], kept: Sequence[str]) -> Iterator[Cut]:
    """Blocks between blank and drawn lines that name the finder on a line of its own, and nothing that is kept."""
    lines = _lines(text)
    yield from _signed_in_line(text, lines, cuts)
    for blank, group in groupby(lines, key=lambda line: _is_edge(text[line[0] : line[1]])):
        block = list(group)
        if blank or len(block) > _MOST_LINES or not _may_be_one(text, block):
            continue
        if any(word in text[block[0][0] : block[-1][1]] for word in kept if word):
            continue
        inside = [cut for cut in cuts if cut.start < block[-1][1] and cut.end > block[0][0]]
        if any(_is_all(text, line, inside) for line in block):
            yield Cut(block[0][0], block[-1][1], "signature", "signature")


def _signed_in_line(text: str, lines: Sequence[tuple[int, int]], cuts: Sequence[Cut]) -> Iterator[Cut]:
    """Names behind a dash, in front of the finder's firm or address, with which a line ends."""
    for start, end in lines:
        for cut in cuts:
            ends_line = start < cut.start and cut.end <= end and not any(map(str.isalnum, text[cut.end : end]))
            name = _SIGNED.search(text[start : cut.start]) if ends_line and cut.kind.startswith(_OF_FINDER) else None
            if name:
                yield Cut(start + name.start("name"), start + name.end("name"), "signature", "signature")


def _lines(text: str) -> list[tuple[int, int]]:
    """Where each line begins and ends, behind the bar of quoted words."""
    found, at = [], 0
    for line in text.split("\n"):
        bar = _BAR.match(line)
        found.append((at + (bar.end() if bar else 0), at + len(line)))
        at += len(line) + 1
    return found


def _is_edge(line: str) -> bool:
    return not line.strip() or _RULED.fullmatch(line.strip()) is not None


def _may_be_one(text: str, block: Sequence[tuple[int, int]]) -> bool:
    """Several short lines, none of which a reader needs to see the fault again."""
    lines = [text[start:end] for start, end in block]
    return len(lines) > 1 and all(len(line) <= _LONGEST and not _NO_SIGNATURE.search(line) for line in lines)


def _is_all(text: str, line: tuple[int, int], cuts: Sequence[Cut]) -> bool:
    """Whether the line says nothing but who the finder is."""
    left = list(text[line[0] : line[1]])
    own = False
    for cut in cuts:
        for at in range(max(cut.start, line[0]), min(cut.end, line[1])):
            left[at - line[0]] = " "
            own = own or cut.kind.startswith(_OF_FINDER)
    return own and not any(map(str.isalnum, left))
