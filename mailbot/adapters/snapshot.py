"""A journal file written anew: its first frame, and all rows as they are now."""

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailbot.adapters.codec import Codec, Unsealable
from mailbot.adapters.durable import write_stream
from mailbot.adapters.frames import damaged, pack
from mailbot.adapters.kept_rows import Content, Row, decode, encode, texts_of
from mailbot.errors import ConfigError

__all__ = ["SCHEMA", "Head", "Row", "Tables", "decode", "encode", "read_head", "write_snapshot"]
SCHEMA = 2
Tables = Mapping[str, Mapping[str, Row]]
_ROWS_A_FRAME = 200
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


def _payloads(head: Head, codec: Codec, contents: Sequence[Content]) -> Iterator[bytes]:
    proof = b64encode(codec.seal(PROOF, head.purpose(0))).decode("ascii")
    yield encode({"schema": SCHEMA, "codec": codec.name, "file": head.file, "proof": proof, "frames": head.frames})
    for number, content in enumerate(contents, 1):
        yield codec.seal(content.pack(), head.purpose(number))


def _contents(tables: Tables, lines: Sequence[str]) -> Iterator[Content]:
    yield Content((), lines, snapshot=True)
    for name, rows in tables.items():
        operations = [(name, row_id, text) for row_id, text in texts_of(rows)]
        for start in range(0, len(operations), _ROWS_A_FRAME):
            yield Content(operations[start : start + _ROWS_A_FRAME], (), snapshot=True)
