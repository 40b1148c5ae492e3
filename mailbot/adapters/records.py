"""Dataclasses as JSON documents and back.

Own converters, built once from the type hints: pydantic refuses the lone surrogates that broken mail can leave in a
text, and the store must keep whatever a case holds. What comes back was written by us, so it is not validated again.
"""

import types
import typing
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, Generic, TypeVar

from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem
from mailbot.errors import ConfigError
from mailbot.memory import Disposition, Pin

VERSION = 1
Document = dict[str, Any]  # what JSON can hold
_Convert = Callable[[Any], Any]
_Pair = tuple[_Convert, _Convert]
T = TypeVar("T")


class Records(Generic[T]):
    """Writes and reads the documents of one dataclass."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._dump, self._load = _dataclass_pair(kind)

    def dump(self, value: T) -> Document:
        """A document that shares nothing mutable with `value`; the same value gives the same document."""
        return {"v": VERSION, **self._dump(value)}

    def dump_short(self, value: T) -> Document:
        """A document that `load` takes, without all that is as a new value has it. Of a value that holds no bytes."""
        return {"v": VERSION, **_short(value)}

    def load(self, document: Mapping[str, Any]) -> T:
        """The value; fields it was stored without get their defaults. Raises ConfigError for a newer version."""
        if document["v"] > VERSION:
            raise ConfigError(
                (f"a {self._kind.__name__} was stored by a newer mailbot (version {document['v']}); upgrade this one",)
            )
        value: T = self._load(document)
        return value


def _short(value: Any) -> Any:
    if is_dataclass(value):
        parts = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: _short(part) for field, part in parts if part != _default(field)}
    if isinstance(value, tuple):
        return [_short(part) for part in value]
    return _dump_time(value) if isinstance(value, datetime) else value


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _dataclass_pair(kind: type) -> _Pair:
    hints = typing.get_type_hints(kind)
    names = tuple(field.name for field in fields(kind))
    values_of = attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)
    pairs = {name: _pair(hints[name]) for name in names}
    dumps = tuple((name, pair[0]) for name, pair in pairs.items() if pair)
    loads = tuple((name, pair[1]) for name, pair in pairs.items() if pair)
    known = frozenset(names)

    def dump(value: Any) -> Document:
        document = dict(zip(names, values_of(value), strict=True))
        for name, convert in dumps:
            document[name] = convert(document[name])
        return document

    def load(document: Mapping[str, Any]) -> Any:
        values = {name: found for name, found in document.items() if name in known}
        for name, convert in loads:
            if name in values:
                values[name] = convert(values[name])
        return kind(**values)

    return dump, load


def _pair(hint: Any) -> _Pair | None:
    """How to write and read a value of that type; None where JSON holds it as it is."""
    if hint in (str, int, float, bool, types.NoneType):
        return None
    if hint is datetime:
        return _dump_time, datetime.fromisoformat
    if hint is bytes:
        return _dump_bytes, b64decode
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return str, hint
    if is_dataclass(hint) and isinstance(hint, type):
        return _dataclass_pair(hint)
    if typing.get_origin(hint) is tuple:
        return _tuple_pair(_pair(typing.get_args(hint)[0]))
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return _union_pair([member for member in typing.get_args(hint) if member is not types.NoneType])
    raise TypeError(f"no way to store {hint}")


def _tuple_pair(inner: _Pair | None) -> _Pair:
    if inner is None:
        return list, tuple
    dump, load = inner
    return (lambda values: [dump(value) for value in values]), (lambda values: tuple([load(value) for value in values]))


def _union_pair(members: list[Any]) -> _Pair | None:
    """Either one type that may be absent, or plain values and at most one kind of tuple of them."""
    pairs = [pair for pair in map(_pair, members) if pair]
    if not pairs:
        return None
    dump, load = pairs[0]
    if len(members) == 1:
        return (
            lambda value: None if value is None else dump(value),
            lambda value: None if value is None else load(value),
        )
    if pairs != [(list, tuple)]:
        raise TypeError(f"no way to tell {members} apart")
    return (
        lambda value: dump(value) if isinstance(value, tuple) else value,
        lambda value: load(value) if isinstance(value, list) else value,
    )


def _dump_time(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a time without zone cannot be stored")
    return value.isoformat()


def _dump_bytes(value: bytes) -> str:
    return b64encode(value).decode("ascii")


CASE = Records(Case)
ITEM = Records(OutboxItem)
DISPOSITION = Records(Disposition)
PIN = Records(Pin)
