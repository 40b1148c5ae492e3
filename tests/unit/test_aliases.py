"""The other names of a finder are found where they state them, and are withheld in whatever letters they stand."""

from dataclasses import replace

import pytest

from mailbot.adapters.records import Records
from mailbot.core.aliases import MOST, aliases_in, identifying, with_aliases
from mailbot.core.disguises import bare
from mailbot.core.finder_words import identity_in
from mailbot.core.marks import Ledger
from mailbot.core.messages import Address
from mailbot.core.model import Case, Field, Participant, Role
from mailbot.core.withholding import known_of, withhold
from tests.sample_cases import DESK, WEBSITE_JA
from tests.shipped_rules import shipped_rules

EN = "Hello,\n\nI found an XSS on https://shop.example.jp/search\n\nRegards,\n"
JA = "脆弱性の報告です。\n\n{}\n所属: みなと研究会\n\n対象: https://shop.example.jp/\n再現手順:\n1. 検索欄に入れる\n"


def called(text: str, name: str = "") -> set[str]:
    """All that the mail calls its writer."""
    return {str(f.value) for f in aliases_in(text, shipped_rules(), Address(name, "hh@mail.example.com"))}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Hanako Hakken (h4k_neko)", EN + "Hanako\n", "h4k_neko"),
        ("h4k_neko", EN + "Hanako Hakken\n", "h4k_neko"),
        ("Hanako / Redwood Pentest", EN + "Hanako\n", "Redwood Pentest"),
        ("Hanako", EN + "Hanako Hakken (h4k_neko)\n", "h4k_neko"),
        ("Hanako", EN + "Hanako Hakken aka h4k_neko\n", "h4k_neko"),
        ("Hanako", EN + 'Hanako "h4k_neko" Hakken\n', "h4k_neko"),
        ("Hanako", EN + "Hanako Hakken\nHackerOne: h4k_neko\n", "h4k_neko"),
        ("Hanako", EN + "Hanako Hakken\nTwitter: @h4k_neko\n", "h4k_neko"),
        ("Hanako", EN + "Hanako Hakken\nhttps://github.com/h4k-neko\n", "h4k-neko"),
        ("Hanako", EN + "Hanako Hakken\nhttps://hakken.example.de/blog\n", "hakken.example.de"),
        ("", JA.format("氏名: 伊集院 光太郎\nハンドルネーム: kotaro_sec"), "kotaro_sec"),
        ("", JA.format("氏名: 伊集院 光太郎\nふりがな: いじゅういん こうたろう"), "いじゅういん こうたろう"),
        ("", JA.format("氏名: 伊集院 光太郎\nフリガナ\nイジュウイン コウタロウ"), "イジュウイン コウタロウ"),
        ("", JA.format("氏名（フリガナ）：伊集院 光太郎（イジュウイン コウタロウ）"), "イジュウイン コウタロウ"),
        ("", JA.format("1-1. 氏名: 伊集院 光太郎 (Kotaro Ijuin)"), "Kotaro Ijuin"),
        ("", JA.format("報告者: 伊集院 光太郎\nローマ字: Kotaro IJUIN"), "Kotaro IJUIN"),
        ("", JA.format("氏名: 伊集院 光太郎\nGitHub: https://github.com/ktr-ij"), "ktr-ij"),
    ],
)
def test_t52_another_name_is_found_where_it_is_stated(name: str, text: str, expected: str) -> None:
    """In the From line, beside the name, in a line of its own, in the signature."""
    assert expected in called(text, name)


@pytest.mark.parametrize(
    "line",
    [
        "GitHub: https://github.com/vendor",
        "URL: https://shop.example.jp/users/list",
        "サイト: 例示商店",
        "ハンドルネーム: なし",
        "Website: @media",
        "alias: $ROOT{1}",
    ],
)
def test_what_is_about_the_product_names_nobody(line: str) -> None:
    """Addresses and accounts count only where the lines say who writes."""
    assert called(f"Product X has a fault.\n\n{line}\n\nSteps:\n1. Open it.\n") <= set()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("h4k_neko", "by h4kneko"),
        ("いじゅういん こうたろう", "Ijuin Koutarou"),
        ("いじゅういん こうたろう", "イジュウイン"),
        ("いじゅういん こうたろう", "alert('ijuin')"),
        ("Kotaro Ijuin", "Ijyuuin Kohtaroh"),
        ("Kotaro Ijuin", "K.Ijuin"),
        ("Анна Иванова", "Anna Ivanova"),
        ("Юлия Щукина", "Julia Shchukina"),
        ("Jürgen Groß", "juergen.gross"),
        ("Jürgen Groß", "Jurgen Gross"),
        ("Juergen Gross", "Jürgen Groß"),
        ("Søren Østergård", "Soren Ostergard"),
        ("髙橋 﨑子", "高橋崎子"),
        ("渡辺 浩", "渡邊浩"),
        ("斎藤 広", "齋藤廣"),
        ("𠮷田 辻󠄀", "吉田辻"),
    ],
)
def test_t52_a_name_is_withheld_in_other_letters(name: str, text: str) -> None:
    """Other kana, Latin letters, old kanji: none of it is told."""
    case = replace(WEBSITE_JA, aliases=(Field("reporter.name", name, "t", 1.0),))
    out = withhold(f"1. {text}", known_of(case, DESK), Ledger("en"), "body")
    assert "[withheld: reporter's name" in out
    words = [word for word in bare(text.removeprefix("by ").removeprefix("alert")).split() if len(word) > 3]
    assert not any(word in bare(out) for word in words)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("髙橋 﨑子", "高橋崎子"),
        ("Jürgen Groß", "Juergen Gross"),
        ("Анна Иванова", "anna.ivanova"),
        ("h4k_neko", "H4KNEKO"),
    ],
)
def test_t52_the_last_look_knows_other_letters(name: str, text: str) -> None:
    """What redaction would leave, the last look holds."""
    case = replace(WEBSITE_JA, aliases=(Field("reporter.name", name, "t", 1.0),))
    assert identity_in((bare(f"found by {text}"),), case, DESK) == "reporter.name"


def test_aliases_are_kept_with_the_case_and_bounded() -> None:
    """They survive the store; what came first stays; a hundred mails add no more than fit."""
    fields = tuple(Field("reporter.name", f"name{n}", "t", 0.5) for n in range(100))
    known = with_aliases(fields[:2], fields)
    assert known[:2] == fields[:2]
    assert len(known) == MOST
    finder = Participant(Role.FINDER, "hh@mail.example.com")
    case = replace(WEBSITE_JA, participants=(finder,), aliases=known)
    records = Records(Case)
    assert records.load(records.dump(case)) == case


def test_a_word_of_every_report_is_no_name() -> None:
    """An attached request begins with GET; taken for a name it would be cut out of every line of code."""
    request = Field("reporter.name", "GET", "signature/name", 0.9)
    assert identifying([request, replace(request, value="Hanako")]) == (replace(request, value="Hanako"),)
