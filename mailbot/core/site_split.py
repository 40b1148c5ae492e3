"""`!split HOST`: a site that a report names beside another one becomes a case of its own, with its URLs.

Theory. Two operators must not hear of each other's faults (guideline V-3-9 leaves them nothing but their own), so each
case keeps the report's words with the other's hosts and URLs taken out.
"""

import re
from dataclasses import replace

from mailbot.core.disguises import bare
from mailbot.core.fields import missing
from mailbot.core.lifecycle import Refusal, Step
from mailbot.core.link_events import CaseSplit
from mailbot.core.model import Case, Field, FieldValue, Role, Standing
from mailbot.core.places import all_urls, domain_of, sites, sites_of
from mailbot.core.plain import split_url

_MARK = {"ja": "[別サイト]"}
_MARK_ELSEWHERE = "[another site]"
_AROUND = (
    r"(?<![\w.@-])(?:h[tx]{{2}}ps?://)?(?:[\w-]{{1,63}}\.){{0,5}}{}(?![\w-]|\.\w)(?::\d{{1,5}})?(?:/[^\s<>\"'）)」]*)?"
)
_NOT_BOTHS = ("target.site_name", "target.operator_contact")


def refused(case: Case, host: str) -> Refusal | None:
    """Why that host cannot have a case of its own."""
    known = sites(case)
    if domain_of(host) not in known:
        return Refusal(f"no URL of this case is at {host}; its sites: {', '.join(known) or 'none'}")
    if len(known) < 2:
        return Refusal(f"{known[0]} is the only site of this case")
    return None


def keep_the_rest(step: Step, host: str) -> None:
    """This case goes on without that site, and without the contact points that were found for it alone."""
    site = domain_of(host)
    others = tuple(each for each in sites(step.case) if each != site)
    words = _words(step.case, (site,), others)
    for contact in step.case.contacts:
        if contact.standing is Standing.CANDIDATE and sites_of(contact, sites(step.case)) == {site}:
            step.set_contact(replace(contact, standing=Standing.DROPPED, why=f"of {site}; {contact.why}"))
    kept = _fields(step.case, others, (site,))
    step.change(fields=kept, missing=missing(step.case.track, kept), withheld=(*step.case.withheld, *words))


def split_off_site(case: Case, host: str, coordinator: str) -> CaseSplit:
    """The report as the case of that site alone has it."""
    site = domain_of(host)
    others = tuple(each for each in sites(case) if each != site)
    fields = tuple(field for field in _fields(case, (site,), others) if field.name not in _NOT_BOTHS)
    people = tuple(p for p in case.participants if p.role is Role.FINDER)
    return CaseSplit(case.id, coordinator, people, fields, missing(case.track, fields), _words(case, others, (site,)))


def _fields(case: Case, mine: tuple[str, ...], others: tuple[str, ...]) -> tuple[Field, ...]:
    mark = _MARK.get(case.language, _MARK_ELSEWHERE)
    found = re.compile("|".join(_AROUND.format(re.escape(site)) for site in others), re.IGNORECASE)

    def own(field: Field) -> Field | None:
        value: FieldValue = field.value
        if field.name == "target.urls":
            urls = tuple(
                url for url in (value if isinstance(value, tuple) else (str(value),)) if domain_of(url) in mine
            )
            return replace(field, value=urls, quote=urls[0]) if urls else None
        if isinstance(value, str):
            value = found.sub(mark, value)
        elif isinstance(value, tuple):
            value = tuple(found.sub(mark, each) for each in value)
        return replace(field, value=value, quote=found.sub(mark, field.quote))

    return tuple(kept for field in case.fields if (kept := own(field)))


def _words(case: Case, hidden: tuple[str, ...], mine: tuple[str, ...]) -> tuple[str, ...]:
    """The hosts that no mail of the case may name: none that could be read into a name of its own."""
    urls = all_urls(case)
    hosts = {url: parts.hostname or "" for url in urls if (parts := split_url(url))}
    own = [bare(host) for url, host in hosts.items() if domain_of(url) in mine]
    words = (*hidden, *(host for url, host in hosts.items() if domain_of(url) in hidden))
    return tuple(word for word in dict.fromkeys(words) if not any(bare(word) in name for name in own))
