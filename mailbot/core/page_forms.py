"""The contact forms that a page holds or leads to; a person fills them in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailbot.core.hosts import same_domain, site_of
from mailbot.core.page_parts import Page, PageForm, PageLink
from mailbot.core.page_shapes import PageRules

FOREIGN_FORM = "form on another domain"

_MOST = 5
_NO_CONTACT = re.compile(
    r"comment|trackback|search|login|signin|bbs|guestbook|review|subscribe|newsletter|mailmag|cart"
)
_KINDS = ("contact", "security", "office", "law", "company", "privacy")


@dataclass(frozen=True)
class FormAt:
    """A form's URL, what it is for, and what weighs against it."""

    url: str
    purpose: str
    weight: float = 1.0
    notes: tuple[str, ...] = ()


def forms_on(page: Page, kind: str, host: str, rules: PageRules) -> tuple[FormAt, ...]:
    """The forms in the page itself, then those of form services that it shows in a frame or links to."""
    found: dict[str, FormAt] = {}
    for form in (*_own(page, kind, rules), *_at_services(page, kind, rules), *_elsewhere(page, kind, host, rules)):
        if form.url not in found or found[form.url].weight < form.weight:
            found[form.url] = form
    return tuple(found.values())[:_MOST]


def _own(page: Page, kind: str, rules: PageRules) -> Iterator[FormAt]:
    for form in page.forms:
        if _is_contact_form(form, kind):
            purpose = rules.purpose(f"{page.title} {form.heading}")
            yield FormAt(page.url, "" if purpose in ("label", "maker", "sample", "elsewhere", "automatic") else purpose)


def _is_contact_form(form: PageForm, kind: str) -> bool:
    """Whether it takes a message; on a contact page also one that begins with a name and an address."""
    if _NO_CONTACT.search(f"{form.names} {form.action.lower()}"):
        return False
    return form.messages > 0 or (kind in ("contact", "security") and form.mail and form.fields >= 2)


def _at_services(page: Page, kind: str, rules: PageRules) -> Iterator[FormAt]:
    framed = ((PageLink(url, page.title), True) for url in page.frames)
    for link, shown in (*framed, *((link, False) for link in page.links)):
        site = site_of(link.url)
        if site is None or rules.host_kind(site.host) != "form-service":
            continue
        words = " ".join((link.words, page.lines[link.line].heading if link.line < len(page.lines) else ""))
        purpose = rules.purpose(words)
        known = shown or kind in _KINDS or rules.page_kind(link.words, "") is not None
        if known and purpose not in ("maker", "sample", "elsewhere"):
            yield FormAt(link.url, purpose, 0.9, (FOREIGN_FORM,))


def _elsewhere(page: Page, kind: str, host: str, rules: PageRules) -> Iterator[FormAt]:
    """Contact pages on a domain that is neither the site's nor a service's: a group's, or somebody else's."""
    own = site_of(page.url)
    for link in page.links:
        site = site_of(link.url)
        if site is None or same_domain(site.host, host) or (own and same_domain(site.host, own.host)):
            continue
        told = rules.page_kind(link.words, "")
        line = page.lines[link.line].text if link.line < len(page.lines) else ""
        strange = rules.host_kind(site.host) or rules.purpose(line[:200]) in ("maker", "elsewhere")
        if told and told[0] in ("contact", "security") and not strange:
            weight = 0.7 if kind == "contact" else 0.35
            yield FormAt(link.url, rules.purpose(link.words), weight, ("the contact page is on another domain",))
