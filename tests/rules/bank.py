"""The bank of marked letters: what each sentence tells, and which names stand in it.

tests/reports/bank/*.txt, written by people who had not seen the rules. A line is a sentence: what it tells (`-` for
nothing that is sought), a tab, and its words with names between tags. An empty line ends a letter. Those in others/ are
no reports: the subject, where there is one, the text, and a line with a % behind each.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

BANK = Path(__file__).resolve().parents[1] / "reports" / "bank"
NAMES = {
    "p": "product.name",
    "v": "product.version",
    "m": "product.vendor",
    "s": "target.site_name",
    "n": "reporter.name",
    "o": "reporter.organisation",
    "c": "credit_name",
}
"""`x` marks what a careless reader would take for one of them."""
TELLS = {
    "impact": "vulnerability.impact",
    "steps": "vulnerability.steps",
    "found": "vulnerability.discovery",
    "around": "vulnerability.workaround",
    "plan": "disclosure_plan",
    "told": "other_reports",
    "share+": "consent.share_identity",
    "share-": "consent.share_identity",
    "contact+": "consent.direct_contact",
    "contact-": "consent.direct_contact",
    "credit+": "consent.credit",
    "credit-": "consent.credit",
}
"""With + a wish, with - a refusal."""
NOTHING = "-"
ROLES = frozenset({*TELLS, "reason", "exploited", "public", "about", "who"})
_SUBJECT = re.compile(r"(?:Subject: *(.*)\n)?((?s:.*))")
_TAG = re.compile(r"</?([pvmsnocx])>")


class Sentence(NamedTuple):
    """What it tells, first what it mostly tells; its words, and the names in them: field, first character, end."""

    roles: tuple[str, ...]
    words: str
    names: tuple[tuple[str, int, int], ...]


Letter = tuple[Sentence, ...]


def letters() -> Iterator[Letter]:
    """Every letter of the bank. Raises ValueError for a line that is not marked as it should be."""
    for path in sorted(BANK.glob("*.txt")):
        letter: list[Sentence] = []
        for number, line in enumerate([*path.read_text("utf-8").splitlines(), ""], 1):
            if line.strip():
                letter.append(_sentence(line, f"{path.name}, line {number}"))
            elif letter:
                yield tuple(letter)
                letter = []


def others() -> Iterator[tuple[str, str]]:
    """Subject and text of every letter that is no report."""
    for path in sorted((BANK / "others").glob("*.txt")):
        for letter in re.split(r"^%$", path.read_text("utf-8"), flags=re.MULTILINE):
            subject, text = _SUBJECT.match(letter.strip()).groups()  # type: ignore[union-attr]  # matches anything
            if text:
                yield subject or "", text


def _sentence(line: str, where: str) -> Sentence:
    told, tab, marked = line.partition("\t")
    roles = tuple(role for role in told.split() if role != NOTHING)
    if not tab or not ROLES.issuperset(roles):
        raise ValueError(f"{where}: it begins with what it tells, and a tab: {line[:60]}")
    names, words, at, opened = [], "", 0, ("", 0)
    for tag in _TAG.finditer(marked):
        words += marked[at : tag.start()]
        at = tag.end()
        closes = marked[tag.start() + 1] == "/"
        if closes != bool(opened[0]) or (closes and opened[0] != tag[1]):
            raise ValueError(f"{where}: the tags do not match: {line[:60]}")
        if closes and tag[1] in NAMES:
            names.append((NAMES[tag[1]], opened[1], len(words)))
        opened = ("", 0) if closes else (tag[1], len(words))
    if opened[0]:
        raise ValueError(f"{where}: a tag is left open: {line[:60]}")
    return Sentence(roles, words + marked[at:], tuple(names))
