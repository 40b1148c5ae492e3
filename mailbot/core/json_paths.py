"""Walking through JSON of which nothing is sure: what is missing or of another type is simply not there."""

from collections.abc import Iterator
from typing import Any

_MOST = 200


def at(value: Any, *path: str) -> Any:
    """What stands at the path, None if anything on the way is missing."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def entries(value: Any, *path: str) -> Iterator[dict[str, Any]]:
    """The objects of the list at the path."""
    found = at(value, *path)
    yield from (entry for entry in (found[:_MOST] if isinstance(found, list) else ()) if isinstance(entry, dict))


def words(value: Any, *path: str) -> str:
    """The text at the path, "" if there is none."""
    found = at(value, *path)
    return found.strip() if isinstance(found, str) else ""


def unique(values: Iterator[str]) -> list[str]:
    """The texts that are not empty, each once."""
    return list(dict.fromkeys(value for value in values if value))
