"""What a coordinator may tell the bot, and how it is read from the text they signed.

Commands stand at the very beginning of the text, one a line, and end with the first other line: quoted text, a
signature block or a report that shows `!commands` further down is never read. Only `!edit` takes the text below them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from mailbot.core.command_forms import FORMS, Form
from mailbot.core.quoting import new_text

_LINE = 1_000
_BURIED = "refused: commands must be the very first lines of the signed text; nothing was run"


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


CASELESS = ("help",)
_SUB_VERBS = frozenset(name.split()[0] for name in FORMS if " " in name)
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
    read = _with_text(read, _text_below(text))
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


def _text_below(text: str) -> str:
    """What stands below the commands in the coordinator's own words: no quotation, no signature."""
    lines = text.lstrip("\ufeff").splitlines()
    first = next((n for n, line in enumerate(lines) if line.strip() and not line.strip().startswith("!")), len(lines))
    own = new_text("\n".join(lines[first:]))
    return re.split(r"^-- ?$", own, maxsplit=1, flags=re.MULTILINE)[0].strip()


def _with_text(read: Sequence[Command | Problem], text: str) -> list[Command | Problem]:
    """The commands, the one that takes the text below them with it."""
    takes = [line for line in read if isinstance(line, Command) and line.name == "edit"]
    wrong = "the new text is missing: write it below the commands" if not text else ""
    wrong = "one !edit a mail: they would share one text" if len(takes) > 1 else wrong
    return [
        line if line not in takes else (line.line, wrong) if wrong else replace(line, arguments=(*line.arguments, text))
        for line in read
    ]


def _parse_line(line: str, case: str | None) -> Command | str:
    if len(line) > _LINE:
        return f"longer than {_LINE} characters"
    words = line[1:].split()
    if not words:
        return "a lone exclamation mark"
    name, rest = _named(words)
    form = FORMS.get(name)
    if form is None:
        near = get_close_matches(name, (*FORMS, "preview"), 1)
        return f"unknown command: {f'did you mean !{near[0]}? ' if near else ''}!help lists all"
    problem = _check(form, rest)
    if problem:
        return f"{problem}; usage: {form.usage}"
    return Command(line, name, tuple(_folded(form, rest)), case)


def _named(words: list[str]) -> tuple[str, list[str]]:
    """The command's name and its arguments; `!vendor 2 ref X` is "vendor ref" of 2 and X."""
    verb, *rest = words
    verb = verb.lower()
    if verb not in _SUB_VERBS or not rest:
        return verb, rest
    if verb == "vendor" and rest[0].isdigit() and rest[1:]:
        return f"{verb} {rest[1].lower()}", [rest[0], *rest[2:]]
    return f"{verb} {rest[0].lower()}", rest[1:]


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
    return form.whole(words)


def _folded(form: Form, words: list[str]) -> list[str]:
    """Codes in lower case, as everywhere else; free text as it was written."""
    checks = form.words + form.optional
    coded = [i < len(checks) and checks[i](word) is None for i, word in enumerate(words)]
    return [word.lower() if code and not form.verbatim else word for word, code in zip(words, coded, strict=True)]
