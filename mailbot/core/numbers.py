"""The public numbers of a case: CVE, JVN, JVNDB and VU, who gives them, where they are looked up, how they are kept.

They stand in the fields of the contract: `vulnerability.cve`, and `tracking_ids` for all others, which may also hold
numbers that are nobody's business (a finder's own); only those known here are ever published.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mailbot.core.events import CommandGiven
from mailbot.core.lifecycle import Refusal, Step
from mailbot.core.model import Case, Field

CVE = "vulnerability.cve"
OTHERS = "tracking_ids"
RULE = "coordinator"
_MOST = 100


@dataclass(frozen=True)
class Series:
    """Numbers of one kind: how they look and where one is looked up; `{…}` are the groups of the pattern."""

    name: str
    pattern: re.Pattern[str]
    page: str


SERIES: tuple[Series, ...] = (
    Series("JVN", re.compile(r"JVN#([0-9]{8})"), "https://jvn.jp/jp/JVN{0}/"),
    Series("JVNVU", re.compile(r"JVNVU#([0-9]{8})"), "https://jvn.jp/vu/JVNVU{0}/"),
    Series("JVNTA", re.compile(r"JVNTA#([0-9]{8})"), "https://jvn.jp/ta/JVNTA{0}/"),
    Series(
        "JVNDB",
        re.compile(r"JVNDB-([0-9]{4})-([0-9]{6})"),
        "https://jvndb.jvn.jp/ja/contents/{0}/JVNDB-{0}-{1}.html",
    ),
    Series("CVE", re.compile(r"CVE-([0-9]{4})-([0-9]{4,19})"), "https://www.cve.org/CVERecord?id=CVE-{0}-{1}"),
    Series("VU", re.compile(r"VU#([0-9]{6})"), "https://kb.cert.org/vuls/id/{0}"),
)
"""In the order in which an advisory names them; the first is what it goes by."""


@dataclass(frozen=True)
class Number:
    """One public number."""

    text: str
    series: str
    page: str


def number_in(word: str) -> Number | None:
    """The number that the word is, in its usual spelling; None if it is none of ours."""
    text = unicodedata.normalize("NFKC", word).strip(",;、。").upper()
    for series in SERIES:
        if found := series.pattern.fullmatch(text):
            return Number(text, series.name, series.page.format(*found.groups()))
    return None


def numbers_of(case: Case) -> tuple[Number, ...]:
    """The public numbers of the case, each once, in the order of SERIES."""
    stated = (word for f in case.fields if f.name in (CVE, OTHERS) and isinstance(f.value, tuple) for word in f.value)
    found = dict.fromkeys(number for number in map(number_in, stated) if number)
    order = [series.name for series in SERIES]
    return tuple(sorted(found, key=lambda number: order.index(number.series)))


def number_add(step: Step, command: CommandGiven) -> Refusal | None:
    """The case has these numbers."""
    wanted = _read(command.arguments)
    if len(numbers_of(step.case)) + len(wanted) > _MOST:
        return Refusal(f"a case has {_MOST} numbers at most")
    open_fields = tuple(f for f in step.case.fields if not f.private)
    known = {number.text for number in numbers_of(replace(step.case, fields=open_fields))}
    if twice := [number.text for number in wanted if number.text in known]:
        return Refusal(f"the case has {', '.join(twice)} already")
    for name in (CVE, OTHERS):
        added = tuple(number.text for number in wanted if _place(number) == name)
        if added:
            step.change(fields=_with(step.case.fields, name, added))
    return None


def number_drop(step: Step, command: CommandGiven) -> Refusal | None:
    """These numbers are not the case's."""
    gone = {number.text for number in _read(command.arguments)}
    known = [number.text for number in numbers_of(step.case)]
    if unknown := sorted(gone - set(known)):
        return Refusal(f"the case does not have {', '.join(unknown)}; it has: {', '.join(known) or 'none'}")
    step.change(fields=tuple(kept for f in step.case.fields if (kept := _without(f, gone))))
    return None


def _read(words: Iterable[str]) -> tuple[Number, ...]:
    return tuple(dict.fromkeys(number for number in map(number_in, words) if number))


def _place(number: Number) -> str:
    return CVE if number.series == "CVE" else OTHERS


def _with(fields: tuple[Field, ...], name: str, added: tuple[str, ...]) -> tuple[Field, ...]:
    """One entry more, or a longer one. What the finder keeps for the desk alone never becomes part of it."""
    own = next((f for f in fields if f.name == name and not f.private and isinstance(f.value, tuple)), None)
    if own is None or not isinstance(own.value, tuple):
        return (*fields, Field(name, added, RULE, 1.0))
    longer = replace(own, value=tuple(dict.fromkeys((*own.value, *added))), rule=RULE, confidence=1.0, derived=False)
    return tuple(longer if f is own else f for f in fields)


def _without(field: Field, gone: set[str]) -> Field | None:
    if field.name not in (CVE, OTHERS) or not isinstance(field.value, tuple):
        return field
    value = tuple(word for word in field.value if (number_in(word) or Number(word, "", "")).text not in gone)
    return replace(field, value=value) if value else None
