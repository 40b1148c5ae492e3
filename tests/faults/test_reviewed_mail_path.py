"""What a second look at the mail path found: secrets, doubts, clocks and budgets that ended mail that should go.

T57 (doubts), T59 (clocks).
"""

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailbot import bootstrap, intake
from mailbot.cli import reading
from mailbot.core import budgets
from mailbot.core.limits import Limits
from mailbot.core.messages import SealedMail
from mailbot.core.model import Standing
from mailbot.core.outbox import Status, was_called_off
from mailbot.core.tokens import make_message_id
from mailbot.errors import ConfigError, PermanentError, UnreachableError
from mailbot.memory import Disposition
from mailbot.pending import Pending
from mailbot.secrets import Secret, at_work, resolve
from tests.faults.doubtful import SilentRelay, with_relay
from tests.faults.quick_desk import QuickDesk, Relay
from tests.faults.test_gathered_story import TOGETHER, notified
from tests.faults.test_smtp_doubts import Kept, copies, evidence, in_doubt
from tests.faults.world import REPORT

YEAR = timedelta(days=365)


class Vault:
    """`open_sender` of a desk whose password is elsewhere."""

    def __init__(self, relay: Relay) -> None:
        self.relay, self.away = relay, True

    def __call__(self, config: Any) -> Relay:
        """The way out, while the password can be had."""
        if self.away:
            raise ConfigError(("[smtp].password_command: ended with status 1",))
        return self.relay


def test_t57_a_password_that_cannot_be_fetched_is_no_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a day the program that gives it fails: nothing was tried, so nothing is uncertain, and all goes later."""
    desk = QuickDesk()
    vault = Vault(desk.relay)
    monkeypatch.setattr(bootstrap, "open_sender", vault)
    nothing: Any = None
    desk.bot = replace(desk.bot, sender=bootstrap._LateSender(nothing))
    desk.round(desk.write("Hanako"))
    for _ in range(24):
        done = desk.round(hours=1)
    (receipt,) = desk.items("receipt")
    assert (receipt.status, receipt.doubts) == (Status.QUEUED, 0)
    assert any("password_command" in problem for problem in done.problems) or "password_command" in receipt.error
    vault.away = False
    desk.round(days=1)
    assert desk.items("receipt")[0].status is Status.SENT
    assert len(desk.mail("Hanako")) == 1


def test_t57_a_token_that_cannot_be_fetched_is_an_outage() -> None:
    """A program asked at each login may fail once: that ends neither a mail nor the daemon."""
    with pytest.raises(UnreachableError, match="imap_oauth2"):
        at_work(resolve, Secret("imap_oauth2", command=("false",)))


def test_t57_a_sent_folder_whose_password_cannot_be_fetched_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail in doubt is repeated, as where there is no such folder."""

    def no_folder(config: Any) -> None:
        raise ConfigError(("[imap].password_command: ended with status 1",))

    monkeypatch.setattr(bootstrap, "open_copies", no_folder)
    desk, item = in_doubt("killed")
    nothing: Any = None
    desk.bot = replace(desk.bot, copies=bootstrap._LateCopies(nothing))
    desk.round(minutes=16)
    settled = desk.store.item(item.item)
    assert settled
    assert (settled.status, settled.message_id) == (Status.SENT, item.message_id)


def test_t57_a_mail_that_came_back_is_sent_anew_although_its_copy_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once its fate is known, the copy of that attempt in the sent folder proves nothing about the next one."""
    desk, item = in_doubt("lost")
    desk.round(evidence(desk, item, "bounce-mailbox-full-ja.eml"), minutes=1)
    dead = desk.store.item(item.item)
    assert dead
    assert (dead.status, dead.doubts) == (Status.DEAD, 0)
    contact = replace(desk.case.contacts[0], standing=in_doubt()[0].case.contacts[0].standing)
    desk.store._cases[desk.case.id] = replace(desk.case, contacts=(contact,), state=in_doubt()[0].case.state)
    desk.bot = replace(desk.bot, copies=Kept(item.message_id))
    before = copies(desk)
    monkeypatch.setattr(reading, "bot_of", lambda _: nullcontext((None, desk.bot)))
    reading.outbox_retry(None, item.item)  # type: ignore[arg-type]  # the context is for bot_of alone
    desk.round(days=3)
    again = desk.store.item(item.item)
    assert again
    assert (again.status, again.message_id, copies(desk)) == (Status.SENT, item.message_id, before + 1)


@pytest.mark.parametrize("key", ["digest/2026-11-20/taro@desk.example.jp", "undecryptable/a@x.example/2026-11-20"])
def test_t57_message_ids_of_mail_without_a_case_cannot_be_worked_out(key: str) -> None:
    """Whoever knows how a mail is called still cannot name it: naming one in doubt settles it."""
    ours = make_message_id(b"secret of the desk", key, None, "taro@desk.example.jp", "desk.example.jp")
    assert ours == make_message_id(b"secret of the desk", key, None, "taro@desk.example.jp", "desk.example.jp")
    assert ours != make_message_id(b"guessed", key, None, "taro@desk.example.jp", "desk.example.jp")


def test_t59_a_year_that_never_came_uses_up_no_budget() -> None:
    """The clock was a year ahead while mail left, then was set right: mail goes at once, receipts of that day too."""
    limits = Limits(mails_per_hour=4, mails_per_recipient_and_day=4, notices_per_coordinator_and_hour=2)
    desk = QuickDesk(limits=limits)
    desk.now += YEAR
    for n in range(6):
        desk.round(desk.write("Hanako" if n % 2 else "Mallory", f"XSS {n}", f"{REPORT}\n{n}\n"), hours=25)
    desk.now -= YEAR + timedelta(days=30)
    before = {who: len(desk.mail(who)) for who in ("Hanako", "Taro")}
    desk.round(desk.write("Hanako", "XSS 99", f"{REPORT}\n99\n"))
    waiting = [item.error for item in desk.store.items() if budgets.is_waiting(item)]
    assert waiting == []
    assert {who: len(desk.mail(who)) - n for who, n in before.items()} == {"Hanako": 1, "Taro": 1}


def test_t59_mail_put_off_to_a_day_that_is_far_ahead_goes_when_the_clock_is_right() -> None:
    """The relay was away while the clock was a year ahead: nothing waits for that year; a pause of a day is kept."""
    desk = QuickDesk()
    desk.now += YEAR
    desk.relay.answers = [UnreachableError("away")] * 9
    desk.round(desk.write("Hanako"))
    assert desk.items("receipt", Status.QUEUED)
    desk.now -= YEAR
    desk.relay.answers = []
    desk.round()
    (receipt,) = desk.items("receipt")
    assert (receipt.status, len(desk.mail("Hanako"))) == (Status.SENT, 1)
    waits = replace(receipt, status=Status.QUEUED, next=desk.now + timedelta(days=2, hours=1))
    desk.store._items[receipt.item] = waits
    desk.round()
    assert desk.store.item(receipt.item) == waits


def test_t59_held_mail_is_announced_after_a_year_that_never_came() -> None:
    """What was set aside under the wrong date counts for no hour of the right one."""
    desk = QuickDesk()
    entries = (Disposition(f"{n:064x}", "held", "Held", desk.now + YEAR) for n in range(10))
    desk.store._done.update((entry.digest, entry) for entry in entries)
    pending = Pending(desk.bot, desk.now)
    intake.tell_set_aside(pending, Disposition("f" * 64, "held", "Held", desk.now), "held/f", "too large")
    assert {item.template for item in pending.new_items} == {"notice-problem"}


def test_t59_a_breaker_that_stopped_mail_in_a_year_that_never_came_is_closed() -> None:
    """It is not open for that year, and its next alarm goes out."""
    now = QuickDesk().now
    assert not budgets.tripped(now + YEAR, now)
    assert budgets.is_news(now + YEAR, now)
    assert budgets.tripped(now - timedelta(minutes=59), now)
    assert not budgets.is_news(now - timedelta(hours=23), now)


def test_t57_a_gathered_mail_in_doubt_that_one_case_gives_up_is_told_to_the_others() -> None:
    """The case that it was a mail of is closed; the others learn that nobody knows whether they were asked."""
    desk = notified()
    with_relay(desk, SilentRelay("security@shop.example.jp"))
    while not desk.items(TOGETHER):
        desk.round(days=1)
    with_relay(desk, Relay())
    (item,) = desk.items(TOGETHER)
    desk.round(desk.orders("!close withdrawn", case=item.case), minutes=20)
    assert [i.status for i in desk.items(TOGETHER)] == [Status.UNCERTAIN]
    others = [case for case in desk.store.cases() if case.id in item.with_cases and case.id != item.case]
    assert len(others) == 2
    for case in others:
        assert any("details-reminder" in e.text and "no longer wanted" in e.text for e in case.timeline), case.timeline


def test_a_held_mail_in_doubt_that_a_newer_one_replaces_is_not_called_dead() -> None:
    """An attempt before may have arrived; and what it had become since, nobody approved: no `outbox retry` sends it."""
    desk, item = in_doubt("lost")
    held = replace(item, status=Status.HELD, held_for="changed", approved_by=None)
    desk.store._items[item.item] = held
    pending = Pending(desk.bot, desk.now)
    pending._supersede(desk.case, [replace(held, item="newer", doubts=0)])
    (old,) = (each for each in pending.new_items if each.item == item.item)
    assert (old.status, old.error) == (Status.UNCERTAIN, "a newer one was written")
    with pytest.raises(PermanentError, match="never released"):
        reading._queued_anew(old, desk.now)


def test_many_reports_that_a_mail_is_late_do_not_hide_that_it_does_not_arrive() -> None:
    """Five of them came on that day: the sixth report says that nobody tries any more, and ends the contact point."""
    desk = QuickDesk()
    desk.until_first_contact()
    (item,) = desk.items("first-contact")
    for n in range(6):
        desk.round(b"X-Number: %d\r\n" % n + evidence(desk, item, "bounce-delayed.eml"), minutes=1)
    assert [entry.what for entry in desk.case.timeline].count("delayed") == 5
    desk.round(evidence(desk, item, "bounce-mailbox-full-ja.eml"), minutes=1)
    assert desk.case.contacts[0].standing is Standing.DEAD


class Away(Relay):
    """Nobody gets in."""

    def send(self, mail: SealedMail) -> None:
        """Take nothing."""
        raise UnreachableError("away")


def test_one_summary_waits_for_a_relay_that_is_away() -> None:
    """Two hours of reports meanwhile: afterwards a coordinator gets no more than the hour's notices and one summary."""
    desk = QuickDesk(limits=Limits(notices_per_coordinator_and_hour=4))
    with_relay(desk, Away())
    for n in range(12):
        desk.round(desk.write("Mallory", f"XSS {n}", f"{REPORT}\n{n}\n"), minutes=10)
    summaries = [item for item in desk.store.items() if item.key.startswith(f"{budgets.SUMMARY}/")]
    assert len(summaries) == len(desk.coordinators)
    with_relay(desk, Relay())
    for _ in range(30):
        desk.round(hours=1)
    notices = [
        item for item in desk.items("notice-new-case") if item.draft and item.draft.to.address.startswith("taro")
    ]
    assert len(notices) == 12
    assert all(item.status is Status.SENT or was_called_off(item) for item in notices)
    assert {item.status for item in desk.store.items() if item.key.startswith(f"{budgets.SUMMARY}/")} == {Status.SENT}


@pytest.mark.parametrize("decision", ["dropped", "sent"])
def test_a_gathered_mail_that_is_taken_apart_leaves_alone_what_a_person_decided(
    monkeypatch: pytest.MonkeyPatch, decision: str
) -> None:
    """One of its requests was dropped, or let go alone, while the relay was away: it does not go once more."""
    desk = notified()
    relay = with_relay(desk, Away())
    while not desk.items(TOGETHER):
        desk.round(days=1)
    member = desk.items("details-reminder")[-1]
    monkeypatch.setattr(reading, "bot_of", lambda _: nullcontext((None, desk.bot)))
    nothing: Any = None
    if decision == "dropped":
        reading.outbox_drop(nothing, member.item, "they told us by telephone")
    else:
        reading.outbox_retry(nothing, member.item)
    taken = with_relay(desk, Relay()).taken
    begun = len(taken)
    assert taken == relay.taken
    for _ in range(2):
        desk.round(days=1)
    ours = [mail for mail in taken[begun:] if member.message_id.encode() in mail.content]
    assert len(ours) == (0 if decision == "dropped" else 1)
    assert not desk.items(TOGETHER, Status.SENT)
    assert len(desk.items("details-reminder", Status.SENT)) == (2 if decision == "dropped" else 3)
