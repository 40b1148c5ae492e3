"""Which mails are delivery reports, and what they say."""

from base64 import b64encode
from pathlib import Path

import pytest

from mailbot.core.bounces import find_bounce
from mailbot.core.messages import RawMail
from mailbot.core.parse import parse
from mailbot.core.sight import Bounce
from tests.shipped_rules import shipped_rules

MAILS = Path(__file__).resolve().parents[1] / "mails"


def found(content: bytes) -> Bounce | None:
    return find_bounce(content, parse(RawMail(content, "test")), shipped_rules().bounces)


def letter(*lines: str) -> bytes:
    return "\r\n".join(lines).encode() + b"\r\n"


def report(
    *recipients: str, head: str = "From: MAILER-DAEMON@mx.example", report_type: str = "delivery-status"
) -> bytes:
    """A multipart/report; each recipient is a block of a delivery status."""
    blocks = "\r\n\r\n".join(recipients)
    return letter(
        head,
        "Message-ID: <report@mx.example>",
        "Subject: Undelivered Mail Returned to Sender",
        f'Content-Type: multipart/report; report-type={report_type}; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "Sorry. Message-ID of the mail: see below.",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example",
        "",
        blocks,
        "",
        "--b",
        "Content-Type: message/rfc822",
        "",
        "From: security@desk.example.jp",
        "To: Web <web@shop.example.jp>",
        "Message-ID: <ours@desk.example.jp>",
        'Content-Type: multipart/mixed; boundary="c"',
        "",
        "--c",
        "Content-Type: message/rfc822",
        "",
        "Message-ID: <inner@finder.example>",
        "",
        "inner",
        "--c--",
        "--b--",
    )


def block(recipient: str = "rfc822; web@shop.example.jp", action: str = "failed", status: str = "5.1.1") -> str:
    return (
        f"Final-Recipient: {recipient}\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; 550 no;  one"
    )


def test_t47_delivery_status() -> None:
    """Recipient, status, action, reason and the Message-ID of our mail, not of what was attached to it."""
    assert found(report(block())) == Bounce(
        "web@shop.example.jp", "5.1.1", "failed", "userunknown", "<ours@desk.example.jp>", "550 no; one"
    )


def test_t47_japanese_report() -> None:
    """The words may be Japanese; the delivery status is not."""
    bounce = found((MAILS / "bounce-japanese.eml").read_bytes())
    assert bounce is not None
    assert (bounce.recipient, bounce.status, bounce.action) == ("webmaster@example.jp", "5.1.1", "failed")
    assert (bounce.reason, bounce.message_id) == ("userunknown", "<ours@desk.example.jp>")


@pytest.mark.parametrize(
    ("action", "status", "expected"),
    [
        ("failed", "5.1.1", "failed"),
        ("Failed (bad address)", "5.1.1", "failed"),
        ("delayed", "4.4.1", "delayed"),
        ("delivered", "2.0.0", "delivered"),
        ("expired", "5.4.7", "failed"),
        ("deliverable", "2.1.5", "delivered"),
        ("", "4.2.2", "delayed"),
        ("", "", "failed"),
    ],
)
def test_t47_action(action: str, status: str, expected: str) -> None:
    """The stated action if RFC 3464 knows it, else what the status class says."""
    bounce = found(report(block(action=action, status=status)))
    assert bounce is not None
    assert bounce.action == expected


def test_the_worst_recipient_is_told() -> None:
    """Of several recipients the one whose mail failed."""
    bounce = found(report(block("rfc822; a@x.example", "delayed", "4.0.0"), block("rfc822;<B@x.example>")))
    assert bounce is not None
    assert (bounce.recipient, bounce.action) == ("b@x.example", "failed")


def test_recipient_that_is_no_mail_address() -> None:
    """Behind an X.400 gateway the address that we wrote to is told."""
    x400 = "x400; /S=web/OU=shop/C=jp/\r\nOriginal-Recipient: rfc822; web@shop.example.jp"
    bounce = found(report(block(x400)))
    assert bounce is not None
    assert bounce.recipient == "web@shop.example.jp"


def test_report_without_message_id_of_its_own() -> None:
    """The Message-ID inside is found when it is the only one."""
    content = report(block()).replace(b"Message-ID: <report@mx.example>\r\n", b"")
    bounce = found(content)
    assert bounce is not None
    assert bounce.message_id == "<ours@desk.example.jp>"


def test_report_without_delivery_status() -> None:
    """A daemon's mail with a telling Subject is a report, about the recipient of what came back."""
    bounce = found(
        letter(
            "From: Mail Delivery System <MAILER-DAEMON@mx.example>",
            "Subject: 配信できません",
            'Content-Type: multipart/mixed; boundary="b"',
            "",
            "--b",
            "Content-Type: text/plain; charset=utf-8",
            "",
            "宛先が見つかりません。550 5.1.1",
            "--b",
            "Content-Type: text/rfc822-headers",
            "",
            "To: web@shop.example.jp",
            "Message-ID: <ours@desk.example.jp>",
            "",
            "--b--",
        )
    )
    assert bounce is not None
    assert (bounce.recipient, bounce.status, bounce.action) == ("web@shop.example.jp", "5.1.1", "failed")
    assert (bounce.reason, bounce.message_id) == ("userunknown", "<ours@desk.example.jp>")


FORWARDED = letter(
    "From: hanako@finder.example",
    "Message-ID: <fwd@finder.example>",
    "Subject: Fwd: Undelivered Mail Returned to Sender",
    'Content-Type: multipart/mixed; boundary="f"',
    "",
    "--f",
    "Content-Type: text/plain",
    "",
    "Your mail did not arrive, see the attached report. 5.1.1",
    "--f",
    "Content-Type: message/rfc822",
    "",
    report(block()).decode(),
    "--f--",
)


@pytest.mark.parametrize(
    "content",
    [
        FORWARDED,
        letter("From: hanako@finder.example", "Subject: Undeliverable mail leaks addresses", "", "A report. 5.1.1"),
        letter("From: root@finder.example", "Subject: mail delivery vulnerability", "", "<a@b.example> failed 5.1.1"),
        letter(
            "From: postmaster@shop.example.jp",
            "In-Reply-To: <ours@desk.example.jp>",
            "Subject: Re: delivery report form",
            "",
            "We are the right address. <web@shop.example.jp>... User unknown is what others get.",
        ),
        letter("Subject: Returned mail", "", "begin 644 x", "550 5.1.1 <a@b.example>... User unknown"),
        letter("Return-Path: <>", "From: hanako@finder.example", "Subject: 不在通知", "", "I am away until 5.1.2027."),
        letter(
            "From: Hanako <hanako@finder.example>",
            "Subject: 配信不能メールについて",
            "",
            "Your message could not be delivered to the following recipients: <web@shop.example.jp>",
            "This is what I got. 550 5.1.1 User unknown",
        ),
        letter(
            "From: hanako@finder.example",
            "Subject: Report",
            "",
            '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"a@b.example"}]}}',
        ),
        (MAILS / "empty.eml").read_bytes(),
        (MAILS / "no-headers.eml").read_bytes(),
        (MAILS / "two-senders.eml").read_bytes(),
        (MAILS / "iso-2022-jp.eml").read_bytes(),
    ],
)
def test_a_human_mail_is_no_bounce(content: bytes) -> None:
    """A forwarded report, a report about mail, a postmaster's answer, a mail of nobody, an absence notice."""
    assert found(content) is None


@pytest.mark.parametrize("kind", ["feedback-report", "disposition-notification"])
def test_other_reports_are_no_bounces(kind: str) -> None:
    """A complaint (RFC 5965) and a read receipt (RFC 8098) say nothing about delivery."""
    assert found(report(block(), report_type=kind)) is None


def test_complaint_outside_of_a_report() -> None:
    """A feedback report in a plain multipart is none either."""
    content = report(block()).replace(b"multipart/report; report-type=delivery-status", b"multipart/mixed")
    assert found(content) is not None
    assert found(content.replace(b"message/delivery-status", b"message/feedback-report")) is None


@pytest.mark.parametrize(
    ("name", "recipient", "status", "action", "reason"),
    [
        ("carrier-refused", "shop@carrier.example.jp", "", "failed", "userunknown"),
        ("mailbox-full-ja", "web@mail.example.ne.jp", "", "failed", "mailboxfull"),
        ("delayed", "web@shop.example.jp", "", "delayed", "expired"),
        ("qmail-moved", "info@shop.example.jp", "5.1.6", "failed", "hasmoved"),
        ("wrapped", "web@shop.example.jp", "5.7.1", "failed", "blocked"),
        ("notification-json", "web@shop.example.jp", "5.1.1", "failed", "userunknown"),
        ("charset-rfc2231", "web@shop.example.jp", "5.1.1", "failed", "userunknown"),
    ],
)
def test_t47_prose_and_other_forms(name: str, recipient: str, status: str, action: str, reason: str) -> None:
    """Japanese carriers' prose, delays, transcripts, a report within a report, and a service's notice."""
    bounce = found((MAILS / f"bounce-{name}.eml").read_bytes())
    assert bounce is not None
    assert (bounce.recipient, bounce.status, bounce.action, bounce.reason) == (recipient, status, action, reason)
    assert bounce.message_id == ("<sent@desk.example.jp>" if name == "charset-rfc2231" else "<ours@desk.example.jp>")


def test_t47_what_the_server_said_is_kept() -> None:
    """Besides the reason a person can read the words; they are one line of bounded length."""
    bounce = found(report(block().replace("550 no;  one", "550 5.1.1 " + "no such user " * 500)))
    assert bounce is not None
    assert bounce.diagnostic.startswith("550 5.1.1 no such user no such")
    assert len(bounce.diagnostic) == 300


def test_t47_delivery_status_written_out_as_text() -> None:
    """A report that a provider sends on as plain text is read like one; a person who quotes it sends none."""
    lines = (
        "Subject: Undelivered Mail Returned to Sender",
        "",
        "Your message could not be delivered.",
        "-----------------------------",
        "From MAILER-DAEMON  Thu Apr 29 23:34:45 2027",
        "Content-Type: multipart/report; report-type=delivery-status",
        "",
        "Reporting-MTA: dns; relay.example",
        "",
        "Final-Recipient: rfc822; web@shop.example.jp",
        "Action: failed",
        "Status: 5.2.2",
        "Diagnostic-Code: smtp; 552 5.2.2 Mailbox full",
        "",
        "Message-ID: <ours@desk.example.jp>",
    )
    bounce = found(letter("From: MAILER-DAEMON@mx.example", *lines))
    assert bounce is not None
    assert (bounce.recipient, bounce.status, bounce.reason) == ("web@shop.example.jp", "5.2.2", "mailboxfull")
    assert found(letter("From: Hanako <hanako@shop.example.jp>", "Subject: Re: your mail", *lines[1:])) is None


def test_t47_encoded_delivery_status() -> None:
    """A group of a delivery status that a gateway put into base64 is read."""
    encoded = f"Content-Transfer-Encoding: base64\r\n\r\n{b64encode(block().encode()).decode()}"
    bounce = found(report(encoded))
    assert bounce is not None
    assert (bounce.recipient, bounce.reason) == ("web@shop.example.jp", "userunknown")


def test_quota_refusal_in_the_form_of_a_receipt() -> None:
    """Mailbox programs that refuse by a disposition notification are heard; a person's client that read it is not."""
    refused = report(block(), report_type="disposition-notification").replace(
        b"Sorry. Message-ID", b"Your message was automatically rejected: Quota exceeded. Message-ID"
    )
    bounce = found(refused)
    assert bounce is not None
    assert found(refused.replace(b"MAILER-DAEMON@mx.example", b"hanako@finder.example")) is None


@pytest.mark.parametrize(
    "body",
    [
        "could not be delivered to a@b.example: 550 no\r\n" * 100_000,
        "a" * 2_000_000 + "@" * 2_000_000,
        "".join(f"<a{n}@b.example>:\r\n550 no\r\n" for n in range(50_000)),
        ("recipient address " + " " * 1_000 + "\r\n") * 2_000,
        '{"notificationType":' + "[" * 500_000,
        "--b\r\nContent-Type: message/rfc822\r\n\r\n" * 2_000,
    ],
)
def test_t47_hostile_reports_are_read_to_a_bound(body: str) -> None:
    """Of a report of megabytes the beginning and the end are looked at; whatever stands there, it is a value."""
    head = (
        "From: MAILER-DAEMON@x.example\r\nSubject: failure notice\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    )
    bounce = found((head + body).encode())
    assert bounce is None or len(bounce.diagnostic) <= 300
