"""Printing: the asked-for result to stdout, everything else to stderr."""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from mailbot.cli.progress import end

if TYPE_CHECKING:
    from mailbot.shape import Shape


def _write(text: str) -> None:
    sys.stderr.write(f"mailbot: {safe_block(text)}\n")
    sys.stderr.flush()


class _Voice:
    """Where sentences go: lines for people, unless who collects the log wants them among the rest."""

    speak: Callable[[str], None] = staticmethod(_write)


def say(text: str) -> None:
    """A sentence for the person, to stderr."""
    _Voice.speak(text)


def say_through(speak: Callable[[str], None] | None) -> None:
    """Hand every further sentence to `speak`; None: to stderr again."""
    _Voice.speak = staticmethod(speak or _write)


def put(text: str) -> None:
    """A line of the result."""
    end()
    sys.stdout.write(text + "\n")


def put_json(value: "Shape | Sequence[Shape] | object", *, lines: bool = False) -> None:
    """The result as JSON: indented, or one object a line."""
    plain = _plain(value)
    put(escaped(json.dumps(plain, ensure_ascii=False, indent=None if lines else 2)))
    if lines:
        sys.stdout.flush()


def escaped(document: str) -> str:
    """The JSON document, in which what a terminal would obey or no encoding has is written by its number."""
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in document)


def one_line(text: str) -> str:
    """No control character of a stranger's mail reaches the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def safe_block(text: str) -> str:
    """A text of several lines without control characters."""
    return "\n".join(one_line(line) for line in text.splitlines())


def human(value: object, limit: int | None = None) -> str:
    """A value of a report as people write it: yes and no, lists with commas, further lines indented."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    text = text if limit is None or len(text) <= limit else text[:limit].rstrip() + "…"
    return "\n      ".join(filter(str.strip, text.splitlines()))


def clock_time(at: datetime, now: datetime, zone: tzinfo) -> str:
    """A moment as the desk's clock shows it, with the day if that is another one than that of `now`."""
    here = at.astimezone(zone)
    return f"{here:%H:%M}" if here.date() == now.astimezone(zone).date() else f"{here:%Y-%m-%d %H:%M}"


def _plain(value: object) -> object:
    if dump := getattr(value, "model_dump", None):
        return dump(mode="json", by_alias=True)
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value
