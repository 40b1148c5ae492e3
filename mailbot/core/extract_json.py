"""Reading a report that came as a JSON object: its keys are labels of the JSON form."""

import json
from typing import Any

from mailbot.core.extract_form import Answer, Filled
from mailbot.core.form_lines import keys_of
from mailbot.core.rule_shapes import Form

_DEPTH = 8
_ENTRIES = 500


def read_json(text: str, form: Form) -> Filled | None:
    """The object as answers of the form; None if the text is no JSON object."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        table = json.loads(text)
    except (ValueError, RecursionError):
        return None
    filled = Filled(form)
    entries: list[tuple[tuple[str, ...], str]] = []
    _flatten(table, (), entries)
    for path, words in entries:
        items = next((form.index[key] for label in _labels(path) for key in keys_of(label) if key in form.index), None)
        if items is None:
            filled.rest.append(f"{'.'.join(path)}: {words}")
        else:
            filled.answers.append(Answer(".".join(path), items, lines=words.split("\n")))
    return filled


def _labels(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path and its ends, longest first: "researcher.name", then "name"."""
    return tuple(".".join(path[i:]) for i in range(len(path)))


def _flatten(value: Any, path: tuple[str, ...], into: list[tuple[tuple[str, ...], str]]) -> None:
    if len(into) >= _ENTRIES or len(path) > _DEPTH or value is None:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            _flatten(inner, (*path, str(key)), into)
    elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        for inner in value:
            _flatten(inner, path, into)
    elif isinstance(value, list):
        into.append((path, "\n".join(str(inner) for inner in value)))
    else:
        into.append(
            (path, {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value))
        )
