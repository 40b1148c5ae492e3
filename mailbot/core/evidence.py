"""What speaks for and against an answer to a first contact coming from those we wrote to.

Each thing that can be seen of a mail is a mark with a weight; the sum is shown to coordinators with the marks. The sum
decides nothing: a contact point is confirmed by itself when the address that was mailed answers with its token, and our
own mail server does not say that the mail is forged.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mailbot.core.auth_results import Authentication, Result
from mailbot.core.desk import Desk
from mailbot.core.hosts import is_tenant, normalised_host, registrable_domain, same_domain
from mailbot.core.messages import OpenedMail, Signature
from mailbot.core.model import Case, Contact, Standing
from mailbot.core.tokens import find_tokens, issued_to

ANSWER = "answer"
"""How the line begins that stands in a contact point's evidence."""

MARKS: Mapping[str, tuple[float, str]] = {
    "address": (0.4, "from the address mailed"),
    "domain": (0.25, "from the domain of the address mailed"),
    "other": (0.0, "from another domain"),
    "free_mail": (-0.1, "a mail provider's address"),
    "token_address": (0.4, "token in the address it came to"),
    "token_thread": (0.4, "token in the thread"),
    "token_quoted": (0.3, "token quoted"),
    "no_token": (0.0, "no token"),
    "signed": (0.4, "signed by the pinned key"),
    "signed_badly": (-0.3, "a signature that is not good"),
    "dmarc_pass": (0.2, "dmarc=pass"),
    "dkim_pass": (0.2, "dkim=pass"),
    "spf_pass": (0.1, "spf=pass"),
    "dmarc_fail": (-0.5, "dmarc=fail"),
    "dkim_fail": (-0.5, "dkim=fail"),
    "unreadable": (-0.2, "the mail server's verdict cannot be read"),
}
"""Every mark: its weight, and how evidence words it."""

_FORGED = ("dmarc_fail", "dkim_fail", "unreadable")
_MAILED = (Standing.TRIED, Standing.CONFIRMED, Standing.DEAD)
_MOST_QUOTED = 20_000  # characters that are searched for a token


@dataclass(frozen=True)
class Mark:
    """One thing that was seen: a name of `MARKS`, and what it is about."""

    code: str
    about: str = ""


@dataclass(frozen=True)
class Answer:
    """How far an answer can be trusted."""

    marks: tuple[Mark, ...] = ()

    @property
    def score(self) -> float:
        """The sum of the weights, 0..1."""
        return round(min(1.0, max(0.0, sum(MARKS[mark.code][0] for mark in self.marks))), 2)

    @property
    def doubted(self) -> bool:
        """Whether our mail server says that it is forged; a pinned key's signature says that it is not."""
        codes = {mark.code for mark in self.marks}
        return bool(codes.intersection(_FORGED)) and "signed" not in codes

    def evidence(self) -> str:
        """As a line of a contact point's evidence."""
        said = (f"{MARKS[mark.code][1]} {mark.about}".rstrip() for mark in self.marks)
        return f"{ANSWER}: {self.score:.2f} {'; '.join(said)}"

    def coded(self) -> str:
        """As a notice takes it: one mark a line, its name first."""
        return "\n".join(f"{mark.code} {mark.about}".rstrip() for mark in self.marks)


def judge(
    opened: OpenedMail,
    case: Case,
    desk: Desk,
    secret: bytes,
    found: Authentication,
    is_provider: Callable[[str], bool],
    pinned: str | None = None,
) -> Answer:
    """What can be seen of an answer. `pinned` is the key that was held for its sender before it came."""
    sender = opened.mail.sender.address.lower() if opened.mail.sender else ""
    domain = normalised_host(sender.rpartition("@")[2]) or ""
    marks = (
        *_of_sender(sender, domain, case, is_provider),
        *_of_token(opened, case, desk, secret),
        *_of_signature(opened, case.contact_at(sender), pinned),
        *_of_server(found, domain),
    )
    return Answer(marks)


def _of_sender(sender: str, domain: str, case: Case, is_provider: Callable[[str], bool]) -> Iterator[Mark]:
    """Providers' customers and a landlord's tenants are strangers to each other."""
    mailed = [c.address.lower() for c in case.contacts if c.standing in _MAILED and "@" in c.address]
    shared = bool(domain) and (is_provider(domain) or is_tenant(domain))
    domains = [normalised_host(address.rpartition("@")[2]) or "" for address in mailed]
    if sender in mailed:
        yield Mark("address")
    elif domain and not shared and any(same_domain(each, domain) for each in domains):
        yield Mark("domain", registrable_domain(domain))
    else:
        yield Mark("other", domain)
    if shared:
        yield Mark("free_mail", domain)


def _of_token(opened: OpenedMail, case: Case, desk: Desk, secret: bytes) -> Iterator[Mark]:
    """Only what was sent to a contact point of the case counts: the finder's token says nothing of an operator."""
    mail = opened.mail
    written = re.findall(rf"[^\s<>:,;()]{{1,200}}@{re.escape(desk.domain)}", opened.text[:_MOST_QUOTED], re.IGNORECASE)
    places = (
        ("token_address", [address.address for address in (*mail.to, *mail.cc)]),
        ("token_thread", [*mail.in_reply_to, *mail.references]),
        ("token_quoted", written),
    )
    for code, texts in places:
        owners = (issued_to(token, case, secret) for token in find_tokens(texts, desk.domain))
        if any(owner and case.contact_at(owner) for owner in owners):
            yield Mark(code)
            return
    yield Mark("no_token")


def _of_signature(opened: OpenedMail, contact: Contact | None, pinned: str | None) -> Iterator[Mark]:
    keys = {key for key in (pinned, contact.fingerprint if contact else None) if key}
    if opened.crypto.signature is Signature.GOOD and opened.signed and opened.signed.fingerprint in keys:
        yield Mark("signed", opened.signed.fingerprint[-16:])
    elif opened.crypto.signature not in (Signature.GOOD, Signature.NONE, Signature.UNKNOWN_KEY):
        yield Mark("signed_badly", opened.crypto.signature)


def _of_server(found: Authentication, domain: str) -> Iterator[Mark]:
    """What our own server found for the sender's domain. DMARC, which sums up DKIM and SPF, has the last word."""
    if found.unreadable:
        yield Mark("unreadable")
    if any(result.result == "fail" for result in found.of("dmarc")):
        yield Mark("dmarc_fail", domain)
        return
    said = {(r.method, r.result, r.ours) for r in found.results if _about(r, domain)}
    if ("dmarc", "pass", True) in said:
        yield Mark("dmarc_pass", domain)
        return
    outweighed = {("dmarc", "pass", False), ("dkim", "pass", False)} & said
    if ("dkim", "pass", True) in said:
        yield Mark("dkim_pass", domain)
    elif ("dkim", "fail", True) in said or (("dkim", "fail", False) in said and not outweighed):
        yield Mark("dkim_fail", domain)
    if ("spf", "pass", True) in said:
        yield Mark("spf_pass", domain)


def _about(result: Result, domain: str) -> bool:
    named = normalised_host(result.domain)
    return bool(named and domain) and same_domain(named or "", domain)
