"""A sign of life on a terminal while long work goes on: what is done, how many, since when. Elsewhere nothing."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


class _Shown:
    """The one that is on the screen."""

    now: "Progress | None" = None


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Show on the terminal's stderr that this goes on, until it ends or the result begins."""
    if _Shown.now is not None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    from rich.console import Console  # a terminal's alone: other starts need not wait for it
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}{task.fields[count]}", markup=False), TimeElapsedColumn())
    console = Console(stderr=True, color_system=None if os.environ.get("NO_COLOR") else "auto")
    # What goes to stdout is the result, also where both are the same terminal.
    shown = Progress(*columns, console=console, transient=True, redirect_stdout=False)
    shown.add_task(what, total=None, count="")
    _Shown.now = shown
    shown.start()
    try:
        yield
    finally:
        end()


def counted(done: int) -> None:
    """Show how many were done."""
    if _Shown.now is not None:
        _Shown.now.update(_Shown.now.task_ids[0], count=f": {done:,}")


def end() -> None:
    """Take it off the screen; the result may be printed."""
    shown, _Shown.now = _Shown.now, None
    if shown is not None:
        shown.stop()
