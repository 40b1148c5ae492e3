"""Case records that a desk brought along, as rows of the store: groups of many records, packed.

Theory. The whole journal is read whenever the desk is opened; twenty years of records, one row each, would make every
start slow. Packed they are a twentieth of their size and are unpacked only for the statistics.
"""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence

from mailbot.adapters.journal import Operation
from mailbot.adapters.snapshot import Row

TABLE = "brought"
_VERSION = 1


def lines_of(rows: Mapping[str, Row]) -> Iterator[bytes]:
    """Every record of the rows, a line each."""
    for row in rows.values():
        yield from zlib.decompress(b64decode(row["deflated"])).splitlines()


def operations(rows: Mapping[str, Row], groups: Mapping[str, Sequence[str]]) -> list[Operation]:
    """What to change so that the rows hold these groups and nothing else."""
    wanted = {name: _row(lines) for name, lines in groups.items() if lines}
    gone: list[Operation] = [(TABLE, name, None) for name in rows if name not in wanted]
    return gone + [(TABLE, name, row) for name, row in wanted.items() if rows.get(name) != row]


def _row(lines: Sequence[str]) -> Row:
    packed = zlib.compress("\n".join(lines).encode(), level=9)
    return {"v": _VERSION, "deflated": b64encode(packed).decode("ascii")}
