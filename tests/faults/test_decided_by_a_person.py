"""Held and quarantined mail that a person looks at: taken in anew, or taken for the report that it is."""

from dataclasses import replace

import pytest

from mailbot.core.limits import Limits
from mailbot.core.model import Role, State
from mailbot.memory import Disposition
from mailbot.reader import InProcessReader
from mailbot.service import retry
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import REPORT, RULES

SOMETHING = "Could somebody have a look at https://shop.example.jp/ for me?\n"
WHO = "taro (local shell)"


def set_aside(desk: QuickDesk) -> Disposition:
    """The one mail that waits for a person."""
    (entry,) = (*desk.store.dispositions("held"), *desk.store.dispositions("quarantined"))
    return entry


def with_limits(desk: QuickDesk, **limits: int) -> None:
    """The same desk after its configuration was changed."""
    desk.limits = Limits(**limits)
    reader = InProcessReader(desk.keyring, RULES, desk.limits)
    desk.bot = replace(desk.bot, limits=desk.limits, reader=reader)


def test_a_person_takes_held_mail_for_a_report() -> None:
    """It opens a case with receipt and question as any report; who decided it is in the history and the journal."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", "hello", SOMETHING))
    assert desk.store.cases() == ()
    outcome = retry(desk.bot, set_aside(desk), desk.now, WHO)
    assert (outcome.kind, outcome.case, outcome.why) == ("case", desk.case.id, f"{WHO} took it for a report")
    assert (desk.case.finder.role, desk.case.state) == (Role.FINDER, State.ASKING)
    assert WHO in next(entry.text for entry in desk.case.timeline if entry.what == "report")
    assert any(line.endswith(f"taken for a report by {WHO}") for line in desk.store.journal)
    desk.round(minutes=1)
    assert [m.subject.partition("] ")[2] != "" for m in desk.mail("Hanako")] == [True, True]
    assert tuple(desk.store.dispositions("held")) == ()


def test_without_the_word_of_a_person_it_is_held_again() -> None:
    """Nothing about the mail has changed: the rules say of it what they said."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", "hello", SOMETHING))
    assert retry(desk.bot, set_aside(desk), desk.now).kind == "held"


def test_the_answer_to_the_receipt_of_such_a_report_finds_its_case() -> None:
    """From then on it is a case like any other."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", "hello", SOMETHING))
    retry(desk.bot, set_aside(desk), desk.now, WHO)
    desk.round(minutes=1)
    desk.round(desk.answer("Hanako", desk.mail("Hanako")[-1], "Thank you.\n"), hours=1)
    assert "reply" in [entry.what for entry in desk.case.timeline]


def test_a_stranger_on_a_case_may_have_a_report_of_their_own() -> None:
    """Held because it names a case that its sender has no part in; the other case is left alone."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    first = desk.case
    desk.round(desk.write("Mallory", f"[{first.id}] more", "It is the same on https://other.example.jp/\n"))
    outcome = retry(desk.bot, set_aside(desk), desk.now, WHO)
    assert outcome.case not in (None, first.id)
    opened = desk.store.case(outcome.case or "")
    assert opened is not None
    assert opened.finder.address == desk.people["Mallory"].address


def test_mail_without_a_sender_can_be_no_ones_report() -> None:
    """Who would be its finder? It stays held."""
    desk = QuickDesk()
    lines = desk.write("Hanako", "report", REPORT).split(b"\r\n")
    desk.round(b"\r\n".join(line for line in lines if not line.startswith(b"From")))
    outcome = retry(desk.bot, set_aside(desk), desk.now, WHO)
    assert (outcome.kind, outcome.case, desk.store.cases()) == ("held", None, ())


def test_t48_a_person_who_decides_sends_no_second_receipt_of_the_day() -> None:
    """The cap is for whose name is in From, whoever takes the mail for a report."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"), desk.write("Hanako", "hello", SOMETHING))
    retry(desk.bot, set_aside(desk), desk.now, WHO)
    assert (len(list(desk.store.cases())), len(desk.items("receipt"))) == (2, 1)


@pytest.mark.parametrize("limit", [{"parts": 2}, {"attachments": 1}, {"header_bytes": 100}, {"decrypted_bytes": 400}])
def test_mail_over_a_limit_is_read_once_the_limit_is_raised(limit: dict[str, int]) -> None:
    """Held, nothing lost: `quarantine retry` reads all of it."""
    desk = QuickDesk()
    with_limits(desk, **limit)
    encrypted = desk.write("Hanako", "report", REPORT + "x" * 600, encrypt=True)
    plain = _with_files(desk.write("Hanako", "report", REPORT))
    desk.round(encrypted if "decrypted_bytes" in limit else plain)
    entry = set_aside(desk)
    assert desk.store.cases() == ()
    with_limits(desk)
    assert retry(desk.bot, entry, desk.now).kind == "case"
    assert desk.case.field_text("vulnerability.type") == "xss"


def _with_files(mail: bytes) -> bytes:
    """The mail with three files attached."""
    head, _, body = mail.partition(b"MIME-Version: 1.0\r\n")
    files = b"".join(
        b"--f\r\nContent-Type: image/png; name=%d.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0K\r\n" % n
        for n in range(3)
    )
    kind = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=f\r\n\r\n"
    return head + kind + b"--f\r\n" + body + b"\r\n" + files + b"--f--\r\n"
