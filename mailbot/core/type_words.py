"""What a type of vulnerability means to those who have to act: plain words for an office, and what its engineers need.

One file a language and type, `<language>/types/<type>.toml`; a type without one of its own is told in the words of
`other`.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

OTHER = "other"
FOLDER = "types/"

_KEYS: Mapping[str, tuple[str, ...]] = {
    "website": ("happens", "harmed", "first"),
    "product": ("happens", "harmed", "first"),
    "contractor": ("mend", "check"),
}


@dataclass(frozen=True)
class TypeWords:
    """The words for one type on one track; each may have several lines."""

    happens: str  # what can happen
    harmed: str  # to whom
    first: str  # what to do first
    mend: str  # for whoever mends it: what to change
    check: str  # and how to see that it is mended


NO_WORDS = TypeWords("", "", "", "", "")

Tables = Mapping[str, Mapping[str, str]]
"""A file: table -> key -> text."""


def words_for(types: Mapping[str, Tables], code: str, *, website: bool) -> TypeWords:
    """The words for type `code` of one language; those of `other` where it has none."""
    tables = types.get(code) or types.get(OTHER)
    if tables is None:
        return NO_WORDS
    return TypeWords(**tables["website" if website else "product"], **tables["contractor"])


def read_types(language: str, files: Mapping[str, str], problems: list[str]) -> dict[str, Tables]:
    """The types among a language's `files` (path below its folder -> text); what is wrong is added to `problems`."""
    found: dict[str, Tables] = {}
    for path, text in sorted(files.items()):
        if not is_type_file(path):
            continue
        where = f"templates/{language}/{path}"
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as exc:
            problems.append(f"{where}: {exc}")
            continue
        wrong = list(_wrong(tables))
        problems += [f"{where}: {problem}" for problem in wrong]
        if not wrong:
            found[path.removeprefix(FOLDER).removesuffix(".toml")] = tables
    if f"{FOLDER}{OTHER}.toml" not in files:
        problems.append(f"templates/{language}/{FOLDER}{OTHER}.toml: is missing")
    return found


def is_type_file(path: str) -> bool:
    """Whether a path below a language's folder is a type's words."""
    return path.startswith(FOLDER) and path.endswith(".toml") and path.count("/") == 1


def _wrong(tables: Mapping[str, object]) -> Iterator[str]:
    for table in tables.keys() - _KEYS.keys():
        yield f"[{table}] is none of {', '.join(_KEYS)}"
    for table, keys in _KEYS.items():
        given = tables.get(table)
        if not isinstance(given, dict):
            yield f"[{table}] is missing"
            continue
        for key in given.keys() - set(keys):
            yield f"[{table}] {key} is none of {', '.join(keys)}"
        for key in keys:
            text = given.get(key)
            if not isinstance(text, str) or not text.strip():
                yield f"[{table}] {key} must be a text"
