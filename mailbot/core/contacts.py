"""How much a way to reach the operator may be trusted, and in which order to try them.

The score opens no door by itself: details go only to a contact point that answered or that a coordinator confirmed.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from mailbot.core.hosts import normalised_host, registrable_domain, same_domain, site_of
from mailbot.core.mailboxes import OF_FINDERS_DOMAIN, Kin, kin, of_finder
from mailbot.core.model import Contact
from mailbot.core.securitytxt import SecurityTxt, mail_address
from mailbot.core.securitytxt import parse as parse_securitytxt

SECURITY_TXT = "security.txt"
REPORT = "report"
DNS = "dns"
WITHOUT_TLS = "fetched without TLS"
"""A remark on how a file or page came."""
BY_HAND = ("form", "phone", "letter")
"""Ways that a person goes; a way that nothing more is known of has its own name for an address."""

_MAX_FROM_REPORT = 10
_MAX_REPORT_TEXT = 10_000
_MAX_FROM_DNS = 5
_MAX_RECORD = 2_000
_MAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}")
_WEB = re.compile(r"https?://[!#-&*-;=?-~]{1,500}", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.@/:=?&+-])(?:\+\d{1,3}[ -]?|0)\d{1,4}[ -]\d{1,4}[ -]\d{3,4}(?![\w-])", re.ASCII)
_NUMBER = re.compile(r"\+?[0-9][0-9-]+")
_DISGUISES = (
    (re.compile(r"\s{0,3}[\[({](?:at|@|アットマーク)[\])}]\s{0,3}", re.IGNORECASE), "@"),
    (re.compile(r"\s{0,3}[\[({](?:dot|\.|ドット)[\])}]\s{0,3}", re.IGNORECASE), "."),
    (re.compile(r"(?<=[0-9])[‐‑‒–—―−ー](?=[0-9])"), "-"),
)

_CHANNEL_WEIGHT = {"address": 1.0, "form": 0.7, "phone": 0.6}  # only the first can be written to by mail
_SECURITY_TXT_WEIGHTS = (
    ("expired", 0.2, "the file has expired"),
    ("canonical_mismatch", 0.5, "the file says that it belongs to another URL"),
    ("text_outside_signature", 0.5, "there is text outside its signature"),
    ("signature_damaged", 0.5, "its signature is damaged"),
    ("bad_expires", 0.7, "its Expires cannot be read"),
    ("no_expires", 0.7, "it does not say when it expires"),
    ("several_expires", 0.7, "it gives several Expires"),
    ("contact_query", 0.8, "its mailto carried more than an address"),
)


def channel(address: str) -> str:
    """What kind of way a contact's address is: "address" (mail), "form", "phone" or "letter"."""
    if address in BY_HAND:
        return address
    if address.startswith(("tel:", "fax:")):
        return "phone"
    return "form" if "://" in address else "address"


def as_written(word: str) -> str:
    """The address of a way that a person names: a bare number is a telephone's."""
    return f"tel:{word}" if _NUMBER.fullmatch(word) else word


def from_securitytxt(
    parsed: SecurityTxt, host: str, checked: datetime, notes: Sequence[str] = (), signature: str = ""
) -> tuple[Contact, ...]:
    """The contact points that a security.txt names for the site `host`, the file's order reflected in the score.

    `notes` are the fetcher's remarks; one of them ("another domain") makes every contact doubtful. `signature` is what
    became of verifying its signature: "good, by FINGERPRINT", "bad" …; "" if nobody could.
    """
    evidence = _securitytxt_evidence(parsed, checked, notes, signature)
    weights = [(weight, why) for code, weight, why in _SECURITY_TXT_WEIGHTS if parsed.has(code)]
    if signature.startswith("bad"):
        weights.append((0.3, "its signature is wrong"))
    if WITHOUT_TLS in notes:
        weights.append((0.95, "it was fetched without TLS, which RFC 9116 asks for"))
    if any("another domain" in note for note in notes):
        weights.append((0.5, "the site redirects to another domain for it"))
    found = []
    for position, address in enumerate(parsed.contact):
        reasons = [*weights, *_foreign(address, host)]
        score = 0.9 * _CHANNEL_WEIGHT[channel(address)] * 0.97**position
        for weight, _ in reasons:
            score *= weight
        why = f"named in security.txt of {host}" + "".join(f"; {reason}" for _, reason in reasons)
        found.append(Contact(position + 1, address, SECURITY_TXT, score=round(score, 3), why=why, evidence=evidence))
    return rank(found)


def from_dns(records: Sequence[str], name: str, host: str, checked: datetime) -> tuple[Contact, ...]:
    """The contact points that TXT records at `name` give for the site `host`: "security_contact=mailto:…" and so on.

    Source: dnssecuritytxt.org. Who writes them controls the zone; nobody expires them, so they are believed less than
    a valid security.txt.
    """
    lines = [line.split("=", 1) for record in records for line in record[:_MAX_RECORD].split() if "=" in line]
    values = [value for key, value in lines if key.lower() == "security_contact"][:_MAX_FROM_DNS]
    policies = [value for key, value in lines if key.lower() == "security_policy" and site_of(value)][:1]
    evidence = (f"record: TXT {name}", checked_at(checked), *(f"policy: {uri}" for uri in policies))
    # the same kinds of way as in a security.txt, read by the same hand
    read = parse_securitytxt("\n".join(f"Contact: {value}" for value in values), checked, f"dns:{name}")
    found = []
    for position, address in enumerate(read.contact):
        reasons = _foreign(address, host)
        score = 0.85 * _CHANNEL_WEIGHT[channel(address)] * 0.97**position
        for weight, _ in reasons:
            score *= weight
        why = f"named in the DNS of {name.removeprefix('_security.')}" + "".join(f"; {reason}" for _, reason in reasons)
        found.append(Contact(position + 1, address, DNS, score=round(score, 3), why=why, evidence=evidence))
    return rank(found)


def from_report(
    operator_contact: str, urls: Sequence[str] = (), not_theirs: Collection[str] = (), desk: str = ""
) -> tuple[Contact, ...]:
    """The contact points that the finder wrote down, scored by whether they belong to a site of `urls`.

    The finder's own mailboxes, `not_theirs`, and the desk's are none of the operator's.
    """
    hosts = [site.host for url in urls if (site := site_of(url)) is not None]
    found = []
    for position, address in enumerate(_written(operator_contact[:_MAX_REPORT_TEXT])[:_MAX_FROM_REPORT]):
        if of_finder(address, not_theirs, hosts) or kin(address, (desk,)) is Kin.SAME:
            continue
        score, why = 0.6, "named in the report"
        if kin(address, not_theirs):
            score, why = score * 0.5, f"{why}; {OF_FINDERS_DOMAIN}"
        if hosts and (doubts := _foreign_to_all(address, hosts)):
            score, why = score * doubts[0], f"{why}; {doubts[1]}"
        score *= _CHANNEL_WEIGHT[channel(address)] * 0.97**position
        found.append(Contact(position + 1, address, REPORT, score=round(score, 3), why=why))
    return rank(found)


def rank(candidates: Iterable[Contact]) -> tuple[Contact, ...]:
    """The candidates best first, numbered from 1; the same address from several sources becomes one contact point."""
    best: dict[str, Contact] = {}
    for contact in sorted(candidates, key=lambda c: -c.score):
        key = contact.address.lower()
        if key not in best:
            best[key] = contact
            continue
        kept = best[key]
        evidence = tuple(dict.fromkeys((*kept.evidence, *contact.evidence)))
        why = kept.why if contact.why in kept.why.split("; also ") else f"{kept.why}; also {contact.why}"
        best[key] = replace(kept, evidence=evidence, why=why)
    return tuple(replace(contact, n=n) for n, contact in enumerate(best.values(), 1))


def evidence_of(contact: Contact, name: str) -> tuple[str, ...]:
    """The pieces of evidence of that name: url, checked, key, language, policy, problem, note."""
    return tuple(value for line in contact.evidence for key, _, value in [line.partition(": ")] if key == name)


def checked_at(moment: datetime) -> str:
    """The line of evidence that says when something was looked up."""
    return f"checked: {moment.astimezone(UTC).isoformat(timespec='seconds')}"


def _securitytxt_evidence(
    parsed: SecurityTxt, checked: datetime, notes: Sequence[str], signature: str
) -> tuple[str, ...]:
    return (
        f"url: {parsed.url}",
        checked_at(checked),
        *(f"expires: {moment.isoformat(timespec='seconds')}" for moment in (parsed.expires,) if moment),
        *(f"key: {uri}" for uri in parsed.encryption),
        *(f"language: {tag}" for tag in parsed.preferred_languages),
        *(f"policy: {uri}" for uri in parsed.policy),
        *((f"signature: {signature or 'present, not verified'}",) if parsed.signed else ()),
        *(f"problem: {problem}" for problem in parsed.problems),
        *(f"note: {note}" for note in notes),
    )


def _host_of_contact(address: str) -> str | None:
    match channel(address):
        case "address":
            return normalised_host(address.rpartition("@")[2])
        case "form":
            site = site_of(address)
            return site.host if site else None
        case _:
            return None


def _foreign(address: str, host: str) -> list[tuple[float, str]]:
    """The weight and reason if the contact point does not lie in the site's own domain."""
    theirs = _host_of_contact(address)
    if theirs is None or same_domain(theirs, host):
        return []
    return [(0.5, f"{registrable_domain(theirs)} is outside the site's domain {registrable_domain(host)}")]


def _foreign_to_all(address: str, hosts: Sequence[str]) -> tuple[float, str] | None:
    doubts = [_foreign(address, host) for host in hosts]
    return doubts[0][0] if all(doubts) else None


def _written(text: str) -> list[str]:
    """Mail addresses, forms and phone numbers in the order of their kinds, each once."""
    text = unicodedata.normalize("NFKC", text)
    for pattern, plain in _DISGUISES:
        text = pattern.sub(plain, text)
    mails = [address for found in _MAIL.findall(text) if (address := mail_address(found.strip(".-")))]
    forms = [url for found in _WEB.findall(text) if site_of(url := found.rstrip(".,;"))]
    phones = [f"tel:{number.replace(' ', '-')}" for number in _PHONE.findall(text)]
    return list(dict.fromkeys((*mails, *forms, *phones)))
