"""What one order causes is told to each person once."""

import pytest

from mailbot.core.model import State
from mailbot.core.outbox import Status
from tests.faults.quick_desk import QuickDesk


def notified() -> QuickDesk:
    """A desk whose case's details have arrived."""
    desk = QuickDesk()
    held = desk.until_details_held()
    desk.command(f"!approve {held.hash}")
    return desk


def test_a_fix_that_ends_the_case_is_one_mail_to_each() -> None:
    """`!fix confirmed` and `!close fixed` in one mail: the closing notice says both, and the transcript which goes."""
    desk = notified()
    before = {name: len(desk.mail(name)) for name in ("Hanako", "Shop")}
    transcript = desk.command("!fix confirmed corrected", "!close fixed")
    new = {name: desk.mail(name)[count:] for name, count in before.items()}
    assert {name: len(mails) for name, mails in new.items()} == {"Hanako": 1, "Shop": 1}
    assert all("取扱いを終了" in m.subject or "closed" in m.subject for mails in new.values() for m in mails)
    assert "taken back: fix-notice" in transcript
    assert {item.status for item in desk.items("fix-notice")} == {Status.DEAD}
    assert desk.case.state is State.CLOSED


@pytest.mark.parametrize("orders", [("!fix confirmed corrected",), ("!fix confirmed corrected", "!close low_impact")])
def test_a_fix_that_no_closing_notice_tells_is_told_by_itself(orders: tuple[str, ...]) -> None:
    """Alone, or where the case ends for another reason, the finder is told of the fix."""
    desk = notified()
    desk.command(*orders)
    assert {item.status for item in desk.items("fix-notice")} == {Status.SENT}


def test_what_went_out_before_is_not_taken_back() -> None:
    """A close an hour later is another mail."""
    desk = notified()
    desk.command("!fix confirmed corrected")
    desk.command("!close fixed")
    assert [desk.items(t)[0].status for t in ("fix-notice", "closure-finder")] == [Status.SENT, Status.SENT]
