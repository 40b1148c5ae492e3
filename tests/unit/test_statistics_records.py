"""Case records: what is taken in, and what is refused, whole and with every problem named."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.statistics import records as module
from mailbot.core.statistics.records import CaseRecord, read_records
from mailbot.errors import ConfigError
from tests.statistics_records import FULL, rules


def read(*rows: object) -> tuple[CaseRecord, ...]:
    """The file of these rows: objects, or lines as they are."""
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    return read_records([line + b"\n" for line in lines], "history.jsonl", rules())


def problems(*rows: object) -> tuple[str, ...]:
    """What is said of the file."""
    with pytest.raises(ConfigError) as caught:
        read(*rows)
    return caught.value.problems


def test_a_record_comes_back_as_it_went() -> None:
    """What is written of a record is what was read, in the same order."""
    (record,) = read(FULL)
    assert json.loads(record.line()) == FULL
    assert list(json.loads(record.line())) == list(FULL)
    assert read(record.line().encode()) == (record,)


def test_what_did_not_happen_may_be_left_out() -> None:
    """Number, track and day of receipt are enough; empty lines and a byte order mark are no records."""
    (record,) = read(b'\xef\xbb\xbf{"id": "A-1", "track": "product", "received": "2004-07-08"}', b"", b"  ")
    assert (record.id, record.closed, record.priority_provision) == ("A-1", None, ())
    assert read(FULL | {"self_reported": None, "via_overseas_csirt": None}) == read(FULL)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"received": "2026-13-01"}, "received: Input should be a valid date"),
        ({"received": "2026-01-10T09:00:00Z"}, "received: "),
        ({"received": 1767225600}, "received: "),
        ({"received": None}, "received: "),
        ({"received": "0001-01-01"}, "received: no day before 1990-01-01 is taken"),
        ({"track": "phone"}, "track: Input should be 'website' or 'product'"),
        ({"type": "xxx"}, "type: xxx is unknown; use one of authentication, "),
        ({"impact": "code_execution"}, "impact: code_execution is unknown; use one of cookie_leak, "),
        ({"operator_kind": "club"}, "operator_kind: club is unknown"),
        ({"product_kind": "club"}, "product_kind: club is unknown"),
        ({"cause": "club"}, "cause: club is unknown"),
        ({"closing_code": "done"}, "closing_code: Input should be 'fixed', "),
        ({"closing_code": "published"}, "closing_code: published is no end of a case of track website"),
        ({"fix_method": "magic"}, "fix_method: Input should be 'corrected', "),
        ({"rejection_code": "NO"}, "rejection_code: Input should be 'INCOMPLETE'"),
        ({"rejection_code": "INCOMPLETE"}, "rejected: is missing, though there is a rejection_code"),
        ({"closed": None}, "closed: is missing, though there is a closing_code"),
        ({"closing_code": None}, "closing_code: is missing, though there is a day for closed"),
        ({"closed": "2025-12-31"}, "closed: is before received"),
        ({"published": "2026-02-01"}, "published: nothing is published of a website"),
        ({"id": ""}, "id: "),
        ({"id": "=cmd()"}, "id: "),
        ({"id": "x" * 65}, "id: "),
        ({"self_reported": "yes"}, "self_reported: Input should be a valid boolean"),
        ({"open_source": 1}, "open_source: Input should be a valid boolean"),
        ({"priority_provision": [{"sector": "=1+1", "date": "2026-03-01"}]}, "priority_provision.0.sector: "),
        ({"priority_provision": [{"sector": "power"}]}, "priority_provision.0.date: Field required"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], said: str) -> None:
    """The problem names file, line and field."""
    (problem,) = problems({"id": "B", "track": "website", "received": "2026-01-01"}, FULL | change)
    assert problem.startswith(f"history.jsonl:2: {said}")


def test_all_problems_are_told_at_once() -> None:
    """Every line is looked at, and two records of one number are told with both their lines."""
    told = problems(FULL | {"type": "a", "cause": "b"}, b"nonsense", FULL, FULL)
    assert [problem.split(": ")[:2] for problem in told] == [
        ["history.jsonl:1", "type"],
        ["history.jsonl:1", "cause"],
        ["history.jsonl:2", "not a JSON object in UTF-8"],
        ["history.jsonl:3", "id"],
        ["history.jsonl:4", "id"],
    ]
    assert told[-1].endswith("is that of line 1 already")


@pytest.mark.parametrize("line", [b"[1]", b'"x"', b"\xff\xfe{}", b"[" * 10_000, b'{"id": 1e999}', b"null", b"{}"])
def test_another_file_is_refused(line: bytes) -> None:
    """Whatever it is, it ends in a sentence about the line."""
    assert all(problem.startswith("history.jsonl:1: ") for problem in problems(line))


def test_a_wrong_file_is_not_quoted() -> None:
    """Neither words nor names of members of a file that is no record come out again."""
    told = " ".join(problems({"hanako@finder.example": "secret words"}, b"secret words", FULL | {"id": "secret words"}))
    assert "secret" not in told
    assert "hanako" not in told


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines, files and the number of problems told have their ends."""
    (long,) = problems(b'{"id": "' + b"x" * module.LINE_BYTES + b'"}')
    assert "longer than 20,000 bytes" in long
    told = problems(*[b"x"] * 150)
    assert (len(told), told[-1]) == (101, "and 50 more problems; nothing was taken in")
    monkeypatch.setattr(module, "FILE_BYTES", 1_000)
    assert "split it" in problems(*({**FULL, "id": f"A-{n}"} for n in range(5)))[-1]


@given(st.binary(max_size=300))
def test_any_bytes_end_in_records_or_in_problems(line: bytes) -> None:
    """No line makes reading fail in another way."""
    with suppress(ConfigError):
        assert len(read_records([line], "f", rules())) <= 1
