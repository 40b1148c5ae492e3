"""Rows as they are kept in memory and in frames: as JSON, which takes half the memory of the objects and opens faster.

A frame's content is `{"keys":[…],"ops":[[table,id,row],…],"lines":[…]}`; the keys are table and id of each operation,
and how many bytes stand before its row and in it, so that no row has to be read to find the next one. Frames of older
files lack them.
"""

import json
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]  # what JSON can hold
Text = bytes  # a row as JSON
Written = tuple[str, str, Text | None]  # table, row id, the row or None to remove it
_KEYS, _ROWS = b'{"keys":', b',"ops":['  # neither can stand within a JSON text: there a quote has a backslash
_quoted = json.encoder.encode_basestring
_scan = json.JSONDecoder().raw_decode
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def encode(content: object) -> bytes:
    """JSON as bytes; lone surrogates of broken mail survive."""
    return _write(content).encode("utf-8", "surrogatepass")


def decode(payload: bytes) -> Any:
    """What `encode` was given."""
    return json.loads(payload.decode("utf-8", "surrogatepass"))


class Rows(MutableMapping[str, Row]):
    """The rows of one table by their ids, in the order in which they were first stored; each look makes a new one."""

    __slots__ = ("texts",)

    def __init__(self) -> None:
        self.texts: dict[str, Text] = {}

    def __getitem__(self, row_id: str) -> Row:
        row: Row = _scan(self.texts[row_id].decode("utf-8", "surrogatepass"))[0]
        return row

    def __setitem__(self, row_id: str, row: Row) -> None:
        self.texts[row_id] = encode(row)

    def __delitem__(self, row_id: str) -> None:
        del self.texts[row_id]

    def __contains__(self, row_id: object) -> bool:
        return row_id in self.texts

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)


def texts_of(rows: Mapping[str, Row]) -> Iterator[tuple[str, Text]]:
    """Each id and its row as JSON."""
    yield from rows.texts.items() if isinstance(rows, Rows) else ((row_id, encode(row)) for row_id, row in rows.items())


@dataclass(frozen=True)
class Content:
    """What one frame says; `snapshot`: it belongs to a file that was written anew."""

    operations: Sequence[Written]
    lines: Sequence[str]
    snapshot: bool = False

    def pack(self) -> bytes:
        """The payload of the frame."""
        keys, parts = list[str](), list[bytes]()
        for table, row_id, text in self.operations:
            key, row = f"[{_quoted(table)},{_quoted(row_id)},", b"null" if text is None else text
            head = key.encode("utf-8", "surrogatepass")
            keys.append(f"{key}{len(head)},{len(row)}]")
            parts += (head, row, b"],")
        if parts:
            parts[-1] = b"]"
        known = f"[{','.join(keys)}]".encode("utf-8", "surrogatepass")
        rest = encode({"lines": list(self.lines), **({"snapshot": True} if self.snapshot else {})})
        return b"".join((_KEYS, known, _ROWS, *parts, b"],", rest[1:]))


def unpack(payload: bytes) -> Content:
    """What was packed, also by an older mailbot. Raises ValueError."""
    if not payload.startswith(_KEYS):
        said = decode(payload)
        operations = [(table, row_id, None if row is None else encode(row)) for table, row_id, row in said["ops"]]
        return Content(operations, said["lines"], bool(said.get("snapshot")))
    end = payload.index(_ROWS)
    at = end + len(_ROWS)
    read: list[Written] = []
    for table, row_id, head, size in decode(payload[len(_KEYS) : end]):
        text = payload[at + head : at + head + size]
        read.append((table, row_id, None if text == b"null" else text))
        at += head + size + len(b"],")
    at += 0 if read else len(b"]")  # behind the last row its bracket and that of all of them have been passed
    rest = decode(b"{" + payload[at + 1 :])
    return Content(read, rest["lines"], bool(rest.get("snapshot")))
