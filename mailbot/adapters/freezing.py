"""Which rows move to the archives, and what has to be written there anew when something is to be gone for good."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice

from mailbot.adapters.archive import Archives, Frozen, Place
from mailbot.adapters.journal import Operation
from mailbot.adapters.snapshot import Row
from mailbot.adapters.stubs import case_stub, item_stub, moved, place_of
from mailbot.core.outbox import Status

AT_ONCE = 200
"""Cases moved by one call: as many are held in memory whole, and the outside waits that long."""
_SETTLED = (Status.SENT.value, Status.DEAD.value)
Rows = Mapping[str, Row]


def freeze(
    archives: Archives, cases: Rows, items: Rows, ended: Iterable[str], mails: Callable[[str], Sequence[str]]
) -> list[Operation]:
    """Write those of the cases that have ended whose mail is settled to the archives; the short rows that stay.

    `AT_ONCE` at most; `mails` names the items of a case. Raises TransientError when the disk takes nothing.
    """
    settled = (c for c in ended if all(items[item]["status"] in _SETTLED for item in mails(c)))
    years: dict[int, list[str]] = defaultdict(list)
    for case_id in islice(settled, AT_ONCE):
        years[_year(cases[case_id])].append(case_id)
    operations: list[Operation] = []
    for year, case_ids in sorted(years.items()):
        frozen = [_frozen(archives, c, cases[c], {item: items[item] for item in mails(c)}) for c in case_ids]
        for place, one in zip(archives.append(year, frozen), frozen, strict=True):
            operations.append(("cases", one.case, case_stub(one.rows, place)))
            operations += [("outbox", item_id, item_stub(row, place)) for item_id, row in one.items.items()]
    return operations


def whole(archives: Archives, row_id: str, row: Row, *, item: bool = False) -> Row:
    """The row with all that it holds, wherever that lies."""
    place = place_of(row)
    if place is None:
        return row
    frozen = archives.read(place)
    return frozen.items[row_id] if item else frozen.rows


def track_of(archives: Archives, case_id: str, row: Row) -> str:
    """The track of a case; one that was archived before short rows named it is read for it."""
    track: str = (row if "track" in row else whole(archives, case_id, row))["track"]
    return track


def thin_out(archives: Archives, cases: Rows, items: Rows) -> tuple[list[Operation], set[str]]:
    """Leave what no row points to out of new generations of the files; the rows that point there, the files in use."""
    used: dict[str, dict[Place, list[tuple[str, str, Row]]]] = defaultdict(lambda: defaultdict(list))
    for table, rows in (("cases", cases), ("outbox", items)):
        for row_id, row in rows.items():
            if place := place_of(row):
                used[place.file][place].append((table, row_id, row))
    there: dict[str, set[Place]] = defaultdict(set)
    for place, _ in archives.check():
        there[place.file].add(place)
    operations: list[Operation] = []
    live = set(used)
    for name in sorted(there):
        places = sorted(used.get(name, ()), key=lambda place: place.number)
        if not places or there[name] == set(places):
            continue
        renewed = archives.rewrite(name, (archives.read(place) for place in places))
        for old, new in zip(places, renewed, strict=True):
            operations += [(table, row_id, moved(row, new)) for table, row_id, row in used[name][old]]
        live = live - {name} | {new.file for new in renewed}
    return operations, live


def _year(row: Row) -> int:
    return datetime.fromisoformat(row.get("since") or row["received"]).astimezone(UTC).year


def _frozen(archives: Archives, case_id: str, row: Row, items: Rows) -> Frozen:
    return Frozen(case_id, row, {item_id: whole(archives, item_id, item, item=True) for item_id, item in items.items()})
