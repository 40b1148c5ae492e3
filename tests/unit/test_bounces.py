"""Which mails are delivery reports, and what they say."""

import json
from pathlib import Path
from typing import Any

import pytest

from mailbot.core.bounces import find_bounce
from mailbot.core.classify import Bounce
from mailbot.core.messages import RawMail
from mailbot.core.parse import parse
from tests.corpus import corpus_dir, needs_corpus

MAILS = Path(__file__).resolve().parents[1] / "mails"


def found(content: bytes) -> Bounce | None:
    return find_bounce(content, parse(RawMail(content, "test")))


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
        "web@shop.example.jp", "5.1.1", "failed", "550 no; one", "<ours@desk.example.jp>"
    )


def test_t47_japanese_report() -> None:
    """The words may be Japanese; the delivery status is not."""
    bounce = found((MAILS / "bounce-japanese.eml").read_bytes())
    assert bounce == Bounce("webmaster@example.jp", "5.1.1", "failed", "", "<ours@desk.example.jp>")


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
    assert bounce == Bounce("web@shop.example.jp", "5.1.1", "failed", "", "<ours@desk.example.jp>")


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


def _expected(collection: str) -> dict[str, dict[str, Any]]:
    folder = corpus_dir()
    assert folder is not None
    table: dict[str, dict[str, Any]] = json.loads((folder / collection / "expected.json").read_text("utf-8"))
    return table


def _corpus_bounce(collection: str, name: str) -> Bounce | None:
    folder = corpus_dir()
    assert folder is not None
    return found((folder / collection / "mails" / name).read_bytes())


@needs_corpus
def test_reports_of_many_mailers() -> None:
    """Nearly every real report is found, and nearly every recipient that its status names."""
    table = {n: e for n, e in _expected("bounce-sisimai").items() if e["kind"] == "bounce"}
    bounces = {name: _corpus_bounce("bounce-sisimai", name) for name in table}
    named = {
        name: {r["recipient"].lower() for r in entry["final_recipients"]}
        for name, entry in table.items()
        if entry.get("final_recipients") and bounces[name]
    }
    right = [name for name, recipients in named.items() if getattr(bounces[name], "recipient", "") in recipients]
    assert sum(1 for b in bounces.values() if b) >= 0.97 * len(table)
    assert len(right) >= 0.99 * len(named)


@needs_corpus
def test_old_reports() -> None:
    """So are reports of older mailers, with the recipient and whether it is only a delay."""
    table = {n: e for n, e in _expected("bounce-flufl").items() if e["recipients"]}
    bounces = {name: bounce for name in table if (bounce := _corpus_bounce("bounce-flufl", name))}
    assert len(bounces) >= 0.95 * len(table)
    right = [n for n, b in bounces.items() if b.recipient in {r.lower() for r in table[n]["recipients"]}]
    assert len(right) >= 0.98 * len(bounces)
    assert all((b.action == "delayed") == table[n]["temporary"] for n, b in bounces.items())


@needs_corpus
def test_no_other_mail_is_taken_for_one() -> None:
    """Complaints, absence notices and people's mails are no delivery reports."""
    others = [name for name, entry in _expected("bounce-sisimai").items() if entry["kind"] != "bounce"]
    assert [name for name in others if _corpus_bounce("bounce-sisimai", name)] == []
    folder = corpus_dir()
    assert folder is not None
    people = ("real-reports-oss-security", "automated-dmarc", "pgp-thunderbird", "mime-mime4j")
    taken = [p.name for c in people for p in (folder / c / "mails").iterdir() if p.is_file() and found(p.read_bytes())]
    assert taken == []
