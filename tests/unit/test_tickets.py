"""The other side's own number: found where ticket systems write it, kept with whose it is, quoted back to them only."""

import pytest

from mailbot.core.lifecycle import Step
from mailbot.core.model import Case, Field, State, Ticket
from mailbot.core.tickets import note_tickets, quoted_back, reference, tickets_in
from tests.builders import DESK, INFO, NOW, SHOP, case, policy
from tests.shipped_rules import shipped_rules


def noted(before: Case, address: str, *tickets: Ticket) -> Case:
    step = Step(before, NOW, policy())
    note_tickets(step, address, tickets)
    return step.case


@pytest.mark.parametrize(
    ("subject", "text", "found"),
    [
        ("[#123456] Re: [CASE#12345678] contact", "", [("123456", "[#123456]")]),
        ("Re: [CASE#12345678] contact", "", []),
        ("Re: ＣＡＳＥ＃12345678", "受付番号 CASE#12345678 の件です。", []),
        ("Re: contact", "Your case number is 00123456.", [("00123456", "case number is 00123456")]),
        ("【受付番号：2026-00123】 contact", "", [("2026-00123", "受付番号:2026-00123")]),
        ("[#1234] [#1235] [#1236] [#1237]", "", [(str(n), str(n)) for n in (1234, 1235, 1236)]),
        ("Re: contact", "x" * 2_000 + " Ticket ID: 48213", []),
        ("Re: contact", "We have fixed CVE-2026-12345 in ticket form.", []),
    ],
)
def test_tickets_in(subject: str, text: str, found: list[tuple[str, str]]) -> None:
    """Numbers of ticket systems in the Subject or first lines, three at most; never our own case id."""
    told = tickets_in(subject, text, DESK, shipped_rules())
    assert [(t.number, t.written) for t in told] == found


def test_a_number_is_kept_once_with_whose_it_is() -> None:
    """It is in the history, among the tracking ids, and known again; a second time adds nothing."""
    ticket = Ticket("123456", "[#123456]", "numbers/bracketed")
    after = noted(noted(case(State.CONTACTING, SHOP), SHOP.address, ticket), SHOP.address.upper(), ticket)
    assert [(e.what, e.who, e.text) for e in after.timeline] == [("ticket", SHOP.address, "[#123456]")]
    assert after.field("tracking_ids") == ("123456",)
    assert after.message_ids[-1] == reference(SHOP.address, "123456")
    assert not after.message_ids[-1].startswith("<")


def test_what_the_report_states_stays() -> None:
    """Their number is added to the report's, whose rule and words stay."""
    stated = Field("tracking_ids", ("VU#123456",), "numbers/tracking", 0.9, "VU#123456")
    (field,) = noted(case(fields=(stated,)), SHOP.address, Ticket("77001", "[#77001]")).fields
    assert (field.value, field.rule, field.quote) == (("VU#123456", "77001"), "numbers/tracking", "VU#123456")


def test_each_is_quoted_only_to_who_gave_it() -> None:
    """The latest of their own; nothing to anybody else."""
    after = noted(case(), SHOP.address, Ticket("1001", "[#1001]"), Ticket("1002", "[#1002]"))
    after = noted(after, INFO.address, Ticket("2001", "[#2001]"))
    shown = [quoted_back(after, who) for who in (SHOP.address.upper(), INFO.address, "x@y.example")]
    assert shown == ["[#1002]", "[#2001]", ""]


def test_a_case_keeps_so_many_and_no_more() -> None:
    """Who sends a new number with every mail fills no history."""
    many = [Ticket(str(1000 + n), f"[#{1000 + n}]") for n in range(50)]
    assert len([e for e in noted(case(), SHOP.address, *many).timeline if e.what == "ticket"]) == 20
