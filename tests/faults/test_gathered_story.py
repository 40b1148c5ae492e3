"""One operator, several findings: what falls due together is asked in one mail, and every case keeps its own record."""

from dataclasses import replace

import pytest

from mailbot.core.limits import Limits
from mailbot.core.messages import OpenedMail, SealedMail
from mailbot.core.model import Case, Standing, State
from mailbot.core.outbox import OutboxItem, Status
from mailbot.errors import PermanentError, TransientError
from mailbot.memory import Change
from tests.faults.quick_desk import QuickDesk, Relay
from tests.faults.world import REPORT

SITES = tuple(REPORT.replace("shop.", f"{name}.shop.") for name in ("one", "two", "three"))
TOGETHER = "status-of-several"


def notified(count: int = 3) -> QuickDesk:
    """So many cases of one operator, by as many finders, with the details sent on one day."""
    desk = QuickDesk(Limits(command_age_days=400), first_contact="auto")
    for text, who in zip(SITES[:count], ("Hanako", "Mallory", "Jiro"), strict=False):
        writer = who if who != "Jiro" else "Hanako"
        desk.round(desk.write(writer, f"report of {who}", text), minutes=5)
    for case in tuple(desk.store.cases()):
        desk.command("!accept", case=case.id)
    desk.round(hours=1)
    (asked,) = desk.mail("Shop")
    desk.round(desk.answer("Shop", asked, "We are in charge. Please send it here.\n"), hours=1)
    for item in desk.items("details", Status.HELD):
        desk.command(f"!approve {item.hash}", case=item.case)
    desk.round(minutes=1)
    assert {case.state for case in desk.store.cases()} == {State.NOTIFIED}
    return desk


def cases(desk: QuickDesk) -> list[Case]:
    """All of them, the oldest first."""
    return sorted(desk.store.cases(), key=lambda case: case.received)


def until_gathered(desk: QuickDesk) -> OpenedMail:
    """Days pass until the first request; the mail."""
    before = len(desk.mail("Shop"))
    for _ in range(12):
        desk.round(days=1)
        if len(desk.mail("Shop")) > before:
            break
    (mail,) = desk.mail("Shop")[before:]
    return mail


def sent_lines(case: Case) -> list[str]:
    """What went out for the case, as its history has it."""
    return [entry.text for entry in case.timeline if entry.what == "sent"]


def test_one_mail_asks_about_all() -> None:
    """It names every case with its site, says nothing of the findings, and each history has its own line."""
    desk = notified()
    mail = until_gathered(desk)
    oldest, *others = cases(desk)
    assert mail.subject.startswith(f"[{oldest.id}] ")
    for case, name in zip((oldest, *others), ("one", "two", "three"), strict=True):
        assert case.id in mail.text
        assert f"{name}.shop.example.jp" in mail.text
        assert any("details-reminder to" in line or TOGETHER in line for line in sent_lines(case))
    assert "hanako" not in mail.text.lower()
    assert len(desk.items(TOGETHER, Status.SENT)) == 1
    assert desk.items("details-reminder", Status.SENT) == []


def test_months_bring_one_mail_each_time() -> None:
    """Until the ladder ends, the operator never gets two requests on one day, and no request twice."""
    desk = notified(2)
    already = len(desk.mail("Shop"))
    days: list[int] = []
    for day in range(100):
        before = len(desk.mail("Shop"))
        desk.round(days=1)
        days += [day] * (len(desk.mail("Shop")) - before)
    assert len(days) == len(set(days)) == len(desk.items(TOGETHER, Status.SENT)) == 6
    assert len(desk.mail("Shop")) == already + 6
    for case in cases(desk):
        assert len([line for line in sent_lines(case) if "status-request to" in line or TOGETHER in line]) >= 4
    last = desk.mail("Shop")[-1]
    assert "last mail" in last.subject or "最後" in last.subject


@pytest.mark.parametrize("text", ["修正しました。\n", "該当しません。\n"])
def test_which_case_an_answer_means_a_person_says(text: str) -> None:
    """No case is taken for mended by it; the notice names all of them, every history has it, nobody is reminded."""
    desk = notified()
    mail = until_gathered(desk)
    desk.round(desk.answer("Shop", mail, text), hours=1)
    assert {case.state for case in cases(desk)} == {State.NOTIFIED}
    oldest, *others = cases(desk)
    notice = next(m for m in reversed(desk.mail("Taro")) if m.subject.startswith(f"[{oldest.id}]"))
    assert all(case.id in notice.text for case in cases(desk))
    for case in others:
        assert any(entry.what == "heard" for entry in case.timeline)
    count = len(desk.mail("Shop"))
    for _ in range(8):
        desk.round(days=1)
    assert len(desk.mail("Shop")) == count, "receipt is not asked for again"
    for case in cases(desk):
        assert "done" in desk.command("!fix reported", case=case.id)
    assert {case.state for case in cases(desk)} == {State.FIX_REPORTED}


def test_an_answer_without_the_thread_is_no_answer_on_one_case() -> None:
    """Where the mail program drops the thread, the last mail that they got counts."""
    desk = notified()
    mail = until_gathered(desk)
    desk.round(desk.write("Shop", mail.subject, "修正しました。\n", mail.mail.reply_to[0].address), hours=1)
    assert {case.state for case in cases(desk)} == {State.NOTIFIED}


def test_an_answer_to_the_mail_of_one_case_counts_for_it() -> None:
    """The details of one case were answered: that one moves, and is not asked about with the others."""
    desk = notified()
    details = [m for m in desk.mail("Shop") if "details" in m.mail.subject.lower() or "詳" in m.mail.subject]
    own = next(m for m in details if m.subject.startswith(f"[{cases(desk)[1].id}]"))
    desk.round(desk.answer("Shop", own, "修正しました。\n"), hours=1)
    assert [case.state for case in cases(desk)] == [State.NOTIFIED, State.FIX_REPORTED, State.NOTIFIED]
    mail = until_gathered(desk)
    assert cases(desk)[1].id not in mail.text


def test_a_bounce_counts_for_all_cases_that_the_mail_was_for() -> None:
    """The address is dead for each of them, and coordinators hear of each."""
    desk = notified()
    until_gathered(desk)
    (item,) = desk.items(TOGETHER, Status.SENT)
    desk.round(bounce_of(item, desk), hours=1)
    assert [case.contacts[0].standing for case in cases(desk)] == [Standing.DEAD] * 3


def bounce_of(item: OutboxItem, desk: QuickDesk) -> bytes:
    """A delivery report of the operator's server about that mail."""
    address = desk.people["Shop"].address
    return (
        f"From: MAILER-DAEMON@shop.example.jp\r\nTo: {desk.bot.desk.address}\r\nSubject: Undelivered Mail\r\n"
        "MIME-Version: 1.0\r\nMessage-ID: <b1@shop.example.jp>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.shop.example.jp\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 user unknown\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {item.message_id}\r\n\r\n--b--\r\n"
    ).encode()


def test_a_bounced_first_contact_counts_for_those_that_follow() -> None:
    """They waited for its answer: nobody writes to that address again."""
    desk = QuickDesk(first_contact="auto")
    for text, who in zip(SITES[:2], ("Hanako", "Mallory"), strict=True):
        desk.round(desk.write(who, f"report of {who}", text), minutes=5)
    for case in cases(desk):
        desk.command("!accept", case=case.id)
    desk.round(hours=1)
    (item,) = desk.items("first-contact", Status.SENT)
    desk.round(bounce_of(item, desk), hours=1)
    for _ in range(30):
        desk.round(days=1)
    assert [case.contacts[0].standing for case in cases(desk)] == [Standing.DEAD] * 2
    assert len(desk.mail("Shop")) == 1


class Refusing(Relay):
    """A relay that takes no mail to one address."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address

    def send(self, mail: SealedMail) -> None:
        """Take it, or refuse it for good."""
        if mail.to.lower() == self.address:
            raise PermanentError("550 no such user")
        super().send(mail)


def test_a_relay_that_refuses_is_told_to_every_case() -> None:
    """No case believes that its request went out."""
    desk = notified()
    desk.bot = replace(desk.bot, sender=Refusing(desk.people["Shop"].address))
    for _ in range(12):
        desk.round(days=1)
        if desk.items(TOGETHER):
            break
    assert [i.status for i in desk.items(TOGETHER)] == [Status.DEAD]
    for case in cases(desk):
        assert any(entry.what == "failed" for entry in case.timeline)
        assert case.contacts[0].standing is Standing.DEAD


def wait_in_vain(desk: QuickDesk) -> None:
    """Days pass until the gathered mail waits for a relay that does not answer."""
    for _ in range(12):
        desk.relay.answers = [TransientError("421 try later")] * 20
        desk.round(days=1)
        if desk.items(TOGETHER, Status.QUEUED):
            break
    desk.relay.answers = []
    assert desk.items(TOGETHER, Status.QUEUED)


@pytest.mark.parametrize("order", ["!hold", "!close not_a_vulnerability", "!contact drop 1 why"])
def test_one_that_drops_out_is_not_asked_about(order: str) -> None:
    """While the relay is away one case stops: the others ask for themselves, and it does not."""
    desk = notified()
    wait_in_vain(desk)
    stopped = cases(desk)[0]
    before = len(desk.mail("Shop"))
    desk.command(order, case=stopped.id)
    desk.round(hours=2)
    news = [mail for mail in desk.mail("Shop")[before:] if "closed" not in mail.text and "終" not in mail.subject]
    asked = [mail for mail in news if "details" in mail.text or "詳しい内容" in mail.text]
    assert not any(stopped.id in mail.text or stopped.id in mail.subject for mail in asked)
    for case in cases(desk)[1:]:
        assert len([mail for mail in asked if mail.subject.startswith(f"[{case.id}]")]) == 1
    assert desk.items(TOGETHER, Status.SENT) == []


def test_an_answer_that_comes_first_stops_the_request() -> None:
    """The relay was away, the operator wrote meanwhile: that case is not asked about any more."""
    desk = notified(2)
    wait_in_vain(desk)
    before = len(desk.mail("Shop"))
    first, second = cases(desk)
    own = next(m for m in desk.mail("Shop")[1:] if m.subject.startswith(f"[{second.id}]"))
    desk.round(desk.answer("Shop", own, "確認します。\n"), hours=2)
    asked = desk.mail("Shop")[before:]
    assert [mail.subject[1:14] for mail in asked] == [first.id]


def test_a_finders_name_in_the_place_keeps_the_mails_apart() -> None:
    """What one case's gate would take out of the mail is not let through by another's: each asks for itself."""
    desk = notified(2)
    first = cases(desk)[0]
    fields = (
        replace(f, value=("https://mallory.shop.example.jp/",)) if f.name == "target.urls" else f for f in first.fields
    )
    desk.store.apply(Change(cases=(replace(first, fields=tuple(fields)),)))
    before = len(desk.mail("Shop"))
    for _ in range(12):
        desk.round(days=1)
    assert desk.items(TOGETHER) == []
    assert len(desk.items("details-reminder", Status.SENT)) == len(desk.mail("Shop")) - before == 2
    second = cases(desk)[1].id
    assert not any("mallory" in mail.text.lower() for mail in desk.mail("Shop")[before:] if second in mail.subject)


def test_different_operators_get_different_mails() -> None:
    """One case has nobody to be gathered with: its request is the ordinary one."""
    desk = notified(1)
    until_gathered(desk)
    assert desk.items(TOGETHER) == []
    assert len(desk.items("details-reminder", Status.SENT)) == 1


@pytest.mark.parametrize("known", [{"wrote_encrypted": True}, {"fingerprint": "of the shop"}])
def test_no_case_is_asked_about_plainer_than_alone(known: dict[str, object]) -> None:
    """Who wrote encrypted on one case, or gave a key there, gets nothing of that case in a plain mail of another."""
    desk = notified(2)
    oldest, other = cases(desk)
    shop = desk.people["Shop"]
    if "fingerprint" in known:
        desk.keyring.import_key(shop.public_key)
        known = {"fingerprint": shop.fingerprint}
    contact = next(c for c in other.contacts if c.standing is Standing.CONFIRMED)
    desk.store.apply(Change(cases=(other.with_contact(replace(contact, **known)),)))  # type: ignore[arg-type]
    before = len(desk.mail("Shop"))
    for _ in range(12):
        desk.round(days=1)
    plain = [mail for mail in desk.mail("Shop")[before:] if not mail.crypto.encrypted]
    assert any(oldest.id in mail.subject for mail in plain)
    assert not any("two.shop" in mail.text or other.id in mail.text for mail in plain)
