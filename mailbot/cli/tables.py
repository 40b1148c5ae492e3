"""Tables: aligned to the terminal's width, tab-separated where a program reads."""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailbot.cli.output import one_line, put, say
from mailbot.cli.progress import end

if TYPE_CHECKING:
    from rich.console import Console

_GAP = 2


@dataclass(frozen=True)
class Column:
    """One column: how few cells it may shrink to (0: it is never cut), and if a narrow terminal can do without it."""

    name: str
    least: int = 0
    spare: int = 0  # 0: never left out; 1 goes first


@dataclass(frozen=True)
class Cell:
    """A value that reads otherwise on a terminal: there as `shown`, in that style; elsewhere `plain`."""

    plain: str
    shown: str
    style: str = ""


def put_table(columns: Sequence[Column | str], rows: Iterable[Sequence[Cell | str]], nothing: str = "") -> None:
    """A table on a terminal, where `nothing` is said if there are no rows; tab-separated lines elsewhere."""
    if not sys.stdout.isatty():
        for row in rows:
            put("\t".join(one_line(cell.plain if isinstance(cell, Cell) else cell) for cell in row))
        return
    heads = [column if isinstance(column, Column) else Column(column) for column in columns]
    cells = [[cell if isinstance(cell, Cell) else Cell(cell, cell) for cell in row] for row in rows]
    if cells or not nothing:
        _print(heads, cells)
    else:
        say(nothing)


def terminal() -> "Console":
    """Stdout for rich: without any escape code where the person wants no colour."""
    from rich.console import Console  # a terminal's alone: other starts need not wait for it

    end()
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Console(markup=False, highlight=False, emoji=False, color_system=None if plain else "auto")


def put_heading(text: str) -> None:
    """The heading of a section of the result, after an empty line."""
    put("")
    terminal().print(one_line(text), style="bold") if sys.stdout.isatty() else put(text)


def _print(columns: list[Column], rows: list[list[Cell]]) -> None:
    """The table; where the terminal is too narrow without the spare columns, each row as a block of lines."""
    from rich.cells import cell_len

    console = terminal()
    texts = ([column.name, *(one_line(row[n].shown) for row in rows)] for n, column in enumerate(columns))
    wide = [max(map(cell_len, column)) for column in texts]
    least = [min(width, column.least) if column.least else width for width, column in zip(wide, columns, strict=True)]
    kept = list(range(len(columns)))
    for n in sorted((n for n in kept if columns[n].spare), key=lambda n: columns[n].spare):
        if sum(least[k] + _GAP for k in kept) - _GAP > console.width:
            kept.remove(n)
    if sum(least[k] + _GAP for k in kept) - _GAP > console.width:
        _print_blocks(console, columns, rows)
        return
    _print_grid(console, [(columns[k], least[k]) for k in kept], [[row[k] for k in kept] for row in rows])


def _print_grid(console: "Console", columns: list[tuple[Column, int]], rows: list[list[Cell]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), collapse_padding=True)
    for column, least in columns:
        table.add_column(column.name, no_wrap=not column.least, min_width=least, overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(cell.shown), style=cell.style) for cell in row))
    console.print(table)


def _print_blocks(console: "Console", columns: list[Column], rows: list[list[Cell]]) -> None:
    from rich.text import Text

    for row in rows:
        first = next((n for n, cell in enumerate(row) if cell.shown), 0)
        console.print(Text(one_line(row[first].shown), style=row[first].style or "bold"), soft_wrap=True)
        for column, cell in zip(columns[first + 1 :], row[first + 1 :], strict=True):
            if cell.shown:
                said = Text(f"  {column.name}: " if column.name else "  ")
                console.print(said.append(one_line(cell.shown), style=cell.style), soft_wrap=True)
