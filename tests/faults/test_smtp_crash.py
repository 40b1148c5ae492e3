"""T56: the process dies at any step between the relay's 250 and what the desk writes down about it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from mailbot import dispatch, outcomes, overview
from mailbot.core.outbox import Status
from mailbot.memory import Change
from tests.faults.doubtful import Killed, second_ids
from tests.faults.quick_desk import QuickDesk
from tests.servers_rude import RudeRelay, to_relay

HANAKO = "hanako@finder.example.org"


class Mortal:
    """A store and a sender of a process that ends at one step of sending the receipt, as often as `lives` says."""

    def __init__(self, port: Any, step: str, lives: list[int]) -> None:
        self._port, self._step, self._lives = port, step, lives

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)

    def apply(self, change: Change) -> None:
        """Store it; the process ends before or after, where that is the step."""
        status = next((i.status for i in change.items if i.template == "receipt"), None)
        self._end_at("before marking", status is Status.SENDING)
        self._end_at("before commit", status is Status.SENT)
        self._port.apply(change)
        self._end_at("after marking", status is Status.SENDING)
        self._end_at("after commit", status is Status.SENT)

    def send(self, mail: Any) -> None:
        """Send it; the process ends when the relay has it."""
        self._port.send(mail)
        self._end_at("after 250", mail.to == HANAKO)

    def _end_at(self, step: str, here: bool) -> None:
        if here and step == self._step and self._lives[0]:
            self._lives[0] -= 1
            raise Killed


def crashing(relay: RudeRelay, step: str, lives: int) -> QuickDesk:
    """A desk that got one report, and whose process is started again after each end until nothing is left to do."""
    desk, left = QuickDesk(), [lives]
    sender = to_relay(relay)
    desk.bot = replace(desk.bot, store=Mortal(desk.store, step, left), sender=Mortal(sender, step, left))  # type: ignore[arg-type]  # pass everything on
    mails: tuple[bytes, ...] = (desk.write("Hanako"),)
    for _ in range(lives + 2):
        with suppress(Killed):
            desk.round(*mails, seconds=20)
        mails = ()
    sender.close()
    assert left[0] == 0 or lives > 3
    return desk


def receipts(relay: RudeRelay) -> list[bytes]:
    return [content for to, content in relay.taken if to == HANAKO]


@pytest.mark.parametrize("lives", [1, 2])
@pytest.mark.parametrize(
    ("step", "copies_a_crash"),
    [("before marking", 0), ("after marking", 0), ("after 250", 1), ("before commit", 1), ("after commit", 0)],
)
def test_t56_a_crash_repeats_a_mail_under_its_message_id(
    relay: RudeRelay, step: str, copies_a_crash: int, lives: int
) -> None:
    """What the relay had and the desk had not written down goes once more for each crash; all of it is one mail."""
    lives = 1 if step == "after commit" else lives
    desk = crashing(relay, step, lives)
    assert len(receipts(relay)) == 1 + lives * copies_a_crash
    (item,) = desk.items("receipt")
    assert item.status is Status.SENT
    assert all(item.message_id.encode() in content for content in receipts(relay))
    assert second_ids((to, content) for to, content in relay.taken if to == HANAKO) == {}


@pytest.mark.parametrize("step", ["after 250", "before commit"])
def test_t56_crash_after_crash_ends_in_doubt_not_in_copies(relay: RudeRelay, step: str) -> None:
    """After three copies nothing goes any more: the mail is uncertain, and list, round and digest say so."""
    desk = crashing(relay, step, 50)
    assert len(receipts(relay)) == 3
    assert second_ids((to, content) for to, content in relay.taken if to == HANAKO) == {}
    (item,) = desk.items("receipt")
    line = overview.outbox_line(item)
    assert (line.status, line.message_id, line.to) == ("uncertain", item.message_id, HANAKO)
    assert [i.item for i in desk.store.items_uncertain()] == [item.item]
    desk.bot = replace(desk.bot, store=desk.store, sender=desk.relay)
    for _ in range(4):  # one of which is a business day
        desk.round(days=1)
    digests = [mail.text for mail in desk.mail("Taro") if "送られたか不明" in mail.text]
    assert any(HANAKO in text for text in digests)
    assert len(receipts(relay)) == 3


def _new_id_each_time(prepare: Callable[..., Any]) -> Callable[..., Any]:
    def prepared(bot: Any, case: Any, item: Any, now: Any) -> Any:
        return prepare(bot, case, replace(item, message_id=f"<{item.doubts}.{item.item}@desk.example.jp>"), now)

    return prepared


def test_t56_the_control_a_message_id_made_at_each_attempt_is_caught(
    relay: RudeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ids that are made when a mail leaves, instead of before its first attempt, the same look finds a second."""
    monkeypatch.setattr(dispatch, "prepare", _new_id_each_time(dispatch.prepare))
    crashing(relay, "before commit", 1)
    assert len(second_ids((to, content) for to, content in relay.taken if to == HANAKO)) == 1


def test_t56_the_control_without_a_mark_before_the_attempt_copies_have_no_end(
    relay: RudeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If nothing were written down before a mail leaves, every crash would send it again."""
    real = outcomes.store

    def unmarked(bot: Any, item: Any, *rest: Any) -> Any:
        return item if item.status is Status.SENDING else real(bot, item, *rest)

    monkeypatch.setattr(outcomes, "store", unmarked)
    crashing(relay, "before commit", 6)
    assert len(receipts(relay)) > 3
