"""Whether mail to a contact point can arrive, and what else speaks against it: each check stands in the evidence."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mailbot.core.contacts import SECURITY_TXT, channel, evidence_of, rank
from mailbot.core.hosts import registrable_domain, site_of
from mailbot.core.mailboxes import OF_FINDERS_DOMAIN, Kin, kin, of_finder
from mailbot.core.model import Contact
from mailbot.core.seeking import NOT_USABLE, Question
from mailbot.errors import TransientError
from mailbot.finding.limits import Turn
from mailbot.finding.tools import Names, Tools, Unanswered
from mailbot.ports import KeyDirectory

_MAX_DOMAINS = 12
_MAX_KEYS = 3
_SAID_BY_THE_HOST = (SECURITY_TXT, "site")
_BEST = 0.97  # only a person is surer

_ALONE = (0.5, "read only on the affected host, which a stranger may have changed")
_FINDERS = (0.5, OF_FINDERS_DOMAIN)
_TAKEN_IN = (0.6, "its mail is taken in by the affected host itself")
_NO_MX = (0.8, "its domain names no mail server")
_NO_HOST = (0.3, "its domain has neither a mail server nor an address")


Forbids = Callable[[str, Iterable[str]], str]
"""Why an address is never written to in a case about these hosts; "" if it may be."""


@dataclass(frozen=True)
class Facts:
    """What the DNS says of the mail of a domain."""

    mx: tuple[str, ...] = ()  # best first; "." alone is a null MX
    answered: bool = True
    host: bool = True  # without an MX, mail goes to the domain's own address (RFC 5321 section 5.1)
    dmarc: str = ""  # "none" if there is no record, "" if nobody said

    @property
    def null(self) -> bool:
        """Whether the domain says that it takes no mail (RFC 7505)."""
        return self.mx == (".",)


@dataclass(frozen=True)
class Bench:
    """What the checks are made with: for each domain a turn of its own, so that a dead one costs the others nothing."""

    tools: Callable[[Turn], Tools]
    turn: Callable[[], Turn]
    keys: KeyDirectory | None = None
    dns: bool = True
    forbids: Forbids | None = None


def checked(found: Iterable[Contact], question: Question, bench: Bench) -> tuple[Contact, ...]:
    """The candidates after every check; one that is not usable is kept, with NOT_USABLE as its score and why.

    The finder's own addresses are left out: nobody may be told where the report comes from.
    """
    groups = _by_address(found, question)
    merged = rank(contact for group in groups.values() for contact in group)
    mails = [c.address for c in merged if channel(c.address) == "address"]
    domains = list(dict.fromkeys(_domain(address) for address in mails))[:_MAX_DOMAINS]
    hosts = _hosts(question)
    facts: dict[str, Facts] = {}
    published: dict[str, str] = {}
    work: list[Callable[[], None]] = [lambda d=d: facts.update({d: _facts(d, bench)}) for d in domains if bench.dns]  # type: ignore[misc]
    if bench.keys is not None:
        work += [lambda a=a: published.update({a: _published(a, bench)}) for a in mails[:_MAX_KEYS]]  # type: ignore[misc]
    _side_by_side(work)
    return rank(
        _judged(
            c,
            groups[c.address.lower()],
            question,
            facts.get(_domain(c.address)),
            published.get(c.address, ""),
            bench.forbids(c.address, hosts) if bench.forbids else "",
        )
        for c in merged
    )


def facts_of(domain: str, names: Names) -> Facts:
    """What the DNS says of the mail of a domain. Raises TransientError if our own network fails."""
    try:
        records = sorted(record.split(" ", 1) for record in names.records(domain, "MX") if " " in record)
        mx = tuple(host.rstrip(".") or "." for _, host in sorted(records, key=lambda each: _number(each[0])))
        host = bool(mx) or bool(names.addresses(domain))
    except Unanswered:
        return Facts(answered=False)
    # a null MX beside others is none (RFC 7505 section 3)
    mx = mx if mx == (".",) else tuple(each for each in mx if each != ".")
    return Facts(mx, host=host, dmarc=_dmarc(domain, names))


def _by_address(found: Iterable[Contact], question: Question) -> dict[str, list[Contact]]:
    """What each address was found by; the finder's own mailboxes and the desk's are nobody else's."""
    hosts = _hosts(question)
    groups: dict[str, list[Contact]] = {}
    for contact in found:
        address = contact.address
        if not of_finder(address, question.not_theirs, hosts) and kin(address, (question.desk,)) is not Kin.SAME:
            groups.setdefault(contact.address.lower(), []).append(contact)
    return groups


def _judged(
    contact: Contact, group: Sequence[Contact], question: Question, facts: Facts | None, key: str, forbidden: str
) -> Contact:
    """One candidate, weighed by all that was found out."""
    evidence = [*contact.evidence, *(_told(facts) if facts else ())]
    evidence += [f"check: wkd {key}"] if key else []
    others = list(dict.fromkeys(each.source for each in group if each.source != contact.source))
    evidence += [f"check: also named by {', '.join(others)}"] if others else []
    unusable = f"never to be written to: {forbidden}" if forbidden else _unusable(contact, question, facts)
    if unusable:
        why = f"{unusable}; {contact.why}"
        return replace(contact, score=NOT_USABLE, why=why, evidence=(*evidence, f"check: not usable: {unusable}"))
    reasons = [*_doubts(contact, group, question, facts)]
    score = contact.score * (1 + 0.05 * min(2, len(others)))
    for weight, _ in reasons:
        score *= weight
    score = min(score, max(_BEST, contact.score))
    why = "; ".join((contact.why, *(reason for _, reason in reasons)))
    return replace(contact, score=round(score, 3), why=why, evidence=tuple(evidence))


def _unusable(contact: Contact, question: Question, facts: Facts | None) -> str:
    if contact.address.lower() in {address.lower() for address in question.bounced}:
        return "mail to it came back before"
    return "its domain takes no mail (null MX)" if facts and facts.null else ""


def _doubts(
    contact: Contact, group: Sequence[Contact], question: Question, facts: Facts | None
) -> Iterable[tuple[float, str]]:
    if kin(contact.address, question.not_theirs) and OF_FINDERS_DOMAIN not in contact.why:
        yield _FINDERS
    affected = _hosts(question) if question.compromised else set()
    if affected and all(_said_by(each, affected) for each in group):
        yield _ALONE
    if facts is None or not facts.answered:
        return
    if facts.mx and affected.issuperset(facts.mx):
        yield _TAKEN_IN
    elif not facts.mx:
        yield _NO_MX if facts.host else _NO_HOST


def _hosts(question: Question) -> set[str]:
    return {site.host for url in question.urls if (site := site_of(url))}


def _said_by(contact: Contact, hosts: set[str]) -> bool:
    """Whether nothing but one of these hosts says so."""
    urls = [site.host for url in evidence_of(contact, "url") if (site := site_of(url))]
    return contact.source in _SAID_BY_THE_HOST and bool(urls) and hosts.issuperset(urls)


def _told(facts: Facts) -> Iterable[str]:
    if not facts.answered:
        yield "check: mx not answered"
        return
    if facts.null:
        yield "check: mx null (RFC 7505)"
    elif facts.mx:
        yield f"check: mx {', '.join(facts.mx[:3])}"
    else:
        yield "check: mx none, the domain's own address" if facts.host else "check: mx none"
    if facts.dmarc:
        yield f"check: dmarc {facts.dmarc}"


def _facts(domain: str, bench: Bench) -> Facts:
    try:
        return facts_of(domain, bench.tools(bench.turn()).names)
    except Exception:  # a check that could not be made is told as such: no search fails for it
        return Facts(answered=False)


def _published(address: str, bench: Bench) -> str:
    """What the domain's key directory has for the address; "" if nobody could say."""
    assert bench.keys is not None
    keys = bench.keys
    try:
        published = bench.turn().ask(("web", f"wkd {address}"), _domain(address), lambda: keys.find(address))
    except (TransientError, Unanswered, TimeoutError):
        return ""
    return "a key is published" if published.key else f"none: {published.why}"


def _dmarc(domain: str, names: Names) -> str:
    """The policy that the domain, or the one it lies in, publishes (RFC 7489 section 6.6.3)."""
    for each in dict.fromkeys((domain, registrable_domain(domain))):
        try:
            records = names.records(f"_dmarc.{each}", "TXT")
        except Unanswered:
            return ""
        for record in records:
            if record.lower().replace(" ", "").startswith("v=dmarc1"):
                return _policy_of(record)
    return "none"


def _policy_of(record: str) -> str:
    tags = (part.partition("=") for part in record[:500].split(";"))
    values: Mapping[str, str] = {name.strip().lower(): value.strip().lower() for name, _, value in tags}
    policy = values.get("p", "")
    return f"p={policy}" if policy in ("none", "quarantine", "reject") else "without a policy"


def _side_by_side(work: Sequence[Callable[[], None]]) -> None:
    """Do all of it; every piece ends by its own patience."""
    threads = [threading.Thread(target=each, daemon=True, name="check") for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower() if channel(address) == "address" else ""


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 65_536
