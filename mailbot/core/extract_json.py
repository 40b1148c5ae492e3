"""Reading a report that came as a JSON object: its keys are labels of the JSON form."""

import json
from collections.abc import Callable
from itertools import islice
from typing import Any

from mailbot.core.extract_csaf import csaf_terms
from mailbot.core.extract_cve import cve_terms
from mailbot.core.extract_form import Answer, Filled
from mailbot.core.form_lines import keys_of
from mailbot.core.form_shapes import Form
from mailbot.core.patterns import compile_pattern

_BRACE = compile_pattern(r"(?m)^\s*([\[{])")
_DEPTH = 8
_ENTRIES = 500
_TRIES = 5
_INSIDE_A_LETTER = 5
_FORMATS: tuple[Callable[[dict[str, Any]], dict[str, Any] | None], ...] = (cve_terms, csaf_terms)


def read_json(text: str, form: Form, usual: Form | None = None) -> Filled | None:
    """The object as answers of the form; None if the text holds no JSON object that is a report.

    A key that the form lacks is read as the label that people use, if `usual` has it.
    """
    found = _object_in(text)
    if found is None:
        return None
    table, letter = found
    terms = _terms(table)
    filled = _filled(table if terms is None else terms, form, usual)
    filled.rest += letter.split("\n") if letter else []
    if terms is not None:
        filled.titled = True
    return filled if terms is not None or not letter or filled.labels >= _INSIDE_A_LETTER else None


def _object_in(text: str) -> tuple[dict[str, Any], str] | None:
    """The first JSON object that begins a line, and what stands around it; of a list the first object."""
    if "{" not in text:
        return None
    decoder = json.JSONDecoder()
    for found in islice(_BRACE.finditer(text), _TRIES):
        begin = found.start(1)
        try:
            value, end = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            continue
        value = value[0] if isinstance(value, list) and value else value
        around = f"{text[:begin]}\n{text[end:]}".replace("```json", "").replace("```", "").strip()
        return (value, around) if isinstance(value, dict) else None
    return None


def _terms(table: dict[str, Any]) -> dict[str, Any] | None:
    """The object in the words of our form, if it is of a format that we know; None for any other."""
    return next((terms for read in _FORMATS if (terms := read(table)) is not None), None)


def _filled(table: dict[str, Any], form: Form, usual: Form | None) -> Filled:
    filled = Filled(form)
    entries: list[tuple[tuple[str, ...], str]] = []
    _flatten(table, (), entries)
    for path, words in entries:
        keys = [key for label in _labels(path) for key in keys_of(label)]
        items = next((form.index[key] for key in keys if key in form.index), None)
        if items is None and usual is not None:
            items = next((usual.index[key] for key in keys if key in usual.index), None) or None
        if items is None:
            filled.rest.append(f"{'.'.join(path)}: {words}")
        else:
            filled.answers.append(Answer(".".join(path), items, lines=words.split("\n")))
    _forget_version_alone(filled)
    return filled


def _forget_version_alone(filled: Filled) -> None:
    """A version where no product is named is that of the file's own layout."""
    if not any(item.field == "product.name" and answer.text for answer in filled.answers for item in answer.items):
        filled.answers = [a for a in filled.answers if not any(item.field == "product.version" for item in a.items)]


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
