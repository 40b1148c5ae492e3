"""What is wrong with a configuration, in words that say where and what to do."""

from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

_SECRETS = ("password", "passphrase", "token", "client_secret", "key")
_OTHER_TYPES = {
    "model_type": "must be a table: a line [name] and its keys below it",
    "tuple_type": "must be a list, in square brackets",
    "string_type": "must be text, in quotes",
    "too_short": "must not be empty",
}


def where(location: tuple[int | str, ...]) -> str:
    """A place in the file as its reader would name it: `[imap].port`, `[[coordinator]] 2: address`."""
    tables = [part for part in location if isinstance(part, str)]
    numbers = [part + 1 for part in location if isinstance(part, int)]
    if location[0] == "coordinator":
        entry = f" {numbers[0]}" if numbers else ""
        return f"[[coordinator]]{entry}" + "".join(f": {key}" for key in tables[1:])
    if len(tables) == 1:
        return f"[{tables[0]}]"
    if tables[1] == "oauth2":
        tables = [".".join(tables[:2]), *tables[2:]]
    place = f"[{tables[0]}]" + "".join(f".{key}" for key in tables[1:])
    return place + "".join(f", entry {number}" for number in numbers)


def sentence(error: ErrorDetails, keys: type[BaseModel]) -> str:
    """One finding of pydantic as a problem; `keys` is the table that it stands in."""
    location, last = error["loc"], str(error["loc"][-1])
    match error["type"]:
        case "extra_forbidden":
            what = _unknown(last, keys, is_table=len(location) == 1)
        case "missing":
            field = keys.model_fields.get(last)
            what = f"is missing: {field.description}" if field and field.description else "is missing"
        case "literal_error":
            expected = error["ctx"]["expected"].replace("'", '"')
            what = f"must be {expected}" + _got(error["input"])
        case "tuple_type" if location == ("coordinator",):
            what = "each coordinator is a table of its own; write [[coordinator]] above it"
        case kind:
            what = _OTHER_TYPES.get(kind, error["msg"])
    return f"{where(location)}: {what}"


def _got(value: Any) -> str:
    return f', got "{value[:60]}"' if isinstance(value, str) else ""


def _unknown(name: str, keys: type[BaseModel], *, is_table: bool) -> str:
    if name in _SECRETS and not is_table:
        return f"secrets never stand in this file; give {name}_env, {name}_file or {name}_command"
    near = get_close_matches(name, keys.model_fields, n=1)
    thing = "table" if is_table else "key"
    return f'there is no such {thing}; did you mean "{near[0]}"?' if near else f"there is no such {thing}; take it out"
