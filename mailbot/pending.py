"""What one mail, deadline or delivery will have caused: collected in memory, stored in one step or thrown away."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from mailbot import followers
from mailbot.bot import Bot
from mailbot.core.advance import advance_all
from mailbot.core.effects import Effect, SendMail, TellCoordinators
from mailbot.core.events import CaseEvent, CommandGiven, ContactShared
from mailbot.core.groups import follows, shared_contact, without_first_contact
from mailbot.core.lifecycle import Decision, Refusal
from mailbot.core.link_events import FollowedCaseEnded
from mailbot.core.model import Case, State
from mailbot.core.outbox import CalledOff, OutboxItem, Status
from mailbot.core.wanted import FOLLOWED, given_up, said_by, still_wanted
from mailbot.memory import Change, Disposition, Pin
from mailbot.rendering import is_to_others, render_mails, render_notices

_DECISION = "notice-decision"
_LAST_WORDS = ("rejection", "closure-finder", "closure-counterpart")


class Pending:
    """A view of the desk's memory with changes that are not stored yet."""

    def __init__(self, bot: Bot, now: datetime) -> None:
        self.bot = bot
        self.now = now
        self._cases: dict[str, Case] = {}
        self._items: dict[str, OutboxItem] = {}
        self._done: list[Disposition] = []
        self._pins: list[Pin] = []
        self._signatures: list[str] = []
        self._journal: list[str] = []

    def case(self, case_id: str) -> Case | None:
        """The case as it will be."""
        return self._cases.get(case_id) or self.bot.store.case(case_id)

    def items(self, case_id: str) -> tuple[OutboxItem, ...]:
        """The outbox items of the case as they will be."""
        stored = {item.item: item for item in self.bot.store.items(case_id)}
        stored.update({i: item for i, item in self._items.items() if item.case == case_id})
        return tuple(stored.values())

    @property
    def new_items(self) -> tuple[OutboxItem, ...]:
        """The items that were put or changed."""
        return tuple(self._items.values())

    @property
    def touched(self) -> tuple[Case, ...]:
        """The cases that were put."""
        return tuple(self._cases.values())

    def put(self, *items: OutboxItem) -> None:
        """Queue items, or put them in place of what stands under their ids."""
        for item in items:
            self._items[item.item] = item

    def add(self, *items: OutboxItem) -> None:
        """Queue items unless the same effect queued them before."""
        self.put(*(item for item in items if self.bot.store.item(item.item) is None))

    def happen(self, case: Case, *events: CaseEvent) -> Refusal | None:
        """Let events happen to `case`; a refusal changes nothing."""
        decision = advance_all(case, events, self.now, self.bot.policy)
        if isinstance(decision, Refusal):
            return decision
        if not any(isinstance(event, CommandGiven) for event in events):  # what a coordinator orders is done
            decision = self._asked_once(decision)
        self._cases[case.id] = decision.case
        into = followers.goes_on_in(decision.case, self.case)
        mails = render_mails(self.bot, followers.as_told(decision.case, into), decision.effects, self.now)
        repeated = {item.template for item in mails if self._waits_already(item)}
        new = tuple(item for item in mails if not self._goes_already(item) and not self._waits_already(item))
        self._supersede(decision.case, new)
        self.add(*new)
        held = [i for i in self._items.values() if i.case == case.id and i.status is Status.HELD and is_to_others(i)]
        fresh = any(item.status is Status.HELD for item in new)
        effects = [effect for effect in decision.effects if not _proposes(effect, repeated)]
        self._tell(case.id, render_notices(self.bot, decision.case, effects, held, self.now, must_show=fresh))
        names = ", ".join(type(event).__name__ for event in events)
        self.note(f"{case.id} {names} -> {decision.case.state}")
        self._followed(decision.case, decision.effects, ended=decision.case.state.ended and not case.state.ended)
        self._tell_followers(case, decision.case)
        self._say_once(decision.case)
        return None

    def _followed(self, case: Case, effects: tuple[Effect, ...], ended: bool) -> None:
        """Let the cases that were merged into this one know, and end with it."""
        ends = ended and case.state is not State.MERGED
        for other in followers.of(case, self.case):
            if ends:
                codes = (case.closing_code, case.rejection_code, case.fix_method)
                self.happen(other, FollowedCaseEnded(case.id, *codes))
            self.add(*followers.mails(self.bot, self.case(other.id) or other, case, effects, self.now))

    def _asked_once(self, decision: Decision) -> Decision:
        """An address that another case asks, or has confirmed, is not asked again for this one."""
        for effect in decision.effects:
            if isinstance(effect, SendMail) and effect.template == "first-contact":
                others = map(self.case, self.bot.store.cases_of_contact(effect.to))
                if shared := shared_contact(decision.case, effect.to, others, self.items):
                    joined = advance_all(decision.case, (shared,), self.now, self.bot.policy)
                    if isinstance(joined, Decision):
                        return Decision(joined.case, without_first_contact(decision.effects) + joined.effects)
        return decision

    def _tell_followers(self, before: Case, after: Case) -> None:
        """The answer that confirmed a contact point counts for the cases that waited for it as well."""
        contact = after.confirmed_contact
        if contact is None or before.confirmed_contact is not None:
            return
        for case_id in self.bot.store.cases_of_contact(contact.address):
            other = self.case(case_id)
            if other and follows(other, after.id, contact.address):
                self.happen(other, ContactShared(after.id, contact))

    def _say_once(self, case: Case) -> None:
        """Of two mails of this step that say one thing to one person, the last word goes."""
        for new in tuple(self._items.values()):
            if new.template in _LAST_WORDS and new.case is not None:
                for old in self.items(new.case):
                    if said_by(old, new, case):
                        self.put(replace(old, status=Status.DEAD, error=CalledOff.SAID.value, settled=self.now))

    def _goes_already(self, new: OutboxItem) -> bool:
        """Whether a mail with exactly this content is on its way: whatever asks for it once more, it goes once."""
        return new.case is not None and any(
            old.hash == new.hash and old.template == new.template and old.item != new.item
            for old in self.items(new.case)
            if old.draft and old.status in (Status.QUEUED, Status.SENDING)
        )

    def _waits_already(self, new: OutboxItem) -> bool:
        """Whether this very mail is held already, for the same reason: a person decides on it once."""
        return new.case is not None and any(
            (old.template, old.draft, old.contact, old.held_for) == (new.template, new.draft, new.contact, new.held_for)
            and old.item != new.item
            for old in self.items(new.case)
            if new.draft and new.status is old.status is Status.HELD
        )

    def _tell(self, case_id: str, notices: tuple[OutboxItem, ...]) -> None:
        """Of several requests for a decision within one step only the last goes out: it shows all that is held."""
        if any(notice.template == _DECISION for notice in notices):
            earlier = [i.item for i in self._items.values() if i.case == case_id and i.template == _DECISION]
            for item in earlier:
                if self.bot.store.item(item) is None:  # else it is one that goes out now
                    del self._items[item]
        self.add(*notices)

    def _supersede(self, case: Case, new: Iterable[OutboxItem]) -> None:
        """A held mail gives way to a newer one of its kind, and to the end of the case; so do mails of open cases."""
        replaced = {_kind(i, case) for i in new if i.draft and i.status is Status.HELD}
        written = {i.hash for i in new if i.draft}
        for old in self.items(case.id):
            if old.template in _LAST_WORDS or (old.draft and not is_to_others(old)):
                continue
            if (case.state is State.MERGED and old.template in FOLLOWED) or old.joined:
                continue  # what several cases ask for is taken apart on its way out
            if case.state.ended:
                if old.status is Status.HELD or (old.status is Status.QUEUED and not still_wanted(old, case)):
                    self.put(replace(old, status=given_up(old), error=CalledOff.ENDED.value, settled=self.now))
            elif old.status is Status.HELD and old.draft and (old.hash in written or _kind(old, case) in replaced):
                self.put(replace(old, status=given_up(old), error=CalledOff.NEWER.value, settled=self.now))

    def done(self, disposition: Disposition) -> None:
        """Say what became of the mail."""
        self._done.append(disposition)
        self.note(f"mail {disposition.digest[:12]} {disposition.kind} {disposition.case or '-'}")

    def pin(self, *pins: Pin) -> None:
        """Pin keys."""
        self._pins.extend(pins)
        for pin in pins:
            self.note(f"pinned {pin.fingerprint} ({pin.source})")
            for other in pin.others:
                self.note(f"waiting beside it {other.fingerprint} ({other.source})")

    def seen(self, signature_id: str) -> None:
        """A signed command text that must never run again."""
        self._signatures.append(signature_id)

    def note(self, line: str) -> None:
        """A line for the journal; never any text of a report."""
        self._journal.append(f"{self.now.isoformat(timespec='seconds')} {line}")

    def commit(self) -> None:
        """Store everything in one atomic step."""
        self.bot.store.apply(
            Change(
                cases=tuple(self._cases.values()),
                items=tuple(self._items.values()),
                done=tuple(self._done),
                pins=tuple(self._pins),
                signatures=tuple(self._signatures),
                journal=tuple(self._journal),
            )
        )


def _kind(item: OutboxItem, case: Case) -> tuple[str, str, int]:
    """What a newer mail replaces: the same words to the same side, of several vendors to the same one."""
    contact = case.contact(item.contact) if item.contact else None
    return item.template, item.draft.audience if item.draft else "", contact.vendor if contact else 0


def _proposes(effect: Effect, templates: set[str]) -> bool:
    """Whether the effect asks coordinators to decide on a mail of one of these templates."""
    if not isinstance(effect, TellCoordinators) or effect.template != _DECISION:
        return False
    return any(name == "why" and value.partition("\n")[0] in templates for name, value in effect.details)
