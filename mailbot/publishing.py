"""A case becomes an advisory: cleared of what is private, written in each language, and looked at once more.

What comes out may be published as it stands, so it passes the same gates as a mail to a vendor and one more: the case
that it is cleaned for has no contact points, since their addresses are for nobody.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot import __version__
from mailbot.core.advisory import Words, advisory_view, names_in, revisions, unfit
from mailbot.core.advisory_view import AdvisoryView
from mailbot.core.csaf import Document, csaf_document
from mailbot.core.desk import Desk
from mailbot.core.egress import identifying
from mailbot.core.lifecycle import Refusal
from mailbot.core.messages import Address, Attachment, Draft
from mailbot.core.model import Case, Role
from mailbot.core.redaction import for_others
from mailbot.core.redaction_shapes import Redactions
from mailbot.core.sanitise import Leak, sanitise
from mailbot.core.show import desk_view, local_day
from mailbot.core.templates import Templates, TypeText
from mailbot.core.type_words import words_for
from mailbot.core.views import Details


@dataclass(frozen=True)
class Desktop:
    """What an advisory is written with."""

    desk: Desk
    templates: Templates
    types: Mapping[str, TypeText]
    redactions: Redactions

    @property
    def languages(self) -> tuple[str, ...]:
        """The desk's languages that there are texts in, its own first."""
        known = tuple(language for language in self.desk.languages if language in self.templates.languages)
        return known or self.templates.languages[:1]


def advisory_paper(case: Case, table: Desktop, language: str, now: datetime) -> str | Refusal:
    """The advisory as a person reads and edits it; a Refusal where nothing may be written."""
    view = _view(case, table, language, now)
    if isinstance(view, Refusal):
        return view
    context = {"advisory": view, "desk": desk_view(table.desk), "today": local_day(now, table.desk)}
    paper = table.templates.paper("advisory", language, context | {"details": Details({})})
    return _checked(paper, case, view, table) or paper


def csaf(case: Case, table: Desktop, language: str, now: datetime) -> Document | Refusal:
    """The advisory as a CSAF document, not validated yet; a Refusal where nothing may be written."""
    view = _view(case, table, language, now)
    if isinstance(view, Refusal):
        return view
    if not view.draft and not any(v.products and v.status in ("affected", "not_affected") for v in view.vendors):
        return Refusal(
            "what is published says of a product that it is affected or not: !vendor N product NAME: VERSIONS, "
            "!vendor N says affected"
        )
    texts = table.templates.labels[language]["advisory"]
    document = csaf_document(view, table.desk, language, texts, revisions(case), now, __version__)
    return _checked("\n".join(_texts(document)), case, view, table) or document


def advisory_attachments(case: Case, table: Desktop, now: datetime) -> tuple[tuple[Attachment, ...], str]:
    """The advisory in every language of the desk as files, or nothing and why."""
    papers = {language: advisory_paper(case, table, language, now) for language in table.languages}
    refused = [paper.reason for paper in papers.values() if isinstance(paper, Refusal)]
    if refused:
        return (), refused[0]
    files = (
        Attachment(f"advisory.{language}.txt", "text/plain", paper.encode())
        for language, paper in papers.items()
        if isinstance(paper, str)
    )
    return tuple(files), ""


def _view(case: Case, table: Desktop, language: str, now: datetime) -> AdvisoryView | Refusal:
    if why := unfit(case):
        return Refusal(why)
    code = case.field_text("vulnerability.type")
    meaning = words_for(table.templates.types[language], code, website=False)
    words = Words(language, table.types, meaning, table.templates.labels[language]["advisory"])
    kept = tuple(f for f in case.fields if f.name != "consent.share_identity")  # that is for vendors, not for all
    public = for_others(replace(case, contacts=(), fields=kept), table.redactions)
    return advisory_view(public, table.desk, words, lambda text: _safe(text, public, table.desk, language), now)


def _safe(text: str, case: Case, desk: Desk, language: str) -> str:
    """A text that others wrote, without what sanitise() takes out for a vendor."""
    if not text.strip():
        return text
    draft = Draft(f"{language}/advisory", Address("", desk.address), Role.VENDOR, "advisory", text)
    clean = sanitise(draft, case, desk)
    return "" if isinstance(clean, Leak) else clean.draft.body


def _checked(text: str, case: Case, view: AdvisoryView, table: Desktop) -> Refusal | None:
    """The last look, by other means than sanitise(); what is found is named and not quoted."""
    if any(_bare(word) in _bare(text) for word in case.withheld if _bare(word)):
        return Refusal("the text names the site behind the product (guideline V-3-8)")
    if told := identifying(text, case, table.desk, names_in(view)):
        return Refusal(f"the text still tells {told} of the finder")
    return None


def _bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _texts(value: object) -> list[str]:
    """Every text of a document."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []
