"""A report that says what our own mails say holds no first contact up."""

import pytest

from tests.faults.quick_desk import QuickDesk

REPORT = """脆弱性届出窓口 御中

■ 対象サイト
https://shop.example.jp/search

■ 脆弱性の種類
クロスサイト・スクリプティング

■ 再現手順
1. 検索欄に <s>a</s> と入力する
2. 「検索」を押す

■ 想定される影響
閲覧した人の画面に、次のような偽の文章を出せます。
{shown}
{ending}"""


@pytest.mark.parametrize(
    ("shown", "ending"),
    [
        ("  偽の文章", "\nお忙しいところ恐れ入りますが、よろしくお願いいたします。\n"),
        ("  ・費用は一切かかりません。営業ではありません。\n  ・添付ファイルはありません。", ""),
    ],
    ids=["closing", "quoted"],
)
def test_an_approved_first_contact_goes_out(shown: str, ending: str) -> None:
    """Neither the courtesy at the end nor a sentence of our template inside the report is a leak."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", "脆弱性のご連絡", REPORT.format(shown=shown, ending=ending)))
    desk.command("!accept")
    item = desk.held("first-contact")
    assert not (item.held_for or "").startswith("leak")
    desk.command(f"!approve {item.hash}")
    assert "https://shop.example.jp/search" in desk.mail("Shop")[-1].text
