"""Which lines of a reply its sender wrote, and which are quoted, an attribution or a signature block.

Everything is decided line by line on bounded text. mail-parser-reply knows how mail programs of many languages
introduce a quotation; it is asked about single lines only, because its patterns take time quadratic in a line. It does
not know the Japanese forms below.
"""

import re

from mailbot.core.limits import Limits
from mailbot.core.reply_headers import attribution_lines, starts_old_mail

_CHARACTERS = Limits().text_characters
_QUOTED = re.compile(r"[ \u3000]?[>＞](?![<＜/])")
_CONTACT = re.compile(
    r"@|https?://|\btel\b|\bfax\b|電話|ＴＥＬ|ＦＡＸ|〒|内線|携帯|株式会社|有限会社|\(株\)|（株）", re.IGNORECASE
)
_DEVICE = re.compile(
    r"(?:iPhone|iPad|Android|スマートフォン|Xperia|Galaxy|au|docomo|Outlook|Gmail|Yahoo!メール)[^\n。]{0,30}"
    r"(?:から送信|より送信|を入手)(?:されました)?。?|sent from (?:my |a )?[\w' ]{1,60}(?:<[^<>]{0,200}>)?"
    r"|get outlook for [\w ]{1,20}(?:<[^<>]{0,200}>)?",
    re.IGNORECASE,
)
_BAR = frozenset("ー")  # a letter, yet drawn as a line
_BLOCK_LINES = 14  # no signature block is longer


def new_text(text: str) -> str:
    """What a reply adds: without quoted lines, what is quoted below it, and the signature block at the end.

    Answers written between quoted lines are kept. Text that is no reply comes back as it is, but for its signature.
    """
    lines = text[:_CHARACTERS].split("\n")
    lines = _without_quotes(lines[: _end_of_new(lines)])
    return "\n".join(_without_signature(lines)).strip("\n")


def _end_of_new(lines: list[str]) -> int:
    """The first line of an old mail that follows without being marked line by line; else the number of lines."""
    for number in range(len(lines)):
        if starts_old_mail(lines, number):
            return _before_rules(lines, number)
        after = number + attribution_lines(lines, number)
        if after > number and not _answers_below(lines, after):
            return number
    return len(lines)


def _before_rules(lines: list[str], number: int) -> int:
    """`number`, moved up over the blank and ruled lines that belong to the old mail's header."""
    while number and (not lines[number - 1].strip() or re.fullmatch(r"[ >]*[-_=]{5,}[ ]*", lines[number - 1][:200])):
        number -= 1
    return number


def _answers_below(lines: list[str], number: int) -> bool:
    """Whether what follows an attribution is quoted line by line, so that an unquoted line is an answer."""
    following = next((line for line in lines[number : number + 4] if line.strip()), "")
    return bool(_QUOTED.match(following))


def _without_quotes(lines: list[str]) -> list[str]:
    kept: list[str] = []
    number = 0
    while number < len(lines):
        attribution = attribution_lines(lines, number)
        if attribution:
            number += attribution
            continue
        if not _QUOTED.match(lines[number]):
            kept.append(lines[number])
        number += 1
    return kept


def _without_signature(lines: list[str]) -> list[str]:
    lines = _stripped(lines)
    for number, line in enumerate(lines):
        if line in ("-- ", "--", "－－", "— ") and (line == "-- " or len(lines) - number <= _BLOCK_LINES):
            return _stripped(lines[:number])
    while lines and _DEVICE.fullmatch(lines[-1].strip()[:300]):
        lines = _stripped(lines[:-1])
    for number in range(max(0, len(lines) - _BLOCK_LINES), len(lines)):
        if _is_rule(lines[number]) and _is_block(lines[number:]):
            return _stripped(lines[:number])
    return lines


def _is_rule(line: str) -> bool:
    """Whether a line is drawn: of few different marks, none of them a letter."""
    marks = set(line) - set(" \u3000")
    drawn = marks == _BAR or not any(mark.isalnum() for mark in marks)
    return 5 <= len(line.strip()) <= 200 and len(marks) <= 4 and drawn


def _is_block(block: list[str]) -> bool:
    """Whether a ruled line opens a signature: ways to reach someone, in short lines."""
    inside = [line for line in block[1:] if line.strip() and not _is_rule(line)]
    short = all(len(line) <= 80 and not line.rstrip().endswith(("。", "？", "?")) for line in inside)
    return bool(inside) and short and any(_CONTACT.search(line) for line in inside)


def _stripped(lines: list[str]) -> list[str]:
    begin, end = 0, len(lines)
    while end > begin and not lines[end - 1].strip():
        end -= 1
    while begin < end and not lines[begin].strip():
        begin += 1
    return lines[begin:end]
