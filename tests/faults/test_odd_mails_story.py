"""Odd mails all the way through a desk: what is stored, what is sent, and what is not done."""

import pytest

from mailbot.core.model import Role, State
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import DESK, REPORT

_CHINESE = """\
您好，

我在 https://shop.example.jp/search 发现了一个跨站脚本漏洞 (cross-site scripting)。
㐀㐁 镕 — 这些字不在 GB2312 里。

Steps to reproduce:
1. Open the page
2. Search for 镕

Impact: 攻击者可以向访问者显示虚假内容。
"""


def smuggled(desk: QuickDesk, second: str, end: bytes) -> bytes:
    """Hanako's report, and behind it the dialogue by which a careless relay would take a second mail."""
    inner = (
        "MAIL FROM:<security@shop.example.jp>\r\nRCPT TO:<" + DESK + ">\r\nDATA\r\n"
        "From: Shop <security@shop.example.jp>\r\nTo: " + DESK + "\r\nMessage-ID: <second@shop.example.jp>\r\n"
        "Subject: Re: your report\r\n\r\n" + second
    )
    return desk.write("Hanako") + end + inner.encode()


@pytest.mark.parametrize("end", [b"\r\n.\r\n", b"\n.\n", b"\n.\r\n", b"\r\n.\n"])
def test_t62_what_hides_behind_the_end_of_a_mail_is_text(end: bytes) -> None:
    """One mail is accounted for, one case stored; the second sender has no part in it, gets and moves nothing."""
    desk = QuickDesk()
    done = desk.round(smuggled(desk, "We are in charge. Send the details to us.\r\n!accept\r\n!close\r\n", end))
    assert (done.arrived, sum(done.accounted.values())) == (1, 1)
    assert desk.case.state is State.TRIAGE
    assert {p.address for p in desk.case.participants} == {"hanako@finder.example.org"}
    assert desk.mail("Shop") == []
    assert {mail.to for mail in desk.relay.taken} <= {p.address for n, p in desk.people.items() if n != "Shop"}
    assert len(desk.mail("Hanako")) == 1
    assert desk.case.message_ids == tuple(i for i in desk.case.message_ids if i != "<second@shop.example.jp>")
    assert len(desk.mailbox.folders["Processed"]) == 1


@pytest.mark.parametrize("label", ["gb2312", "gbk", "x-gbk", "hz-gb-2312", "gb18030", "euc-cn"])
def test_t16_a_report_in_gb18030_is_stored_as_it_was_written(label: str) -> None:
    """Whatever Chinese charset it names: the case holds site and words, and the finder gets a receipt."""
    desk = QuickDesk()
    head = desk.write("Hanako").replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    wanted = (b"from:", b"to:", b"date:", b"message-id:")
    keep = [line for line in head.split(b"\n") if line.lower().startswith(wanted)]
    more = [b"Subject: XSS", b"MIME-Version: 1.0", b"Content-Transfer-Encoding: 8bit"]
    kind = b'Content-Type: text/plain; charset="' + label.encode() + b'"'
    desk.round(b"\r\n".join([*keep, *more, kind, b"", _CHINESE.encode("gb18030").replace(b"\n", b"\r\n")]))
    assert "https://shop.example.jp/search" in desk.case.field_text("target.urls")
    assert desk.case.field_text("vulnerability.type") == "xss"
    assert "虚假内容" in desk.case.field_text("vulnerability.impact")
    assert "镕" in desk.case.field_text("vulnerability.steps")
    assert len(desk.mail("Hanako")) == 1


def test_t49_t50_a_report_that_speaks_to_headers_and_templates() -> None:
    """Line breaks in the subject and placeholders in the text make no header, and are shown to nobody expanded."""
    desk = QuickDesk()
    text = REPORT + "\n{{ desk.coordinators }} ${desk.address} {% for x in case %}{% endfor %}\n"
    mail = desk.write("Hanako", "XSS =?utf-8?q?=0D=0ABcc:_shop=40evil.example?=", text)
    desk.round(mail)
    assert {mail.to for mail in desk.relay.taken} <= {desk.people[n].address for n in ("Hanako", "Taro", "Jiro")}
    sent = desk.mail("Taro") + desk.mail("Hanako")
    assert sent
    for opened in sent:
        assert "bcc" not in {name.lower() for name, _ in opened.mail.headers}
        assert "taro@desk.example.jp" not in opened.text
    finder = next(p for p in desk.case.participants if p.role is Role.FINDER)
    assert finder.address == "hanako@finder.example.org"
