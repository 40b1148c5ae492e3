"""T62: a relay let a second mail through inside a first one. It is one mail, of whoever wrote the first."""

import pytest

from mailbot.core.model import State
from tests.faults.quick_desk import QuickDesk

ENDS = (b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n\0.\r\n", b"\r\n.\0\r\n", b"\r\n.\r\n", b"\n\0.\n")
"""What servers have taken for the end of a mail (SMTP smuggling, 2023), and what NULs make of it."""


def smuggling(desk: QuickDesk, end: bytes, inner: bytes) -> bytes:
    """A letter of Mallory's that carries the dialogue for another mail, and that mail."""
    outer = desk.write("Mallory", "Hello", "I have a question about your office hours.\n")
    dialogue = (b"MAIL FROM:<taro@desk.example.jp>", b"RCPT TO:<security@desk.example.jp>", b"DATA")
    line = b"\r\n" if end.startswith(b"\r\n") else b"\n"
    return outer + end + line.join((*dialogue, inner, b"."))


@pytest.mark.parametrize("end", ENDS, ids=repr)
def test_t62_a_smuggled_command_is_not_believed(end: bytes) -> None:
    """Even one that a coordinator once signed: the case stays as it is, and nobody is told that it was accepted."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    before = desk.case
    desk.round(smuggling(desk, end, desk.orders("!accept")))
    assert desk.case.state is State.TRIAGE
    assert desk.case.participants == before.participants
    assert not desk.items("transcript")
    assert not desk.items("acceptance")
    assert sum(desk.done.accounted.values()) == 1


@pytest.mark.parametrize("end", ENDS, ids=repr)
def test_t62_a_smuggled_sender_is_nobody(end: bytes) -> None:
    """No case has the inner sender as its finder, no mail goes to them, and the mail is accounted for as one."""
    desk = QuickDesk()
    desk.round(smuggling(desk, end, desk.write("Hanako")))
    assert sum(desk.done.accounted.values()) == 1
    assert all(p.address != desk.people["Hanako"].address for case in desk.store.cases() for p in case.participants)
    assert not desk.mail("Hanako")


def test_t62_the_control() -> None:
    """The same two mails, apart, are a command that runs and a report that is answered."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.round(desk.orders("!accept"))
    assert desk.case.state is State.ACCEPTED
    assert desk.mail("Hanako")
