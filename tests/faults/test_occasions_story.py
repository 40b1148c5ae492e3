"""Every mail has its occasion: doubts, "later", a fix that does not hold, and what a coordinator writes by hand."""

from mailbot.core.limits import Limits
from mailbot.core.model import DeadlineKind, Standing, State
from mailbot.core.outbox import Status
from mailbot.errors import TransientError
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import DESK


def approve(desk: QuickDesk, template: str) -> None:
    """Taro releases the one mail of that template that waits."""
    desk.people["Taro"].keyring.now = desk.now
    assert "refused" not in desk.command(f"!approve {desk.held(template).hash}")


def by_hand(desk: QuickDesk, text: str, to: str = "Shop", *, sign: bool = True) -> bytes:
    """A mail of Taro's to one of the people that copies the desk."""
    desk.people["Taro"].keyring.now = desk.now
    subject = f"[{desk.case.id}] about your site"
    return desk.people["Taro"].write(desk.people[to].address, subject, text, cc=DESK, sign=sign)


def until_notified(desk: QuickDesk) -> None:
    """The details went out."""
    desk.until_details_held()
    approve(desk, "details")
    assert desk.case.state is State.NOTIFIED


def test_an_operator_doubts_and_is_reassured() -> None:
    """How to make sure of us goes when a person agreed, and no detail before another decision."""
    desk = QuickDesk()
    first = desk.until_first_contact()
    desk.round(desk.answer("Shop", first, "Is this a scam? Who are you?\n"), hours=1)
    assert [item.status for item in desk.items("reassurance")] == [Status.HELD]
    approve(desk, "reassurance")
    mail = desk.mail("Shop")[-1]
    assert "PGP" in mail.text
    assert "script" not in mail.text
    assert desk.items("details", Status.SENT) == []
    desk.round(desk.answer("Shop", mail, "I still think that this is a scam.\n"), hours=1)
    assert len(desk.items("reassurance")) == 1
    desk.round(desk.answer("Shop", mail, "We checked. I am in charge: please send me the details.\n"), days=1)
    approve(desk, "details")
    assert desk.case.state is State.NOTIFIED


def test_who_needs_time_gets_no_details_and_is_asked_again_later() -> None:
    """The third ready answer, whatever the policy; the same address is reminded when its time is over."""
    desk = QuickDesk(details="auto")
    first = desk.until_first_contact()
    desk.round(desk.answer("Shop", first, "③ 確認に時間がかかります。\n"), hours=1)
    assert desk.items("details") == []
    assert desk.case.contacts[0].standing is Standing.TRIED
    assert "!contact confirm 1" in desk.mail("Taro")[-1].text
    before = len(desk.mail("Shop"))
    desk.round(days=10)
    assert len(desk.mail("Shop")) == before
    desk.round(days=9)
    assert len(desk.mail("Shop")) == before + 1
    desk.round(desk.answer("Shop", first, "① 担当です。詳しい内容を受け取ります。\n"), hours=1)
    assert len(desk.items("details", Status.SENT)) == 1


def test_the_finder_finds_it_still_there() -> None:
    """The ready answer of the finder; a person agrees; the operator is asked once, and the next fix is checked anew."""
    desk = QuickDesk()
    until_notified(desk)
    details = desk.mail("Shop")[-1]
    desk.round(desk.answer("Shop", details, "修正しました。\n"), days=3)
    check = desk.mail("Hanako")[-1]
    desk.round(desk.answer("Hanako", check, "It is not fixed\n\nHanako\n"), days=1)
    assert desk.case.state is State.FIX_REPORTED
    approve(desk, "fix-incomplete")
    assert desk.case.state is State.FIXING
    mail = desk.mail("Shop")[-1]
    assert "Hanako" not in mail.text
    desk.round(desk.answer("Shop", mail, "修正しました。\n"), days=2)
    assert desk.case.state is State.FIX_REPORTED
    assert len(desk.items("fix-check", Status.SENT)) == 2


def test_a_first_contact_by_hand_makes_ours_needless() -> None:
    """What waited for approval is dropped, so nobody is asked twice; the clock runs; not signed, nothing happens."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    held = desk.held("first-contact")
    desk.round(by_hand(desk, "Hello, whom may we write to?\n", sign=False), minutes=5)
    assert desk.case.state is State.ACCEPTED
    desk.round(by_hand(desk, "Hello, whom may we write to about it?\n"), minutes=5)
    assert desk.case.state is State.CONTACTING
    assert desk.case.milestones.first_contact == desk.now
    assert [item.status for item in desk.items("first-contact")] == [Status.DEAD]
    assert "refused" in desk.command(f"!approve {held.hash}")
    assert desk.mail("Shop") == []


def test_details_by_hand_make_ours_needless() -> None:
    """詳細通知日 is that day, the finder is told, and what waited is not sent as well."""
    desk = QuickDesk()
    desk.until_details_held()
    steps = desk.case.field_text("vulnerability.steps")
    assert steps
    before = len(desk.mail("Shop"))
    desk.round(by_hand(desk, "Thank you. We send them tomorrow.\n"), hours=1)
    assert desk.case.milestones.details_sent is None
    desk.round(by_hand(desk, f"Here they are:\n{steps}\n"), hours=1)
    assert (desk.case.state, desk.case.milestones.details_sent) == (State.NOTIFIED, desk.now)
    assert [item.status for item in desk.items("details")] == [Status.DEAD]
    assert len(desk.items("handling-started", Status.SENT)) == 1
    assert len(desk.mail("Shop")) == before
    kinds = [d.kind for d in desk.case.deadlines]
    assert kinds.count(DeadlineKind.STATUS_REQUEST) == 4


def test_word_of_the_fix_by_hand() -> None:
    """The operator called; Taro tells the finder: the requests stop and the check begins."""
    desk = QuickDesk(Limits(command_age_days=400))
    until_notified(desk)
    desk.round(
        by_hand(desk, "The operator tells us that it is fixed.\n\nThe site was fixed today.\n", "Hanako"), days=5
    )
    assert desk.case.state is State.FIX_REPORTED
    assert DeadlineKind.STATUS_REQUEST not in [d.kind for d in desk.case.deadlines]
    assert desk.items("fix-check") == []


def test_drafts_come_as_files_to_coordinators_only() -> None:
    """`!paper` mails the draft to be completed; it says nothing of the vulnerability."""
    desk = QuickDesk()
    desk.until_details_held()
    assert "refused" not in desk.command("!paper government-notice", "!paper letter")
    names = [a.filename for mail in desk.mail("Jiro") for a in mail.attachments]
    assert {"government-notice.txt", "letter.html"} <= set(names)
    (notice,) = [a for mail in desk.mail("Jiro") for a in mail.attachments if a.filename == "government-notice.txt"]
    text = notice.content.decode()
    assert desk.case.id in text
    assert "alert(" not in text
    assert "Hanako" not in text


def test_a_fix_that_was_reported_meanwhile_is_not_called_incomplete() -> None:
    """The mail could not leave at once; the operator mended it again before it did."""
    desk = QuickDesk(Limits(command_age_days=400))
    until_notified(desk)
    details = desk.mail("Shop")[-1]
    desk.round(desk.answer("Shop", details, "修正しました。\n"), days=1)
    desk.relay.answers = [TransientError("no connection")] * 3
    desk.command("!fix incomplete")
    assert desk.case.state is State.FIXING
    desk.relay.answers = []
    desk.round(desk.answer("Shop", details, "もう一度、修正しました。\n"), minutes=1)
    desk.round(hours=2)
    assert desk.case.state is State.FIX_REPORTED
    assert [item.status for item in desk.items("fix-incomplete")] == [Status.DEAD]
