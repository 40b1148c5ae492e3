"""What is read from a mail as a whole: from its text, the files that it brings, and nothing of our own."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from mailbot.core.layers import NOT_ENCRYPTED
from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail
from mailbot.ports import Reading
from mailbot.reader import read
from tests.fakes_keyring import FakeKeyring
from tests.shipped_rules import shipped_rules

DESK = FakeKeyring("Desk", "security@desk.example.jp")
REPORT = """検索画面にクロスサイト・スクリプティングの脆弱性を発見しました。

URL: https://shop.example.co.jp/search?q=test
再現手順:
1. 検索欄にタグを入力する
2. 検索ボタンを押す

影響: 偽の情報が表示される恐れがあります。
"""
LETTER = "届出書を添付します。\n"


def reading(mail: EmailMessage) -> Reading:
    """The mail from Hanako, read with the shipped rules."""
    mail["From"], mail["Subject"] = "hanako@finder.example.org", "脆弱性の届出"
    return read(RawMail(mail.as_bytes(policy=SMTP), "test"), DESK, shipped_rules(), Limits())


def letter(content: bytes, name: str, text: str = LETTER, kind: str = "plain") -> EmailMessage:
    """A letter with one file."""
    mail = EmailMessage()
    mail.set_content(text)
    mail.add_attachment(content, "text", kind, filename=name, disposition="attachment")
    return mail


@pytest.mark.parametrize("charset", ["utf-8", "cp932", "iso-2022-jp"])
def test_a_report_in_a_text_file_is_read(charset: str) -> None:
    """The letter says no more than that the report is attached; nobody is asked for what stands in the file."""
    found = reading(letter(REPORT.encode(charset), "report.txt"))
    stated = {field.name: field.value for field in found.understanding.fields}
    assert found.understanding.missing == ()
    assert stated["target.urls"] == ("https://shop.example.co.jp/search?q=test",)
    assert found.opened.text == LETTER.strip()


def test_a_report_in_an_encrypted_text_file_is_read() -> None:
    """As above, for the file that is attached encrypted beside a letter in clear."""
    mail = EmailMessage()
    mail.set_content(LETTER)
    secret = DESK.encrypt(REPORT.encode("cp932"), [DESK.own])
    mail.add_attachment(secret, "application", "octet-stream", filename="report.txt.pgp")
    assert reading(mail).understanding.missing == ()


def test_a_file_beside_a_complete_report_adds_nothing() -> None:
    """A log that is attached names other places; the report has said which one it is about."""
    log = b"GET https://other.example.net/ 200\n1. x\n2. y\n"
    found = reading(letter(log, "access.txt", REPORT)).understanding
    assert [f.value for f in found.fields if f.name == "target.urls"] == [("https://shop.example.co.jp/search?q=test",)]


def test_our_own_lines_are_not_the_senders_words() -> None:
    """What tells decrypted text from clear text stands in no field."""
    mail = EmailMessage()
    secret = DESK.encrypt(REPORT.encode(), [DESK.own]).decode()
    mail.set_content(f"{LETTER}\n{secret}\n")
    found = reading(mail)
    assert NOT_ENCRYPTED in found.opened.text
    assert not any(NOT_ENCRYPTED in str(field.value) for field in found.understanding.fields)
