"""Finds the finder in a text: names, addresses, numbers and keys, in the spellings that people use.

Texts are compared folded: width, letter case, accents and invisible characters make no
difference. Names that are
also words or parts of the site's own name are only taken where they stand alone.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from mailbot.core.kanji import VARIANTS
from mailbot.core.mailboxes import SHARED_MAIL
from mailbot.core.model import Case, Role
from mailbot.core.plain import LINE_LIMIT
from mailbot.core.romaji import is_kana, is_romaji, letters_of, romanised
from mailbot.core.spellings import forms, in_latin, spelled

_CLUSTER = re.compile(
    ".[\uff9e\uff9f\u3099\u309a\u0300-\u036f\u200b-\u200f\u2060\ufeff\u00ad\ufe00-\ufe0f\U000e0100-\U000e01ef]*",
    re.DOTALL,
)
_ACCENT = re.compile("[\u0300-\u036f]")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_GAP = r"[\s・,，.．_\-]{0,3}"
_NUMBER_GAP = r"(?:\(0\)|[\s().・\-‐‑‒–—−ー]){0,4}"
_COUNTRY_CODE = re.compile(r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}")  # ITU-T E.164
_LEGAL_FORM = re.compile(
    r"株式会社|有限会社|合同会社|一般社団法人|一般財団法人|独立行政法人|\(株\)|\(有\)"
    r"|,?\s*\b(?:inc|ltd|llc|gmbh|corp|co|k\.k)\b\.?"
)
NO_NAMES = frozenset(
    (
        *("info", "security", "contact", "admin", "support", "report", "reports", "reporter", "sales", "webmaster"),
        *("postmaster", "office", "research", "researcher", "tester", "finder", "vulnerability", "abuse", "self"),
        *("individual", "independent", "freelance", "freelancer", "student", "private", "anonymous"),
        *(
            "the",
            "and",
            "for",
            "with",
            "from",
            "our",
            "you",
            "that",
            "that's",
            "this",
            "who",
            "its",
            "maintainer",
            "team",
        ),
        *("個人", "学生", "会社員", "フリーランス", "フリー", "無所属", "匿名"),
    )
)
"""Stated as name, organisation or address, these identify nobody."""


@dataclass(frozen=True)
class Folded:
    """A text made comparable; folded character i stands at `starts[i]` to `ends[i]` in the original."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, match: re.Match[str], group: str | int = 0) -> tuple[int, int]:
        """Where the match stands in the original."""
        return self.starts[match.start(group)], self.ends[match.end(group) - 1]


@dataclass(frozen=True)
class Trait:
    """One thing that identifies the finder: what it is called, and a pattern over folded text."""

    name: str
    pattern: str
    weak: bool = False  # may be part of the site's or product's own name: left alone there
    part: bool = False  # of a name: may be a word too, and counts only with a capital


def fold(text: str) -> Folded:
    """Compatibility forms composed, lower case, without accents (of Latin letters), kanji as typed."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for cluster in _CLUSTER.finditer(text.translate(VARIANTS)):
        apart = unicodedata.normalize("NFKD", _INVISIBLE.sub("", cluster.group())).casefold()
        shown = unicodedata.normalize("NFKC", _ACCENT.sub("", apart))
        parts.append(shown)
        starts += [cluster.start()] * len(shown)
        ends += [cluster.end()] * len(shown)
    return Folded("".join(parts), tuple(starts), tuple(ends))


def traits(case: Case) -> tuple[Trait, ...]:
    """Everything we know that identifies the finder of the case, surest first."""
    found = [*_addresses(case), *_phones(case), *_keys(case), *_names(case), *_organisations(case)]
    return tuple(sorted(dict.fromkeys(found), key=lambda trait: (trait.weak, -len(trait.pattern))))


def finder_messages(case: Case) -> frozenset[str]:
    """Message-IDs of the finder's own mails, which no one else's mail may refer to."""
    finder = case.finder
    who = {"finder", finder.address.lower()} if finder else {"finder"}
    return frozenset(e.message_id for e in case.timeline if e.message_id and e.who.lower() in who)


def _stated(case: Case, *names: str) -> Iterator[tuple[str, str]]:
    for field in (*case.fields, *case.aliases):
        if field.name in names:
            for value in field.value if isinstance(field.value, tuple) else (str(field.value),):
                yield field.name, value[: 20 * LINE_LIMIT if field.name == "reporter.pgp" else LINE_LIMIT]


def _finders(case: Case) -> Iterator[str]:
    return (p.address for p in case.participants if p.role is Role.FINDER)


def _word(pattern: str) -> str:
    """The pattern where no word of Latin letters or digits goes on beyond it; Japanese has no such bounds."""
    return rf"(?:(?<![0-9a-z])(?=[0-9a-z])|(?![0-9a-z]))(?:{pattern})(?:(?<=[0-9a-z])(?![0-9a-z])|(?<![0-9a-z]))"


def _addresses(case: Case) -> Iterator[Trait]:
    stated = (("reporter.email", address) for address in _finders(case))
    for name, value in (*stated, *_stated(case, "reporter.email")):
        local, at, domain = fold(value).text.strip().rpartition("@")
        if not at or not local:
            continue
        dots = r"\s?(?:\.|[\[(]dot[\])])\s?".join(re.escape(part) for part in domain.split("."))
        yield Trait(name, rf"{re.escape(local)}\s{{0,2}}(?:@|[\[(]at[\])]|\sat\s)\s{{0,2}}{dots}")
        for handle in {local, local.partition("+")[0]}:
            if len(handle) >= 5 and handle not in NO_NAMES:
                yield Trait(name, _word(re.escape(handle)), weak=True)
        for part in _local_parts(local):
            if is_romaji(part):
                yield Trait(name, _word(re.escape(part)), weak=True)
        if domain not in SHARED_MAIL and "." in domain:
            yield Trait(name, rf"(?<![0-9a-z\-]){re.escape(domain)}(?![0-9a-z])", weak=True)
            label = domain.partition(".")[0]
            if len(label) >= 6 and label not in NO_NAMES:
                yield Trait(name, _word(re.escape(label)), weak=True)


def _phones(case: Case) -> Iterator[Trait]:
    for name, value in _stated(case, "reporter.phone"):
        code, digits = _dialled(value)
        if 7 <= len(digits) <= 15:
            start = rf"(?:(?:\+|00)?{code}{_NUMBER_GAP})?(?:0{_NUMBER_GAP})?"
            yield Trait(name, rf"(?<!\d){start}{_NUMBER_GAP.join(digits)}(?!\d)")


def _dialled(number: str) -> tuple[str, str]:
    """The country code of a number and the rest of it, without what is dialled before."""
    text = fold(number).text.replace("(0)", "")
    digits, code = re.sub(r"\D", "", text), "81"
    if ("+" in text or digits.startswith("00")) and (stated := _COUNTRY_CODE.match(digits.removeprefix("00"))):
        code, digits = stated.group(), digits.removeprefix("00")[stated.end() :]
    return code, digits.lstrip("0")


def national_number(number: str) -> str:
    """The digits that stand in every spelling of a telephone number, at home or abroad."""
    return _dialled(number)[1]


def _keys(case: Case) -> Iterator[Trait]:
    fingerprints = [p.fingerprint for p in case.participants if p.role is Role.FINDER and p.fingerprint]
    for name, value in _stated(case, "reporter.pgp"):
        text = fold(value).text
        fingerprints += [re.sub(r"\W", "", f) for f in re.findall(r"(?:[0-9a-f]{4}[\s:]{0,3}){10}", text)]
        fingerprints += re.findall(r"(?<![0-9a-f])(?:0x)?([0-9a-f]{16})(?![0-9a-f])", text)
        yield from (Trait(name, re.escape(url)) for url in re.findall(r"https?://[^\s<>\"]{4,300}", text))
    for fingerprint in fingerprints:
        hexes = fingerprint.lower()
        for shown in {hexes, hexes[-16:], hexes[-8:]}:
            if len(shown) >= 8:
                spaced = r"[\s:]{0,3}".join(shown)
                yield Trait("reporter.pgp", rf"(?<![0-9a-f])(?:0x)?{spaced}(?![0-9a-f])")


def _names(case: Case) -> Iterator[Trait]:
    for name, parts in _phrases(case):
        yield from _name(name, parts)


def _phrases(case: Case) -> Iterator[tuple[str, list[str]]]:
    """The finder's names, each as the words that it is made of."""
    participants = [("reporter.name", p.name) for p in case.participants if p.role is Role.FINDER]
    for name, value in (*participants, *_stated(case, "reporter.name", "credit_name")):
        for form in forms(value):
            for phrase in re.split(r"[()/;、<>\[\]]|\s(?:of|from|at)\s", fold(form).text):
                parts = [part.lstrip("@") for part in re.split(r"[\s・,._]+", phrase)]
                yield name, [part for part in parts if part and not part.isdecimal()]


def _name(name: str, parts: Sequence[str]) -> Iterator[Trait]:
    whole = "".join(parts)
    if len(whole) < 2 or whole in NO_NAMES or len(parts) > 6 or len(whole) > 200:
        return
    if whole.isascii() and len(whole) < 3:
        return
    orders = list(permutations(parts)) if len(parts) <= 3 else [tuple(parts)]
    for order in orders:
        yield Trait(name, _word(_GAP.join(map(spelled, order))), weak=len(parts) == 1)
        letters = [romanised(part) if is_kana(part) else "" for part in order]
        if all(letters):
            yield Trait(name, _word(_GAP.join(letters)), weak=len(parts) == 1)
    if len(parts) < 2:
        return
    for part in parts:
        yield from _part(name, part)
    latin = [in_latin(part) for part in parts]
    for one, other in permutations([letters for letters in latin if letters][:3], 2):
        if len(other) >= 3 and other not in NO_NAMES:
            yield Trait(name, _word(rf"{_initial(one)}\.?[\s\-]?{other}|{other},?\s?{_initial(one)}\."))


def _part(name: str, part: str) -> Iterator[Trait]:
    """One word of a name that has several."""
    if part not in NO_NAMES and len(part) >= (3 if part.isascii() else 2):
        yield Trait(name, _word(spelled(part)), weak=True, part=not is_romaji(part))
        if is_kana(part) and (letters := romanised(part)):
            yield Trait(name, _word(letters), weak=True, part=not is_romaji(letters_of(part)))
    elif not part.isascii():
        yield Trait(name, re.escape(part) + "(?=さん|様|氏|先生)", weak=True)


def account_names(case: Case) -> tuple[str, ...]:
    """Patterns of what accounts of the finder can be called: by the name, its parts, initials, or the address."""
    found: list[str] = []
    for _, value in (*(("", a) for a in _finders(case)), *_stated(case, "reporter.email")):
        local = fold(value).text.strip().rpartition("@")[0]
        found += [re.escape(part) for part in (local, local.partition("+")[0], *_local_parts(local))]
    for _, parts in _phrases(case):
        letters = [romanised(part) if is_kana(part) else re.escape(part) for part in parts if part not in NO_NAMES]
        found += [part for part in letters if len(part) >= 3]
        for one, other in permutations(letters[:3], 2):
            found += [rf"{one}[._\-]?{other}", rf"{_initial(one)}[._\-]?{other}", rf"{one}[._\-]?{_initial(other)}"]
    usable = (each for each in found if len(each) >= 3 and each not in NO_NAMES and not each.startswith(("(", "[")))
    return tuple(sorted(dict.fromkeys(usable), key=len, reverse=True))


def _initial(pattern: str) -> str:
    """A pattern for the first letter of what a pattern of letters matches."""
    first = re.match(r"\[[a-z]{1,3}\]|\(\?:([a-z])|([a-z0-9])", pattern)
    return (first[1] or first[2] or first[0]) if first else "(?!)"


def _local_parts(local: str) -> list[str]:
    """The words of a local part, less its numbers."""
    return [part for part in re.split(r"[._+\-0-9]+", local) if len(part) >= 4 and part not in NO_NAMES]


def _organisations(case: Case) -> Iterator[Trait]:
    for name, value in _stated(case, "reporter.organisation"):
        text = fold(value).text.strip()
        for shown in {text, _LEGAL_FORM.sub("", text).strip(" ,.")}:
            parts = [part for part in re.split(r"[\s・,]+", shown) if part]
            whole = "".join(parts)
            if 3 <= len(whole) <= 200 and whole not in NO_NAMES and shown not in NO_NAMES:
                yield Trait(name, _word(_GAP.join(re.escape(part) for part in parts)), weak=True)
