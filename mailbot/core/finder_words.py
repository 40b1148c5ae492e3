"""Whether a text tells who the finder is: plain containment of what is known of them, letters and digits only.

`identity.py` finds the same by patterns, in order to take it out; this only says whether something is left.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailbot.core.desk import Desk
from mailbot.core.disguises import bare
from mailbot.core.identity import NO_NAMES, national_number
from mailbot.core.mailboxes import SHARED_MAIL
from mailbot.core.model import Case, Role
from mailbot.core.name_parts import part_in, parts_standing
from mailbot.core.other_finders import as_own
from mailbot.core.places import hosts_known
from mailbot.core.spellings import forms, readings

EVERYTHING = frozenset(
    (
        *("reporter.name", "reporter.organisation", "reporter.email", "reporter.phone", "reporter.pgp"),
        "credit_name",
    )
)
"""The fields that identify the finder."""
_NAMES = frozenset(("reporter.name", "credit_name"))


@dataclass(frozen=True)
class Words:
    """What is looked for as `bare` has it: the word, its field, whether it is sure; and what counts for nobody's."""

    sought: tuple[tuple[str, str, bool], ...]
    ours: tuple[str, ...]
    names: tuple[tuple[str, str], ...]  # fields and names, as they are written
    own: tuple[str, ...]  # the same as `ours`, as it is written


def may_tell(case: Case) -> frozenset[str]:
    """Those that the finder agreed to tell: each consent widens what it names, and nothing else (guideline V-2-4)."""
    named = case.agreed("share_identity")
    return frozenset(
        (
            *(("reporter.name", "reporter.organisation") if named else ()),
            *(("reporter.email", "reporter.phone", "reporter.pgp") if named and case.agreed("direct_contact") else ()),
            *(("credit_name",) if named and case.agreed("credit") else ()),
        )
    )


def identity_in(
    texts: Iterable[str],
    case: Case,
    desk: Desk,
    meant: tuple[str, ...] = (),
    user_ids: tuple[str, ...] = (),
    agreed: frozenset[str] = frozenset(),
) -> str | None:
    """Which of the finder's data stands in these texts, which are `bare`; names that are `meant` count for nobody's.

    Fields that were `agreed` on count for the finder, not for those of merged cases.
    """
    told = tuple(texts)
    found = _told(told, case, desk, (*meant, *(value for _, value in _of(case, agreed))), user_ids, agreed)
    others = (_told(told, other, desk, meant, (), frozenset()) for other in as_own(case))
    return found or next(filter(None, others), None)


def _of(case: Case, names: frozenset[str]) -> Iterator[tuple[str, str]]:
    people = [p for p in case.participants if p.role is Role.FINDER]
    yield from (("reporter.name", p.name) for p in people if "reporter.name" in names)
    yield from (("reporter.email", p.address) for p in people if "reporter.email" in names)
    yield from _said(case, *sorted(names - {"reporter.pgp"}))


def _told(
    texts: tuple[str, ...],
    case: Case,
    desk: Desk,
    meant: tuple[str, ...],
    user_ids: tuple[str, ...],
    agreed: frozenset[str],
) -> str | None:
    ours = _bare_ours((*_own(case, desk), *meant))
    sure = [found for found in _sure(case) if found[0] not in agreed]
    named = [found for found in _named(case, user_ids, agreed) if found[0] not in agreed]
    for told in texts:
        for name, word in sure:
            if word in told:
                return name
        if found := [name for name, word in named if word in told]:
            apart = told
            for word in ours:
                apart = apart.replace(word, "\n")
            found = [name for name, word in named if word in apart]
            if found:
                return found[0]
    return None


def part_of_name(texts: Iterable[str], words: Words) -> str | None:
    """Which name of the finder stands in these texts (not `bare`) in part, or is too short to be looked for bare."""
    return part_in(texts, words.names, words.own)


def standing(text: str, words: Words) -> Iterator[tuple[int, int, str]]:
    """Where these words stand in the text, with anything between their letters: from, to, and which field it is."""
    yield from parts_standing(text, words.names, words.own)
    flat = bare(text)
    for word, field, is_sure in words.sought:
        if word not in flat or word.isdecimal():  # a telephone number within a longer one is another
            continue
        letters = [(letter, n) for n, character in enumerate(text) for letter in bare(character)]
        told = "".join(letter for letter, _ in letters)
        for each in () if is_sure else words.ours:
            told = told.replace(each, "\n" * len(each))
        at = told.find(word)
        while at >= 0:
            yield letters[at][1], letters[at + len(word) - 1][1] + 1, field
            at = told.find(word, at + len(word))


def words_of(case: Case, desk: Desk, agreed: frozenset[str]) -> Words:
    """The words of the case's finder, less what was agreed on, and of those of merged cases."""
    finders = ((case, agreed), *((other, frozenset[str]()) for other in as_own(case)))
    sought = [(word, name, True) for each, told in finders for name, word in _sure(each) if name not in told]
    sought += [(w, name, False) for each, told in finders for name, w in _named(each, (), told) if name not in told]
    own = (*_own(case, desk), *(value for _, value in _of(case, agreed)))
    names = (said for each, told in finders for said in _of(each, _NAMES - told))
    return Words(tuple(dict.fromkeys(sought)), tuple(_bare_ours(own)), tuple(dict.fromkeys(names)), own)


def _own(case: Case, desk: Desk) -> tuple[str, ...]:
    names = (case.field_text(name) for name in ("product.name", "product.vendor", "target.site_name"))
    return (case.id, desk.name, desk.address, desk.phone, desk.verify_url, *hosts_known(case), *names)


def _bare_ours(own: Iterable[str]) -> list[str]:
    return sorted(filter(None, map(bare, own)), key=len, reverse=True)


def finder_words(case: Case) -> frozenset[str]:
    """Every word of the finders' that may not be told, as `bare` has it."""
    may = may_tell(case)
    own = (word for name, word in (*_sure(case), *_named(case, (), may)) if name not in may)
    others = (word for other in as_own(case) for _, word in (*_sure(other), *_named(other, (), frozenset())))
    return frozenset((*own, *others))


def _sure(case: Case) -> Iterator[tuple[str, str]]:
    people = [p for p in case.participants if p.role is Role.FINDER]
    found = [("reporter.email", p.address) for p in people] + [("reporter.pgp", p.fingerprint or "") for p in people]
    found += [("reporter.pgp", (p.fingerprint or "")[-16:]) for p in people]
    found += _said(case, "reporter.email", "reporter.phone")
    found += [(name, national_number(value)) for name, value in _said(case, "reporter.phone")]
    return ((name, word) for name, value in found if len(word := bare(value)) >= 8)


def _named(case: Case, user_ids: tuple[str, ...], agreed: frozenset[str]) -> Iterator[tuple[str, str]]:
    found = [("reporter.name", p.name) for p in case.participants if p.role is Role.FINDER]
    found += _said(case, "reporter.name", "reporter.organisation", "credit_name")
    domains = {value.strip().lower().rpartition("@")[2] for _, value in _of(case, frozenset(("reporter.email",)))}
    found += [("reporter.email", domain) for domain in sorted(domains - SHARED_MAIL) if "." in domain]
    found += [(name, form) for name, value in found for form in (*forms(value)[1:], *readings(value))]
    for user_id in user_ids:
        name, _, address = user_id.partition("<")
        found += [("reporter.pgp", name.partition("(")[0])] if "reporter.name" not in agreed else []
        found += [("reporter.pgp", address.rstrip("> "))] if "reporter.email" not in agreed else []
    for name, value in found:
        for order in dict.fromkeys((value, " ".join(reversed(value.split())))):
            word = bare(order)
            if len(word) >= (6 if word.isascii() else 3) and word not in NO_NAMES:
                yield name, word


def _said(case: Case, *names: str) -> list[tuple[str, str]]:
    found = [(name, case.field_text(name)) for name in names]
    return found + [(field.name, str(field.value)) for field in case.aliases if field.name in names]
