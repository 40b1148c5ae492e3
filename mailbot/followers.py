"""Cases that went on in another: their finders hear what becomes of it, each under the number that they know.

No finder learns of another: the mail is written from the case that is theirs, without a word that was meant for the
finder of the other.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from mailbot.bot import Bot
from mailbot.core.effects import Effect, SendMail, TellCoordinators
from mailbot.core.linking import MERGED
from mailbot.core.model import Case, Role, State
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.wanted import FOLLOWED
from mailbot.rendering import render_mails, tell

CaseById = Callable[[str], Case | None]

_MOST = 100  # cases that go on in one
_FAR = 10  # cases one after another


def goes_on_in(case: Case, by_id: CaseById) -> Case | None:
    """The case in which a merged one goes on, through others if those were merged as well; None for any other case."""
    into: Case | None = None
    current = case
    for _ in range(_FAR):
        if current.state is not State.MERGED:
            break
        last = next((link.case for link in reversed(current.links) if link.kind == MERGED), None)
        found = by_id(last) if last else None
        if found is None:
            break
        into = current = found
    return into


def of(case: Case, by_id: CaseById) -> tuple[Case, ...]:
    """The cases that go on in this one."""
    found: dict[str, Case] = {}
    queue = [case]
    while queue and len(found) < _MOST:
        current = queue.pop()
        for link in current.links:
            other = by_id(link.case) if link.kind == MERGED else None
            if other and other.state is State.MERGED and other.id not in found and other.id != case.id:
                found[other.id] = other
                queue.append(other)
    return tuple(found.values())


def as_told(case: Case, into: Case | None) -> Case:
    """A merged case as its finder hears of it: where it stands is where the other stands."""
    if into is None:
        return case
    return replace(
        case,
        state=into.state,
        closing_code=into.closing_code,
        rejection_code=into.rejection_code,
        fix_method=into.fix_method,
        milestones=into.milestones,
        publication=into.publication,
    )


def mails(bot: Bot, case: Case, into: Case, effects: Iterable[Effect], now: datetime) -> tuple[OutboxItem, ...]:
    """What the finder of `case` is told of what `effects` tell the finder of the case that it went on in."""
    finder = case.finder
    if finder is None:
        return ()
    report = next((entry.message_id for entry in case.timeline if entry.what == "report"), None) or None
    own = tuple(
        replace(
            effect,
            key=f"{effect.key}/{case.id}",
            to=finder.address,
            replies_to=report,
            details=tuple((name, value) for name, value in effect.details if name != "text"),
        )
        for effect in effects
        if isinstance(effect, SendMail) and effect.role is Role.FINDER and effect.template in FOLLOWED
    )
    items = render_mails(bot, as_told(case, into), own, now)
    held = [item for item in items if item.status is Status.HELD]
    if not held:
        return items
    why = (("why", "\n".join(dict.fromkeys(item.held_for or "" for item in held))),)
    notice = TellCoordinators(f"{held[0].key}/held", "notice-decision", why)
    return (*items, *tell(bot, case, notice, held, now))
