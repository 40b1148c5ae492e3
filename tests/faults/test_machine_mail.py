"""Machines on a case: what they send is noted and shown, never answered, and never taken for an answer."""

import re
from datetime import timedelta

import pytest

from mailbot.core.model import DeadlineKind, Standing, State
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import REPORT

AWAY = "I am currently out of the office until Monday.\n"
TICKET = "Your request (12345) has been received and is being reviewed by our support staff.\n"
FORM = "お問い合わせありがとうございます。以下の内容でお問い合わせを受け付けました。\n"


def marked(mail: bytes, *headers: str) -> bytes:
    """The mail with more headers."""
    return "".join(f"{header}\r\n" for header in headers).encode() + mail


def again(mail: bytes, number: int) -> bytes:
    """The same mail as another one: with a Message-ID of its own."""
    return re.sub(
        rb"(?im)^Message-ID:.*(?:\r?\n[ \t].*)*", b"Message-ID: <n%d@shop.example.jp>" % number, mail, count=1
    )


def noted(desk: QuickDesk) -> list[str]:
    """What the case's history says of machines."""
    return [entry.text for entry in desk.case.timeline if entry.what == "automatic"]


@pytest.mark.parametrize(
    ("sort", "text", "headers", "told"),
    [
        ("absence", AWAY, ("Auto-Submitted: auto-replied",), 0),
        ("receipt", TICKET, ("Auto-Submitted: auto-generated", "X-Mailer: Zendesk Mailer"), 0),
        ("auto_reply", "Thank you.\n", ("Auto-Submitted: auto-generated",), 1),
        ("absence", AWAY + "John is no longer with the company.\n", ("Auto-Submitted: auto-replied",), 1),
        ("absence", AWAY, (), 1),
        ("receipt", TICKET, (), 1),
        ("receipt", FORM, (), 1),
    ],
)
def test_t45_a_machine_does_not_answer_for_a_contact_point(
    sort: str, text: str, headers: tuple[str, ...], told: int
) -> None:
    """With the token, from the address that was mailed: noted on the case; no clock stops, nothing is answered.

    Coordinators are shown what a person may have written; what is surely a machine's is in the history only.
    """
    desk = QuickDesk()
    first = desk.until_first_contact()
    before = (desk.case.state, desk.case.contacts, desk.case.deadlines)
    shown, sent = len(desk.mail("Taro")), len(desk.mail("Shop"))
    done = desk.round(marked(desk.answer("Shop", first, text), *headers), hours=1)
    assert (desk.case.state, desk.case.contacts, desk.case.deadlines) == before
    assert [entry.partition(":")[0] for entry in noted(desk)] == [sort]
    assert (len(desk.mail("Taro")) - shown, len(desk.mail("Shop")) - sent) == (told, 0)
    assert done.accounted["ignored"] == 1


def test_t45_a_person_who_answers_after_the_machine_is_heard() -> None:
    """The receipt of a ticket system changes nothing; the answer of its people confirms the contact point."""
    desk = QuickDesk()
    first = desk.until_first_contact()
    desk.round(marked(desk.answer("Shop", first, TICKET), "Auto-Submitted: auto-replied"), hours=1)
    assert desk.case.state is State.CONTACTING
    assert [d.kind for d in desk.case.deadlines] == [DeadlineKind.CONTACT_ANSWER]
    answer = desk.answer("Shop", first, "We are in charge. Please send it here.\n")
    desk.round(marked(answer, "Precedence: bulk", "X-Auto-Response-Suppress: All"), hours=1)
    assert [c.standing for c in desk.case.contacts] == [Standing.CONFIRMED]


def test_t44_a_loop_fills_neither_the_history_nor_the_coordinators_mailbox() -> None:
    """A machine that answers a hundred times in a day is noted five times and shown once."""
    desk = QuickDesk()
    answer = desk.answer("Shop", desk.until_first_contact(), TICKET)
    shown = len(desk.mail("Taro"))
    for number in range(20):
        desk.round(again(answer, number), minutes=1)
    assert (len(noted(desk)), len(desk.mail("Taro")) - shown) == (5, 1)
    desk.now += timedelta(days=1)
    desk.round(again(answer, 100))
    assert len(noted(desk)) == 6


def test_t44_the_vacation_program_of_a_coordinator_starts_no_loop() -> None:
    """What answers a notice is noted, and no further notice goes out that it could answer."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    before = len(desk.relay.taken)
    for number in range(3):
        away = desk.answer("Taro", desk.mail("Taro")[-1], AWAY)
        desk.round(marked(again(away, number), "Auto-Submitted: auto-replied"), minutes=5)
    assert len(desk.relay.taken) == before


def test_t44_our_own_mail_that_comes_back_does_nothing() -> None:
    """Through a forwarder or list that put itself into From: not a reply, not a report, not a notice."""
    desk = QuickDesk()
    desk.until_first_contact()
    ours = next(mail.content for mail in desk.relay.taken if mail.to == desk.people["Shop"].address)
    before, timeline = len(desk.relay.taken), desk.case.timeline
    desk.round(ours, minutes=5)
    desk.round(re.sub(rb"(?m)^From: .*$", b"From: Desk via List <list@lists.example>", ours, count=1), minutes=5)
    assert (len(desk.relay.taken), desk.case.timeline) == (before, timeline)


def test_t45_receipts_to_one_address_are_capped() -> None:
    """A ticket system whose every mail reads like a report gets the day's receipts and no more (T45, T48)."""
    desk = QuickDesk()
    for number in range(12):
        desk.round(desk.write("Mallory", f"Vulnerability report {number}", f"{REPORT}\nNumber {number}\n"), minutes=1)
    cap = desk.limits.acknowledgements_per_address_and_day
    assert (cap, len(desk.items("receipt"))) == (1, 1)
    assert len(list(desk.store.cases())) == 12
    desk.round(desk.write("Mallory", "Vulnerability report", REPORT), days=1)
    assert len(desk.items("receipt")) == cap + 1


def test_t48_all_variants_of_an_address_get_one_receipt_a_day() -> None:
    """Reports "from" one mailbox under ever new tags: a case each, one receipt, and coordinators are told of the rest.

    The day is the desk's: at midnight in Tokyo the next begins.
    """
    desk = QuickDesk()  # 18:00 in Tokyo
    hanako = desk.people["Hanako"]
    for number in range(20):
        hanako.address = f"{'Hanako' if number % 2 else 'hanako'}+{number}@Finder.example.org"
        desk.round(desk.write("Hanako", f"XSS {number}", f"{REPORT}\nNumber {number}\n"), minutes=1)
    assert (len(list(desk.store.cases())), len(desk.items("receipt"))) == (20, 1)
    told = "届出者には何も送っていません。このアドレスには本日すでに受付通知を送っています。"
    assert [told in mail.text for mail in desk.mail("Taro")[:3]] == [False, True, True]
    desk.round(desk.write("Hanako", "XSS", REPORT), hours=5)
    assert len(desk.items("receipt")) == 1
    desk.round(desk.write("Hanako", "SQL", f"{REPORT}\nAgain\n"), hours=2)
    assert len(desk.items("receipt")) == 2


@pytest.mark.parametrize(
    "header",
    [
        "Precedence: bulk",
        "X-Auto-Response-Suppress: All",
        "X-Loop: tickets@shop.example.jp",
        "List-Id: <l.lists.example>",
        "X-RT-Loop-Prevention: shop",
    ],
)
def test_t44_a_report_that_wants_no_answer_opens_a_case_without_one(header: str) -> None:
    """The case is there and coordinators know; nothing goes to the sender."""
    desk = QuickDesk()
    desk.round(marked(desk.write("Hanako"), header))
    assert len(list(desk.store.cases())) == 1
    assert (len(desk.mail("Hanako")), len(desk.mail("Taro"))) == (0, 1)


def test_t44_a_machines_report_can_be_found() -> None:
    """Marked as a machine's it opens no case and is not answered, but it is on the list of held mail."""
    desk = QuickDesk()
    done = desk.round(marked(desk.write("Hanako"), "Auto-Submitted: auto-generated"))
    assert (done.accounted["held"], list(desk.store.cases()), desk.relay.taken) == (1, [], [])
    (entry,) = desk.store.dispositions("held")
    assert (entry.sender, entry.why.startswith("a machine wrote it")) == (desk.people["Hanako"].address, True)


def test_t44_encrypted_mail_of_a_machine_is_not_told_how_to_encrypt() -> None:
    """The explanation is an automatic answer like any other."""
    desk = QuickDesk()
    mallory = desk.people["Mallory"]
    mallory.desk_key = mallory.fingerprint
    sent = desk.write("Mallory", "hello", "secret", encrypt=True)
    desk.round(marked(sent, "X-Auto-Response-Suppress: All"))
    assert desk.mail("Mallory") == []
