"""What words become when they are read as a kind of value."""

import pytest

from mailbot.core.extract_urls import bare_hosts_in, host_of, targets, urls_in
from mailbot.core.extract_values import convert
from mailbot.core.model import FieldValue
from mailbot.core.reading import fold, sentence_around, sentences, short, tidy, unwrap
from mailbot.core.rule_shapes import Convert
from mailbot.core.scores import score_of, vector_in
from tests.shipped_rules import shipped_rules


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("line", "  なし  ", None),
        ("line", "（特になし）", None),
        ("line", "N/A", None),
        ("line", "unknown.", None),
        ("line", "○○大学", "○○大学"),
        ("text", "\n----\n  a\n    b\n\n=====\n", "a\n  b"),
        ("list", "- a\n- b\n- a\nなし", ("a", "b")),
        ("ids", "VU#1, EX-2；EX-3", ("VU#1", "EX-2", "EX-3")),
        ("flag", "はい", True),
        ("flag", "YES - see blog", True),
        ("flag", "無", False),
        ("flag", "No, I have not", False),
        ("flag", "確認していません", False),
        ("flag", "YES/NO", None),
        ("flag", "有・無", None),
        ("flag", "不明", None),
        ("flag", "northern sites only", None),
        ("date", "2026年 11月 8日（日）", "2026-11-08"),
        ("date", "2026/13/40", "2026/13/40"),
        ("date", "last week", "last week"),
        ("email", "mail：ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ まで", "taro@example.jp"),
        ("email", "taro [at] example.jp", "taro@example.jp"),
        ("cve", "CVE-2026-12345, cve–2026–0001", ("CVE-2026-12345", "CVE-2026-0001")),
        ("cwe", "CWE-79 / CWS-89", ("CWE-79", "CWE-89")),
        ("score", "7.5 (High)", 7.5),
        ("score", "CVSS:3.1", None),
        ("product", "「FooCMS」 Ver. 1.2.3", "FooCMS"),
        ("product", "Windows 11", "Windows 11"),
        ("version", "1.0 から 1.4 まで", "1.0 から 1.4 まで"),
        ("version-after-name", "FooCMS v1.2.3", "1.2.3"),
        ("version-after-name", "FooCMS", None),
        ("urls", "http://a.example/x、https://b.example/。", ("http://a.example/x", "https://b.example/")),
        ("urls", "a.example.com/x", ("https://a.example.com/x",)),
        ("type", "ＸＳＳ（反射型）", "xss"),
        ("type", "設定ミス", "other"),
    ],
)
def test_words_are_read_as_values(kind: Convert, text: str, value: FieldValue | None) -> None:
    """Each kind reads what people write, and reads nothing from words that state nothing."""
    assert convert(kind, text, shipped_rules()) == value


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("hxxps://shop[.]example[.]jp/a?b=1", ["https://shop.example.jp/a?b=1"]),
        ("hXXp://SHOP(.)Example(.)jp", ["http://shop.example.jp"]),
        ("(see https://a.example/x_(y)).", ["https://a.example/x_(y)"]),
        ("「https://a.example/検索」", ["https://a.example/"]),
        ("https://a.example.jpに問題", ["https://a.example.jp"]),
        ("https://日本語.jp/x", ["https://日本語.jp/x"]),
        ("<https://a.example/x>, https://a.example:8443/y", ["https://a.example/x", "https://a.example:8443/y"]),
        ("http://192.0.2.1/cgi-bin/", ["http://192.0.2.1/cgi-bin/"]),
        ("https://a.example/?q=<script>alert(1)</script>", ["https://a.example/?q="]),
        ("ftp://a.example/ mailto:a@b.example", []),
    ],
)
def test_urls_are_found_in_running_text(text: str, urls: list[str]) -> None:
    """Defanged URLs are made whole; punctuation and Japanese text around a URL are no part of it."""
    assert [url for url, _ in urls_in(text)] == urls


def test_bare_hosts_are_no_mail_addresses_or_files() -> None:
    """A host name counts without a scheme, but not the domain of an address nor a file's name."""
    text = "shop.example.jp の画面、info@mail.example.jp、index.php、Node.js、v1.2.3"
    assert [url for url, _ in bare_hosts_in(text)] == ["https://shop.example.jp"]


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("https://a.example.jp/x\n参考:\nhttps://b.example.jp/\nhttps://c.example.jp/", ("https://a.example.jp/x",)),
        ("https://a.example.jp/?next=https://evil.example.com/ https://evil.example.com/", ("https://a.example.jp/?next=https://evil.example.com/",)),
        ("see also https://b.example.jp/\nhttps://owasp.org/x\nhttps://a.example.jp/", ("https://a.example.jp/",)),
        ("see also https://b.example.jp/", ("https://b.example.jp/",)),
        ("I read about it (https://b.example.jp/x and https://c.example.jp/y) and found it on https://a.example.jp/.", ("https://a.example.jp/",)),
        ("Similar issues were in https://b.example.jp last year, but this is in https://a.example.jp/x", ("https://a.example.jp/x",)),
        ("例えば https://b.example.jp/ は正しく対策されていますが、https://a.example.jp/ は対策されていません。", ("https://a.example.jp/",)),
        ("攻撃者は罠サイト(https://b.example.jp/)に誘導します。", None),
        ("スクリーンショット: https://b.example.jp/a.png", None),
        ("The page that is not fine is this one:\n\n  https://a.example.jp/", ("https://a.example.jp/",)),
        ("PoC: https://a.example.jp/?q=1", ("https://a.example.jp/?q=1",)),
        ("https://github.com/a/b", None),
        ("It is on https://a.example.jp/s\n1. Search for a script, see https://b.example.dev/x.html", ("https://a.example.jp/s",)),
        ("It is on https://a.example.jp/s\n1. Load the script https://b.example.dev/x.js", ("https://a.example.jp/s",)),
        ("PoC: https://b.example.dev/x.html\nIt is on https://a.example.jp/s", ("https://a.example.jp/s",)),
        ("It is on https://a.example.jp/s\nEnter <script src=https://b.example.dev/x.js>", ("https://a.example.jp/s",)),
        ("It is on https://a.example.jp/s\n1. Open https://b.example.dev/xss-poc.html", ("https://a.example.jp/s",)),
        ("https://a.example.jp/s で確認しました。\n検証用 https://b.example.dev/x.html を開く", ("https://a.example.jp/s",)),
        ("https://a.example.jp/s で確認しました。\nhttps://b.example.dev/x.js を読み込ませる", ("https://a.example.jp/s",)),
        ("It is on https://a.example.jp/s\nsee https://www.a.example.jp/t", ("https://a.example.jp/s", "https://www.a.example.jp/t")),
        ("2. see https://a.example.jp/s", ("https://a.example.jp/s",)),
    ],
)  # fmt: skip
def test_targets_are_neither_references_nor_attackers(text: str, urls: tuple[str, ...] | None) -> None:
    """Catalogues, references, the attacker's and the finder's own hosts are not what a report is about."""
    found = targets(text, shipped_rules())
    assert (found.value if found else None) == urls


def test_a_url_that_cannot_be_split_has_no_host() -> None:
    """Malformed brackets do not raise."""
    assert host_of("http://[x/") == ""


@pytest.mark.parametrize(
    ("text", "vector"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H.", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
        ("CVSS v3.0 (AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H)", "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", "AV:N/AC:L/Au:N/C:P/I:P/A:P"),
        ("CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", None),
        ("CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", None),
    ],
)
def test_vectors_are_those_that_the_standard_allows(text: str, vector: str | None) -> None:
    """Prefixes are put right, invalid vectors are none."""
    assert vector_in(text) == vector


def test_scores_come_from_the_library() -> None:
    """Versions 2, 3 and 4 are scored; nonsense is not."""
    assert score_of("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H") == 9.8
    assert score_of("AV:N/AC:L/Au:N/C:P/I:P/A:P") == 7.5
    assert score_of("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N") == 9.3
    assert score_of("CVSS:9.9/AV:N") is None


def test_text_is_tidied_folded_and_unwrapped() -> None:
    """Half-width kana, full-width letters and hard wraps do not hide words; offsets stay."""
    assert tidy("ﾊﾞｯﾌｧ\r\nx\u200b\x00", 100) == "バッファ\nx"
    assert tidy("a\n\n\n\n\n\nb", 100) == "a\n\n\nb"
    assert fold("ＣＶＥ－１　x") == "CVE-1 x"
    assert len(fold("ＣＶＥ－１　x")) == len("ＣＶＥ－１　x")
    wrapped = "これは折り返された長い文でありクロスサイト・リクエスト・フォー\nジェリが書かれている。\n・次の行"
    assert "フォージェリが書かれている。\n・次の行" in unwrap(wrapped)


def test_sentences_end_at_full_stops_not_inside_numbers() -> None:
    """Version numbers and host names do not end a sentence."""
    assert sentences("Fixed in 1.2.3. See a.example.jp for more! はい。いいえ") == (
        "Fixed in 1.2.3.",
        "See a.example.jp for more!",
        "はい。",
        "いいえ",
    )
    text = "One. Two 1.2 three. Four."
    at = text.index("Two")
    assert sentence_around(text, at, at + 3).strip() == "Two 1.2 three."
    assert short("a\n b" * 200, 10) == "a ba ba b…"
