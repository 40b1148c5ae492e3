"""What delivery reports do to a case, and what forged ones cannot."""

from pathlib import Path

import pytest

from mailbot.core.model import Standing
from tests.faults.quick_desk import QuickDesk

MAILS = Path(__file__).resolve().parents[1] / "mails"


def _report(name: str, message_id: str) -> bytes:
    """A report from the fixtures, about that mail of the desk."""
    content = (MAILS / name).read_bytes()
    return content.replace(b"<ours@desk.example.jp>", message_id.encode())


def test_t47_a_report_about_no_mail_of_ours_changes_nothing() -> None:
    """Whoever invents a report knows no Message-ID of ours: case and contact point stay as they are, nobody is told."""
    desk = QuickDesk()
    desk.until_first_contact()
    before, sent = desk.case, len(desk.relay.taken)
    for name in ("bounce-carrier-refused.eml", "bounce-wrapped.eml", "bounce-notification-json.eml"):
        desk.round(_report(name, "<guessed@desk.example.jp>"), minutes=5)
    assert desk.case == before
    assert len(desk.relay.taken) == sent


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bounce-carrier-refused.eml", "userunknown: "),
        ("bounce-mailbox-full-ja.eml", "mailboxfull: "),
        ("bounce-wrapped.eml", "5.7.1 blocked: 554 5.7.1 "),
    ],
)
def test_t47_a_report_about_our_mail_wakes_the_case(name: str, reason: str) -> None:
    """The contact point is dead, the coordinators learn the reason and the server's words, the history keeps both."""
    desk = QuickDesk()
    first = desk.until_first_contact()
    desk.round(_report(name, first.mail.message_id), minutes=5)
    contact, phone = desk.case.contacts
    assert (contact.standing, phone.address) == (Standing.DEAD, "phone")
    assert [entry for entry in desk.case.timeline if reason in entry.text]
    assert any(reason in mail.text for mail in desk.mail("Taro"))


def test_t47_a_delay_is_only_noted() -> None:
    """The mail may still arrive: the contact point stays, the history says why it waits."""
    desk = QuickDesk()
    first = desk.until_first_contact()
    desk.round(_report("bounce-delayed.eml", first.mail.message_id), minutes=5)
    (contact,) = desk.case.contacts
    assert contact.standing is Standing.TRIED
    assert [entry for entry in desk.case.timeline if "expired: " in entry.text]


def test_t47_a_report_of_success_is_no_delay() -> None:
    """Whoever asked for a report of delivery gets one; it says nothing that the case waits for."""
    desk = QuickDesk()
    first = desk.until_first_contact()
    before = desk.case
    report = _report("bounce-wrapped.eml", first.mail.message_id)
    desk.round(report.replace(b"Action: failed\nStatus: 5.7.1", b"Action: delivered\nStatus: 2.0.0"), minutes=5)
    assert desk.case == before
