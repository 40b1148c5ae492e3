"""What another worker has in hand is left to it: mail that comes in, mail that goes out, by hand as well."""

from contextlib import nullcontext
from typing import Any

import pytest

from mailbot.cli import reading
from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail
from mailbot.core.outbox import Status
from mailbot.errors import PermanentError, TransientError
from mailbot.service import retry
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
