"""A desk after twenty years: cases of every age, with contact points, histories and mails, under its own key."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree

from mailbot import setup
from mailbot.adapters.codec import SealedCodec
from mailbot.adapters.gpg import stop_agent
from mailbot.adapters.store import TinyStore
from mailbot.bootstrap_memory import state_key
from mailbot.config import load
from mailbot.core.codes import ClosingCode, FixMethod
from mailbot.core.messages import Address, Draft
from mailbot.core.model import (
    Case,
    Contact,
    Deadline,
    DeadlineKind,
    Entry,
    Field,
    Milestones,
    Participant,
    Role,
    Standing,
    State,
    Track,
)
from mailbot.core.outbox import OutboxItem, Status
from mailbot.memory import Change, Disposition

NOW = datetime(2026, 11, 20, tzinfo=UTC)
CASES, OPEN = 20_000, 3_600
_DAY = timedelta(days=1)
_BATCH = 500
_STATES = (State.TRIAGE, State.CONTACTING, State.FIXING, State.ASKING)
_STANDINGS = (Standing.CONFIRMED, Standing.TRIED, Standing.DEAD)
_TYPES = ("xss", "sqli", "csrf", "buffer_overflow", "path_traversal", "dns_misconfiguration", "other")


@contextmanager
def desk_in(arguments: Sequence[str]) -> Iterator[Path]:
    """The configuration of the desk in the folder that is named first, made there if need be; else of a passing one."""
    folder = Path(arguments[0]) if arguments else Path(tempfile.mkdtemp(prefix="mb", dir="/tmp")) / "desk"
    try:
        if not (folder / "mailbot.toml").exists():
            make_desk(folder)
        yield folder / "mailbot.toml"
    finally:
        stop_agent(folder / "state" / "gnupg")
        if not arguments:
            rmtree(folder.parent, ignore_errors=True)


def make_desk(folder: Path, cases: int = CASES, still_open: int = OPEN) -> Path:
    """The configuration of a desk with so many cases, the last ones open; those that ended are archived."""
    list(setup.init(folder, "Bench Desk", "security@desk.example.jp", None))
    config = load(folder / "mailbot.toml")
    store = TinyStore(config.state.dir, SealedCodec(state_key(config)))
    for start in range(0, cases, _BATCH):
        made = [_case(number, cases, still_open) for number in range(start, min(cases, start + _BATCH))]
        items = tuple(item for number, case in enumerate(made, start) for item in _mails(number, case))
        store.apply(Change(tuple(made), items, tuple(map(_received, made))))
        while store.archive(NOW - 365 * _DAY):
            pass
    store.close()
    return folder / "mailbot.toml"


def _case(number: int, cases: int, still_open: int) -> Case:
    """One of them, received at its time in twenty years."""
    product, received = number % 3 == 0, NOW - 20 * 365 * _DAY * (cases - number) / cases
    to = f"web{number}@shop{number}.example.co.jp"
    case = Case(
        f"CASE#{number:08}",
        Track.PRODUCT if product else Track.WEBSITE,
        received,
        state=_STATES[number % len(_STATES)],
        since=received + 2 * _DAY,
        fields=_fields(number, product=product),
        participants=(Participant(Role.FINDER, _finder(number), "発見者"), Participant(Role.OPERATOR, to)),
        contacts=(
            Contact(1, to, "security.txt", _STANDINGS[number % 3], 0.9, "Contact欄"),
            Contact(2, f"info@shop{number}.example.co.jp", "report", Standing.CANDIDATE, 0.4, "届出に記載"),
        ),
        deadlines=(Deadline(DeadlineKind.CONTACT_ANSWER, NOW + (number % 60 - 30) * _DAY),),
        timeline=_timeline(number, received, to),
        milestones=Milestones(received + _DAY, first_contact=received + 2 * _DAY, start_date=received + 2 * _DAY),
        message_ids=tuple(f"<{number}.{n}@desk>" for n in range(5)),
        mails=(f"{number:064x}",),
    )
    return _ended(case, number) if number < cases - still_open else case


def _ended(case: Case, number: int) -> Case:
    end = case.received + 90 * _DAY
    case = replace(case, since=end, deadlines=())
    if number % 7 == 0:
        return replace(case, state=State.REJECTED, milestones=Milestones(rejected=end))
    reached = replace(case.milestones, fix_reported=end - 10 * _DAY, closed=end)
    done = replace(case, state=State.CLOSED, milestones=reached, closing_code=ClosingCode.FIXED)
    return replace(done, fix_method=FixMethod.CORRECTED)


def _finder(number: int) -> str:
    return f"finder{number}@example.com"


def _fields(number: int, *, product: bool) -> tuple[Field, ...]:
    name = "product.name" if product else "target.urls"
    place = f"製品 {number} Viewer" if product else (f"https://shop{number}.example.co.jp/q?a=1",)
    texts = {name: place, "vulnerability.type": _TYPES[number % len(_TYPES)]}
    texts |= {f"vulnerability.f{n}": "値の説明文。" * 8 for n in range(12)}
    return tuple(Field(name, value, "rule/of-it", 0.9, "引用" * 10) for name, value in texts.items())


def _timeline(number: int, received: datetime, to: str) -> tuple[Entry, ...]:
    track = "product" if number % 3 == 0 else "website"
    told = (
        (0, "report", "mailbot", f"{track}, missing: vulnerability.steps", f"<{number}.0@desk>"),
        (0, "sent", "mailbot", f"receipt to {_finder(number)}", f"<ours.{number}.0@desk>"),
        (1, "command", "one@desk.example.jp", "!accept", None),
        (1, "state", "one@desk.example.jp", "triage → contacting", None),
        (2, "sent", "mailbot", f"first-contact to {to}", f"<ours.{number}.1@desk>"),
        (9, "deadline", "mailbot", "contact_answer: reminder 1", None),
        (9, "sent", "mailbot", f"first-contact-reminder to {to}", f"<ours.{number}.2@desk>"),
        (9, "bounced", "mailbot", f"{to}: 5.1.1 mailbox unknown", f"<{number}.1@desk>"),
    )
    return tuple(Entry(received + day * _DAY, what, who, text, mail) for day, what, who, text, mail in told)


def _mails(number: int, case: Case) -> tuple[OutboxItem, ...]:
    """What was sent: receipt, first contact, reminder."""
    to = case.contacts[0].address
    told = (
        ("receipt", _finder(number), Role.FINDER),
        ("first-contact", to, Role.OPERATOR),
        ("first-contact-reminder", to, Role.OPERATOR),
    )
    made = []
    for n, (template, address, audience) in enumerate(told):
        draft = Draft(
            f"ja/{template}", Address("", address), audience, f"件名 {template}", "届出を受け付けました。" * 40
        )
        at, name = case.received + n * _DAY, f"<ours.{number}.{n}@desk>"
        item = f"{number * 4 + n:016x}"
        made.append(
            OutboxItem(
                *(item, case.id, f"{case.id}/{n}", template, Status.SENT, at, at, draft),
                message_id=name,
                settled=at,
            )
        )
    return tuple(made)


def _received(case: Case) -> Disposition:
    return Disposition(
        case.mails[0], "case", "Processed", case.received, case.id, message_id=case.message_ids[0], source="INBOX/1"
    )
