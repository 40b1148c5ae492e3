"""The mail of the morning: once a business day, of everything, to each coordinator alone."""

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailbot import desk_mail
from mailbot.adapters.store import TinyStore
from mailbot.core.outbox import Status
from mailbot.errors import TransientError
from mailbot.round import Round
from mailbot.service import run_round
from tests.fakes_keyring import NOW
from tests.faults.quick_desk import QuickDesk, Unwell
from tests.faults.world import DESK, KILLED, REPORT, Bomb, FileRelay, World
from tests.plain_codec import PlainCodec

DIGEST = "notice-digest"
MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # 勤労感謝の日: the desk is closed
TUESDAY = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)  # nine o'clock in Tokyo


def digests(desk: QuickDesk, who: str = "Taro") -> list[str]:
    """What the digests that one of the coordinators got say."""
    return [mail.text for mail in desk.mail(who) if "本日のまとめ" in mail.subject]


def test_a_digest_comes_when_the_desk_opens_and_once_a_day() -> None:
    """Not on a weekend or holiday, not before nine, to every coordinator, signed and encrypted."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))  # on a Friday evening
    for moment in (datetime(2026, 11, 21, 3, tzinfo=UTC), MONDAY, TUESDAY.replace(day=23, hour=23, minute=59)):
        desk.now = moment
        desk.round()
    assert digests(desk) == []
    desk.now = TUESDAY
    desk.round()
    desk.round(minutes=1)
    desk.round(desk.write("Hanako", text=REPORT.replace("shop.", "other.")), hours=3)
    ids = [case.id for case in desk.store.cases()]
    assert len(digests(desk)) == len(digests(desk, "Jiro")) == 1
    mail = next(mail for mail in desk.mail("Taro") if "本日のまとめ" in mail.subject)
    assert mail.crypto.encrypted
    assert mail.crypto.signature == "good"
    assert ids[0] in mail.text
    assert ids[1] not in mail.text
    assert not any(mail.text in other.text for other in desk.mail("Hanako"))
    desk.round(days=1)
    assert len(digests(desk)) == 2
    assert all(case_id in digests(desk)[1] for case_id in ids)


def test_mails_in_are_mails_accounted_for() -> None:
    """The digest counts what became of every mail since the one before."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"), desk.write("Mallory", "Autumn sale", "All chairs at half price.\n"))
    desk.now = TUESDAY
    desk.round()
    assert sum(1 for _ in desk.store.dispositions()) == 2
    assert "受信 2通" in digests(desk)[0]
    desk.round(days=1)
    assert "受信 0通" in digests(desk)[1]


def test_silence_when_nothing_waits() -> None:
    """No mail on a day without anything to do, and none later that day either."""
    desk = QuickDesk()
    desk.until_first_contact()
    desk.now = TUESDAY
    desk.round()
    assert digests(desk) == []
    desk.round(desk.write("Hanako", text=REPORT.replace("shop.", "other.")), hours=1)
    desk.round(hours=1)
    assert digests(desk) == []
    desk.round(days=1)
    assert len(digests(desk)) == 1


def test_a_memory_that_fails_writes_the_digest_later() -> None:
    """Nothing of it is stored by halves; the next round sends it once, under the same Message-ID."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.now = TUESDAY
    store = desk.store
    object.__setattr__(desk.bot, "store", Unwell(store, 1))
    with pytest.raises(TransientError):
        desk.round()
    assert desk.items(DIGEST) == desk.items(DIGEST, Status.QUEUED) + desk.items(DIGEST, Status.SENT)
    object.__setattr__(desk.bot, "store", store)
    desk.round(minutes=1)
    assert len(digests(desk)) == 1


def test_a_bug_in_the_digest_keeps_no_mail_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a problem of the round, which goes on."""

    def broken(*_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(desk_mail, "digest", broken)
    desk = QuickDesk()
    done = desk.round(desk.write("Hanako"))
    assert done.accounted == {"case": 1}
    assert done.problems == ["the digest could not be written (ValueError)"]


def _round(folder: Path, at: int, now: datetime) -> None:
    world = World(folder, Bomb(at))
    for _ in run_round(world.bot, world.mailbox, now, Round()):
        pass
    world.store.close()


def _killed(folder: Path, at: int) -> bool:
    """Whether the process that does the round of Tuesday morning met its end at its n-th call to the outside."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _round(folder, at, TUESDAY)
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


def test_a_crash_at_any_call_sends_one_digest() -> None:
    """Killed after any call to the outside on that morning and started again: the digest has one Message-ID."""
    with tempfile.TemporaryDirectory(prefix="mb", dir="/tmp") as place:  # short, and taken away again
        for at in range(1, 100):
            folder = Path(place) / str(at)
            world = World(folder, Bomb(0))
            letter = world.people["Hanako"].write(DESK, "XSS report", REPORT)
            world.store.close()
            (folder / "Maildir" / "new" / "0.x").write_bytes(letter)
            _round(folder, 0, NOW)
            killed = _killed(folder, at)
            for hour in range(2):
                _round(folder, 0, TUESDAY + timedelta(hours=hour))
            relay = FileRelay(folder / "relay")
            store = TinyStore(folder / "state", PlainCodec(), read_only=True)
            (told,) = (item for item in store.items() if item.template == DIGEST and item.draft)
            assert told.status is Status.SENT
            assert {m.message_id for m in relay.taken() if m.to == told.draft.to.address} >= {told.message_id}
            assert sum(1 for m in relay.taken() if m.message_id == told.message_id) <= 2
            if not killed:
                break
        assert at > 4
