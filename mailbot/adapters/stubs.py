"""What stays in memory of an archived case and its mails: as much of each row as the indexes ask for, and its place."""

import json
import zlib
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Mapping
from datetime import datetime

from mailbot.adapters.archive import Place
from mailbot.adapters.records import CASE
from mailbot.adapters.snapshot import Row
from mailbot.core.brief import EDITION, in_brief
from mailbot.core.fields import SUBJECT
from mailbot.core.model import Case

_scan = json.JSONDecoder().raw_decode
_MARK = "archived"
_BRIEF = "brief"
_OF_CASE = ("v", "track", "state", "message_ids")
_OF_ITEM = ("v", "case", "created", "next", "status", "message_id", "template", "settled")


def case_stub(row: Row, place: Place) -> Row:
    """The short row of a case that has ended: it has no deadline, and nobody looks its contact points up."""
    fields = [{"name": f["name"], "value": f["value"]} for f in row["fields"] if f["name"] in SUBJECT]
    kept = {name: row[name] for name in _OF_CASE}
    brief = {"edition": EDITION, **CASE.dump_short(in_brief(CASE.load(row)))}
    # One text in the row, a third as long: whoever reads the row for another reason steps over it.
    text = b64encode(zlib.compress(json.dumps(brief, separators=(",", ":")).encode("ascii")))
    return {**kept, "fields": fields, "contacts": [], "deadlines": [], _BRIEF: text.decode("ascii"), _MARK: place.row()}


def brief_of(row: Row) -> Case | None:
    """The case in brief, where that is all that lies here; None also of one that another edition has kept."""
    brief = _scan(zlib.decompress(a2b_base64(row[_BRIEF])).decode("ascii"))[0] if _BRIEF in row else {}
    return CASE.load(brief) if brief.get("edition") == EDITION else None


def item_stub(row: Row, place: Place) -> Row:
    """The short row of a mail that is settled; a receipt's address is counted by."""
    counted = row["draft"] and row["template"].endswith("receipt")
    draft = {"to": {"address": row["draft"]["to"]["address"]}} if counted else None
    return {**{name: row[name] for name in _OF_ITEM if name in row}, "draft": draft, _MARK: place.row()}


def place_of(row: Mapping[str, object]) -> Place | None:
    """Where the whole of that row lies; None if this is it."""
    found = row.get(_MARK)
    return Place(**found) if isinstance(found, dict) else None


def settled_since(row: Row, since: datetime) -> bool | None:
    """Whether the item is settled since then; None where a short row of an older kind does not say when it was."""
    if "settled" not in row:
        return None if _MARK in row else False
    return row["settled"] is not None and datetime.fromisoformat(row["settled"]) >= since


def moved(row: Row, place: Place) -> Row:
    """The short row, pointing elsewhere."""
    return {**row, _MARK: place.row()}
