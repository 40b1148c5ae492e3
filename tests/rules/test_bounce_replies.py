"""What mail servers of all kinds say is read as the reason it stands for, whoever's report it comes in."""

from pathlib import Path

import pytest

from mailbot.core.bounce_reasons import Evidence, from_example, reason_of
from mailbot.core.bounces import find_bounce
from mailbot.core.messages import RawMail
from mailbot.core.parse import parse
from tests.shipped_rules import shipped_rules

_TABLE = Path(__file__).with_name("bounce_replies.txt")
_EVERY = 7  # the frames are many; each gets a part of the table
_HEAD = """Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: security@desk.example.jp
Subject: Undelivered Mail Returned to Sender

"""
_RETURNED = """
Received: from mail.desk.example.jp by mx.example; Thu, 29 Apr 2027 00:00:00 +0900
From: security@desk.example.jp
To: hanako@shop.example
Message-ID: <1@desk.example.jp>

"""
_SENDMAIL = """   ----- The following addresses had permanent fatal errors -----
<hanako@shop.example>
    (reason: {said})

   ----- Transcript of session follows -----
... while talking to mx.shop.example.:
>>> {step}
<<< {said}
554 5.0.0 Service unavailable

   ----- Original message follows -----
"""
_POSTFIX = """This is the mail system at host mx.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<hanako@shop.example>: host relay.shop.example[192.0.2.1] said:
    {said} (in reply to {step}
    command)
"""
_EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  hanako@shop.example
    host mx.shop.example [192.0.2.1]
    SMTP error from remote mail server after {step}:
    {said}

------ This is a copy of the message, including all the headers. ------
"""
_QMAIL = """Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<hanako@shop.example>:
192.0.2.1 {step}
Remote host said: {said}
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.
"""
_SENDER = "MAIL FROM:<security@desk.example.jp>"
FRAMES = {
    "sendmail": (_SENDMAIL, {"rcpt": "RCPT To:<hanako@shop.example>", "data": "DATA", "mail": _SENDER}),
    "postfix": (_POSTFIX, {"rcpt": "RCPT TO", "data": "end of DATA", "mail": "MAIL FROM"}),
    "exim": (
        _EXIM,
        {"rcpt": "RCPT TO:<hanako@shop.example>", "data": "end of data", "mail": f"{_SENDER} SIZE=2048"},
    ),
    "qmail": (_QMAIL, {"rcpt": "does not like recipient.", "data": "failed after I sent the message."}),
}


def _table() -> list[tuple[str, Evidence]]:
    reasons, rows = "", []
    for line in _TABLE.read_text("utf-8").splitlines():
        if line.startswith("["):
            reasons = line.strip("[]")
        elif line and not line.startswith("#"):
            rows.append((reasons, from_example(line)))
    return rows


def _floor(wrong: list[str], total: int, floor: float) -> None:
    print(f"{total - len(wrong)} of {total}", *wrong, sep="\n  ")  # noqa: T201  # the score, for `pytest -s`
    assert 1 - len(wrong) / total >= floor


def test_replies_of_servers() -> None:
    """A thousand replies give the reason that they stand for, but for a few that no general rule reads."""
    rows = _table()
    found = [(reasons, evidence.said, reason_of(evidence, shipped_rules().bounces)) for reasons, evidence in rows]
    _floor([f"{reason}: {row}" for *row, reason in found if reason not in row[0].split("/")], len(rows), 0.98)


@pytest.mark.parametrize("name", FRAMES)
def test_replies_in_the_reports_of_mailers(name: str) -> None:
    """The words that a mailer puts around the server's change neither reason nor recipient."""
    frame, steps = FRAMES[name]
    rows = [(r, e) for r, e in _table() if e.command in steps and e.said[:1].isdigit() and not e.host][::_EVERY]
    wrong = []
    for reasons, evidence in rows:
        report = frame.format(said=evidence.said, step=steps[evidence.command])
        content = f"{_HEAD}{report}{_RETURNED}".encode()
        bounce = find_bounce(content, parse(RawMail(content, "test")), shipped_rules().bounces)
        if bounce is None or bounce.recipient != "hanako@shop.example" or bounce.reason not in reasons.split("/"):
            wrong.append(f"{reasons}: {evidence.said}: {bounce and (bounce.reason, bounce.recipient)}")
    _floor(wrong, len(rows), 0.95)
