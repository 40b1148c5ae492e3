"""Where a case and its mails stand, in lines that coordinators read."""

from datetime import datetime
from zoneinfo import ZoneInfo

from mailbot.core.egress_rules import RULES
from mailbot.core.embargo import EmbargoState
from mailbot.core.lifecycle import waiting_for
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.vendors import Vendor


def status_text(case: Case, items: tuple[OutboxItem, ...], zone: ZoneInfo) -> str:
    """Where the case stands, for coordinators; moments in their `zone`."""
    lines = [f"{case.id} {case.track} {case.state}, waits for {waiting_for(case)}"]
    lines += [f"contact {c.n}: {c.address} ({c.source}, {c.standing})" for c in case.contacts]
    lines += [f"due {_moment(d.at, zone)}: {d.kind} {d.note}".rstrip() for d in case.deadlines]
    lines += [_vendor_line(case, v) for v in case.vendors]
    lines += _silence(case, zone)
    held = [i for i in items if i.status is Status.HELD and i.draft]
    lines += [mail_line(i) for i in held]
    lines += [f"{link.kind}: {link.case}" for link in case.links]
    lines += [f"missing: {', '.join(case.missing)}"] if case.missing else []
    lines += [f"{_moment(e.at, zone)} {e.what} {e.who} {e.text}".rstrip() for e in case.timeline[-5:]]
    return "\n".join(lines)


def _vendor_line(case: Case, vendor: Vendor) -> str:
    numbers = ", ".join(str(c.n) for c in case.contacts if c.vendor == vendor.n)
    parts = (vendor.state, f"contact {numbers}" if numbers else "no contact", vendor.finding, vendor.reference)
    return f"vendor {vendor.n}: {vendor.name} ({', '.join(filter(None, parts))})"


def _silence(case: Case, zone: ZoneInfo) -> list[str]:
    embargo, lines = case.embargo, []
    if embargo.state is not EmbargoState.NONE:
        until = _moment(embargo.until, zone) if embargo.until else "the fix, publication or end of the case"
        lines.append(f"embargo {embargo.state}: " + (f"ended, {embargo.why}" if embargo.over else f"until {until}"))
    if (question := embargo.question) and question.until:
        lines.append(
            f"asked by {question.by}: until {_moment(question.until, zone)}; open: {', '.join(question.asked)}"
        )
    if case.publication:
        lines.append(f"publication: {_moment(case.publication, zone)}")
    return lines


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def name_of(item: OutboxItem) -> str:
    """A mail, by kind and recipient."""
    return f"{item.template} to {item.draft.to.address}" if item.draft else item.template


def mail_line(item: OutboxItem) -> str:
    """A mail, and what it waits for."""
    return f"{name_of(item)} ({_what_to_do(item) if item.status is Status.HELD else 'queued'})"


def _what_to_do(item: OutboxItem) -> str:
    why = item.held_for or ""
    rule = why.partition(":")[0]
    if rule in RULES:
        way = f"!approve {item.hash} despite {rule}" if RULES[rule] else "!edit puts other words in its place"
        return f"held for {why}: {way}, or !withhold {item.hash} why"
    if why.startswith("leak"):
        return f"held for {why}: !edit puts other words in its place, or !withhold {item.hash} why"
    if why == "no_usable_key":
        return f"held for no_usable_key: mailbot key import FILE, then !approve {item.hash}"
    return f"held for {why}, !approve {item.hash}"
