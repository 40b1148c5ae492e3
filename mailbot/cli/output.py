"""Printing: the asked-for result to stdout, everything else to stderr; colour and tables only on a terminal."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table


def say(text: str) -> None:
    """A sentence for the person, to stderr."""
    sys.stderr.write(f"mailbot: {text}\n")
    sys.stderr.flush()


def put(text: str) -> None:
    """A line of the result."""
    sys.stdout.write(text + "\n")


def put_json(value: BaseModel | Sequence[BaseModel] | object, *, lines: bool = False) -> None:
    """The result as JSON: indented, or one object a line."""
    plain = _plain(value)
    put(json.dumps(plain, ensure_ascii=False, indent=None if lines else 2))
    if lines:
        sys.stdout.flush()


def put_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on a terminal, tab-separated lines elsewhere."""
    if not sys.stdout.isatty():
        for row in rows:
            put("\t".join(_one_line(cell) for cell in row))
        return
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(_one_line(cell) for cell in row))
    Console(markup=False, highlight=False).print(table)


def _one_line(text: str) -> str:
    """No control character of a stranger's mail reaches the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def safe_block(text: str) -> str:
    """A text of several lines without control characters."""
    return "\n".join(_one_line(line) for line in text.splitlines())


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
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value
