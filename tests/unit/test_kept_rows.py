"""Rows as they are kept: what is packed into a frame is what comes out of it, whatever it says."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.adapters.kept_rows import Content, Rows, encode, texts_of, unpack

TEXTS = st.text() | st.sampled_from(['"],"ops":[', '{"keys":', "\udc80 of broken mail", 'null],"lines":[]}'])
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | TEXTS, lambda each: st.lists(each, max_size=3))
ROWS = st.dictionaries(TEXTS, VALUES, max_size=4)
OPERATIONS = st.lists(st.tuples(TEXTS, TEXTS, st.none() | ROWS.map(encode)), max_size=5)


@settings(max_examples=200, deadline=None)
@given(OPERATIONS, st.lists(TEXTS, max_size=3), st.booleans())
def test_what_is_packed_comes_out(operations: list[Any], lines: list[str], snapshot: bool) -> None:
    """Operations, journal lines and the mark of a snapshot, also with texts that look like the frame's own."""
    found = unpack(Content(operations, lines, snapshot).pack())
    assert (list(found.operations), found.lines, found.snapshot) == (operations, lines, snapshot)


@given(OPERATIONS)
def test_a_frame_is_json_that_an_older_mailbot_reads(operations: list[Any]) -> None:
    """Without the keys it is a frame of an older file, and says the same."""
    old = Content(operations, ("a line",)).pack()
    keys = old.index(b',"ops":[')
    assert unpack(b"{" + old[keys + 1 :]) == unpack(old)


@pytest.mark.parametrize("cut", [1, 20, 40])
def test_a_frame_that_ends_early_is_refused(cut: int) -> None:
    """What cannot be read is told as such, and nothing of it taken in."""
    payload = Content([("cases", "1", b'{"a":1}')], ["a line of the journal, long enough"]).pack()
    with pytest.raises(ValueError, match=r"."):
        unpack(payload[:-cut])


def test_rows_keep_what_they_are_given() -> None:
    """A table is a mapping; what is got from it is a copy, and a change of that changes nothing."""
    rows = Rows()
    rows["b"], rows["a"] = {"n": [1]}, {"text": "\udcff", "none": None}
    rows["b"]["n"].append(2)
    assert dict(rows) == {"b": {"n": [1]}, "a": {"text": "\udcff", "none": None}}
    assert (list(rows), len(rows), "a" in rows, "c" in rows) == (["b", "a"], 2, True, False)
    assert list(texts_of(rows)) == list(texts_of(dict(rows)))
    del rows["b"]
    assert rows.get("b") is None
    with pytest.raises(KeyError):
        rows["b"]
