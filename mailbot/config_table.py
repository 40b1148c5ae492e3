"""What every key of mailbot.toml means, as a table and as the page docs/configuration.md."""

import json
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from mailbot.config_keys import TABLES

_BEGIN, _END = "<!-- keys: made by `make docs` -->", "<!-- end of keys -->"
_HEAD = """\
# Configuration

Every key of `mailbot.toml`. This page is made from the descriptions in `mailbot/config_keys.py` by `make docs`.

Paths are taken from the folder that `mailbot.toml` is in. Secrets never stand in the file: a key that ends in `_env`
names an environment variable, `_file` a file whose first line is the secret, `_command` a program that prints it
(a list of its name and arguments; no shell runs it). One of the three is enough.
"""


def describe() -> list[tuple[str, str, str]]:
    """Every key as `[imap].port`, its default as TOML ("required", or "" for none) and its meaning."""
    return [
        (f"{table}.{name}", _default(field), field.description or "")
        for table, keys in TABLES
        for name, field in sorted(keys.model_fields.items(), key=lambda pair: not pair[1].is_required())
    ]


def page() -> str:
    """The text of docs/configuration.md."""
    parts = [_HEAD]
    for table, keys in TABLES:
        parts.append(f"\n## `{table}`\n\n{keys.__doc__}\n\n| key | default | meaning |\n|---|---|---|\n")
        for key, default, meaning in describe():
            if key.startswith(f"{table}."):
                parts.append(f"| `{key.rpartition('.')[2]}` | {_code(default)} | {meaning} |\n")
    return "".join(parts)


def brief() -> str:
    """The README's table: every key, its default and its meaning."""
    rows = (f"| `{key}` | {_code(default)} | {meaning} |" for key, default, meaning in describe())
    return "\n".join(("| key | default | meaning |", "|---|---|---|", *rows))


def within(readme: str) -> str:
    """The README's text with its table as it should be."""
    head, mark, rest = readme.partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    return f"{head}{mark}\n{brief()}\n{end}{tail}"


def _code(default: str) -> str:
    return f"`{default}`" if default not in ("", "required") else default


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value: Any = field.default
    if value is None:
        return ""
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
