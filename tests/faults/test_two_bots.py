"""Machines that answer machines: whatever stands at the other end, the conversation ends within two rounds."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.core.limits import Limits
from mailbot.core.messages import SealedMail
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import DESK, REPORT

OTHER = "security@other.example.com"
_STRIPPED = re.compile(rb"(?im)^(?:Auto-Submitted|Precedence|List-[\w-]+|X-[\w-]+):.*\r?\n(?:[ \t].*\r?\n)*")
Machine = Callable[[QuickDesk, SealedMail, int], bytes]


def other_desk() -> QuickDesk:
    """Another desk like ours, with an address of its own."""
    desk = QuickDesk()
    desk.bot = replace(desk.bot, desk=replace(desk.bot.desk, name="Other", address=OTHER))
    return desk


def unmarked(mail: bytes) -> bytes:
    """The mail as a gateway leaves it that takes away every header that tells of a machine."""
    return _STRIPPED.sub(b"", mail)


def passes(desk: QuickDesk, to: str, seen: int) -> list[bytes]:
    """What the desk wrote to that address, or one with a token of it, since it had written so many mails."""
    local, _, domain = to.partition("@")
    return [m.content for m in desk.relay.taken[seen:] if re.fullmatch(rf"{local}(\+.*)?@{domain}", m.to)]


@pytest.mark.parametrize("gateway", [bytes, unmarked])
def test_t44_t45_two_desks_that_write_to_each_other_fall_silent(gateway: Callable[[bytes], bytes]) -> None:
    """A report that names the other desk as its sender is received once; the other desk answers nothing to that.

    Also where nothing marks their mails as automatic.
    """
    ours, theirs = QuickDesk(), other_desk()
    forged = ours.write("Hanako").replace(b"hanako@finder.example.org", OTHER.encode())
    letters, written = [forged], []
    for number in range(6):
        reader, writer_of_next = (ours, DESK) if number % 2 == 0 else (theirs, OTHER)
        seen = len(reader.relay.taken)
        reader.round(*map(gateway, letters), minutes=1)
        letters = passes(reader, OTHER if writer_of_next == DESK else DESK, seen)
        written.append(len(letters))
    assert written == [1, 0, 0, 0, 0, 0]


def tickets(desk: QuickDesk, mail: SealedMail, number: int) -> bytes:
    """Opens a ticket for every mail, under a new number, from its address, without any mark of a machine."""
    subject = f"[support.example.jp #{7000 + number}] AutoReply: vulnerability report"
    text = (
        "Greetings,\n\nThis message has been automatically generated in response to the creation of a ticket about:\n"
        '"A vulnerability on https://shop.example.jp/search", a summary of which appears below.\n\nYour ticket '
        f"has been assigned an ID of [support.example.jp #{7000 + number}].\n\nThank you,\nsupport@example.jp\n"
    )
    return desk.write("Mallory", subject, text)


def silent_tickets(desk: QuickDesk, mail: SealedMail, number: int) -> bytes:
    """The same, in words that no rule knows, with what was written to it below."""
    text = f"Ticket {number} is yours. The vulnerability that you reported lies with the second line.\n\n> cross-site\n"
    return desk.write("Mallory", f"Ticket {number}: vulnerability on https://shop.example.jp/search", text)


def parrot(desk: QuickDesk, mail: SealedMail, number: int) -> bytes:
    """Sends a new report for every mail that it gets."""
    return desk.write("Mallory", f"Vulnerability {number}", f"{REPORT}\nTicket {number}\n")


def away(desk: QuickDesk, mail: SealedMail, number: int) -> bytes:
    """Somebody's out-of-office, which no header marks."""
    return desk.write("Mallory", "Out of office", "I am out of the office until Monday and read no mail.\n")


def receipts(desk: QuickDesk, mail: SealedMail, number: int) -> bytes:
    """Another vulnerability desk, which acknowledges every mail as a report and sends the receipt from its address."""
    text = (
        "Thank you for your vulnerability report. We have received it and will look into it.\n"
        f"Your report is about: cross-site scripting on https://shop.example.jp/search\nReference: VU#{number}\n"
        "Please keep the details confidential until a fix is available.\n"
    )
    return desk.write("Mallory", f"[VU#{number}] We received your vulnerability report", text)


@pytest.mark.parametrize("machine", [tickets, silent_tickets, parrot, away, receipts])
def test_t45_a_machine_without_any_mark_gets_no_second_answer(machine: Machine) -> None:
    """For every mail of ours it sends a new one: after the receipt of a report in its name nothing more is written."""
    desk = QuickDesk()
    desk.round(desk.write("Mallory"))
    written, seen = [], 0
    for number in range(8):
        new = [m for m in desk.relay.taken[seen:] if m.to == desk.people["Mallory"].address]
        written.append(len(new))
        seen = len(desk.relay.taken)
        desk.round(*(machine(desk, mail, number) for mail in new), minutes=1)
    assert written == [1, 0, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("machine", [tickets, silent_tickets, parrot, receipts])
def test_t45_a_machine_that_answers_with_several_mails_gets_one_answer_a_day(machine: Machine) -> None:
    """Five mails for each of ours, over three days: one mail a day at most leaves, under whatever tag it writes."""
    desk = QuickDesk()
    desk.round(desk.write("Mallory"))
    sent_on_days = []
    for day in range(3):
        for number in range(5):
            desk.people["Mallory"].address = f"mallory+{day}.{number}@evil.example.net"
            mail = desk.relay.taken[0]
            desk.round(machine(desk, mail, 10 * day + number), minutes=10)
        sent_on_days.append(sum(1 for m in desk.relay.taken if "mallory" in m.to))
        desk.now += timedelta(days=1)
    assert all(total <= day + 1 for day, total in enumerate(sent_on_days))


@pytest.mark.parametrize(("of_the_day", "written"), [(6, 6), (100, 12)])
def test_t45_the_days_mails_to_one_mailbox_end_what_the_receipts_do_not(of_the_day: int, written: int) -> None:
    """Without a limit of receipts a machine that reports for ever is stopped by the budget of its mailbox.

    Without that budget either, it is not: this is what both are for.
    """
    limits = Limits(acknowledgements_per_address_and_day=1_000, mails_per_recipient_and_day=of_the_day)
    desk = QuickDesk(limits=limits)
    new = [desk.write("Mallory")]
    for number in range(12):
        seen = len(desk.relay.taken)
        desk.round(*new, minutes=1)
        to_it = [m for m in desk.relay.taken[seen:] if m.to == desk.people["Mallory"].address]
        new = [parrot(desk, mail, number) for mail in to_it]
    assert sum(m.to == desk.people["Mallory"].address for m in desk.relay.taken) == written
