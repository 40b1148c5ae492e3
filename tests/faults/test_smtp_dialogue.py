"""T57: every step of the dialogue with the relay goes wrong in every way, and what that means for the mail."""

from itertools import product

import pytest

from mailbot.adapters.smtp import SmtpSender
from mailbot.errors import MailbotError, PermanentError, TransientError, UncertainError, UnreachableError
from tests.sealing import sealed
from tests.servers_rude import DROP, FLOOD, HANG, RudeRelay, to_relay

ENTRY = ("GREETING", "EHLO", "STARTTLS", "AUTH")
ENVELOPE = ("MAIL", "RCPT", "DATA")
BROKEN = {
    "drop": DROP,
    "hang": HANG,
    "flood": FLOOD,
    "garbage": "¡hola! no SMTP here",
    "overlong": "250 " + "x" * 9_000,
    "number": "2",
    "above": "650 beyond all classes",
    "not yet": "150 wait",
}
LATER, NEVER = "451 4.3.0 later", "554 5.7.1 never"
CASES = [
    *((step, "later", LATER, UnreachableError) for step in ENTRY),
    *((step, "never", NEVER, UnreachableError) for step in ENTRY),
    *((step, name, BROKEN[name], UnreachableError) for step, name in product(ENTRY, BROKEN)),
    *((step, "later", LATER, TransientError) for step in (*ENVELOPE, "END")),
    *((step, "never", NEVER, PermanentError) for step in (*ENVELOPE, "END")),
    *((step, name, BROKEN[name], TransientError) for step, name in product(ENVELOPE, BROKEN)),
    *(("END", name, answer, UncertainError) for name, answer in BROKEN.items()),
]


def send(sender: SmtpSender, to: str = "hanako@example.com", content: bytes = b"Subject: x\r\n\r\ntext\r\n") -> None:
    sender.send(sealed("<1@desk.example.jp>", "security@desk.example.jp", to, content))


@pytest.mark.parametrize(("step", "name", "answer", "error"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_t57_what_goes_wrong_at_a_step(
    relay: RudeRelay, step: str, name: str, answer: str, error: type[MailbotError]
) -> None:
    """Before MAIL it says nothing of the mail; until the last line nothing was taken; after it only 2, 4 and 5 count.

    The next mail goes through on a connection that has nothing left over.
    """
    relay.script(step, answer)
    sender = to_relay(relay, 0.5 if answer == HANG else 20)
    with pytest.raises(MailbotError) as caught:
        send(sender)
    assert caught.type is error
    assert bool(relay.taken) == (step == "END")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    sender.close()
    again = to_relay(relay)
    send(again, "next@example.com")
    again.close()
    assert [to for to, _ in relay.taken][-1] == "next@example.com"


@pytest.mark.parametrize("answer", ["421 4.4.2 closing", *BROKEN.values()])
def test_t57_whatever_follows_an_accepted_mail_is_no_doubt(relay: RudeRelay, answer: str) -> None:
    """The relay took the mail; that it fails when asked for the next one, or at QUIT, changes nothing about it.

    The next one was not handed over, so it goes through on a new connection.
    """
    sender = to_relay(relay, 0.5 if answer == HANG else 20)
    send(sender)
    relay.script("MAIL", answer)
    send(sender, "next@example.com")
    relay.script("QUIT", answer)
    sender.close()
    assert [to for to, _ in relay.taken] == ["hanako@example.com", "next@example.com"]
    assert relay.connections == 2


@pytest.mark.parametrize(("answer", "error"), [(LATER, TransientError), (NEVER, PermanentError)])
def test_t57_a_kept_connection_asks_once(relay: RudeRelay, answer: str, error: type[MailbotError]) -> None:
    """What the relay says to the second mail is about that mail: it is not asked again over a new connection."""
    sender = to_relay(relay)
    send(sender)
    relay.script("MAIL", answer)
    with pytest.raises(MailbotError) as caught:
        send(sender, "next@example.com")
    sender.close()
    assert caught.type is error
    assert ([to for to, _ in relay.taken], relay.connections) == (["hanako@example.com"], 1)


@pytest.mark.parametrize("answer", [LATER, NEVER, *BROKEN.values()])
def test_t57_what_is_left_of_a_refused_mail_is_cleared(relay: RudeRelay, answer: str) -> None:
    """Before the next mail the relay is told to forget it; where that fails, the next one has a new connection."""
    sender = to_relay(relay, 0.5 if answer == HANG else 20)
    relay.script("RCPT", LATER)
    with pytest.raises(TransientError):
        send(sender)
    relay.script("RSET", answer)
    send(sender, "next@example.com")
    sender.close()
    assert ([to for to, _ in relay.taken], relay.connections) == (["next@example.com"], 2)


def test_t57_accepted_mails_need_no_clearing(relay: RudeRelay) -> None:
    """After a mail that was taken nothing is left over (RFC 5321 4.1.1.4)."""
    sender = to_relay(relay)
    for number in range(3):
        send(sender, f"{number}@example.com")
    sender.close()
    assert (len(relay.taken), relay.connections) == (3, 1)
    assert not [command for command in relay.commands if command.startswith("RSET")]


def test_t57_a_relay_that_goes_away_while_the_text_leaves_took_nothing(relay: RudeRelay) -> None:
    """A large mail that breaks off before its last line is no doubt; it is simply sent again."""
    relay.leaves_after = 1_000
    sender = to_relay(relay)
    with pytest.raises(MailbotError) as caught:
        send(sender, content=b"Subject: x\r\n\r\n" + b"x\r\n" * 3_000_000)
    sender.close()
    assert (caught.type, relay.taken) == (TransientError, [])


def test_t57_a_large_mail_leaves_in_pieces_and_arrives_whole(relay: RudeRelay) -> None:
    """Each piece has the time of one answer; dots at line starts are the mail's own."""
    sender = to_relay(relay)
    content = b"Subject: x\r\n\r\n" + b".dots and text\r\n" * 200_000
    send(sender, content=content)
    sender.close()
    ((_, text),) = relay.taken
    assert text.replace(b"\r\n..", b"\r\n.") == content + b".\r\n"


def test_t57_one_recipient_each_and_a_refused_one_is_seen(relay: RudeRelay) -> None:
    """No transaction carries two recipients, so none can be refused inside one that is accepted."""
    sender = to_relay(relay)
    relay.script("RCPT", "250 OK", NEVER, LATER, "250 OK")
    results = []
    for number in range(4):
        try:
            send(sender, f"{number}@example.com")
            results.append("sent")
        except MailbotError as exc:
            results.append(type(exc).__name__)
    sender.close()
    assert results == ["sent", "PermanentError", "TransientError", "sent"]
    assert [to for to, _ in relay.taken] == ["0@example.com", "3@example.com"]
    verbs = [command.split()[0] for command in relay.commands]
    assert (verbs.count("MAIL"), verbs.count("RCPT"), relay.connections) == (4, 4, 1)
