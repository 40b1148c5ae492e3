"""T57: a mail whose answer was lost: repeated under its Message-ID, settled by what comes, else decided by a person."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot import doubts, overview
from mailbot.cli import reading
from mailbot.core.model import Standing, State
from mailbot.core.outbox import PAUSE_AFTER_DOUBT, OutboxItem, Status
from tests.faults.doubtful import Killed, SilentRelay, second_ids, with_relay
from tests.faults.quick_desk import QuickDesk, Relay

MAILS = Path(__file__).resolve().parents[1] / "mails"
SHOP = "security@shop.example.jp"


def in_doubt(stage: str = "lost") -> tuple[QuickDesk, OutboxItem]:
    """A first contact that the shop got, and the desk does not know of: answer lost, process killed, or given up."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    relay = SilentRelay(SHOP, killed=stage == "killed")
    with_relay(desk, relay)
    orders = desk.orders(f"!approve {desk.held('first-contact').hash}")
    try:
        desk.round(orders, minutes=5)
    except Killed:
        assert stage == "killed"
    for _ in range(2 if stage == "uncertain" else 0):
        desk.round(minutes=16)
    with_relay(desk, Relay())
    (item,) = desk.items("first-contact")
    expected = {"lost": Status.QUEUED, "killed": Status.SENDING, "uncertain": Status.UNCERTAIN}
    assert item.status is expected[stage]
    return desk, item


def copies(desk: QuickDesk) -> int:
    return len([mail for mail in desk.relay.taken if mail.to == SHOP])


def evidence(desk: QuickDesk, item: OutboxItem, kind: str) -> bytes:
    """A mail that could not have been written if the first contact had not gone out."""
    got = desk.mail("Shop")[0]
    if kind.endswith(".eml"):
        return (MAILS / kind).read_bytes().replace(b"<ours@desk.example.jp>", item.message_id.encode())
    answer = desk.answer("Shop", got, "We are in charge. Please send it here.\n")
    if kind == "away":
        return answer.replace(b"Subject: Re:", b"Auto-Submitted: auto-replied\r\nSubject: Out of office", 1)
    if kind == "own copy":
        return next(mail.content for mail in desk.relay.taken if mail.to == SHOP)
    return answer


STAGES = ("lost", "killed", "uncertain")
KINDS = {
    "answer": Status.SENT,
    "away": Status.SENT,
    "own copy": Status.SENT,
    "bounce-delayed.eml": Status.SENT,
    "bounce-wrapped.eml": Status.DEAD,
    "bounce-mailbox-full-ja.eml": Status.DEAD,
}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_t57_a_doubt_is_settled_by_what_comes(stage: str, kind: str) -> None:
    """An answer, a machine's too, our own copy, a delivery report: it is known what became of it, and it goes no more.

    The case goes on as after any mail that went out.
    """
    desk, item = in_doubt(stage)
    before = copies(desk)
    desk.round(evidence(desk, item, kind), minutes=1)
    for _ in range(4):
        desk.round(minutes=20)
    settled = desk.store.item(item.item)
    assert settled
    assert (settled.status, copies(desk)) == (KINDS[kind], before)
    assert [e.message_id for e in desk.case.timeline if e.what == "sent" and SHOP in e.text] == [item.message_id]
    contact = desk.case.contacts[0]
    expected = {Status.DEAD: Standing.DEAD, Status.SENT: Standing.TRIED}[settled.status]
    assert contact.standing is (Standing.CONFIRMED if kind == "answer" else expected)
    assert desk.case.state is not State.ACCEPTED or kind.startswith("bounce")
    assert not desk.store.items_uncertain()


def test_t57_without_a_look_at_what_comes_an_answered_mail_goes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with this switched off, who has answered gets the same mail once more."""
    monkeypatch.setattr(doubts, "settle", lambda *_: None)
    desk, item = in_doubt("lost")
    desk.round(evidence(desk, item, "away"), minutes=1)
    desk.round(minutes=20)
    assert copies(desk) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_t57_who_does_not_know_the_message_id_settles_nothing(kind: str) -> None:
    """The control, and the forger: the same mails, about another Message-ID, leave the doubt as it is."""
    desk, item = in_doubt("uncertain")
    forged = evidence(desk, item, kind).replace(item.message_id[1:12].encode(), b"guessed1234")
    desk.round(forged, minutes=1)
    assert desk.store.item(item.item) == item


def test_t57_a_doubt_is_repeated_twice_under_one_message_id_and_then_a_person_decides() -> None:
    """Three copies at most, a quarter of an hour apart; the desk is told; list and digest show it until then."""
    desk, item = in_doubt("uncertain")
    assert copies(desk) == 3
    assert second_ids((mail.to, mail.content) for mail in desk.relay.taken if mail.to == SHOP) == {}
    assert timedelta(minutes=15) == PAUSE_AFTER_DOUBT
    line = overview.outbox_line(item)
    assert (line.status, line.message_id, line.attempts) == ("uncertain", item.message_id, 3)
    assert "no answer after the last line" in line.error
    assert any("送られたかどうか分かりません" in m.text and SHOP in m.text for m in desk.mail("Taro"))
    for _ in range(6):  # a weekend and a holiday, and then business days
        desk.round(days=1)
    assert copies(desk) == 3
    digests = [m.text for m in desk.mail("Taro") if "送られたか不明" in m.text and SHOP in m.text]
    assert len(digests) >= 2


def test_t57_a_person_lets_it_go_again_under_its_message_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """`outbox retry`: the same mail with the same id; that it may have gone out before is not forgotten."""
    desk, item = in_doubt("uncertain")
    monkeypatch.setattr(reading, "bot_of", lambda _: nullcontext((None, desk.bot)))
    reading.outbox_retry(None, item.item)  # type: ignore[arg-type]  # the context is for bot_of alone
    again = desk.store.item(item.item)
    assert again
    assert (again.status, again.message_id, again.doubts) == (Status.QUEUED, item.message_id, 1)
    desk.round(days=3)
    assert desk.items("first-contact")[0].status is Status.SENT
    assert copies(desk) == 4
    assert second_ids((mail.to, mail.content) for mail in desk.relay.taken if mail.to == SHOP) == {}


def test_t57_a_person_gives_it_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """`outbox drop`: it is dead, and no digest names it any more."""
    desk, item = in_doubt("uncertain")
    monkeypatch.setattr(reading, "bot_of", lambda _: nullcontext((None, desk.bot)))
    reading.outbox_drop(None, item.item, "they told us by telephone that they have it")  # type: ignore[arg-type]  # as above
    assert desk.items("first-contact")[0].status is Status.DEAD
    assert not desk.store.items_uncertain()
    desk.round(days=3)
    assert copies(desk) == 3


@pytest.mark.parametrize("stage", STAGES)
def test_t57_nothing_is_written_anew_because_of_a_doubt(stage: str) -> None:
    """For two months nothing but that one mail asks the shop for the first time; reminders name what they remind of."""
    desk, item = in_doubt(stage)
    for _ in range(60):
        desk.round(days=1)
    assert [i.item for i in desk.items("first-contact")] == [item.item]
    assert second_ids((mail.to, mail.content) for mail in desk.relay.taken if mail.to == SHOP) == {}


class Kept:
    """A folder of copies of what was sent."""

    def __init__(self, *message_ids: str) -> None:
        self.message_ids = message_ids

    def holds(self, message_id: str) -> bool:
        """Whether it is there."""
        return message_id in self.message_ids

    def close(self) -> None:
        """Nothing is held open."""


@pytest.mark.parametrize(("stage", "there"), [("lost", True), ("killed", True), ("lost", False), ("killed", False)])
def test_t57_our_own_copy_in_the_sent_folder_settles_a_doubt(stage: str, there: bool) -> None:
    """Where the mail server keeps what left, it is asked before anything is repeated; without a copy it is repeated."""
    desk, item = in_doubt(stage)
    desk.bot = replace(desk.bot, copies=Kept(item.message_id if there else "<other@desk.example.jp>"))
    desk.round(minutes=16)
    assert desk.items("first-contact")[0].status is Status.SENT
    assert copies(desk) == (1 if there else 2)
    assert desk.case.contacts[0].standing is Standing.TRIED
