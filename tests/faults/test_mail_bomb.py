"""Hundreds of mails in an hour: everything is kept, nobody is bombed, and our own people hear of it once."""

import re
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from mailbot.adapters.store import TinyStore
from mailbot.cli import reading
from mailbot.core.budgets import is_waiting
from mailbot.core.limits import Limits
from mailbot.core.outbox import Status
from mailbot.memory import Change
from mailbot.spending import backlog
from tests.faults.quick_desk import QuickDesk
from tests.faults.test_machine_mail import again
from tests.faults.world import REPORT
from tests.plain_codec import PlainCodec

MAILS = Path(__file__).resolve().parents[1] / "mails"
SMALL = Limits(mails_per_hour=20, notices_per_coordinator_and_hour=10)
MARK = "Zauberwort"


def desk_on_disk(folder: Path, limits: Limits | None = None) -> QuickDesk:
    """A desk whose memory is the real one: its indexes answer."""
    desk = QuickDesk(limits=limits)
    store = TinyStore(folder / "state", PlainCodec())
    desk.store = store  # type: ignore[assignment]
    desk.bot = replace(desk.bot, store=store)
    return desk


def restarted(desk: QuickDesk, folder: Path) -> None:
    """Another process goes on with what is stored."""
    desk.store.close()
    desk.store = TinyStore(folder / "state", PlainCodec())  # type: ignore[assignment]
    desk.bot = replace(desk.bot, store=desk.store)


def report(desk: QuickDesk, sender: str, number: int) -> bytes:
    """A report under that address, of a site of its own."""
    desk.people["Mallory"].address = sender
    desk.people["Mallory"].name = MARK
    text = REPORT.replace("shop.example.jp", f"shop{number}.example.jp")
    return desk.write("Mallory", f"{MARK} {number}", f"{text}\n{MARK}\n")


def alarms(desk: QuickDesk) -> int:
    """How many mails told Taro that the breaker stops mail."""
    return sum("送信が1時間の上限に達しました" in mail.text for mail in desk.mail("Taro"))


def to_others(desk: QuickDesk) -> list[str]:
    """Whom the desk wrote to, our own people left out."""
    own = {person.address for name, person in desk.people.items() if name in ("Taro", "Jiro")}
    return [mail.to for mail in desk.relay.taken if mail.to not in own]


def test_t48_five_hundred_reports_in_one_victims_name(tmp_path: Path) -> None:
    """However the address is spelled: one receipt, without a word of the attacker's; a case each; a few notices.

    Every notice that was not mailed for itself is named in a summary and stays in the outbox. Nobody else waits.
    """
    desk = desk_on_disk(tmp_path)
    spelled = ("victim.one@gmail.com", "v.i.c.t.i.m.one@gmail.com", "Victim.One+{}@googlemail.com")
    bomb = [report(desk, spelled[n % 3].format(n), n) for n in range(500)]
    desk.people["Mallory"].address = "mallory@evil.example.net"
    done = desk.round(*bomb[:250], desk.write("Hanako"), *bomb[250:])
    assert done.accounted == {"case": 501}
    assert sorted(to_others(desk)) == ["hanako@finder.example.org", "victim.one@gmail.com"]
    (receipt,) = [m for m in desk.relay.taken if m.to == "victim.one@gmail.com"]
    assert MARK not in desk.people["Hanako"].read(receipt.content).text
    assert MARK.encode() not in receipt.content
    notices = [i for i in desk.store.items() if i.template == "notice-new-case"]
    told = desk.mail("Taro")
    assert (len(notices), len(told) <= desk.limits.notices_per_coordinator_and_hour) == (1002, True)
    assert {i.status for i in notices} == {Status.SENT, Status.DEAD}
    (summary,) = [mail for mail in told if "1通にまとめました" in mail.text]
    assert summary.text.count("mailbot outbox show") == 200


def test_t48_reports_from_as_many_addresses_trip_the_breaker_once(tmp_path: Path) -> None:
    """Half of the hour's mails are receipts, the rest waits and goes later; one alarm, also after a restart.

    The shop's details, which are no answer to a stranger, go out in the same hour.
    """
    desk = desk_on_disk(tmp_path, SMALL)
    held = desk.until_details_held()
    written = len(to_others(desk))
    done = desk.round(*(report(desk, f"v{n}@host{n}.example.net", n) for n in range(40)), hours=2)
    assert len(to_others(desk)) - written == 10
    assert [p for p in done.problems if p.startswith("mail waits: ")] == done.problems != []
    assert alarms(desk) == 1
    assert (backlog(desk.store, desk.now).mails, backlog(desk.store, desk.now).tripped) == (30, True)
    restarted(desk, tmp_path)
    desk.command(f"!approve {held.hash}", case=held.case)
    assert "details" in {i.template for i in desk.store.items() if i.status is Status.SENT}
    rounds = 0
    while any(is_waiting(item) for item in desk.store.items()):
        desk.round(minutes=15)
        rounds += 1
    assert rounds <= 4 * 4
    assert sorted(to for to in to_others(desk) if to.startswith("v")) == sorted(
        f"v{n}@host{n}.example.net" for n in range(40)
    )
    assert alarms(desk) == 1


def test_the_breaker_is_told_anew_after_a_quiet_day(tmp_path: Path) -> None:
    """Another bomb is another alarm, one that goes on is none."""
    desk = desk_on_disk(tmp_path, replace(SMALL, mails_per_hour=2))
    for day in range(3):
        desk.round(*(report(desk, f"v{day}-{n}@host.example.net", 10 * day + n) for n in range(3)), hours=12)
    assert alarms(desk) == 1
    desk.round(days=2)
    desk.round(*(report(desk, f"w{n}@host.example.net", 100 + n) for n in range(3)), hours=12)
    assert alarms(desk) == 2


def test_a_transcript_is_never_kept_waiting(tmp_path: Path) -> None:
    """While the breaker is open and notices are summed up, whoever commands hears what came of it at once."""
    desk = desk_on_disk(tmp_path, SMALL)
    desk.round(*(report(desk, f"v{n}@host.example.net", n) for n in range(60)))
    case = next(iter(desk.store.cases())).id
    for number in range(20):
        assert "done" in desk.command(f"!note {number}", case=case)


def test_t28_a_thousand_unsigned_commands_run_nothing_and_bomb_nobody(tmp_path: Path) -> None:
    """In a coordinator's name: refused each, told a few times and then in one mail; the round goes on to others."""
    desk = desk_on_disk(tmp_path)
    desk.round(desk.write("Hanako"))
    before = len(desk.relay.taken)
    bomb = [desk.write("Taro", f"c {n}", f"!case {desk.case.id}\n!close fixed\n{n}\n") for n in range(1000)]
    desk.mailbox.deliver(*bomb)
    for _ in range(3):
        desk.round(minutes=1)
    assert desk.case.state.value == "triage"
    cap = desk.limits.notices_per_coordinator_and_hour
    assert cap // 2 - 2 <= len(desk.relay.taken) - before <= cap // 2 + 2
    assert len(list(desk.store.dispositions("command"))) == 1000


@pytest.mark.parametrize(("count", "ours"), [(600, True), (200, False)])
def test_t47_hundreds_of_delivery_reports(tmp_path: Path, count: int, ours: bool) -> None:
    """About a mail of ours a few are noted on its case, about none of ours nothing is; nobody is bombed."""
    desk = desk_on_disk(tmp_path)
    first = desk.until_first_contact().mail.message_id
    told, lines = len(desk.relay.taken), len(desk.case.timeline)
    content = (MAILS / "bounce-carrier-refused.eml").read_bytes()
    content = content.replace(b"<ours@desk.example.jp>", (first if ours else "<guessed@desk.example.jp>").encode())
    desk.mailbox.deliver(*(re.sub(rb"(?m)^Date:.*$", b"X-N: %d" % n, content, count=1) for n in range(count)))
    for _ in range(3):
        desk.round(minutes=1)
    assert len(list(desk.store.dispositions("bounce"))) == count
    assert len(desk.relay.taken) - told <= (20 if ours else 0)
    assert len(desk.case.timeline) - lines <= (20 if ours else 0)


def test_t44_a_bomb_of_machines_mail_is_only_counted(tmp_path: Path) -> None:
    """Three hundred out-of-office mails: nothing is written, and the report among them is answered in that round."""
    desk = desk_on_disk(tmp_path)
    away = b"Auto-Submitted: auto-replied\r\n" + desk.write("Mallory", "Out of office", "I am away.\n")
    desk.round(*(again(away, n) for n in range(150)), desk.write("Hanako"), *(again(away, n) for n in range(150, 300)))
    assert to_others(desk) == ["hanako@finder.example.org"]
    assert desk.done.accounted == {"ignored": 300, "case": 1}


def test_mail_over_a_budget_is_dropped_by_nobody(tmp_path: Path) -> None:
    """What waits for its recipient's day goes when the day is over, each mail once."""
    limits = Limits(acknowledgements_per_address_and_day=100, mails_per_recipient_and_day=2)
    desk = desk_on_disk(tmp_path, limits)
    desk.round(*(report(desk, "v@host.example.net", n) for n in range(5)))
    counts = [len(to_others(desk))]
    for _ in range(2):
        desk.round(days=1, minutes=15)
        counts.append(len(to_others(desk)))
    assert counts == [2, 4, 5]
    assert alarms(desk) == 0


def test_a_person_lets_a_mail_go_that_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`outbox retry` sends it at the next round, and a notice that was only named in a summary as well."""
    desk = desk_on_disk(tmp_path, replace(SMALL, mails_per_hour=2))
    desk.round(*(report(desk, f"v{n}@host{n}.example.net", n) for n in range(12)))
    monkeypatch.setattr(reading, "bot_of", lambda _: nullcontext((None, desk.bot)))
    monkeypatch.setattr(reading, "datetime", SimpleNamespace(now=lambda _: desk.now))
    waits = next(item for item in desk.store.items() if is_waiting(item))
    summed_up = next(item for item in desk.store.items() if item.status is Status.DEAD)
    for item in (waits, summed_up):
        reading.outbox_retry(None, item.item)  # type: ignore[arg-type]  # the context is for bot_of alone
    desk.round(minutes=1)
    assert [getattr(desk.store.item(each.item), "status", None) for each in (waits, summed_up)] == [Status.SENT] * 2
    assert len(to_others(desk)) == 2


def test_every_mail_of_the_desk_is_marked_and_comes_back_to_it(tmp_path: Path) -> None:
    """Auto-Submitted on all, the desk's own address in the envelope: a delivery report reaches the case by it."""
    desk = desk_on_disk(tmp_path)
    held = desk.until_details_held()
    desk.command(f"!approve {held.hash}", case=held.case)
    desk.command("!fix confirmed corrected", "!close fixed", case=held.case)
    desk.round(days=4)
    assert {i.template for i in desk.store.items() if i.draft and i.status is Status.SENT} >= {
        *("receipt", "acceptance", "first-contact", "details", "transcript", "notice-new-case", "closure-finder")
    }
    for mail in desk.relay.taken:
        head = mail.content.partition(b"\r\n\r\n")[0]
        assert re.search(rb"(?m)^Auto-Submitted: auto-(?:replied|generated)\r$", head)
        assert mail.sender == desk.bot.desk.address
    answers = [i.draft for i in desk.store.items() if i.template in ("receipt", "transcript") and i.draft]
    assert all(draft.in_reply_to and draft.references == (draft.in_reply_to,) for draft in answers)
    assert {draft.auto_submitted for draft in answers} == {"auto-replied"}


def test_what_a_budget_keeps_is_put_off_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a flood each mail has its line in the journal, and all of them one write; no alarm is lost or repeated."""
    desk = desk_on_disk(tmp_path, replace(SMALL, mails_per_hour=4))
    changes: list[Change] = []
    store = desk.store.apply
    monkeypatch.setattr(desk.store, "apply", lambda change: (changes.append(change), store(change))[1])
    desk.round(*(report(desk, f"m{n}@evil.example.net", n) for n in range(12)))
    put_off = [[line for line in change.journal if " waits until " in line] for change in changes]
    waiting = [item for item in desk.store.items() if is_waiting(item)]
    lines = [line for some in put_off for line in some]
    assert len(waiting) > 5
    assert sorted(item.item for item in waiting) == sorted(line.split()[2] for line in lines)
    assert len([some for some in put_off if some]) <= 3
    assert alarms(desk) == 1
