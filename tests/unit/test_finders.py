"""Who wrote a letter: as they say, as they sign, as their address says."""

import pytest

from mailbot.core.extract import extract
from mailbot.core.messages import Address
from tests.shipped_rules import shipped_rules

EN = "Hello,\n\nI found an XSS in the search of https://shop.example.jp/s?q=1.\n\n"
JA = "ご担当者様\n\nhttps://shop.example.jp/s?q=1 にXSSがあります。\n\n"
ASKED = ("name", "organisation", "phone", "pgp", "email")

LETTERS: tuple[tuple[Address, str, dict[str, str]], ...] = (
    (
        Address("Jane Doe", "j@x.example"),
        EN + "Best regards,\nJane Doe\nSecurity Consultant, Kite Labs GmbH\nPhone: +49 30 5550 0123\n",
        {"name": "Jane Doe", "organisation": "Kite Labs GmbH", "phone": "+49 30 5550 0123"},
    ),
    (Address("Jane Doe", "j@x.example"), EN + "Jane\n", {"name": "Jane Doe"}),
    (Address("", "j@x.example"), EN + "Cheers\nJane Doe\n", {"name": "Jane Doe"}),
    (
        Address("jdoe", "j@x.example"),
        EN + "-- \nJane Doe | Kite Labs | +1 (555) 010-0199 | jane@kite.example\n",
        {"name": "Jane Doe", "organisation": "Kite Labs", "phone": "+1 (555) 010-0199", "email": "jane@kite.example"},
    ),
    (
        Address("Security Team", "sec@x.example"),
        EN + "Regards,\nTomás Núñez\nKite University, Dept. of CS\n",
        {"name": "Tomás Núñez", "organisation": "Kite University"},
    ),
    (
        Address("J D", "j@x.example"),
        EN + "Thanks,\nJ. D. Miller\n(University of Kite)\n",
        {"name": "J. D. Miller", "organisation": "University of Kite"},
    ),
    (Address("tidepool", "t@x.example"), EN + "tidepool\n", {"name": "tidepool"}),
    (
        Address("Kite CERT", "cert@kite.example"),
        EN + "Kind regards,\nMaria Lund\nKite CERT\nTel. +47 5550 0100\n"
        "PGP: 0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567\n",
        {
            "name": "Maria Lund",
            "organisation": "Kite CERT",
            "phone": "+47 5550 0100",
            "pgp": "0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567",
        },
    ),
    (
        Address("Ana Prado", "a@x.example"),
        EN + "My name is Ana Prado and I work for Litoral Bank in Recife.\n\nAna\n",
        {"name": "Ana Prado", "organisation": "Litoral Bank"},
    ),
    (
        Address("Ana Prado", "a@x.example"),
        EN + "You can reach me at +55 81 5550 0133.\n\nAna Prado\n"
        "Key fingerprint: 0123456789ABCDEF0123456789ABCDEF01234567\n",
        {"name": "Ana Prado", "phone": "+55 81 5550 0133", "pgp": "0123456789ABCDEF0123456789ABCDEF01234567"},
    ),
    (
        Address("Ana Prado", "a@x.example"),
        "Hello,\n\nI'm Ana Prado, a researcher at Litoral Sec. I found an XSS in https://shop.example.jp/.\n\nAna\nhttps://litoral.example/\n",
        {"name": "Ana Prado", "organisation": "Litoral Sec"},
    ),
    (
        Address("Ana Prado", "a@x.example"),
        EN + "Yours sincerely,\n\nAna Prado\nHead of Research\nLitoral Sec Ltda.\n\nSent from my iPhone\n",
        {"name": "Ana Prado", "organisation": "Litoral Sec Ltda."},
    ),
    (
        Address("A. Prado", "a@x.example"),
        EN + "Best,\nAna Prado (she/her)\nLitoral Sec\n",
        {"name": "Ana Prado", "organisation": "Litoral Sec"},
    ),
    (
        Address("Ana Prado", "a@x.example"),
        EN + "The site's phone number is 03-5550-0100 and its contact is info@shop.example.jp.\n\nAna\n",
        {"name": "Ana Prado"},
    ),
    (
        Address("Ana Prado", "a@x.example"),
        EN + "Regards\nAna Prado\n\n> On Mon, Bob Stone wrote:\n> Regards\n> Bob Stone\n> Foo Inc.\n",
        {"name": "Ana Prado"},
    ),
    (
        Address("Ana Prado", "a@x.example"),
        EN + "We at Litoral Sec found this during a test.\n\nAna Prado\n",
        {"name": "Ana Prado", "organisation": "Litoral Sec"},
    ),
    (
        Address("Ana Prado", "a@x.example"),
        EN + "I am a customer of Shop Inc. and saw it by chance.\n\nAna Prado\n",
        {"name": "Ana Prado"},
    ),
    (
        Address("Ana Prado", "a@x.example"),
        EN + "PGP: https://litoral.example/key.txt (0x0123456789ABCDEF)\n\nAna Prado\n",
        {"name": "Ana Prado", "pgp": "https://litoral.example/key.txt"},
    ),
    (Address("川辺 涼", "r@x.example.jp"), JA + "よろしくお願いいたします。\n\n川辺 涼\n", {"name": "川辺 涼"}),
    (
        Address("", "r@x.example.jp"),
        JA + "以上です。\n\n碧海大学 情報学部 3年\n川辺 涼\n電話:090-5550-0100\n",
        {"name": "川辺 涼", "organisation": "碧海大学 情報学部", "phone": "090-5550-0100"},
    ),
    (
        Address("Ryo", "r@x.example.jp"),
        JA + "株式会社碧海システムの川辺と申します。\n\n"
        "―――――――――――\n株式会社碧海システム\nセキュリティ推進室\n川辺 涼 (かわべ りょう)\n"
        "TEL 03-5550-0100 / FAX 03-5550-0101\n"
        "Mail kawabe@aomi.example.jp\n―――――――――――\n",
        {
            "name": "川辺 涼",
            "organisation": "株式会社碧海システム",
            "phone": "03-5550-0100",
            "email": "kawabe@aomi.example.jp",
        },
    ),
    (
        Address("川辺", "r@x.example.jp"),
        "川辺涼と申します。会社員です。\nhttps://shop.example.jp/s?q=1 にXSSがあります。\n",
        {"name": "川辺涼"},
    ),
    (
        Address("info", "info@aomi.example.jp"),
        JA + "碧海セキュリティ研究所の川辺 涼です。上記ご報告します。\n",
        {"name": "川辺 涼", "organisation": "碧海セキュリティ研究所"},
    ),
    (Address("夜鷹", "y@x.example.jp"), JA + "夜鷹(ハンドルネーム)\n", {"name": "夜鷹"}),
    (
        Address("川辺 涼", "r@x.example.jp"),
        JA + "連絡先は 090-5550-0100 です(平日夜のみ)。\n\n川辺\n",
        {"name": "川辺 涼", "phone": "090-5550-0100"},
    ),
    (
        Address("川辺 涼", "r@x.example.jp"),
        JA + "サイトの代表電話 03-5550-0100 には連絡していません。\n\n川辺\n",
        {"name": "川辺 涼"},
    ),
    (
        Address("川辺 涼", "r@x.example.jp"),
        JA + "川辺 涼\n碧海市役所 情報政策課\n直通 0566-55-0100\n",
        {"name": "川辺 涼", "organisation": "碧海市役所 情報政策課", "phone": "0566-55-0100"},
    ),
    (
        Address("川辺 涼", "r@x.example.jp"),
        JA + "川辺涼@碧海高専\nPGP鍵指紋 0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567\n",
        {"name": "川辺 涼", "pgp": "0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567"},
    ),
    (
        Address("KAWABE Ryo", "r@x.example.jp"),
        JA + "私は碧海病院で看護師をしている川辺涼です。\n",
        {"name": "川辺涼", "organisation": "碧海病院"},
    ),
    (
        Address("川辺 涼 (碧海システム)", "r@x.example.jp"),
        JA + "川辺\n",
        {"name": "川辺 涼", "organisation": "碧海システム"},
    ),
    (Address("Kawabe, Ryo", "r@x.example.jp"), JA + "川辺 涼 拝\n", {"name": "川辺 涼"}),
    (
        Address("川辺", "r@x.example.jp"),
        JA + "敬具\n\n一般社団法人碧海情報保護協会\n事務局 川辺 涼\n〒444-0000 愛知県碧海市1-2-3\n電話 0566(55)0100\n",
        {"name": "川辺 涼", "organisation": "一般社団法人碧海情報保護協会", "phone": "0566(55)0100"},
    ),
)


@pytest.mark.parametrize(("sender", "text", "stated"), LETTERS, ids=[text[-30:] for _, text, _ in LETTERS])
def test_the_finder_is_known_by_what_the_letter_says(sender: Address, text: str, stated: dict[str, str]) -> None:
    """Name, organisation, telephone, key and address are the finder's, and nobody else's."""
    fields = {f.name: f.value for f in extract(text, "report", shipped_rules(), (), sender).fields}
    found = {name: fields[f"reporter.{name}"] for name in ASKED if f"reporter.{name}" in fields}
    assert {name: plain(str(value)) for name, value in found.items()} == {
        name: plain(value) for name, value in {"email": sender.address, **stated}.items()
    }


def plain(value: str) -> str:
    """Without white space."""
    return "".join(value.split())
