"""What a coordinator may tell the bot, and how it is read from the text they signed.

Commands stand at the very beginning of the text, one a line, and end with the first other line: quoted text, a
signature block or a report that shows `!commands` further down is never read.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from mailbot.core.fields import FIELD_KINDS
from mailbot.core.model import ClosingCode, FixMethod, RejectionCode

_LINE = 1_000
_BURIED = "refused: commands must be the very first lines of the signed text; nothing was run"
_CASE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,15}#[0-9]{8}")
_ADDRESS = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
)
_HASH = re.compile(r"[0-9a-fA-F]{20}")
_DAY = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}")

Check = Callable[[str], str | None]
"""What is wrong with an argument, or None."""


@dataclass(frozen=True)
class Command:
    """One line, read and checked. `name` is verb and sub-verb; `case` the one that `!case` named last."""

    line: str
    name: str
    arguments: tuple[str, ...]
    case: str | None


Problem = tuple[str, str]
"""A line, and what is wrong with it."""


@dataclass(frozen=True)
class Orders:
    """Everything that a mail tells the bot, as it was sent. With a problem, nothing of it may run."""

    lines: tuple[Command | Problem, ...]
    preview: bool = False

    @property
    def commands(self) -> tuple[Command, ...]:
        """The lines that could be read."""
        return tuple(line for line in self.lines if isinstance(line, Command))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The lines that could not."""
        return tuple(line for line in self.lines if not isinstance(line, Command))


@dataclass(frozen=True)
class Form:
    """How a command is written: checks for its leading words; `text` if free text may follow."""

    usage: str
    effect: str
    words: tuple[Check, ...] = ()
    optional: tuple[Check, ...] = ()
    text: bool = False
    needs_text: bool = False


def _matches(pattern: re.Pattern[str], what: str) -> Check:
    return lambda word: None if pattern.fullmatch(word) else f"{word!r} is not {what}"


def _one_of(*words: str) -> Check:
    return lambda word: None if word.lower() in words else f"{word!r} is none of: {', '.join(words)}"


def _day(word: str) -> str | None:
    try:
        known = bool(_DAY.fullmatch(word) and date.fromisoformat(word))
    except ValueError:
        known = False
    return None if known else f"{word!r} is not a day like 2026-12-24"


def _number(word: str) -> str | None:
    return None if re.fullmatch(r"[0-9]{1,4}", word) else f"{word!r} is not the number of a contact"


_NAME = _matches(re.compile(r".{1,100}"), "a name")
_ID = _matches(_CASE_ID, "a case id like CASE#12345678")
_MAIL = _matches(_ADDRESS, "a mail address")
_CONTENT = _matches(_HASH, "a content hash (20 hex digits)")


def _item(word: str) -> str | None:
    return None if word.lower() in FIELD_KINDS else f"{word!r} is not a field name like target.urls"


FORMS: dict[str, Form] = {
    "case": Form("!case ID", "which case the rest is about", (_ID,)),
    "accept": Form("!accept", "受理: take the case"),
    "reject": Form(
        "!reject CODE [text]", "不受理: with the reason", (_one_of(*(c.lower() for c in RejectionCode)),), text=True
    ),
    "ask": Form("!ask FIELD…", "ask the finder", (_item,), (_item,) * 20),
    "contact add": Form("!contact add ADDRESS [why]", "name a contact point", (_MAIL,), text=True),
    "contact use": Form("!contact use N", "write the first contact to it", (_number,)),
    "contact confirm": Form("!contact confirm N", "it may get the details", (_number,)),
    "contact drop": Form("!contact drop N why", "do not use it", (_number,), text=True, needs_text=True),
    "approve": Form("!approve HASH", "send exactly the content that was shown", (_CONTENT,)),
    "withhold": Form("!withhold HASH why", "do not send it", (_CONTENT,), text=True, needs_text=True),
    "fix": Form(
        "!fix reported|confirmed [corrected|page_removed|avoided]",
        "修正の報告・確認",
        (_one_of("reported", "confirmed"),),
        (_one_of(*FixMethod),),
    ),
    "note": Form("!note TEXT", "write into the case's history", text=True, needs_text=True),
    "remind": Form("!remind DATE [text]", "remind the coordinators on that day", (_day,), text=True),
    "hold": Form("!hold [why]", "stop the clocks and the bot's own mails", text=True),
    "release": Form("!release", "let them go on"),
    "assign": Form("!assign NAME", "whose case it is", (_NAME,), text=True),
    "priority": Form("!priority high|normal|simple", "how urgent it is", (_one_of("high", "normal", "simple"),)),
    "exploited": Form("!exploited yes|no [source]", "attacks are known", (_one_of("yes", "no"),), text=True),
    "public": Form("!public yes|no", "the vulnerability is public", (_one_of("yes", "no"),)),
    "close": Form("!close CODE [text]", "取扱い終了", (_one_of(*ClosingCode),), text=True),
    "reopen": Form("!reopen why", "open an ended case again", text=True, needs_text=True),
    "status": Form("!status", "where the case stands"),
    "help": Form("!help", "this list"),
}
CASELESS = ("help",)
_VERB = re.compile(rf"!(?:preview|{'|'.join(dict.fromkeys(name.split()[0] for name in FORMS))})\b", re.IGNORECASE)


def begins_with_command(text: str) -> bool:
    """Whether the first line that is not empty is a command."""
    return text.lstrip("\ufeff \t\r\n").startswith("!")


def buried_command(text: str) -> str | None:
    """The first line that would be a command if no other text stood above it; such a line never runs."""
    if begins_with_command(text):
        return None
    return next((line.strip() for line in text.splitlines() if _VERB.match(line.strip())), None)


def parse_orders(text: str, default_case: str | None = None, limit: int = 50) -> Orders:
    """Read the commands at the beginning of `text`; `default_case` is one that a protected Subject names."""
    read: list[Command | Problem] = []
    preview, case = False, default_case
    for line in _command_lines(text):
        if len(read) >= limit:
            read.append((line[:80], f"more than {limit} commands in one mail"))
            break
        if re.fullmatch(r"!preview", line, re.IGNORECASE):
            preview = True
            continue
        command = _parse_line(line, case)
        if isinstance(command, str):
            read.append((line[:_LINE], command))
        elif command.name == "case":
            case = command.arguments[0].upper()
        elif command.case is None and command.name not in CASELESS:
            read.append((line, "no case is named: put !case ID before it"))
        else:
            read.append(command)
    if not read and (buried := buried_command(text)):
        read.append((buried[:_LINE], _BURIED))
    elif not read:
        read.append(("", "there is no command after !case" if case else "there is no command"))
    return Orders(tuple(read), preview)


def _command_lines(text: str) -> list[str]:
    lines: list[str] = []
    for raw in text.lstrip("\ufeff").splitlines():
        line = raw.strip()
        if line.startswith("!"):
            lines.append(line)
        elif line or lines:
            break
    return lines


def _parse_line(line: str, case: str | None) -> Command | str:
    if len(line) > _LINE:
        return f"longer than {_LINE} characters"
    words = line[1:].split()
    if not words:
        return "a lone exclamation mark"
    verb = words[0].lower()
    name, rest = (f"{verb} {words[1].lower()}", words[2:]) if verb == "contact" and words[1:] else (verb, words[1:])
    form = FORMS.get(name)
    if form is None:
        near = get_close_matches(name, (*FORMS, "preview"), 1)
        return f"unknown command: {f'did you mean !{near[0]}? ' if near else ''}!help lists all"
    problem = _check(form, rest)
    if problem:
        return f"{problem}; usage: {form.usage}"
    return Command(line, name, tuple(_folded(form, rest)), case)


def _check(form: Form, words: list[str]) -> str | None:
    if len(words) < len(form.words):
        return "something is missing"
    checks = form.words + form.optional
    for check, word in zip(checks, words, strict=False):
        if (problem := check(word)) and not (form.text and check not in form.words):
            return problem
    if len(words) > len(checks) and not form.text:
        return f"{words[len(checks)]!r} is one word too many"
    if form.needs_text and len(words) <= len(form.words):
        return "a text is missing"
    return None


def _folded(form: Form, words: list[str]) -> list[str]:
    """Codes in lower case, as everywhere else; free text as it was written."""
    coded = len(form.words + form.optional)
    keep = form.usage.startswith(("!case", "!assign", "!contact add"))
    return [w if keep or i >= coded else w.lower() for i, w in enumerate(words)]


def help_text() -> str:
    """All commands, one a line."""
    width = max(len(form.usage) for form in FORMS.values())
    preview = f"{'!preview':<{width}}  in front of the rest: run nothing, show what would happen\n"
    return preview + "\n".join(f"{form.usage:<{width}}  {form.effect}" for form in FORMS.values())
