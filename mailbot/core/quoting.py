"""What is new in a reply: its sender's own words, without the quotation, who wrote it, and the signature block.

Everything is decided line by line on bounded text. What cannot be told apart from the sender's words stays.
"""

import re

from mailbot.core.attributions import Attributions
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
    reply = _Reply(lines, Attributions(lines))
    new = lines[: _end_of_new(reply)]
    return _without_quotes(reply if len(new) == len(lines) else _Reply(new, Attributions(new), reply.mark))


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


class _Reply:
    """The lines of a reply, and the mark other than ">" that every quoted one begins with, "" if there is none."""

    def __init__(self, lines: list[str], attributions: Attributions, mark: str | None = None) -> None:
        self.lines, self.attributions = lines, attributions
        self.mark = self._own_mark() if mark is None else mark

    def is_quoted(self, line: str) -> bool:
        return bool(_QUOTED.match(line)) or (self.mark != "" and line.startswith(self.mark))

    def introduced(self, number: int) -> int:
        """How many lines from this one on introduce a quotation."""
        if not self.attributions.may_stand(number):
            return 0
        return self.attributions.at(number, self.quote_follows(number + 1, written=2))

    def quote_follows(self, number: int, written: int = 0) -> bool:
        """Whether the next line that is not blank is quoted; up to `written` lines may stand before it."""
        for line in self.lines[number : number + _GAP + written]:
            if self.is_quoted(line):
                return True
            if line.strip():
                written -= 1
                if written < 0:
                    return False
        return False

    def _own_mark(self) -> str:
        """What follows the first attribution tells."""
        for number in range(len(self.lines)):
            introduced = self.attributions.at(number, quote_below=False)
            below = _first_written(self.lines, number + introduced) if introduced else len(self.lines)
            if below < len(self.lines):
                found = _MARK.match(self.lines[below])
                return found[0] if found else ""
        return ""


def _end_of_new(reply: _Reply) -> int:
    """The first line of an old mail that follows without being marked line by line; else the number of lines."""
    for number, line in enumerate(reply.lines):
        if is_separator(line) or header_block(reply.lines, number):
            return _before_rules(reply.lines, number)
        introduced = reply.introduced(number)
        if introduced and not reply.quote_follows(number + introduced):
            return number
    return len(reply.lines)


def _before_rules(lines: list[str], number: int) -> int:
    """`number`, moved up over the blank and ruled lines that belong to the old mail's header."""
    while number and (not lines[number - 1].strip() or is_rule(lines[number - 1])):
        number -= 1
    return number


def _without_quotes(reply: _Reply) -> list[str]:
    lines, kept, number = reply.lines, list[str](), 0
    while number < len(lines):
        introduced = reply.introduced(number)
        if introduced:
            number += introduced
        elif reply.is_quoted(lines[number]):
            number += 1
            # Quoted-printable that nobody decoded: the rest of the quoted line stands on the next one.
            while number < len(lines) and lines[number - 1].endswith("="):
                number += 1
        else:
            kept.append(lines[number])
            number += 1
    return stripped(kept)
