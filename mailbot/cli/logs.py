"""What goes to stderr beside the result: lines for people, or JSON for who collects them."""

import json
import logging
import sys
from enum import StrEnum
from typing import Any

from mailbot.cli.output import escaped, one_line, say_through

_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class LogForm(StrEnum):
    """How a log line looks."""

    TEXT = "text"
    JSON = "json"


def begin(*, verbose: bool, form: LogForm) -> None:
    """Log to stderr from now on. No line holds report text or a secret, at either level."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(form))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler])
    said = logging.getLogger("mailbot")
    say_through(None if form is LogForm.TEXT else lambda text: said.warning("%s", text))
    # It logs the traceback of a detector that chokes on a mail, and with it pieces of that mail.
    logging.getLogger("flufl.bounce").disabled = True


class _Lines(logging.Formatter):
    """One line a message: what a server answered begins no line of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return one_line(super().formatMessage(record))


def _dumps(value: object, **how: Any) -> str:
    return escaped(json.dumps(value, **how))


def _formatter(form: LogForm) -> logging.Formatter:
    if form is LogForm.TEXT:
        return _Lines(_LINE)
    from pythonjsonlogger.json import JsonFormatter  # for who asks for it

    names = {"levelname": "level", "name": "logger"}
    return JsonFormatter(
        "{levelname}{name}{message}",
        style="{",
        timestamp=True,
        json_ensure_ascii=False,
        json_serializer=_dumps,
        rename_fields=names,
    )
