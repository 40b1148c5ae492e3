"""T57: what one mail's trouble is to the others, how long a mail is tried, and what the desk is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot import delivering, overview
from mailbot.adapters.smtp import SmtpSender
from mailbot.core.outbox import LADDER, Status
from mailbot.errors import AccessError, TransientError, UnreachableError
from mailbot.round import Round
from tests.faults.doubtful import second_ids
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import DESK, REPORT
from tests.servers_rude import DROP, HANG, RudeRelay

Senders = Callable[..., SmtpSender]
NEVER, LATER = "550 5.1.1 no such user", "450 4.2.0 greylisted"


def report(number: int) -> bytes:
    """A report of a finder of its own about a site of its own."""
    text = REPORT.replace("shop.example.jp", f"shop{number}.example.jp")
    head = f"From: f{number}@finder{number}.example.org\nTo: {DESK}\nSubject: XSS {number}\n"
    date = "Date: Fri, 20 Nov 2026 09:00:00 +0900\n"
    return f"{head}{date}Message-ID: <{number}@finder{number}.example.org>\n\n{text}".encode()


def finder(number: int) -> str:
    return f"f{number}@finder{number}.example.org"


def receipt_states(desk: QuickDesk) -> dict[str, tuple[Status, int]]:
    return {i.draft.to.address: (i.status, i.doubts) for i in desk.items("receipt") if i.draft}


def test_t57_one_recipients_trouble_is_nobody_elses(relay: RudeRelay, sender_to: Senders) -> None:
    """Refused, put off, broken off, silent, in doubt: in the same round every other mail goes out."""
    desk = QuickDesk()
    desk.bot = replace(desk.bot, sender=sender_to(1))
    steps = {1: ("RCPT", NEVER), 2: ("RCPT", LATER), 3: ("END", DROP), 4: ("RCPT", HANG), 5: ("MAIL", DROP)}
    for number, (step, answer) in steps.items():
        relay.script(f"{step} {finder(number)}", answer)
    relay.script(f"END {finder(6)}", NEVER)
    done = desk.round(*(report(number) for number in range(9)))
    sent = (Status.SENT, 0)
    assert receipt_states(desk) == {
        **{finder(number): sent for number in (0, 7, 8)},
        finder(1): (Status.DEAD, 0),
        finder(2): (Status.QUEUED, 0),
        finder(3): (Status.QUEUED, 1),
        finder(4): (Status.QUEUED, 0),
        finder(5): sent,  # its step is asked before the recipient is known, so that this one was never told it
        finder(6): (Status.DEAD, 0),
    }
    assert {to for to, _ in relay.taken} >= {finder(number) for number in (0, 3, 5, 6, 7, 8)}
    assert done.dead == 2
    assert len([problem for problem in done.problems if "receipt" in problem]) == 5


def test_t57_the_ladder_ends_after_three_days_and_the_desk_is_told(relay: RudeRelay, sender_to: Senders) -> None:
    """Each pause is the next of the ladder; then the mail is dead, its case knows once, rounds and list say why."""
    desk = QuickDesk()
    desk.bot = replace(desk.bot, sender=sender_to())
    relay.script(f"RCPT {finder(0)}", *[LATER] * 50)
    desk.round(report(0))
    pauses, told = [], []
    while (item := desk.items("receipt")[0]).status is Status.QUEUED:
        pauses.append(item.next - desk.now)
        done = desk.round(seconds=pauses[-1].total_seconds())
        told += [problem for problem in done.problems if item.item in problem]
    assert tuple(pauses) == LADDER
    assert timedelta(days=2) < sum(LADDER, timedelta()) < timedelta(days=5)
    assert (item.status, item.attempts) == (Status.DEAD, len(LADDER) + 1)
    line = overview.outbox_line(item)
    assert (line.status, line.next, "gave up after 8 attempts" in line.error) == ("dead", None, True)
    assert "4.2.0 greylisted" in line.error
    assert len(told) == len(LADDER)
    assert [entry.what for entry in desk.case.timeline if finder(0) in entry.text].count("failed") == 1
    assert not [to for to, _ in relay.taken if to == finder(0)]


def test_t57_a_relay_that_lets_nobody_in_is_asked_twice_a_round(relay: RudeRelay, sender_to: Senders) -> None:
    """Its refusal is no matter of one mail: the others wait as they are, and all go out once it lets us in."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    desk.bot = replace(desk.bot, sender=sender_to())
    relay.script("AUTH", *["535 5.7.8 wrong password"] * 4)
    desk.round(*(report(number) for number in range(5)), minutes=1)
    assert relay.connections == 2
    queued = [item for item in desk.store.items() if item.status is Status.QUEUED]
    assert sum(item.attempts for item in queued) == 2
    assert len(queued) > 10
    desk.round(seconds=20)
    assert relay.connections == 4
    desk.round(minutes=2)
    desk.round(minutes=10)
    assert not desk.items("receipt", Status.QUEUED)
    assert second_ids((to, content) for to, content in relay.taken if "finder" in to) == {}


@pytest.mark.parametrize(("failure", "most"), [(AccessError("sign in"), 1), (UnreachableError("away"), 2)])
def test_t57_who_is_locked_out_does_not_knock_for_each_mail(failure: TransientError, most: int) -> None:
    """Refused sign-ins are counted by the relay: one a round. What is about one mail (the control) stops no other."""
    desk = QuickDesk()
    desk.relay.answers = [failure] * 50
    desk.round(*(report(number) for number in range(5)))
    assert len(desk.relay.answers) == 50 - most
    desk.relay.answers = [TransientError("450 greylisted")] * 50
    desk.round(minutes=20)
    assert len(desk.relay.answers) <= 50 - 15


def test_t57_look_ups_need_no_relay() -> None:
    """Contact points are looked for while no mail goes out."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.relay.answers = [UnreachableError("away")] * 50
    desk.round(desk.orders("!accept"), report(1), minutes=5)
    assert [item.status for item in desk.items("find_contacts")] == [Status.SENT]


def test_t57_a_round_ends_in_time_and_the_next_goes_on() -> None:
    """A relay that takes minutes for each mail keeps the desk from nothing else, and nobody waits for ever."""
    desk = QuickDesk()
    desk.relay.answers = [TransientError("451 later")] * 30
    desk.round(*(report(number) for number in range(6)))
    desk.relay.answers.clear()
    waiting = desk.items("receipt", Status.QUEUED)
    seconds = [0.0]

    def clock() -> float:
        seconds[0] += 100
        return seconds[0]

    rounds = []
    for _ in range(8):
        done = Round()
        desk.now += timedelta(minutes=2)
        list(delivering.deliver(desk.bot, desk.now, done, clock))
        rounds.append((done.sent, [p for p in done.problems if "longer than" in p]))
    assert {sent for sent, _ in rounds} <= {0, 1, 2, 3}
    assert rounds[0][1] == ["sending took longer than 300 s; the next round goes on"]
    assert len(desk.items("receipt", Status.SENT)) == len(waiting) == 6
