"""What another worker has in hand is left to it: mail that comes in, mail that goes out, by hand as well."""

from contextlib import nullcontext
from typing import Any

import pytest

from mailbot.cli import reading
from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail
from mailbot.core.outbox import Status
from mailbot.delivering import deliver
from mailbot.errors import LostClaimError, PermanentError, TransientError
from mailbot.memory import Change
from mailbot.round import Round
from mailbot.service import retry, take_in
from tests.fakes_store import WorkerStore
from tests.faults.quick_desk import QuickDesk


def other_worker(desk: QuickDesk) -> WorkerStore:
    """Somebody else on the same memory."""
    store: Any = desk.bot.store
    return WorkerStore(store.shared)


def by_hand(desk: QuickDesk, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The verbs of the outbox, on this desk."""
    monkeypatch.setattr(reading, "bot_of", lambda _: nullcontext((None, desk.bot)))
    return reading


def test_mail_that_another_worker_reads_is_neither_counted_nor_moved() -> None:
    """It is no trouble either; when the other one let it go, it is taken in."""
    desk = QuickDesk()
    mail = desk.write("Hanako")
    desk.mailbox.deliver(mail)
    (arrival,) = desk.mailbox.arrivals()
    assert arrival.mail
    other = other_worker(desk)
    assert other.claim(arrival.mail.digest)
    done = desk.round()
    assert (done.arrived, done.problems, list(desk.mailbox.folders["INBOX"].values())) == (0, [], [mail])
    assert desk.store.unfinished() == 0
    other.let_go(arrival.mail.digest)
    assert desk.round().accounted == {"case": 1}


def refuse_next(desk: QuickDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stored next is another worker's, this once."""
    store: Any = desk.bot.store
    apply = store.apply

    def refused(change: Change) -> None:
        monkeypatch.setattr(store, "apply", apply)
        raise LostClaimError("another worker is at it just now; nothing was stored")

    monkeypatch.setattr(store, "apply", refused)


def test_a_mail_that_touches_what_is_on_the_wire_keeps_no_other_from_being_handled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However long another worker takes to send it: the mails behind are handled, this one in a later round."""
    desk = QuickDesk()
    desk.round()
    refuse_next(desk, monkeypatch)
    first = desk.write("Hanako")
    done = desk.round(first, desk.write("Mallory", "Hello", "What time is it?"))
    assert (done.arrived, list(desk.mailbox.folders["INBOX"].values())) == (1, [first])
    assert desk.store.unfinished() == 0
    assert desk.round().accounted == {"case": 1}


def test_an_item_that_another_worker_took_over_keeps_no_other_from_being_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever kept it too long leaves it, and goes on with the next."""
    desk = QuickDesk()
    desk.mailbox.deliver(desk.write("Hanako"))
    for _ in take_in(desk.bot, desk.mailbox, desk.now, Round()):
        pass
    waiting = len(desk.store.items_due(desk.now))
    assert waiting > 1
    refuse_next(desk, monkeypatch)
    for _ in deliver(desk.bot, desk.now, Round()):
        pass
    left = [item.status for item in desk.store.items_due(desk.now)]
    assert (left, len(desk.relay.taken) > 0) == ([Status.QUEUED], True)


def test_a_large_mail_that_another_worker_has_is_left_alone() -> None:
    """Its head is what it is known by."""
    desk = QuickDesk(Limits(mail_bytes=10))
    desk.mailbox.deliver(desk.write("Hanako"))
    (arrival,) = desk.mailbox.arrivals()
    digest = RawMail(arrival.head, "head").digest
    other = other_worker(desk)
    assert other.claim(digest)
    assert desk.round().arrived == 0
    other.let_go(digest)
    assert desk.round().accounted == {"held": 1}


def test_held_mail_that_another_worker_takes_in_anew_is_not_taken_in_twice() -> None:
    """A person is told to try again; what the other one made of it stands."""
    desk = QuickDesk()
    desk.round(desk.write("Mallory", "hello", "nothing that any rule knows\n"))
    (entry,) = desk.store.dispositions("held")
    other = other_worker(desk)
    assert other.claim(entry.digest)
    with pytest.raises(TransientError, match="just now"):
        retry(desk.bot, entry, desk.now)
    other.let_go(entry.digest)
    made = retry(desk.bot, entry, desk.now, "Taro")
    assert made.kind == "case"
    assert retry(desk.bot, entry, desk.now) == made
    assert len(list(desk.store.cases())) == 1


def test_what_is_being_sent_is_neither_retried_nor_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the other worker has recorded what became of it."""
    desk = QuickDesk()
    desk.relay.answers = [TransientError("451 later")] * 9
    desk.round(desk.write("Hanako"))
    desk.relay.answers.clear()
    (item,) = desk.items("receipt", Status.QUEUED)
    other, verbs = other_worker(desk), by_hand(desk, monkeypatch)
    assert other.claim(item.item)
    done = desk.round(hours=1)
    assert (desk.items("receipt"), done.problems) == ([item], [])
    with pytest.raises(TransientError, match="just now"):
        verbs.outbox_retry(None, item.item)
    with pytest.raises(TransientError, match="just now"):
        verbs.outbox_drop(None, item.item, "needless")
    other.let_go(item.item)
    verbs.outbox_drop(None, item.item, "needless")
    with pytest.raises(PermanentError):
        verbs.outbox_retry(None, "nothing")
    assert [i.status for i in desk.items("receipt")] == [Status.DEAD]


@pytest.mark.parametrize("stored", [False, True], ids=["not stored", "stored, and nobody said so"])
def test_a_mail_that_went_out_is_not_repeated_for_a_connection_that_was_lost(
    monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    """What became of it is stored once more, or found to be stored; it is no mail in doubt."""
    desk = QuickDesk()
    store: Any = desk.bot.store
    apply, failed = store.apply, list[str]()

    def lost(change: Change) -> None:
        sent = [item.item for item in change.items if item.status is Status.SENT and item.draft]
        if not sent or failed:
            apply(change)
            return
        if stored:
            apply(change)
        failed.extend(sent)
        raise TransientError("the connection was lost")

    monkeypatch.setattr(store, "apply", lost)
    desk.round(desk.write("Hanako"))
    assert len(failed) == 1
    assert [item.status for item in desk.store.items() if item.item in failed] == [Status.SENT]
    desk.round(hours=1)
    ids = [mail.message_id for mail in desk.relay.taken]
    assert len(ids) == len(set(ids))
    assert not [item for item in desk.store.items() if item.doubts]


def test_a_memory_that_stays_away_leaves_the_mail_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a crash: it goes again under its Message-ID."""
    desk = QuickDesk()
    store: Any = desk.bot.store
    apply = store.apply

    def lost(change: Change) -> None:
        if any(item.status is Status.SENT and item.draft for item in change.items):
            raise TransientError("the connection was lost")
        apply(change)

    monkeypatch.setattr(store, "apply", lost)
    with pytest.raises(TransientError):
        desk.round(desk.write("Hanako"))
    (taken,) = desk.relay.taken
    monkeypatch.setattr(store, "apply", apply)
    desk.round(hours=1)
    assert [mail.message_id for mail in desk.relay.taken].count(taken.message_id) == 2
