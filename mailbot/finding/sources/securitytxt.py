"""The security.txt of a site (RFC 9116): of its own host and, while that has no valid one, of its domain."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from mailbot.core.contacts import SECURITY_TXT, WITHOUT_TLS, from_securitytxt
from mailbot.core.hosts import Site, is_ip, registrable_domain, site_of, within
from mailbot.core.model import Contact
from mailbot.core.securitytxt import SecurityTxt, parse
from mailbot.finding.tools import Fetched, Tools, Unanswered

NAME = SECURITY_TXT

PATHS = ("/.well-known/security.txt", "/security.txt")
"""Where it lies (RFC 9116 section 3): the old place counts only if the right one has none."""


def look(site: Site, now: datetime, tools: Tools) -> Sequence[Contact]:
    """Contacts of the site's own file or, while there is no valid one, of its domain's.

    Raises Unanswered when no server of it answers at all, TransientError.
    """
    found: list[Contact] = []
    silent = True
    for origin in _origins(site):
        answer = _at(origin, site.host, now, tools)
        if answer is None:
            continue
        silent = False
        contacts, valid = answer
        found += contacts
        if valid:
            break
    if silent:
        raise Unanswered("no web server of the site can be asked")
    return found


def _origins(site: Site) -> Iterator[str]:
    """Where a file for the site may lie, nearest first. The fetcher refuses plain HTTP except where it is allowed."""
    domain = registrable_domain(site.host)
    authorities = [site.authority, Site("https", site.host, None).authority]
    if not is_ip(site.host):
        authorities += [domain, f"www.{domain}"]
    for authority in dict.fromkeys(authorities):
        yield f"https://{authority}"
        if site.scheme == "http" and authority == site.authority:
            yield f"http://{authority}"


def _at(origin: str, host: str, now: datetime, tools: Tools) -> tuple[tuple[Contact, ...], bool] | None:
    """The contacts named at one origin, and whether its file is in force; None if nobody answers there."""
    for path in PATHS:
        fetched = tools.web.fetch(origin + path)
        if not fetched.answered:
            return None if path == PATHS[0] else ((), False)
        if fetched.problem:
            continue
        parsed, signature = _parsed(fetched, origin + path, now, tools)
        if parsed.contact:
            contacts = from_securitytxt(parsed, host, now, _notes(fetched, path, host), signature)
            return contacts, not (parsed.has("expired") or parsed.has("bad_expires"))
    return (), False


def _parsed(fetched: Fetched, asked: str, now: datetime, tools: Tools) -> tuple[SecurityTxt, str]:
    # a file that is not UTF-8 may still carry a usable ASCII address
    text = fetched.body.decode("utf-8", "replace")
    parsed = parse(text, now, fetched.url)
    if parsed.has("canonical_mismatch") and not fetched.notes:
        # after a redirect inside the domain Canonical may name either end
        parsed = parse(text, now, asked)
    return parsed, tools.signature(fetched.body) if parsed.signed else ""


def _notes(fetched: Fetched, path: str, host: str) -> tuple[str, ...]:
    """Remarks on how the file was served."""
    notes = list(fetched.notes)
    site = site_of(fetched.url)
    if fetched.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/plain":
        notes.append("not served as text/plain")
    if fetched.url.startswith("http://"):
        notes.append(WITHOUT_TLS)
    if path != PATHS[0]:
        notes.append("found at the old place /security.txt")
    if site is not None and site.host != host and within(host, site.host):
        notes.append(f"the file is that of {site.host}")
    return tuple(dict.fromkeys(notes))
