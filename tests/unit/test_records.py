"""Cases and outbox items survive being stored, whatever their texts hold."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.adapters.records import CASE, DISPOSITION, ITEM, PIN, Records
from mailbot.core.messages import Address, Attachment, Draft
from mailbot.core.model import Case, Contact, Deadline, Entry, Field, Link, Milestones, Participant, State, Track
from mailbot.core.outbox import OutboxItem
from mailbot.errors import ConfigError
from mailbot.memory import Disposition, Pin

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ANY_TEXT = st.text(st.characters(), max_size=20)  # lone surrogates too: broken mail leaves them
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=9))])
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001 - bounds are naive
NUMBERS = st.floats(allow_nan=False)
VALUES = ANY_TEXT | st.booleans() | NUMBERS | st.lists(ANY_TEXT, max_size=3).map(tuple)


def few(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, max_size=2).map(tuple)


PLAIN = {str: ANY_TEXT, datetime: TIMES, float: NUMBERS}


def built(kind: type, **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of a dataclass: the fields named as said, plain ones of any value, the rest by their type."""
    plain = {name: PLAIN[hint] for name, hint in get_type_hints(kind).items() if hint in PLAIN}
    return st.builds(kind, **{**plain, **given})


CASES = built(
    Case,
    fields=few(built(Field, value=VALUES)),
    missing=few(ANY_TEXT),
    participants=few(built(Participant)),
    contacts=few(built(Contact, evidence=few(ANY_TEXT))),
    deadlines=few(built(Deadline)),
    timeline=few(built(Entry, message_id=st.none() | ANY_TEXT)),
    milestones=built(Milestones, accepted=st.none() | TIMES, closed=st.none() | TIMES),
    message_ids=few(ANY_TEXT),
    links=few(built(Link)),
    state=st.sampled_from(State),
    since=st.none() | TIMES,
    exploited=st.none() | st.booleans(),
)
DRAFTS = built(
    Draft,
    to=built(Address),
    attachments=few(built(Attachment, content=st.binary(max_size=20))),
    references=few(ANY_TEXT),
)
ITEMS = built(OutboxItem, draft=st.none() | DRAFTS, settled=st.none() | TIMES, contact=st.none() | st.integers(0, 9))


def stored(records: Records[Any], value: Any) -> Any:
    text = json.dumps(records.dump(value), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return records.load(json.loads(text.decode("utf-8", "surrogatepass")))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CASES)
def test_case_round_trip(case: Case) -> None:
    """A case comes back equal, its field values of the same type, its times with their zone."""
    found = stored(CASE, case)
    assert found == case
    assert [type(field.value) for field in found.fields] == [type(field.value) for field in case.fields]
    assert found.received.utcoffset() == case.received.utcoffset()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ITEMS)
def test_item_round_trip(item: OutboxItem) -> None:
    """An outbox item comes back equal, with the bytes of its attachments."""
    assert stored(ITEM, item) == item


@given(built(Disposition), built(Pin))
def test_small_records_round_trip(disposition: Disposition, pin: Pin) -> None:
    """A disposition and a pin come back equal."""
    assert stored(DISPOSITION, disposition) == disposition
    assert stored(PIN, pin) == pin


def test_document_shares_nothing_with_the_value() -> None:
    """Dumping twice gives equal documents with no list in common."""
    draft = Draft("ja/receipt", Address("", "a@b"), "finder", "s", "b", (Attachment("f", "t", b"x"),))
    case = Case("C", Track.WEBSITE, NOW, message_ids=("<a@b>",))
    first, second = CASE.dump(case), CASE.dump(case)
    first["message_ids"].append("<c@d>")
    assert second["message_ids"] == ["<a@b>"]
    assert draft.attachments[0].content == b"x"


def test_older_and_newer_records() -> None:
    """A record without a field gets its default, an unknown field is passed over, a newer version is refused."""
    document = CASE.dump(Case("C", Track.WEBSITE, NOW, priority="high"))
    del document["priority"]
    document["unknown"] = 1
    assert CASE.load(document) == Case("C", Track.WEBSITE, NOW)
    with pytest.raises(ConfigError, match="newer mailbot"):
        CASE.load({**document, "v": 2})


def test_time_without_zone() -> None:
    """A time without zone is our bug and is not stored."""
    with pytest.raises(ValueError, match="without zone"):
        CASE.dump(Case("C", Track.WEBSITE, NOW.replace(tzinfo=None)))
