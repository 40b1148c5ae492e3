"""Whether a text tells who the finder is: plain containment of what is known of them, letters and digits only.

`identity.py` finds the same by patterns, in order to take it out; this only says whether something is left.
"""

from collections.abc import Iterable, Iterator

from mailbot.core.desk import Desk
from mailbot.core.disguises import bare
from mailbot.core.identity import NO_NAMES
from mailbot.core.model import Case, Role
from mailbot.core.plain import hosts


def identity_in(
    texts: Iterable[str], case: Case, desk: Desk, meant: tuple[str, ...] = (), user_ids: tuple[str, ...] = ()
) -> str | None:
    """Which of the finder's data stands in these texts, which are `bare`; names that are `meant` count for nobody's."""
    own = [case.id, desk.name, desk.address, desk.phone, desk.verify_url, *hosts(case)]
    own += [case.field_text(name) for name in ("product.name", "product.vendor", "target.site_name")]
    ours = sorted(filter(None, map(bare, (*own, *meant))), key=len, reverse=True)
    sure, named = list(_sure(case)), list(_named(case, user_ids))
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


def _sure(case: Case) -> Iterator[tuple[str, str]]:
    people = [p for p in case.participants if p.role is Role.FINDER]
    found = [("reporter.email", p.address) for p in people] + [("reporter.pgp", p.fingerprint or "") for p in people]
    found += [("reporter.pgp", (p.fingerprint or "")[-16:]) for p in people]
    found += [(name, case.field_text(name)) for name in ("reporter.email", "reporter.phone")]
    return ((name, word) for name, value in found if len(word := bare(value)) >= 8)


def _named(case: Case, user_ids: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    found = [("reporter.name", p.name) for p in case.participants if p.role is Role.FINDER]
    found += [(name, case.field_text(name)) for name in ("reporter.name", "reporter.organisation", "credit_name")]
    for user_id in user_ids:
        name, _, address = user_id.partition("<")
        found += [("reporter.pgp", name.partition("(")[0]), ("reporter.pgp", address.rstrip("> "))]
    for name, value in found:
        for order in dict.fromkeys((value, " ".join(reversed(value.split())))):
            word = bare(order)
            if len(word) >= (6 if word.isascii() else 3) and word not in NO_NAMES:
                yield name, word
