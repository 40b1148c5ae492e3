"""Answers of JPRS in the collection: every property that somebody else read in them is read by us too."""

import json
import re
from collections import Counter
from datetime import datetime
from typing import Any

from mailbot.core.registrations import Registration, RegistrationState
from mailbot.core.whois_jprs import parse_jprs
from tests.corpus import corpus_dir, needs_corpus

FLOOR = 0.95
_DATES = {"created_on": "created", "updated_on": "updated", "expires_on": "expires"}


def told(found: Registration) -> dict[str, Any]:
    """The registration in the words of the assertions."""
    state = found.state
    words = {name: value and value.replace(tzinfo=None) for name, attribute in _DATES.items()
             for value in (getattr(found, attribute),)}  # fmt: skip
    return {
        "status": state.value,
        "available?": state is RegistrationState.AVAILABLE,
        "registered?": state not in (RegistrationState.AVAILABLE, RegistrationState.UNKNOWN),
        "reserved?": state is RegistrationState.RESERVED,
        "nameservers": list(found.name_servers),
        **words,
    }


def wanted(assertions: list[str]) -> Any:
    """The value that the assertions of one property describe."""
    names: dict[int, str] = {}
    for line in assertions:
        if named := re.fullmatch(r'\[(\d+)\]\.name == "(.+)"', line):
            names[int(named[1])] = named[2]
        elif moment := re.fullmatch(r"%TIME\{(.+)\}", line):
            return datetime.fromisoformat(moment[1])
        elif plain := re.fullmatch(r"== (.+)", line):
            value = plain[1]
            return {"nil": None, "true": True, "false": False, "[]": []}.get(value, value.removeprefix(":").strip('"'))
    return [names[n] for n in sorted(names)]


def same(found: Any, expected: Any) -> bool:
    """Whether they agree; a day stands for any hour of it, as not every answer has one."""
    if isinstance(found, datetime) and isinstance(expected, datetime) and expected.time() == datetime.min.time():
        return found.date() == expected.date()
    return bool(found == expected)


@needs_corpus
def test_jprs_answers_are_read() -> None:
    """Precision and recall of every property reach the floor."""
    folder = corpus_dir()
    assert folder is not None
    expected = json.loads((folder / "whois-jprs" / "expected.json").read_text(encoding="utf-8"))
    right, claimed, there = Counter[str](), Counter[str](), Counter[str]()
    wrong = []
    for name, properties in expected.items():
        raw = (folder / "whois-jprs" / "responses" / name).read_bytes()
        text = raw.decode("iso2022_jp" if b"\x1b$" in raw else "utf-8", "replace")
        found = told(parse_jprs(text))
        for each, assertions in properties.items():
            value = wanted(assertions)
            there[each] += value not in (None, [])
            claimed[each] += found[each] not in (None, [])
            if not same(found[each], value):
                wrong.append(f"{name}: {each}: {found[each]!r}, not {value!r}")
            else:
                right[each] += value not in (None, [])
    scores = [
        f"{each}: precision {_share(right[each], claimed[each])}, recall {_share(right[each], there[each])}"
        for each in sorted(there)
    ]
    print("", *scores, *wrong, sep="\n  ")  # noqa: T201  # the score, for `pytest -s`
    assert all(right[each] >= FLOOR * max(there[each], claimed[each]) for each in there), wrong


def _share(right: int, all_of_them: int) -> str:
    return f"{right / all_of_them:.2f} of {all_of_them}" if all_of_them else "none"
