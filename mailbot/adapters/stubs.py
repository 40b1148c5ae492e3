"""What stays in memory of an archived case and its mails: as much of each row as the indexes ask for, and its place."""

from collections.abc import Mapping

from mailbot.adapters.archive import Place
from mailbot.adapters.snapshot import Row
from mailbot.core.duplicates import INDEXED

_MARK = "archived"
_OF_CASE = ("v", "state", "message_ids")
_OF_ITEM = ("v", "case", "created", "next", "status", "message_id", "template")


def case_stub(row: Row, place: Place) -> Row:
    """The short row of a case that has ended: it has no deadline, and nobody looks its contact points up."""
    fields = [{"name": f["name"], "value": f["value"]} for f in row["fields"] if f["name"] in INDEXED]
    kept = {name: row[name] for name in _OF_CASE}
    return {**kept, "fields": fields, "contacts": [], "deadlines": [], _MARK: place.row()}


def item_stub(row: Row, place: Place) -> Row:
    """The short row of a mail that is settled; a receipt's address is counted by."""
    counted = row["draft"] and row["template"].endswith("receipt")
    draft = {"to": {"address": row["draft"]["to"]["address"]}} if counted else None
    return {**{name: row[name] for name in _OF_ITEM}, "draft": draft, _MARK: place.row()}


def place_of(row: Mapping[str, object]) -> Place | None:
    """Where the whole of that row lies; None if this is it."""
    found = row.get(_MARK)
    return Place(**found) if isinstance(found, dict) else None


def moved(row: Row, place: Place) -> Row:
    """The short row, pointing elsewhere."""
    return {**row, _MARK: place.row()}
