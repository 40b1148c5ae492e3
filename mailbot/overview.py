"""Cases, outbox and quarantine as people and programs read them."""

from datetime import datetime

from mailbot import shapes
from mailbot.core.approval import of_files, of_report
from mailbot.core.embargo import EmbargoState
from mailbot.core.lifecycle import next_due, waiting_for
from mailbot.core.model import Case, State
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.phases import phase_of
from mailbot.core.vultron import vultron
from mailbot.memory import Disposition
from mailbot.rehearsal import attachments, field_shapes


def title(case: Case) -> str:
    """What the case is about, for coordinators only: place or product, and type."""
    urls = case.field("target.urls")
    place = urls[0] if isinstance(urls, tuple) and urls else case.field_text("product.name")
    kind = case.field_text("vulnerability.type")
    return " ".join(filter(None, (place, f"({kind})" if kind else ""))) or "(nothing stated)"


def summary(case: Case, now: datetime) -> shapes.CaseSummaryShape:
    """One line of `case list`."""
    return shapes.CaseSummaryShape.model_validate(_summary(case, now))


def _summary(case: Case, now: datetime) -> dict[str, object]:
    due = next_due(case)
    return {
        "id": case.id,
        "track": case.track.value,
        "state": case.state.value,
        "title": title(case),
        "received": case.received,
        "opened_by": case.opened_by,
        "waiting_for": waiting_for(case),
        "since": case.since or case.received,
        "due": due,
        "overdue": due is not None and due < now,
        "priority": case.priority,
        "language": case.language,
        "closing_code": case.closing_code.value if case.closing_code else None,
    }


def urgency(case: shapes.CaseSummaryShape) -> tuple[int, float]:
    """The order in which a person looks at cases: overdue, due, without a term; then what ended, the newest first."""
    if State(case.state).ended:
        return 3, -case.since.timestamp()
    if case.due is None:
        return 2, case.since.timestamp()
    return (0 if case.overdue else 1), case.due.timestamp()


def in_full(case: Case, now: datetime) -> shapes.CaseShape:
    """`case show`."""
    return shapes.CaseShape.model_validate(
        _summary(case, now)
        | {
            "fields": field_shapes(case.fields),
            "missing": case.missing,
            "participants": [_plain(p, "role", "name", "address", "fingerprint") for p in case.participants],
            "contacts": [
                _plain(c, "n", "address", "source", "standing", "score", "why", "evidence")
                | {"vendor": c.vendor or None}
                for c in case.contacts
            ],
            "deadlines": [_plain(d, "kind", "at", "note") for d in case.deadlines],
            "timeline": [_plain(e, "at", "what", "who", "text", "message_id") for e in case.timeline],
            "links": [_plain(link, "kind", "case", "score") | {"why": ", ".join(link.why)} for link in case.links],
            "priority_why": case.priority_why,
            "vendors": [
                _plain(v, "n", "name", "state", "since", "reference", "finding", "statement")
                | {"contacts": [c.n for c in case.contacts if c.vendor == v.n]}
                for v in case.vendors
            ],
            "embargo": _embargo(case),
            "publication": case.publication,
            "handling": case.handling,
            "phase": phase_of(case).code,
            "vultron": _protocol(case),
        }
    )


def _protocol(case: Case) -> dict[str, object]:
    found = vultron(case)
    people = [_plain(p, "participant", "rm") | {"vfd": p.vfd or None} for p in found.participants]
    return {"participants": people, "em": found.em, "pxa": found.pxa}


def _embargo(case: Case) -> dict[str, object] | None:
    embargo = case.embargo
    if embargo.state is EmbargoState.NONE:
        return None
    proposals = [_plain(p, "n", "by", "until", "at", "why", "asked", "settled") for p in embargo.proposals]
    return _plain(embargo, "state", "until", "ended", "why") | {"proposals": proposals}


def _plain(value: object, *names: str) -> dict[str, object]:
    """Some members of a dataclass as they are."""
    return {name: getattr(value, name) for name in names}


def matches(case: Case, text: str) -> bool:
    """Whether `case list --find` finds `text` in id, fields or people, without regard to case."""
    wanted = text.casefold()
    fields = (" ".join(f.value) if isinstance(f.value, tuple) else str(f.value) for f in case.fields)
    people = (*(p.address for p in case.participants), *(c.address for c in case.contacts))
    return any(wanted in place.casefold() for place in (case.id, *fields, *people))


def outbox_line(item: OutboxItem) -> shapes.OutboxShape:
    """One line of `outbox list`."""
    return shapes.OutboxShape.model_validate(_outbox(item))


def _outbox(item: OutboxItem) -> dict[str, object]:
    open_ended = item.status in (Status.QUEUED, Status.SENDING)
    return {
        "item": item.item,
        "case": item.case,
        "to": item.draft.to.address if item.draft else "",
        "template": item.draft.template if item.draft else item.template,
        "subject": item.draft.subject if item.draft else "",
        "status": item.status.value,
        "hash": item.hash,
        "held_for": item.held_for,
        "attempts": item.attempts,
        "next": item.next if open_ended else None,
        "message_id": item.message_id,
        "error": item.error,
    }


def outbox_item(item: OutboxItem, case: Case | None) -> shapes.OutboxItemShape:
    """`outbox show`."""
    draft = item.draft
    shown = attachments(draft.attachments) if draft else []
    more: dict[str, object] = {"body": draft.body if draft else "", "attachments": shown, "diff": _diff(item, case)}
    more |= {"encrypt_to": item.encrypt_to or None, "despite": list(item.despite)}
    return shapes.OutboxItemShape.model_validate(_outbox(item) | more)


def _diff(item: OutboxItem, case: Case | None) -> list[dict[str, object]]:
    """Against the report and, where a coordinator wrote it anew, against our own words."""
    found = (*of_report(case, item.draft), *of_files(item.draft)) if case and item.draft else ()
    return [_plain(each, "kind", "place", "before", "after", "why") for each in (*found, *item.differences)]


def quarantine_line(entry: Disposition) -> shapes.QuarantineShape:
    """One line of `quarantine list`; the first digits of the digest are its id."""
    return shapes.QuarantineShape(
        id=entry.digest[:12],
        digest=entry.digest,
        from_=entry.sender,
        subject=entry.subject,
        received=entry.at,
        reason=entry.why,
        attempts=entry.attempts,
    )
