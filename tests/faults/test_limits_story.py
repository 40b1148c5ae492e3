"""Limits of [limits] whose effect shows only in what the desk does over several rounds."""

import pytest

from mailbot.core.limits import Limits
from mailbot.core.model import State
from mailbot.core.outbox import Status
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import REPORT


@pytest.mark.parametrize(("starts", "kind"), [(1, "quarantined"), (2, "case")])
def test_t9_a_mail_that_ended_the_process_so_often_is_quarantined(starts: int, kind: str) -> None:
    """`mail_starts`: the mail whose first start never ended gets so many more."""
    desk = QuickDesk(limits=Limits(mail_starts=starts))
    mail = desk.write("Hanako")
    desk.mailbox.deliver(mail)
    (arrival,) = desk.mailbox.arrivals()
    assert arrival.mail is not None
    desk.store.begin(arrival.mail.digest)
    assert desk.round().accounted == {kind: 1}


@pytest.mark.parametrize(("days", "state"), [(2, State.ACCEPTED), (1, State.TRIAGE)])
def test_t32_commands_need_a_signature_that_is_young_enough(days: int, state: State) -> None:
    """`command_age_days`: orders that lay for a day and a half."""
    desk = QuickDesk(limits=Limits(command_age_days=days))
    desk.round(desk.write("Hanako"))
    orders = desk.orders("!accept")
    desk.round(orders, hours=36)
    assert desk.case.state is state


def test_so_many_deliveries_are_made_before_mail_gets_a_turn() -> None:
    """`outbox_per_round`: the rest goes out in the rounds that follow, nothing is lost."""
    desk = QuickDesk(limits=Limits(outbox_per_round=2))
    desk.round(desk.write("Hanako"), desk.write("Mallory", "report", REPORT.replace("search", "basket")))
    assert len(desk.relay.taken) == 2
    while any(item.status is Status.QUEUED for item in desk.store.items()):
        before = len(desk.relay.taken)
        desk.round(minutes=1)
        assert before < len(desk.relay.taken) <= before + 2


def test_commands_beyond_the_number_are_refused_as_one() -> None:
    """`commands_per_mail`: none of them runs."""
    desk = QuickDesk(limits=Limits(commands_per_mail=2))  # the line that names the case is not counted
    desk.round(desk.write("Hanako"))
    desk.command("!note one", "!note two", "!accept")
    assert desk.case.state is State.TRIAGE
    assert not [entry for entry in desk.case.timeline if entry.what == "note"]
