"""Builds the views that templates are given: an allow-list, never the original less something."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from mailbot.core.approval import left_out, of_report, where
from mailbot.core.asking import form_of
from mailbot.core.desk import Desk
from mailbot.core.egress_rules import RULES
from mailbot.core.file_lines import lines
from mailbot.core.held_mail import HeldMail, ReplacedView
from mailbot.core.messages import Draft
from mailbot.core.model import Case, Contact, FieldValue, Role, Track
from mailbot.core.outbox import OutboxItem
from mailbot.core.place_names import shown_url
from mailbot.core.places import all_urls, public, their_urls
from mailbot.core.plain import TEXT_LIMIT, clean, one_line
from mailbot.core.type_words import TypeWords
from mailbot.core.views import (
    CaseView,
    ContactLine,
    DeskView,
    DuplicateLine,
    FieldLine,
    FileView,
    PlaceView,
    ReportView,
)

PLACES = 5
_WIDTH, _LINES = 60, 6  # of what was replaced
_REPLACED = 12


def desk_view(desk: Desk) -> DeskView:
    """The desk as mails name it."""
    grouped = " ".join(re.findall(".{1,4}", desk.fingerprint))
    return DeskView(desk.name, desk.address, desk.phone, desk.verify_url, grouped)


def case_view(case: Case, desk: Desk) -> CaseView:
    """What is no secret to any participant."""
    reached = case.milestones
    return CaseView(
        id=case.id,
        website=case.track is Track.WEBSITE,
        received=local_day(case.received, desk),
        missing=case.missing,
        form=form_of(case),
        shares_identity=case.agreed("share_identity"),
        closing_code=case.closing_code or "",
        rejection_code=case.rejection_code or "",
        fix_method=case.fix_method or "",
        state=case.state,
        accepted=local_day(reached.accepted, desk) if reached.accepted else None,
        forwarded=local_day(reached.forwarded, desk) if reached.forwarded else None,
        start_date=local_day(reached.start_date, desk) if reached.start_date else None,
        details_sent=local_day(reached.details_sent, desk) if reached.details_sent else None,
    )


def place_view(case: Case, *addresses: str) -> PlaceView:
    """What these addresses may be told it is about: the product, or the URLs of the site that they answer for.

    Never one that the finder names to the desk alone.
    """
    case = public(case)
    if case.track is Track.PRODUCT:
        name = one_line(case.field_text("product.name"))
        return PlaceView((name,) if name else ())
    urls = (shown_url(url, case) for url in their_urls(case, *addresses))
    return PlaceView(tuple(dict.fromkeys(url for url in urls if url))[:PLACES])


def report_view(case: Case, type_name: str, words: TypeWords, language: str, to: str = "") -> ReportView:
    """The report for who mends it, at `to`: their own site, the finder's name only with consent (guideline V-3-9)."""

    def text(name: str) -> str:
        return clean(case.field_text(name))

    def part(name: str) -> str:
        return text(f"vulnerability.{name}")

    shown = ("reporter.name", "reporter.organisation") if case.agreed("share_identity") else ()
    urls = their_urls(case, to) if case.track is Track.WEBSITE else all_urls(case)
    score, vector = one_line(part("cvss_score")), one_line(part("cvss_vector"))
    return ReportView(
        urls=tuple(map(one_line, urls)),
        product=one_line(text("product.name")),
        version=one_line(text("product.version")),
        type=type_name or one_line(part("type")),
        happens=words.happens,
        harmed=words.harmed,
        first=words.first,
        mend=words.mend,
        check=words.check,
        cwe=", ".join(part("cwe").split("\n")),
        cwe_derived=any(f.derived for f in case.fields if f.name == "vulnerability.cwe"),
        cve=", ".join(part("cve").split("\n")),
        cvss=" ".join(filter(None, (score, f"({vector})" if score and vector else vector))),
        summary=part("summary"),
        steps=part("steps"),
        reason=part("reason"),
        impact=part("impact"),
        workaround=part("workaround"),
        discovery=_told_once(part("discovery"), part("steps")),
        found_on=one_line(part("found_on")),
        exploited=case.exploited if case.exploited is not None else case.field("exploited") is True,
        exploit_public=case.field("exploit_public") is True,
        public=case.public or case.field("public") is True,
        finder=" / ".join(one_line(text(name)) for name in shown if text(name)),
        vendor=one_line(text("product.vendor")),
        plan=text("disclosure_plan"),
        elsewhere=text("other_reports"),
        credit=case.agreed("credit"),
        other_language=case.language != language,
    )


def _told_once(story: str, steps: str) -> str:
    """How it was found, without the steps that stand in a place of their own."""
    return story.replace(steps, "").strip() if steps else story


def file_view(case: Case, desk: Desk) -> FileView:
    """The case with everything that a coordinator decides by."""
    return FileView(
        state=case.state,
        priority=case.priority,
        priority_why=case.priority_why,
        language=case.language,
        fields=tuple(FieldLine(f.name, _text(f.value), one_line(f.quote), f.derived) for f in case.fields),
        contacts=tuple(map(_contact_line, case.contacts)),
        duplicates=tuple(
            DuplicateLine(link.case, f"{link.score:.2f}", link.why) for link in case.links if link.score is not None
        ),
        links=tuple(f"{link.case} ({link.kind})" for link in case.links if link.score is None),
        deadlines=tuple((d.kind, d.at.astimezone(desk.timezone).date()) for d in case.deadlines),
    )


def _contact_line(contact: Contact) -> ContactLine:
    return ContactLine(
        contact.n,
        one_line(contact.address),
        contact.standing,
        one_line(contact.source),
        f"{contact.score:.2f}",
        one_line(contact.why),
        tuple(one_line(evidence) for evidence in contact.evidence),
    )


def held_view(item: OutboxItem, case: Case | None, language: str = "en") -> HeldMail | None:
    """The held mail in full; None for an item that is no mail."""
    draft = item.draft
    if draft is None:
        return None
    keys = [(p.address, p.fingerprint) for p in case.participants] if case else []
    keys += [(c.address, c.fingerprint) for c in case.contacts] if case else []
    keyed = item.encrypt_to or any(key and address.lower() == draft.to.address.lower() for address, key in keys)
    held_for = item.held_for or ""
    rule = held_for.partition(":")[0]
    part, number, line = where(held_for)
    contact = case.contact_at(draft.to.address) if case and Role(draft.audience).outside else None
    return HeldMail(
        template=item.template,
        to=one_line(draft.to.address),
        subject=one_line(draft.subject),
        body=clean(draft.body, limit=10 * TEXT_LIMIT),
        attachments=tuple(
            f"{one_line(a.filename)} ({a.media_type}, {len(a.content)} bytes)" for a in draft.attachments
        ),
        encryption=_encryption(draft, bool(keyed)),
        hash=item.hash,
        held_for=one_line(held_for),
        approvable=not held_for.startswith("leak") and RULES.get(rule, True),
        part=part,
        part_number=number,
        part_line=line,
        despite=rule if RULES.get(rule) else "",
        contact=_contact_line(contact) if contact else None,
        key=" ".join(re.findall(".{4}", item.encrypt_to[-16:])),
        left_out=left_out(of_report(case, draft)) if case else (),
        replaced=_replaced(item, "replaced")[:_REPLACED],
        more=max(0, len(_replaced(item, "replaced")) - _REPLACED),
        edited=_replaced(item, "edited"),
        files=lines(draft.files, language),
        protectable=item.template == "details" and not (keyed or draft.must_encrypt or draft.protection),
    )


def _encryption(draft: Draft, keyed: bool) -> str:
    if draft.protection:
        return "protected"
    return "encrypted" if keyed else "encrypted_only" if draft.must_encrypt else "plain"


def _replaced(item: OutboxItem, kind: str) -> tuple[ReplacedView, ...]:
    return tuple(
        ReplacedView(one_line(each.place), _few_lines(each.before), _few_lines(each.after), one_line(each.why))
        for each in item.differences
        if each.kind == kind
    )


def _few_lines(text: str) -> tuple[str, ...]:
    """Enough of a text to know it again on a small screen."""
    lines = [one_line(line) for line in clean(text).split("\n") if line.strip()]
    shown = [line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…" for line in lines[:_LINES]]
    return (*shown, "…") if len(lines) > _LINES else tuple(shown)


def held_views(items: Sequence[OutboxItem], case: Case | None, language: str = "en") -> tuple[HeldMail, ...]:
    """The held mails among `items`."""
    return tuple(view for view in (held_view(item, case, language) for item in items) if view is not None)


def local_day(now: datetime, desk: Desk) -> date:
    """The desk's calendar day."""
    return now.astimezone(desk.timezone).date()


def _text(value: FieldValue) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return clean("\n".join(value) if isinstance(value, tuple) else str(value))
