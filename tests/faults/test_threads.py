"""Threads: whose mail it is on which case, and what a forged, shared, outdated or doubtful thread may do (T18 to T25).

Each test asks for three things: what stands on the case, what went out, and what waits for a person.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest

from mailbot.core.messages import OpenedMail
from mailbot.core.model import Case, Contact, Standing, State
from mailbot.core.outbox import Status
from mailbot.core.tokens import make_message_id, make_token, plus_address
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import DESK, REPORT

CHARGE = "We are in charge. Please send the details here.\n"
OTHER_SITE = REPORT.replace("https://shop.example.jp/search", "https://bank.example.jp/transfer?to=1").replace(
    "cross-site scripting", "SQL injection"
)


@dataclass(frozen=True)
class Trace:
    """All that a mail may change."""

    state: State
    contacts: tuple[Contact, ...]
    fields: tuple[Any, ...]
    people: tuple[Any, ...]
    sent_out: int  # mails to anybody but coordinators
    waiting: int  # items that wait for approval


def trace(desk: QuickDesk, case_id: str) -> Trace:
    """What stands now."""
    case = the(desk, case_id)
    coordinators = {c.address for c in desk.coordinators}
    out = sum(mail.to.lower() not in coordinators for mail in desk.relay.taken)
    waiting = sum(item.status is Status.HELD for item in desk.store.items())
    return Trace(case.state, case.contacts, case.fields, case.participants, out, waiting)


def the(desk: QuickDesk, case_id: str) -> Case:
    """The case with that id."""
    case = desk.store.case(case_id)
    assert case is not None
    return case


def with_headers(mail: bytes, **headers: str) -> bytes:
    """The mail with these headers in place of its own."""
    for name, value in headers.items():
        field = name.replace("_", "-")
        mail = re.sub(rf"(?im)^{field}:.*(?:\r?\n[ \t].*)*\r?\n".encode(), b"", mail, count=1)
        mail = f"{field}: {value}\r\n".encode() + mail
    return mail


def why_held(desk: QuickDesk) -> list[str]:
    """Why mails are held, the latest last."""
    return [done.why for done in desk.store.dispositions("held")]


def told(desk: QuickDesk) -> int:
    """How many mails coordinator Taro got."""
    return len(desk.mail("Taro"))


def two_cases(desk: QuickDesk) -> tuple[str, str]:
    """A case of Hanako's and one of Mallory's, who reports a thing of their own."""
    desk.round(desk.write("Hanako"))
    first = desk.case.id
    desk.round(desk.write("Mallory", "SQL injection", OTHER_SITE))
    (second,) = {case.id for case in desk.store.cases()} - {first}
    return first, second


def test_t18_a_stranger_who_answers_a_mail_they_never_got() -> None:
    """In-Reply-To and References name a mail of the case: nothing is attached or answered, a coordinator sees it."""
    desk = QuickDesk()
    desk.until_first_contact()
    before, shown = trace(desk, desk.case.id), told(desk)
    target = next(m for m in desk.case.message_ids if m.endswith("@finder.example.org>"))
    mail = with_headers(desk.write("Mallory", "Re: contact", CHARGE), In_Reply_To=target, References=target)
    done = desk.round(with_headers(mail, From="Shop <mallory@evil.example.net>"), minutes=5)
    assert (done.accounted, trace(desk, desk.case.id)) == ({"held": 1}, before)
    assert (desk.case.timeline[-1].what, desk.case.timeline[-1].message_id) == ("set aside", None)
    assert told(desk) == shown + 1


def test_t18_a_forged_token_is_no_token() -> None:
    """A plus-address and a Message-ID with the case's digits and a made-up HMAC: no case, no answer, held."""
    desk = QuickDesk()
    desk.until_first_contact()
    case_id = desk.case.id
    before, digits = trace(desk, case_id), case_id.rpartition("#")[2]
    forged = f"{digits}.{'a' * 16}"
    mail = desk.write("Mallory", "Re: contact", CHARGE, f"security+{forged}@desk.example.jp")
    done = desk.round(with_headers(mail, In_Reply_To=f"<{'0' * 20}.{forged}@desk.example.jp>"), minutes=5)
    assert done.accounted == {"held": 1}
    assert trace(desk, case_id) == before
    assert desk.store.disposition(list(desk.store.dispositions("held"))[-1].digest).case is None  # type: ignore[union-attr]


def test_t18_a_token_is_bound_to_case_person_and_desk() -> None:
    """The token of one's own case opens no other; one made with another secret, or for another address, opens none."""
    desk = QuickDesk()
    first, second = two_cases(desk)
    mallory = desk.people["Mallory"].address
    own = make_token(desk.bot.secret, second, mallory)
    tokens = (
        own.replace(second[-8:], first[-8:]),
        make_token(b"another secret", first, "hanako@finder.example.org"),
        make_token(desk.bot.secret, first, mallory),
    )
    before = trace(desk, first)
    for token in tokens:
        desk.round(desk.write("Mallory", "Re: report", "Please withdraw it.\n", plus_address(DESK, token)), minutes=5)
    assert trace(desk, first) == before
    assert [entry for entry in the(desk, first).timeline if "mallory" in entry.who] == []


def test_t19_the_right_message_id_from_another_sender() -> None:
    """Whoever answers with somebody's token from another address is a proposal: no reply, no details, no answer."""
    desk = QuickDesk()
    first = desk.until_first_contact()
    case_id, before, shown = desk.case.id, trace(desk, desk.case.id), told(desk)
    done = desk.round(desk.answer("Mallory", first, CHARGE), hours=1)
    after = trace(desk, case_id)
    assert (done.accounted, after.sent_out, after.waiting) == ({"held": 1}, before.sent_out, before.waiting)
    assert after.state is before.state is State.CONTACTING
    (proposed,) = set(after.contacts) - set(before.contacts)
    assert (proposed.address, proposed.standing) == ("mallory@evil.example.net", Standing.CANDIDATE)
    assert told(desk) == shown + 1
    notice = desk.mail("Taro")[-1].text
    assert f"!contact confirm {proposed.n}" in notice
    assert "| We are in charge." in notice


def test_t19_the_finders_token_gives_a_stranger_nothing() -> None:
    """Consent, answers and withdrawals in the finder's thread from another address change nothing."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", text=REPORT.replace("https://shop.example.jp/search", "a shop")))
    question = desk.mail("Hanako")[-1]
    case_id, before = desk.case.id, trace(desk, desk.case.id)
    text = "Affected website (URL): https://evil.example/\nMay we give your name to the operator? yes\nI withdraw it.\n"
    done = desk.round(desk.answer("Mallory", question, text), hours=1)
    assert (done.accounted, trace(desk, case_id)) == ({"held": 1}, before)


@pytest.mark.parametrize("subject", ["[{0}] hello", "Re: [{0}] お尋ねの件", "{0} is mine"])
def test_t20_a_guessed_case_number_in_the_subject(subject: str) -> None:
    """A stranger who names a case learns nothing, whether it exists or not: no mail goes out for either."""
    desk = QuickDesk()
    desk.until_first_contact()
    case_id, before = desk.case.id, trace(desk, desk.case.id)
    other = case_id[:-8] + "00000000"
    desk.round(desk.write("Mallory", subject.format(case_id), "What is the status?\n"), minutes=5)
    desk.round(desk.write("Mallory", subject.format(other), "What is the status?\n"), minutes=5)
    assert trace(desk, case_id) == before
    assert desk.mail("Mallory") == []
    assert [done.case for done in desk.store.dispositions("held")] == [case_id, None]


def test_t20_a_report_that_guesses_a_case_number_is_a_report_of_its_own() -> None:
    """It opens a case of its own and leaves the named one alone."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    first, before = desk.case.id, desk.case
    desk.round(desk.write("Mallory", f"[{first}] SQL injection", OTHER_SITE), minutes=5)
    assert the(desk, first) == before
    assert len(list(desk.store.cases())) == 2


def test_t21_two_case_numbers_in_one_subject() -> None:
    """A mail that names two cases is on none: it waits for a person, also from a participant of both."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    first = desk.case.id
    desk.round(desk.write("Hanako", "SQL injection", OTHER_SITE), minutes=5)
    (second,) = {case.id for case in desk.store.cases()} - {first}
    before = (the(desk, first), the(desk, second))
    shown = told(desk)
    desk.round(desk.write("Hanako", f"Re: [{first}] [{second}]", "Both are withdrawn.\n"), minutes=5)
    assert (the(desk, first), the(desk, second)) == before
    assert (why_held(desk), told(desk)) == (["it names several cases"], shown + 1)


def test_t21_tokens_of_two_cases() -> None:
    """Written to both plus-addresses, by the one person who has both tokens: still on none."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.round(desk.write("Hanako", "SQL injection", OTHER_SITE), minutes=5)
    cases = tuple(desk.store.cases())
    to = [plus_address(DESK, make_token(desk.bot.secret, case.id, "hanako@finder.example.org")) for case in cases]
    desk.round(with_headers(desk.write("Hanako", "Re:", "Here is more.\n"), To=", ".join(to)), minutes=5)
    assert tuple(desk.store.cases()) == cases
    assert why_held(desk) == ["it names several cases"]


def test_t21_one_token_and_another_case_in_the_subject() -> None:
    """The token decides; the case that is only named in the Subject is not touched."""
    desk = QuickDesk()
    first, second = two_cases(desk)
    before = the(desk, second)
    token = make_token(desk.bot.secret, first, "hanako@finder.example.org")
    desk.round(desk.write("Hanako", f"Re: [{second}]", "Thank you.\n", plus_address(DESK, token)), minutes=5)
    assert the(desk, second) == before
    assert the(desk, first).timeline[-1].what == "reply"


@pytest.mark.parametrize("command", ["!reject OUT_OF_SCOPE", "!close withdrawn"])
def test_t22_a_reply_to_a_closed_case(command: str) -> None:
    """It stands in the history and is shown; the case stays closed, nothing is answered, no new case is opened."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command(command)
    last, before, shown = desk.mail("Hanako")[-1], trace(desk, desk.case.id), told(desk)
    text = "I do not agree. There is a SQL injection on https://shop.example.jp/search, too.\n"
    done = desk.round(desk.answer("Hanako", last, text), days=3)
    assert done.accounted == {"case": 1}
    assert trace(desk, desk.case.id) == before
    assert desk.case.timeline[-1].what == "reply"
    assert told(desk) == shown + 1
    assert "| I do not agree." in desk.mail("Taro")[-1].text


def test_t22_a_stranger_on_a_closed_case() -> None:
    """The token of a closed case from another address: held, and nobody becomes a contact point."""
    desk = QuickDesk()
    first = desk.until_first_contact()
    desk.command("!close out_of_scope")
    before = trace(desk, desk.case.id)
    done = desk.round(desk.answer("Mallory", first, CHARGE), days=1)
    after = trace(desk, desk.case.id)
    assert done.accounted == {"held": 1}
    assert (after.state, after.sent_out, after.waiting) == (State.CLOSED, before.sent_out, before.waiting)
    assert not [c for c in after.contacts if c.standing is Standing.CONFIRMED]


def ticketed(desk: QuickDesk, subject: str, text: str = CHARGE, **how: Any) -> OpenedMail:
    """The shop answers a first contact, its ticket system having put `subject` in place of ours."""
    first = desk.until_first_contact()
    how.setdefault("sender", "Shop")
    mail = desk.answer(how["sender"], first, text)
    desk.round(with_headers(mail, Subject=subject), hours=1)
    return first


@pytest.mark.parametrize(
    ("subject", "number", "written"),
    [
        ("[#123456] Re: contact", "123456", "[#123456]"),
        ("Re: [shop.example.jp #40213] contact", "40213", "[shop.example.jp #40213]"),
        ("(SUP-4711) contact", "SUP-4711", "(SUP-4711)"),
        ("Ticket ID: 48213", "48213", "Ticket ID: 48213"),
    ],
)
def test_t23_their_own_number_is_kept_and_quoted_back(subject: str, number: str, written: str) -> None:
    """Kept on the case, and in the Subject of what we write to them from then on, after our own; in no one else's."""
    desk = QuickDesk()
    ticketed(desk, subject)
    assert desk.case.field("tracking_ids") == (number,)
    desk.command(f"!approve {desk.held('details').hash}")
    details = desk.mail("Shop")[-1].subject
    assert details.startswith(f"[{desk.case.id}] ")
    assert details.endswith(f" {written}")
    assert not [m for m in desk.mail("Hanako") if number in m.subject]


def test_t23_a_machines_receipt_tells_the_number_too() -> None:
    """What a ticket system answers is no answer, but it says what the case is called there."""
    desk = QuickDesk()
    first = desk.until_first_contact()
    receipt = desk.answer("Shop", first, "お問い合わせありがとうございます。\n受付番号: 2026-00123\n")
    desk.round(with_headers(receipt, Auto_Submitted="auto-replied"), hours=1)
    assert desk.case.state is State.CONTACTING
    assert desk.case.field("tracking_ids") == ("2026-00123",)


def test_t23_a_mail_with_nothing_but_their_number_is_held() -> None:
    """From the same address, without token, reference or case number: proposed for the case, never an answer."""
    desk = QuickDesk()
    ticketed(desk, "[#123456] Re: contact")
    case_id, before, shown = desk.case.id, trace(desk, desk.case.id), told(desk)
    text = "We have fixed the vulnerability.\n"
    done = desk.round(desk.write("Shop", "[#123456] Update", text), days=1)
    assert done.accounted == {"held": 1}
    assert trace(desk, case_id) == before
    assert [d.case for d in desk.store.dispositions("held")] == [case_id]
    assert desk.case.timeline[-1].what == "set aside"
    assert told(desk) == shown + 1
    assert "| We have fixed" in desk.mail("Taro")[-1].text


def test_t23_the_same_number_from_anybody_else_leads_nowhere() -> None:
    """A stranger's ticket 123456 is another ticket; a number that the shop never gave is none."""
    desk = QuickDesk()
    ticketed(desk, "[#123456] Re: contact")
    before = desk.case
    desk.round(desk.write("Mallory", "[#123456] Update", "Fixed.\n"), minutes=5)
    desk.round(desk.write("Shop", "[#999999] Update", "Fixed.\n"), minutes=5)
    assert desk.case == before
    assert {d.case for d in desk.store.dispositions("held")} == {None}


def test_t23_a_stranger_teaches_no_number() -> None:
    """Who has the token but not the address leaves no number on the case."""
    desk = QuickDesk()
    ticketed(desk, "[#123456] Re: contact", sender="Mallory")
    assert desk.case.field("tracking_ids") is None
    assert not [e for e in desk.case.timeline if e.what == "ticket"]


def hidden(desk: QuickDesk, inner: str, outer: str, *, declared: bool = True) -> bytes:
    """An encrypted mail of Hanako with one Subject inside (protected, if `declared`: RFC 9788) and one outside."""
    hanako = desk.people["Hanako"]
    marks = ('; hp="cipher"', "HP-Outer: Subject: [...]\r\n") if declared else ("", "")
    head = f"Content-Type: text/plain; charset=utf-8{marks[0]}\r\nSubject: {inner}\r\n{marks[1]}\r\n"
    entity = f"{head}Here is more.\r\n"
    assert hanako.desk_key
    cipher = hanako.keyring.encrypt(entity.encode(), [hanako.desk_key]).replace(b"\n", b"\r\n")
    head = (
        f"From: {hanako.address}\r\nTo: {DESK}\r\nSubject: {outer}\r\n"
        f"Message-ID: <{len(outer)}.{declared}@x.example>\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
        "--b\r\nContent-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode() + cipher + b"\r\n--b--\r\n"


@pytest.mark.parametrize("outer", ["[...]", "[{second}] elsewhere", "Re: something"])
def test_t24_the_subject_inside_the_encryption_names_the_case(outer: str) -> None:
    """Whatever stands outside, the mail is on the case that the protected Subject names, and on no other."""
    desk = QuickDesk()
    first, second = two_cases(desk)
    before = the(desk, second)
    done = desk.round(hidden(desk, f"Re: [{first}] more", outer.format(second=second)), minutes=5)
    assert done.accounted == {"case": 1}
    assert the(desk, first).timeline[-1].what == "reply"
    assert "| Here is more." in desk.mail("Taro")[-1].text
    assert the(desk, second) == before


def test_t24_a_subject_that_is_not_declared_protected_names_nothing() -> None:
    """A header line inside that nothing says is the mail's own: the mail is on no case and waits for a person."""
    desk = QuickDesk()
    first, _ = two_cases(desk)
    before = the(desk, first)
    done = desk.round(hidden(desk, f"Re: [{first}] more", "[...]", declared=False), minutes=5)
    assert (done.accounted, the(desk, first)) == ({"held": 1}, before)


def test_t24_an_outer_subject_does_not_move_a_command() -> None:
    """What a coordinator signed names its case inside: another id outside changes no other case."""
    desk = QuickDesk()
    first, second = two_cases(desk)
    before = the(desk, second)
    desk.round(with_headers(desk.orders("!accept", case=first), Subject=f"[{second}] commands"), minutes=5)
    assert the(desk, second) == before
    assert the(desk, first).state is not State.TRIAGE


def test_t25_a_stranger_takes_over_a_message_id() -> None:
    """The finder's own Message-ID on a stranger's mail of another content: their case, not the finder's."""
    desk = QuickDesk()
    report = desk.write("Hanako")
    desk.round(report)
    first, before = desk.case.id, desk.case
    used = before.message_ids[0]
    desk.round(with_headers(desk.write("Mallory", "SQL injection", OTHER_SITE), Message_ID=used), minutes=5)
    assert the(desk, first) == before
    assert len(list(desk.store.cases())) == 2
    desk.round(with_headers(desk.write("Hanako", "Re: report", "Thank you.\n"), In_Reply_To=used), minutes=5)
    assert the(desk, first).timeline[-1].what == "reply"


def test_t25_a_message_id_of_ours_on_a_mail_of_theirs() -> None:
    """A mail that carries the desk's own Message-ID comes from nobody: it is ignored as our own."""
    desk = QuickDesk()
    desk.until_first_contact()
    case_id, before = desk.case.id, trace(desk, desk.case.id)
    ours = make_message_id(desk.bot.secret, "key", case_id, "mallory@evil.example.net", "desk.example.jp")
    done = desk.round(with_headers(desk.write("Mallory", "hello", CHARGE), Message_ID=ours), minutes=5)
    assert (done.accounted, trace(desk, case_id)) == ({"ignored": 1}, before)


def test_t25_to_cc_and_a_list_bring_one_mail_three_times() -> None:
    """One case and one receipt; the copy that a list rewrote is no second report either."""
    desk = QuickDesk()
    mail = with_headers(desk.write("Hanako"), Cc="security@desk.example.jp")
    copies = (
        b"Received: from one.example.net; Fri, 20 Nov 2026 09:00:00 +0900\r\n" + mail,
        b"Received: from two.example.net; Fri, 20 Nov 2026 09:00:01 +0900\r\n" + mail,
        b"List-Id: <desk.example.jp>\r\nPrecedence: list\r\n" + mail,
    )
    done = desk.round(*copies)
    assert done.accounted == {"case": 1, "ignored": 2}
    assert len(list(desk.store.cases())) == 1
    assert len(desk.items("receipt", Status.SENT)) == 1


def test_t25_an_answer_without_a_message_id_counts_and_is_answered_all_the_same() -> None:
    """Nothing refers to it, and nothing breaks."""
    desk = QuickDesk()
    mail = desk.answer("Shop", desk.until_first_contact(), CHARGE)
    desk.round(re.sub(rb"(?im)^Message-ID:.*\r?\n", b"", mail, count=1), hours=1)
    assert desk.case.contacts[0].standing is Standing.CONFIRMED
    assert "" not in desk.case.message_ids


def test_t25_the_same_bytes_again_are_accounted_for_once() -> None:
    """A mailbox that was numbered anew shows old mail as new: it is known by its content and does nothing more."""
    desk = QuickDesk()
    mail = desk.write("Hanako")
    desk.round(mail)
    before = trace(desk, desk.case.id)
    done = desk.round(mail, mail, minutes=5)
    assert (done.accounted, trace(desk, desk.case.id)) == ({"already_done": 2}, before)


def test_a_shared_address_is_two_people_in_two_cases() -> None:
    """The same agency answers for two sites: each answer is on the case whose token it carries."""
    desk = QuickDesk()
    first = desk.until_first_contact()
    one = desk.case.id
    desk.round(desk.write("Mallory", "SQL injection", OTHER_SITE), hours=1)
    (two,) = {case.id for case in desk.store.cases()} - {one}
    desk.command("!accept", case=two)
    desk.command("!contact use 1", case=two)  # by itself the desk would wait for the first answer
    held = next(i for i in desk.items("first-contact", Status.HELD) if i.case == two)
    desk.command(f"!approve {held.hash}", case=two)
    second = desk.mail("Shop")[-1]
    before = the(desk, one)
    desk.round(desk.answer("Shop", second, CHARGE), hours=1)
    assert the(desk, one) == before
    assert the(desk, two).contacts[0].standing is Standing.CONFIRMED
    desk.round(desk.answer("Shop", first, CHARGE), hours=1)
    assert the(desk, one).contacts[0].standing is Standing.CONFIRMED
