"""Requests of several cases to one operator that fall due together leave as one mail; each case keeps its own record.

Theory. What each case asks for is written as ever. Before it goes out, requests of one round to one address that is
confirmed for each of those cases are put aside, and one mail goes in their place, as a mail of the oldest case. What
becomes of that mail is told to all of them. Wherever it is not certain that it may go as it stands for every one of
them, it is taken apart again, and each request goes, or waits for a person, alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from mailbot.bot import Bot
from mailbot.core import egress
from mailbot.core.effects import SendMail
from mailbot.core.events import CaseEvent, MailFailed, MailSent
from mailbot.core.finder_words import may_tell
from mailbot.core.groups import follows
from mailbot.core.messages import Draft
from mailbot.core.model import Case, Handling, Standing
from mailbot.core.outbox import CalledOff, OutboxItem, Status
from mailbot.core.sanitise import Leak, sanitise
from mailbot.core.show import place_view
from mailbot.core.wanted import GATHERED, TOGETHER, still_wanted
from mailbot.pending import Pending
from mailbot.recipient_keys import recipient_key
from mailbot.rendering import item_id, plaintext_objection, render_mails
from mailbot.turns import in_turn

_MOST = 20  # cases in one mail

Member = tuple[OutboxItem, Case]


def gather(bot: Bot, now: datetime) -> Iterator[str]:
    """Put one mail in the place of several that are due now."""
    if _groups(bot, now):
        for together in in_turn(bot, _gathered, now):
            yield f"gathered {', '.join(together.with_cases)}"


def _gathered(bot: Bot, now: datetime) -> list[OutboxItem]:
    """The mails that now stand for several, stored."""
    mails = list[OutboxItem]()
    for chosen in _groups(bot, now):
        if together := _together(bot, chosen, now):
            _store(bot, together, chosen, now)
            mails.append(together)
    return mails


def _groups(bot: Bot, now: datetime) -> list[list[Member]]:
    """Requests that may leave as one mail, in groups of several cases."""
    groups: dict[tuple[str, str, bool], list[Member]] = {}
    for item in bot.store.items_due(now):
        case = bot.store.case(item.case) if item.case and item.template in GATHERED else None
        if case and item.draft and _may_join(item, case):
            language, last = item.draft.template.partition("/")[0], dict(item.values).get("last") == "yes"
            groups.setdefault((item.draft.to.address.lower(), language, last), []).append((item, case))
    oldest = [
        sorted(members, key=lambda m: (m[1].received, m[1].id, m[0].created))[:_MOST] for members in groups.values()
    ]
    return [m for m in oldest if len({case.id for _, case in m}) > 1 and not bot.store.item(_key_id(m))]


def broken(bot: Bot, item: OutboxItem, now: datetime) -> bool:
    """Whether a gathered mail may not go out as it stands: one of its cases does not want it, or it may not."""
    members = list(_members(bot, item))
    if len(members) < len(item.joined) or item.draft is None:
        return True
    if not all(map(_put_aside, (own for own, _ in members))):
        return True
    if any(case.on_hold or not still_wanted(own, case) or not _confirmed(own, case) for own, case in members):
        return True
    to = item.draft.to.address  # what is known of it in one case may not be known in the one that the mail is of
    keys = {recipient_key(bot, case, to, now).fingerprint for _, case in members}
    if len(keys) > 1 or any(plaintext_objection(bot, case, own, now) for own, case in members):
        return True
    return not _safe_for_all(bot, item.draft, members)


def take_apart(bot: Bot, item: OutboxItem, now: datetime) -> OutboxItem:
    """Let each request go alone; only for a mail of which it is certain that it did not go out. Within a turn.

    A request that a person let go, or dropped, meanwhile stays as it is.
    """
    apart = replace(item, status=Status.DEAD, error=CalledOff.ALONE.value, settled=now)
    pending = Pending(bot, now)
    pending.put(apart)
    for own in (own for own, _ in _members(bot, item) if _put_aside(own)):
        pending.put(replace(own, status=Status.QUEUED, error="", settled=None, next=now))
    pending.note(f"outbox {item.item} {item.template} taken apart")
    pending.commit()
    return apart


def tell_the_others(pending: Pending, item: OutboxItem, *events: CaseEvent) -> None:
    """What became of a gathered mail happens to every case that it was for, under the name of its own request."""
    for own, case in _members(pending.bot, item):
        current = pending.case(case.id)
        if case.id == item.case or current is None:
            continue
        for event in events:
            if isinstance(event, MailSent):
                event = replace(event, template=own.template, contact=own.contact, message_id="")
            elif isinstance(event, MailFailed):
                event = replace(event, template=own.template, contact=own.contact)
            else:
                continue
            pending.happen(current, event)
            current = pending.case(case.id) or current


def asked_about(bot: Bot, case: Case, address: str, in_reply_to: Sequence[str]) -> tuple[str, ...]:
    """All cases of the gathered mail that somebody at this address answers; () if they answer one case alone."""
    answered = [item for m in in_reply_to if (item := bot.store.item_of_message(m)) and item.case == case.id]
    if answered:
        return next((item.with_cases for item in answered if item.joined), ())
    wanted = address.lower()
    sent = [i for i in bot.store.items(case.id) if i.status is Status.SENT and i.draft and i.settled]
    theirs = [i for i in sent if i.draft and i.draft.to.address.lower() == wanted]
    last = max(theirs, key=lambda i: i.settled or i.created, default=None)
    return last.with_cases if last else ()


def cases_beside(pending: Pending, case: Case, item: OutboxItem) -> Iterator[Case]:
    """The other cases for which a mail to this address counts: those it was for, and those that follow its answer."""
    address = item.draft.to.address if item.draft else ""
    following = pending.bot.store.cases_of_contact(address) if item.template.startswith("first-contact") else ()
    for case_id in dict.fromkeys((*item.with_cases, *following)):
        other = pending.case(case_id)
        if other and other.id != case.id and (case_id in item.with_cases or follows(other, case.id, address)):
            yield other


def _may_join(item: OutboxItem, case: Case) -> bool:
    fresh = item.status is Status.QUEUED and not item.attempts and not item.doubts and item.approved_by is None
    ours = case.handling is Handling.SOUGHT and not case.on_hold and not case.state.ended
    return fresh and ours and _confirmed(item, case) and still_wanted(item, case)


def _confirmed(item: OutboxItem, case: Case) -> bool:
    contact = case.contact(item.contact) if item.contact else None
    same = contact and item.draft and contact.address.lower() == item.draft.to.address.lower()
    return bool(same and contact and contact.standing is Standing.CONFIRMED)


def _key_id(members: Sequence[Member]) -> str:
    return item_id(_key(members))


def _key(members: Sequence[Member]) -> str:
    return f"{members[0][0].key}/together"


def _together(bot: Bot, members: Sequence[Member], now: datetime) -> OutboxItem | None:
    """The one mail for all of them; None if it may not be."""
    own, case = members[0]
    if own.draft is None:
        return None
    cases = list({case.id: case for _, case in members}.values())
    lines = "\n".join(f"{c.id} {', '.join(place_view(c, own.draft.to.address).names)}" for c in cases)
    given = dict(own.values)
    kept = {name: given[name] for name in ("answer_by", "last", "next_channel") if given.get(name)}
    details = tuple({**kept, "n": str(len(cases)), "several": lines}.items())
    to = own.draft.to.address
    (item,) = render_mails(
        bot, case, (SendMail(_key(members), TOGETHER, case.counterpart, to, own.contact, None, details),), now
    )
    item = replace(item, joined=tuple(i.item for i, _ in members), with_cases=tuple(c.id for c in cases))
    if item.status is not Status.QUEUED or item.draft is None or not _safe_for_all(bot, item.draft, members):
        return None
    return item


def _safe_for_all(bot: Bot, draft: Draft, members: Sequence[Member]) -> bool:
    """Whether no case's gate would take anything out of the mail, or hold it."""
    own = bot.templates.own_words(draft.template)
    for _, case in members:
        clean = sanitise(draft, replace(case, id=_first_id(draft)), bot.desk, own)
        if isinstance(clean, Leak) or clean.draft.body != draft.body or clean.draft.subject != draft.subject:
            return False
        if any(word in draft.body for word in case.withheld if word):
            return False
        agreed = may_tell(case)
        if egress.identifying(f"{draft.subject}\n{draft.body}", case, bot.desk, agreed=agreed):
            return False
    return True


def _first_id(draft: Draft) -> str:
    """The case id that the Subject begins with."""
    return draft.subject[1:].partition("]")[0]


def _members(bot: Bot, item: OutboxItem) -> Iterator[Member]:
    for own in filter(None, map(bot.store.item, item.joined)):
        case = bot.store.case(own.case) if own.case else None
        if case is not None:
            yield own, case


def _put_aside(own: OutboxItem) -> bool:
    return own.status is Status.DEAD and own.error.startswith(CalledOff.TOGETHER)


def _store(bot: Bot, together: OutboxItem, members: Sequence[Member], now: datetime) -> None:
    pending = Pending(bot, now)
    pending.put(together)
    for item, _ in members:
        error = f"{CalledOff.TOGETHER} {', '.join(together.with_cases)}"
        pending.put(replace(item, status=Status.DEAD, error=error, settled=now))
    pending.note(f"outbox {together.item} {together.template} for {', '.join(together.with_cases)}")
    pending.commit()
