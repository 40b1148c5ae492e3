"""What is new in a reply: its sender's own words, without the quotation, who wrote it, and the signature block.

Everything is decided line by line on bounded text. What cannot be told apart from the sender's words stays.
"""

import re

from mailbot.core.attributions import attribution_lines
from mailbot.core.limits import Limits
from mailbot.core.reply_headers import header_block, is_separator
from mailbot.core.signature_blocks import is_rule, stripped, without_signature

_CHARACTERS = Limits().text_characters
_QUOTED = re.compile(r"[ \u3000]?(?:[>＞](?![<＜/])|≫|&gt;)")
_MARK = re.compile(r"[ \u3000]?(?:[|:│｜]|[\w-]{1,10}[>＞])(?=[ \u3000]|$)")
_FORWARDED = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*)?(?:fwd?|fw|wg|tr|rv|vb|enc|pd|転送|转发|轉寄|전달)\s?[:：]", re.IGNORECASE
)
_LINES = 5_000  # as many as rules look at
_GAP = 8  # blank lines between an attribution and what it introduces


def new_text(text: str, subject: str = "") -> str:
    """What a reply adds: without quoted lines, what is quoted below it, and the signature block at the end.

    Answers written between quoted lines are kept. Text that is no reply comes back as it is, but for its signature.
    A mail that begins with the headers of another one has no words of its own if `subject` says that it is forwarded;
    else those headers are its own.
    """
    return "\n".join(without_signature(_own_lines(text, subject))).strip("\n")


def signed_text(text: str, subject: str = "") -> str:
    """What a reply adds, and how it is signed."""
    return "\n".join(_own_lines(text, subject)).strip("\n")


def _own_lines(text: str, subject: str) -> list[str]:
    lines = text[:_CHARACTERS].replace("\r\n", "\n").split("\n", _LINES)[:_LINES]
    if not _FORWARDED.match(subject):
        lines = _without_own_headers(lines)
    mark = _own_mark(lines)
    return _without_quotes(lines[: _end_of_new(lines, mark)], mark)


def begins_with_headers(text: str) -> bool:
    """Whether a mail begins with the headers of another one, so that its words may be quoted ones."""
    lines = text[:_CHARACTERS].replace("\r\n", "\n").split("\n", _LINES)[:_LINES]
    first = _first_written(lines, 0)
    return first < len(lines) and header_block(lines, first) > 0


def _without_own_headers(lines: list[str]) -> list[str]:
    first = _first_written(lines, 0)
    own = header_block(lines, first) if first < len(lines) else 0
    return lines[first + own :] if own else lines


def _first_written(lines: list[str], number: int) -> int:
    return next((n for n in range(number, len(lines)) if lines[n].strip()), len(lines))


def _own_mark(lines: list[str]) -> str:
    """The mark other than ">" that every quoted line begins with: what follows an attribution tells; "" if none."""
    for number in range(len(lines)):
        introduced = attribution_lines(lines, number, quote_below=False)
        below = _first_written(lines, number + introduced)
        if introduced and below < len(lines):
            found = _MARK.match(lines[below])
            return found[0] if found else ""
    return ""


def _is_quoted(line: str, mark: str) -> bool:
    return bool(_QUOTED.match(line)) or (mark != "" and line.startswith(mark))


def _introduced(lines: list[str], number: int, mark: str) -> int:
    """How many lines from this one on introduce a quotation."""
    return attribution_lines(lines, number, _quote_follows(lines, number + 1, mark, written=2))


def _quote_follows(lines: list[str], number: int, mark: str, written: int = 0) -> bool:
    """Whether the next line that is not blank is quoted; up to `written` lines may stand before it."""
    for line in lines[number : number + _GAP + written]:
        if _is_quoted(line, mark):
            return True
        if line.strip():
            written -= 1
            if written < 0:
                return False
    return False


def _end_of_new(lines: list[str], mark: str) -> int:
    """The first line of an old mail that follows without being marked line by line; else the number of lines."""
    for number, line in enumerate(lines):
        if is_separator(line) or header_block(lines, number):
            return _before_rules(lines, number)
        introduced = _introduced(lines, number, mark)
        if introduced and not _quote_follows(lines, number + introduced, mark):
            return number
    return len(lines)


def _before_rules(lines: list[str], number: int) -> int:
    """`number`, moved up over the blank and ruled lines that belong to the old mail's header."""
    while number and (not lines[number - 1].strip() or is_rule(lines[number - 1])):
        number -= 1
    return number


def _without_quotes(lines: list[str], mark: str) -> list[str]:
    kept: list[str] = []
    number = 0
    while number < len(lines):
        introduced = _introduced(lines, number, mark)
        if introduced:
            number += introduced
        elif _is_quoted(lines[number], mark):
            number += 1
            # Quoted-printable that nobody decoded: the rest of the quoted line stands on the next one.
            while number < len(lines) and lines[number - 1].endswith("="):
                number += 1
        else:
            kept.append(lines[number])
            number += 1
    return stripped(kept)
