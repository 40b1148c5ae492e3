"""Bytes become the text that their sender wrote, whatever the label says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core import charset, charset_labels

PUT_BACK = "charset: escape characters of iso-2022-jp put back"
REPORT = "検索欄に脆弱性があります。"


UTF7 = ("charset: UTF-7, which hides text from checks",)


def declared(label: str, used: str) -> tuple[str, ...]:
    return (f"charset: declared {label}, decoded as {used}",)


@pytest.mark.parametrize(
    ("data", "label", "text", "defects"),
    [
        (b"plain", None, "plain", ()),
        (b"plain", "us-ascii", "plain", ()),
        (REPORT.encode(), "utf-8", REPORT, ()),
        (b"\xef\xbb\xbf" + REPORT.encode(), "utf-8", REPORT, ()),
        (REPORT.encode("utf-16"), "utf-16", REPORT, ()),
        (REPORT.encode("iso2022_jp"), "ISO-2022-JP", REPORT, ()),
        (REPORT.encode("iso2022_jp"), "us-ascii", REPORT, declared("us-ascii", "iso-2022-jp")),
        (REPORT.encode("iso2022_jp"), None, REPORT, declared("none", "iso-2022-jp")),
        (REPORT.encode("iso2022_jp"), "utf-8", REPORT, declared("utf-8", "iso-2022-jp")),
        (b"\x1b$B-!-j\x1b(B", "iso-2022-jp", "①㈱", ()),
        (b"\x1b$By!\x1b(B", "iso-2022-jp", "纊", ()),
        ("ｶﾅ".encode("iso2022_jp_ext"), "iso-2022-jp", "ｶﾅ", ()),
        ("丂".encode("iso2022_jp_1"), "iso-2022-jp", "丂", ()),
        ("①".encode("iso2022_jp_3"), "iso-2022-jp-3", "①", ()),
        (b"\xb6\xc5 \x1b$B@H\x1b(B", "iso-2022-jp", "ｶﾅ 脆", ()),
        ("①髙㈱".encode("cp932"), "Shift_JIS", "①髙㈱", ()),
        ("①髙㈱".encode("cp932"), "Windows-31J", "①髙㈱", ()),
        (REPORT.encode("cp932"), "us-ascii", REPORT, declared("us-ascii", "cp932")),
        (REPORT.encode("cp932"), "iso-2022-jp", REPORT, declared("iso-2022-jp", "cp932")),
        (REPORT.encode(), "iso-2022-jp", REPORT, declared("iso-2022-jp", "utf-8")),
        (REPORT.encode("euc_jp"), "x-unknown", REPORT, declared("x-unknown", "euc-jp")),
        (REPORT.encode("euc_jp"), "utf-8", REPORT, declared("utf-8", "euc-jp")),
        ("届出".encode("euc_jp"), None, "届出", declared("none", "euc-jp")),
        ("ﾃｽﾄﾃﾞｽ".encode("cp932"), None, "ﾃｽﾄﾃﾞｽ", declared("none", "cp932")),
        ("汉字㐀".encode("gb18030"), "GB2312", "汉字㐀", ()),
        ("é".encode(), "iso-8859-1", "é", declared("iso-8859-1", "utf-8")),
        (b"caf\xe9 ol\xe9", "iso-8859-1", "café olé", ()),
        (b"caf\xe9 ol\xe9", None, "café olé", declared("none", "windows-1252")),
        (b"+ADw-script+AD4-", "utf-7", "<script>", UTF7),
        (b"+ADw-script+AD4-", "unicode-1-1-utf-7", "<script>", UTF7),
        (b"+ADw-script+AD4-", None, "+ADw-script+AD4-", ()),
        (b"\\u0041", "unicode_escape", "\\u0041", ()),
        (b"$B@H<e@-(B and $BJs9p(B", "iso-2022-jp", "脆弱性 and 報告", (PUT_BACK,)),
        (b"costs $B and (B) $5", "iso-2022-jp", "costs $B and (B) $5", ()),
        (b"\xad\xa1\xad\xea\xfc\xe2", "euc-jp", "①㈱髙", ()),
        ("안녕".encode("iso2022_kr"), None, "안녕", declared("none", "iso2022_kr")),
        ("汉字".encode("hz"), "gb2312", "汉字", declared("gb2312", "hz")),
        (b"~{fragment::x~}", None, "~{fragment::x~}", ()),
        (f"{REPORT} XSS\n".encode("utf-16-le"), None, f"{REPORT} XSS\n", declared("none", "utf-16-le")),
        (b"plain", "utf-16", "plain", declared("utf-16", "us-ascii")),
        ("„Łódź”".encode("cp1250"), "iso-8859-2", "„Łódź”", ()),
        ("碁".encode("cp950"), "big5", "碁", ()),
        (REPORT.encode("euc_jp"), "shift_jis", REPORT, declared("shift_jis", "euc-jp")),
        (REPORT.encode("euc_jp"), "gb2312", REPORT, declared("gb2312", "euc-jp")),
        (REPORT.encode("cp932"), "iso-8859-1", REPORT, declared("iso-8859-1", "cp932")),
        (REPORT.encode(), "shift_jis", REPORT, declared("shift_jis", "utf-8")),
        (b"plain", "rot13", "plain", ()),
        (b"plain", "\x00 ;", "plain", ()),
    ],
)
def test_text_and_defects(data: bytes, label: str | None, text: str, defects: tuple[str, ...]) -> None:
    """Each encoding is found out in strict order, and a wrong label is named; a vendor's superset is no defect."""
    assert charset.decode(data, label) == (text, defects)


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ('"iso-2022-jp"', "jis"),
        ("ISO-2022-JP;", "jis"),
        ("iso-2022-jp-ms", "jis"),
        ("x-sjis", "cp932"),
        ("windows-31j", "cp932"),
        ("ms_kanji", "cp932"),
        ("Shift_JIS?", "cp932"),
        ("cp-850", "cp850"),
        ("win-1251", "cp1251"),
        ("windows-1258", "cp1258"),
        ("ks_c_5601-1987", "cp949"),
        ("unicode-1-1-utf-7", "utf-7"),
        ("charset=utf8", "utf-8"),
        ("cp65001", "utf-8"),
        ("ISO_8859-1:1987", "cp1252"),
        ("iso-8859-8-i", "iso8859-8"),
        ("tis-620", "cp874"),
        ("x-x-big5", "big5"),
        ("x-unknown", None),
        ("x-user-defined", None),
        ("idna", None),
        ("zlib", None),
        ("=?", None),
        ("", None),
        (None, None),
    ],
)
def test_t13_labels(label: str | None, codec: str | None) -> None:
    """Labels are known as people write them; what is no charset of text is none."""
    assert charset_labels.declared(label)[1] == codec


@pytest.mark.parametrize(
    "word", ["髙橋", "議事録", "課題", "ソフト", "ﾃｽﾄ", "山田 花子", "の", "能力表", "構成案", "〜", "ＡＢＣ"]
)
@pytest.mark.parametrize(("label", "codec"), [("shift_jis", "cp932"), ("euc-jp", "euc_jp"), ("gb18030", "gb18030")])
def test_t12_a_right_label_of_a_few_characters_is_believed(word: str, label: str, codec: str) -> None:
    """A name alone may look like many things; its label decides."""
    fitting = word if codec != "euc_jp" else word.replace("髙", "高")
    octets = (
        fitting.encode("cp932" if codec == "cp932" else codec) if fitting != "〜" or codec != "cp932" else b"\x81\x60"
    )
    assert charset.decode(octets, label)[0] in (fitting, "～")


def test_t15_raw_header_is_read_like_the_rest_of_the_mail() -> None:
    """A few letters without a label are read in a charset that the mail uses elsewhere."""
    assert charset.header_text("акт".encode("koi8_r"), ("us-ascii", "koi8-r"))[0] == "акт"
    assert charset.header_text(REPORT.encode("cp932"), ("koi8-r",))[0] == REPORT


def test_one_bad_byte_does_not_turn_utf8_into_another_language() -> None:
    """UTF-8 that was cut inside a character stays UTF-8."""
    text, defects = charset.decode(REPORT.encode()[:-1], "utf-8")
    assert text == REPORT[:-1] + "\ufffd"
    assert defects == ("charset: unreadable characters replaced",)


def test_control_characters_are_removed() -> None:
    """NUL, bells and escapes go, line breaks become "\\n"."""
    assert charset.decode(b"a\x00b\r\nc\rd\te\x07\x1b[1m", None) == ("ab\nc\nd\te[1m", ("control characters removed",))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?utf-8?B?6ISG?= =?UTF-8?Q?=E5=BC?=\r\n =?utf-8?q?=B1?= x", "脆弱 x"),
        (b"=?ISO-2022-JP?B?GyRCQEg=?=\r\n =?ISO-2022-JP?B?PGVALRsoQg==?=", "脆弱性"),
        (b"=?iso-2022-jp?B?GyRCQEgbKEI=?= and =?utf-8*ja?q?=E5=BC=B1?=", "脆 and 弱"),
        (b"=?utf-8?q?a_b?=c", "a bc"),
        (b"=?utf-8?B?6ISG?", "脆"),
        (b"=?utf-8?B?6ISG5byx", "脆弱"),
        (b"=?utf-8?Q?Really??= yes", "Really? yes"),
        (b"=?ISO-2022-JP?B?GyRCQA==?= =?ISO-2022-JP?B?SDxlQC0bKEI=?=", "脆弱性"),
        (b"=?ISO-2022-JP?B?Gw==?= =?ISO-2022-JP?B?JEJASDxlGyhC?=", "脆弱"),
        (b"one\r\n\ttwo", "one two"),
        (REPORT.encode("cp932"), REPORT),
        (REPORT.encode("iso2022_jp"), REPORT),
        (REPORT.encode("euc_jp").decode("ascii", "surrogateescape"), REPORT),
        (REPORT, REPORT),
        ("日本\u202eevil\u2066", "日本evil"),
        (b"=?utf-8?q?a=0D=0ABcc:_x=00=1C?=", "a Bcc: x"),
        ("lone \ud800", "lone ?"),
    ],
)
def test_header_is_one_readable_line(raw: bytes | str, text: str) -> None:
    """Encoded words are joined as bytes; nothing decoded from a header can break or turn its line."""
    assert charset.header_text(raw)[0] == text


def test_raw_utf8_in_a_header_is_no_defect() -> None:
    """RFC 6532 allows it; raw CP932 it does not."""
    assert charset.header_text(REPORT)[1] == ()
    assert charset.header_text(REPORT.encode("cp932"))[1] == declared("none", "cp932")


LABELS = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.sampled_from(["utf-8", "iso-2022-jp", "shift_jis", "euc-jp", "utf-7", "utf-16", "hz", "big5", "idna", "hex"]),
)


@given(st.binary(max_size=300), LABELS)
def test_never_raises(data: bytes, label: str | None) -> None:
    """Any bytes under any label give text that can be written as UTF-8 and holds no control characters."""
    text, _ = charset.decode(data, label)
    assert not [c for c in text if (c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f"]
    text.encode()


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200), st.from_regex(rb"(=\?[a-z0-9-]+\?[bq]\?[^?]*\?= ?)+")))
def test_header_never_raises(raw: bytes | str) -> None:
    """Any header becomes one line."""
    text, _ = charset.header_text(raw)
    assert len(text.splitlines()) <= 1
    text.encode()
