"""Writes our mails: from an effect, the case and the templates to a draft."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from mailbot.core.channels import TEXT_FOR
from mailbot.core.desk import Coordinator, Desk
from mailbot.core.digest_view import DigestView
from mailbot.core.effects import SendMail, TellCoordinators
from mailbot.core.messages import Address, Attachment, Draft
from mailbot.core.model import Case, Participant, Role, Track
from mailbot.core.outbox import OutboxItem
from mailbot.core.plain import clean, hosts, one_line
from mailbot.core.show import case_view, desk_view, file_view, held_views, local_day, place_view, report_view
from mailbot.core.templates import Templates, TypeText
from mailbot.core.tickets import quoted_back
from mailbot.core.type_words import words_for
from mailbot.core.views import PAPERS, PURPOSES, Details, Purpose, wording

ANSWERS = frozenset(("receipt", "question", "undecryptable", "secret-key-warning", "transcript"))
"""Mails that answer one mail at once (RFC 3834: auto-replied); all others are auto-generated."""

COUNTERPART_DETAILS = frozenset(
    (
        "answer_by",
        "fix_by",
        "publish_on",
        "until",
        "ended",
        "known",
        "moves",
        "n",
        "last",
        "next_channel",
        "again",
        "method",
        "several",
        "text",
        "way",
        "host",
        "place",
        "proof",
    )
)
"""What an effect may hand to a mail for operator or vendor: dates, a count, whether it is the last mail and how we get
in touch then, all cases that it asks about, a coordinator's own words, and what to place where as a proof."""

PAPER_DETAILS = frozenset(
    ("answer_by", "contact", "recipient", "vendor", "version", "listed_on", "attempts", "body", "number")
)
"""What may be handed to a paper: a date, the number to call, the lines of a postal address; whose product it is, since
when they are on the list and under which number, every attempt to reach them, and the authority that it goes to."""

TEXTS = frozenset(("text", "why", "hint", "missing", "commands", "cases", "several", "recipient", "attempts", "proof"))
"""Values of an effect that may have several lines."""

_NO_TYPE = TypeText("", "")


Given = tuple[tuple[str, str], ...]
"""Values that come with an effect."""


def compose_mail(
    effect: SendMail,
    case: Case,
    desk: Desk,
    templates: Templates,
    types: Mapping[str, TypeText],
    reply_to: str,
    now: datetime,
) -> Draft:
    """The mail of a case that `effect` asks for, to one participant. `reply_to` carries the recipient's token."""
    purpose = PURPOSES[effect.template]
    language = _language(effect, case, desk, templates)
    context = _context(desk, now, effect.details)
    context["case"] = case_view(case, desk)
    if purpose in (Purpose.COUNTERPART, Purpose.DETAILS):
        allowed = tuple((name, value) for name, value in effect.details if name in COUNTERPART_DETAILS)
        context |= {"place": place_view(case, effect.to), "details": _details(allowed)}
    if purpose is Purpose.DETAILS:
        code = case.field_text("vulnerability.type")
        words = words_for(templates.types[language], code, website=case.track is Track.WEBSITE)
        name_of_type = types.get(code, _NO_TYPE).name(language)
        context["report"] = report_view(case, name_of_type, words, language, effect.to)
    if purpose is Purpose.COORDINATOR:
        context |= {"file": file_view(case, desk), "held": (), "coordinator": _coordinator_name(effect.to, desk)}
    name = wording(effect.template, case.handling)
    subject, body = templates.render(name, language, context)
    return Draft(
        template=f"{language}/{name}",
        to=Address(_display_name(effect, case, desk), effect.to),
        audience=effect.role,
        subject=" ".join(filter(None, (f"[{case.id}]", subject, one_line(quoted_back(case, effect.to))))),
        body=body,
        in_reply_to=effect.replies_to,
        references=(effect.replies_to,) if effect.replies_to else (),
        reply_to=reply_to,
        auto_submitted=_auto_submitted(effect.template),
        must_encrypt=_must_encrypt(effect, case),
    )


def compose_paper(
    name: str, case: Case, desk: Desk, templates: Templates, now: datetime, details: tuple[tuple[str, str], ...] = ()
) -> str:
    """A paper that a coordinator reads out, prints or sends by hand: it says no more than a first contact."""
    language = _counterpart_language(case, "", desk, templates)
    context = _context(desk, now, tuple((key, value) for key, value in details if key in PAPER_DETAILS))
    return templates.paper(name, language, context | {"case": case_view(case, desk), "place": place_view(case)})


def compose_notice(
    effect: TellCoordinators,
    case: Case | None,
    coordinator: Coordinator,
    held: Sequence[OutboxItem],
    desk: Desk,
    templates: Templates,
    now: datetime,
    reply_to: str = "",
) -> Draft:
    """The notice to one coordinator, with every held mail in full and the lines that release or withhold it."""
    return notice_to_all(effect, case, held, desk, templates, now)(coordinator, reply_to)


def notice_to_all(
    effect: TellCoordinators,
    case: Case | None,
    held: Sequence[OutboxItem],
    desk: Desk,
    templates: Templates,
    now: datetime,
) -> Callable[[Coordinator, str], Draft]:
    """What writes the notice to one coordinator, for an answer to the address given: what all are told is read once."""
    language = _default_language(desk, templates)
    details, attachments = effect.details, tuple[Attachment, ...]()
    if case and effect.template == "notice-channel":
        details, attachments = _with_paper(details, case, desk, templates, now)
    elif case and (name := dict(details).get("paper")):
        attachments = (_paper_file(name, compose_paper(name, case, desk, templates, now, details)),)
    context = _context(desk, now, details)
    context |= {
        "case": case_view(case, desk) if case else None,
        "file": file_view(case, desk) if case else None,
        "held": held_views(held, case, language),
    }
    rendered = templates.render_each(effect.template, language, context, "coordinator")

    def written(coordinator: Coordinator, reply_to: str) -> Draft:
        subject, body = rendered(coordinator.name)
        return Draft(
            template=f"{language}/{effect.template}",
            to=Address(coordinator.name, coordinator.address),
            audience=Role.COORDINATOR,
            subject=f"[{case.id}] {subject}" if case else subject,
            body=body,
            attachments=attachments,
            reply_to=reply_to,
            auto_submitted=_auto_submitted(effect.template),
            must_encrypt=True,
        )

    return written


def _with_paper(
    details: Given, case: Case, desk: Desk, templates: Templates, now: datetime
) -> tuple[Given, tuple[Attachment, ...]]:
    """The text for the way that is proposed: in the mail, or attached where it is to be printed."""
    name = TEXT_FOR[dict(details)["way"]]
    paper = compose_paper(name, case, desk, templates, now, details)
    if PAPERS[name].endswith(".html"):
        return details, (_paper_file(name, paper),)
    return (*details, ("text", paper)), ()


def _paper_file(name: str, paper: str) -> Attachment:
    if PAPERS[name].endswith(".html"):
        return Attachment(f"{name}.html", "text/html", paper.encode())
    return Attachment(f"{name}.txt", "text/plain", paper.encode())


def compose_digest(
    view: DigestView, coordinator: Coordinator, desk: Desk, templates: Templates, now: datetime
) -> Draft:
    """The digest of a day for one coordinator."""
    language = _default_language(desk, templates)
    context = _context(desk, now, ()) | {"digest": view, "coordinator": coordinator.name}
    subject, body = templates.render("notice-digest", language, context)
    return Draft(
        template=f"{language}/notice-digest",
        to=Address(coordinator.name, coordinator.address),
        audience=Role.COORDINATOR,
        subject=subject,
        body=body,
        reply_to=desk.address,
        auto_submitted=_auto_submitted("notice-digest"),
        must_encrypt=True,
    )


def compose_without_case(
    effect: SendMail,
    language: str,
    desk: Desk,
    templates: Templates,
    reply_to: str,
    now: datetime,
) -> Draft:
    """An answer that belongs to no case: how to encrypt to us, or the transcript of refused commands."""
    language = language if language in templates.languages else _default_language(desk, templates)
    context = _context(desk, now, effect.details)
    if PURPOSES[effect.template] is Purpose.COORDINATOR:
        context |= {"case": None, "file": None, "held": (), "coordinator": _coordinator_name(effect.to, desk)}
    subject, body = templates.render(effect.template, language, context)
    return Draft(
        template=f"{language}/{effect.template}",
        to=Address("", effect.to),
        audience=effect.role,
        subject=subject,
        body=body,
        in_reply_to=effect.replies_to,
        references=(effect.replies_to,) if effect.replies_to else (),
        reply_to=reply_to,
        auto_submitted=_auto_submitted(effect.template),
        must_encrypt=effect.role is Role.COORDINATOR,
    )


def _context(desk: Desk, now: datetime, details: tuple[tuple[str, str], ...]) -> dict[str, object]:
    return {"desk": desk_view(desk), "today": local_day(now, desk), "details": _details(details)}


def _details(given: tuple[tuple[str, str], ...]) -> Details:
    return Details({name: clean(value) if name in TEXTS else one_line(value) for name, value in given})


def _default_language(desk: Desk, templates: Templates) -> str:
    return next((known for known in desk.languages if known in templates.languages), templates.languages[0])


def _language(effect: SendMail, case: Case, desk: Desk, templates: Templates) -> str:
    """The finder's own; for operator and vendor Japanese when report, site or address is; the desk's for our people."""
    if effect.role is Role.COORDINATOR:
        return _default_language(desk, templates)
    if effect.role in (Role.BODY, Role.OWNER):
        return _default_language(desk, templates)
    if effect.role.outside:
        return _counterpart_language(case, effect.to, desk, templates)
    return _known_language(case.language, desk, templates)


def _counterpart_language(case: Case, address: str, desk: Desk, templates: Templates) -> str:
    names = (*hosts(case), address.rpartition("@")[2].lower())
    japanese = case.language == "ja" or any(name.endswith(".jp") for name in names)
    return _known_language("ja" if japanese else "en", desk, templates)


def _known_language(wanted: str, desk: Desk, templates: Templates) -> str:
    if wanted in templates.languages:
        return wanted
    return "en" if "en" in templates.languages else _default_language(desk, templates)


def _participant(effect: SendMail, case: Case) -> Participant | None:
    same = (p for p in case.participants if p.role is effect.role and p.address.lower() == effect.to.lower())
    return next(same, None)


def _coordinator_name(address: str, desk: Desk) -> str:
    coordinator = desk.coordinator_at(address)
    return coordinator.name if coordinator else ""


def _display_name(effect: SendMail, case: Case, desk: Desk) -> str:
    """None for a finder: whoever forged the From of a report chose that name, and the victim would read it."""
    participant = None if effect.role is Role.FINDER else _participant(effect, case)
    return one_line(participant.name) if participant else _coordinator_name(effect.to, desk)


def _auto_submitted(template: str) -> str:
    return "auto-replied" if template in ANSWERS else "auto-generated"


def _must_encrypt(effect: SendMail, case: Case) -> bool:
    """Who wrote encrypted gets no plain answer. Whether details may go plain is the policy's, see rendering."""
    if effect.role in (Role.COORDINATOR, Role.BODY):
        return True
    participant, contact = _participant(effect, case), case.contact_at(effect.to)
    if effect.role is Role.FINDER:
        contact = None
    return bool((participant and participant.wrote_encrypted) or (contact and contact.wrote_encrypted))
