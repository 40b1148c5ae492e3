"""Mail in a coordinator's name: what those can do who got a copy of theirs."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from mailbot.core.limits import Limits
from mailbot.core.model import DeadlineKind, State
from mailbot.core.outbox import Status
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import DESK

MENDED = "The site was fixed today. Thank you.\n"


@pytest.fixture
def desk() -> QuickDesk:
    """The shop has the details; its people get Taro's mails as he writes them."""
    desk = QuickDesk(Limits(command_age_days=3))
    item = desk.until_details_held()
    desk.command(f"!approve {item.hash}")
    assert desk.case.state is State.NOTIFIED
    return desk


def by_taro(desk: QuickDesk, text: str, to: str = "Shop") -> bytes:
    """A signed mail of Taro's that copies the desk."""
    taro, subject = desk.people["Taro"], f"[{desk.case.id}] about your site"
    taro.keyring.now = desk.now
    return taro.write(desk.people[to].address, subject, text, cc=DESK, sign=True)


def test_t26_the_token_of_a_coordinator_moves_nothing(desk: QuickDesk) -> None:
    """Whoever is copied on Taro's answer to a notice has his token: the case stays, he is asked whether it was him."""
    forged = EmailMessage()
    forged["From"], forged["Cc"] = "Taro <taro@desk.example.jp>", desk.people["Shop"].address
    forged["To"], forged["Subject"] = desk.mail("Taro")[-1].mail.reply_to[0].address, "Re: notice"
    forged["Message-ID"], forged["Date"] = "<forged@shop.example.jp>", "Fri, 20 Nov 2026 19:00:00 +0900"
    forged.set_content(MENDED)
    desk.round(forged.as_bytes(), hours=1)
    assert (desk.case.state, desk.case.milestones.fix_reported) == (State.NOTIFIED, None)
    assert desk.case.timeline[-1].what == "copy"
    (asked,) = [d for d in desk.case.deadlines if d.kind is DeadlineKind.COORDINATOR]
    assert "Taro wrote to the operator" in asked.note


def test_t26_a_signed_copy_counts_once(desk: QuickDesk) -> None:
    """Sent once more under another Message-ID, long after or at once, it is logged and does nothing."""
    mail = by_taro(desk, MENDED)
    desk.round(mail, minutes=5)
    assert desk.case.state is State.FIX_REPORTED
    desk.people["Taro"].keyring.now = desk.now
    desk.command("!fix incomplete")
    assert desk.case.state is State.FIXING
    waits = desk.case.deadlines
    desk.round(mail.replace(b"Message-ID: <", b"Message-ID: <again."), minutes=5)
    assert (desk.case.state, desk.case.deadlines) == (State.FIXING, waits)
    assert "not proven" in desk.case.timeline[-1].text


def test_t26_an_old_signed_mail_moves_nothing(desk: QuickDesk) -> None:
    """Taro wrote to the shop alone; the shop sends it to the desk when that suits it."""
    mail = by_taro(desk, MENDED)
    desk.round(mail, days=4)
    assert desk.case.state is State.NOTIFIED


def test_t26_words_beside_a_signed_text_are_nobodys(desk: QuickDesk) -> None:
    """A clear-signed block of Taro's below other words proves nothing of those."""
    taro = desk.people["Taro"]
    taro.keyring.now = desk.now
    block = taro.keyring.clearsign(b"Thank you for your mail.\n").decode()
    text = f"{MENDED}\n{block}"
    mail = taro.write(desk.people["Shop"].address, f"[{desk.case.id}] site", text, cc=DESK)
    desk.round(mail, minutes=5)
    assert desk.case.state is State.NOTIFIED
    assert desk.case.timeline[-1].what == "copy"


def test_words_of_a_coordinator_that_tell_details_go_no_plainer_than_the_details() -> None:
    """Who agreed to plain mail for nothing gets what stands in the report encrypted, or a person looks."""
    desk = QuickDesk(Limits(command_age_days=400), plaintext_details="never")
    desk.until_details_held()
    steps = " ".join(desk.case.field_text("vulnerability.steps").splitlines())
    mail = by_taro(desk, desk.case.field_text("vulnerability.steps"))
    desk.round(mail, minutes=5)
    assert desk.case.milestones.details_sent
    desk.command("!fix reported")
    assert "no_usable_key" in desk.command(f"!fix incomplete {steps}")
    assert [i.status for i in desk.items("fix-incomplete")] == [Status.HELD]
    assert desk.now - timedelta(days=1) < desk.case.received
