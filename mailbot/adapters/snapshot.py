"""A journal file written anew: its first frame, and all rows as they are now."""

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailbot.adapters.codec import Codec, Unsealable
from mailbot.adapters.durable import write_stream
from mailbot.adapters.frames import damaged, pack
from mailbot.errors import ConfigError

SCHEMA = 2
Row = dict[str, Any]  # what JSON can hold
Tables = dict[str, dict[str, Row]]
_ROWS_A_FRAME = 200
_SHORT = 40  # characters of a code, a moment or a name
PROOF = b"mailbot"


@dataclass(frozen=True)
class Head:
    """What the first frame says: `file` is random, so that no frame of another file opens in this one.

    `frames` is how many there were when the file got its name: with fewer it lost some. 0 in files that do not say so.
    """

    file: str
    schema: int = SCHEMA
    frames: int = 0

    def purpose(self, number: int) -> str:
        """What frame `number` of this file is sealed for."""
        return f"journal {self.file} {number}"


def encode(content: Mapping[str, Any]) -> bytes:
    """JSON as bytes; lone surrogates of broken mail survive."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def decode(payload: bytes) -> Any:
    """What `encode` was given."""
    return json.loads(payload.decode("utf-8", "surrogatepass"))


def decode_rows(payload: bytes) -> Any:
    """The same for what stays in memory: short texts that say the same are one object."""
    known: dict[str, str] = {}

    def shared(row: Row) -> Row:
        for name, value in row.items():
            if type(value) is str and len(value) <= _SHORT:
                row[name] = known.setdefault(value, value)
        return row

    return json.loads(payload.decode("utf-8", "surrogatepass"), object_hook=shared)


def read_head(payload: bytes, codec: Codec, path: Path) -> Head:
    """The head, checked. Raises ConfigError for a newer schema or another key, PermanentError for damage."""
    try:
        said = json.loads(payload)
        schema, name = int(said["schema"]), str(said["codec"])
        head = Head(str(said["file"]), schema, int(said.get("frames", 0)))
        proof = b64decode(said["proof"])
    except (ValueError, KeyError, TypeError) as exc:
        raise damaged(str(path), 0) from exc
    if schema > SCHEMA:
        raise ConfigError((f"{path}: written by a newer mailbot (schema {schema}, this one knows {SCHEMA}): upgrade",))
    if name != codec.name:
        raise ConfigError((f"{path}: the file is {name}, the setting says {codec.name}; see [state].key_file",))
    try:
        codec.unseal(proof, head.purpose(0))
    except Unsealable as exc:
        raise ConfigError((f"{path}: sealed with another key; put back the right one ([state].key_file)",)) from exc
    return head


@dataclass(frozen=True)
class Written:
    """A snapshot as it lies on the disk: its head, how many frames, how many bytes."""

    head: Head
    frames: int
    size: int


def write_snapshot(path: Path, codec: Codec, tables: Tables, lines: Sequence[str]) -> Written:
    """Put a new file in the place of `path`, durable when it returns. Raises OSError; `path` is then as before.

    Raises UnconfirmedError (an OSError) when the new file is in its place but may not stay there after a power cut.
    """
    contents = list(_contents(tables, lines))
    head = Head(secrets.token_hex(16), frames=1 + len(contents))
    count = size = 0

    def chunks() -> Iterator[bytes]:
        nonlocal count, size
        for payload in _payloads(head, codec, contents):
            chunk = pack(count, payload)
            count, size = count + 1, size + len(chunk)
            yield chunk

    write_stream(path, chunks())
    return Written(head, count, size)


def _payloads(head: Head, codec: Codec, contents: Sequence[Row]) -> Iterator[bytes]:
    proof = b64encode(codec.seal(PROOF, head.purpose(0))).decode("ascii")
    yield encode({"schema": SCHEMA, "codec": codec.name, "file": head.file, "proof": proof, "frames": head.frames})
    for number, content in enumerate(contents, 1):
        yield codec.seal(encode({**content, "snapshot": True}), head.purpose(number))


def _contents(tables: Tables, lines: Sequence[str]) -> Iterator[Row]:
    yield {"ops": [], "lines": lines}
    for name, rows in tables.items():
        operations = [(name, row_id, row) for row_id, row in rows.items()]
        for start in range(0, len(operations), _ROWS_A_FRAME):
            yield {"ops": operations[start : start + _ROWS_A_FRAME], "lines": []}
