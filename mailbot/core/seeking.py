"""What a search for contact points is asked, and what a case makes of its answer."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from mailbot.core.mailboxes import finder_addresses
from mailbot.core.model import Case, Contact, Standing, Track
from mailbot.core.places import their_urls

NOT_USABLE = 0.0
"""The score of a contact point that mail cannot or must not go to."""

_TAKES_OVER = {"code_execution", "os_command_injection"}
"""Kinds of vulnerability with which a stranger may have changed what the host says."""
_OURS = ("report", "coordinator", "reply", "configuration")
_MOST_URLS = 50


@dataclass(frozen=True)
class Question:
    """Whose contact points are looked for, and what is known of them already."""

    urls: tuple[str, ...] = ()
    stated: str = ""  # what the report says of the operator's contact points
    not_theirs: tuple[str, ...] = ()  # the finder's own addresses, which are never proposed
    desk: str = ""  # our own address, which is nobody else's either
    bounced: tuple[str, ...] = ()  # addresses that mail came back from
    names: tuple[str, ...] = ()  # of vendor, product and site, for the desk's directory
    compromised: bool = False  # the host may be in a stranger's hands: its own word counts less


@dataclass(frozen=True)
class Found:
    """The candidates, best first, numbered from 1; and of each source that could not tell, why: "source X: why"."""

    contacts: tuple[Contact, ...] = ()
    notes: tuple[str, ...] = ()


def question_about(case: Case, others: Iterable[Case] = (), desk: str = "") -> Question:
    """What to ask for this case; `others` are cases whose mail may have come back from the same address."""
    website = case.track is Track.WEBSITE
    # The finder's own page, or another operator's site, is asked nothing: a first contact would not name it either.
    home = case.field_text("product.url")
    urls = their_urls(case, *(c.address for c in case.contacts)) if website else (home,) if home else ()
    named = ("target.site_name",) if website else ("product.vendor", "product.name")
    dead = [c.address for each in (case, *others) for c in each.contacts if c.standing is Standing.DEAD]
    return Question(
        urls=urls[:_MOST_URLS],
        stated=case.field_text("target.operator_contact"),
        not_theirs=finder_addresses(case),
        desk=desk,
        bounced=tuple(dict.fromkeys(dead)),
        names=tuple(filter(None, map(case.field_text, named))),
        compromised=bool(case.exploited) or case.field("exploited") is True or _may_be_taken_over(case),
    )


def learned(known: Contact, found: Contact) -> Contact:
    """A contact point that the case knows, after the search found it as well.

    What a person said of it stands, unless the search is surer; of the report's word the search knows more.
    """
    if known.standing is not Standing.CANDIDATE:
        return known
    if found.score == NOT_USABLE and known.source != "coordinator":
        return replace(known, standing=Standing.DROPPED, score=found.score, why=found.why, evidence=found.evidence)
    if known.source == "report" or (known.source not in _OURS and found.score != known.score):
        return replace(known, source=found.source, score=found.score, why=found.why, evidence=found.evidence)
    if found.score > known.score:
        return replace(known, score=found.score, evidence=(*known.evidence, *found.evidence))
    return known


def _may_be_taken_over(case: Case) -> bool:
    return case.track is Track.WEBSITE and case.field_text("vulnerability.type") in _TAKES_OVER
