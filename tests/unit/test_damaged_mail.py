"""Mail whose structure is broken or unusual reads as its sender wrote it, and what was repaired is named."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.core.limits import Limits
from mailbot.core.messages import ParsedMail, PgpKind, RawMail
from mailbot.core.parse import parse

HEAD = b"From: a@example.jp\r\nDate: Fri, 20 Nov 2026 09:30:00 +0900\r\n"
FORWARDED = "---------- Forwarded message ----------"


def parsed(content: bytes, limits: Limits = Limits()) -> ParsedMail:  # noqa: B008  # frozen: safe to share
    return parse(RawMail(content, "test"), limits)


def multipart(*parts: bytes, kind: bytes = b"mixed", end: bytes = b"--b--\r\n") -> bytes:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b"Content-Type: multipart/" + kind + b"; boundary=b\r\n\r\n" + body + end


INNER = b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b--"
AFTER_THE_END = "parts after the end of a multipart"
MISSING = "boundary missing from the body"
FILE = b"Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF"


NO_BLANK = ("headers end without a blank line",)


@pytest.mark.parametrize(
    ("content", "text", "defects"),
    [
        (b"\xef\xbb\xbf" + HEAD + b"\r\nx", "x", ("byte order mark before the headers",)),
        (b"\r\n\n" + HEAD + b"\r\nx", "x", ("blank lines before the headers",)),
        (b"From a@example.jp Fri Nov 20 2026\n" + HEAD + b"\r\nx", "x", ()),
        (HEAD.replace(b"\r\n", b"\r") + b"\rone\rtwo", "one\ntwo", ("line ends are bare CR",)),
        (HEAD.replace(b"\r", b"\r\r") + b"\r\r\n\r\r\nx", "x", ()),
        (b"Received: x\r\nby garbage\r\n" + HEAD + b"\r\nx", "x", ("a header line that is none",)),
        (HEAD + b"no blank line\r\nbefore the text", "no blank line\nbefore the text", NO_BLANK),
        (HEAD + b"Hello\r\nURL: http://a.jp\r\n\r\nend", "Hello\nURL: http://a.jp\n\nend", NO_BLANK),
    ],
)  # fmt: skip
def test_t1_damaged_headers(content: bytes, text: str, defects: tuple[str, ...]) -> None:
    """Headers are found behind what editors and relays leave before and in them; text without them stays text."""
    mail = parsed(content)
    assert (mail.text, mail.defects) == (text, defects)
    assert mail.sender is not None


@pytest.mark.parametrize(
    ("content", "text", "files", "defects"),
    [
        (multipart(INNER, FILE), "plain", 1, ("two multiparts with one boundary",)),
        (multipart(b"\r\none", end=b"--b--\r\n--b\r\n" + FILE + b"\r\n--b--"), "one", 1, (AFTER_THE_END,)),
        (multipart(b"\r\none", end=b"--b-"), "one", 0, ("multipart without an end",)),
        (multipart(b"\r\none", end=b""), "one", 0, ("multipart without an end",)),
        (multipart(end=b"--b--"), "", 0, ()),
        (multipart(b"\r\none", end=b"--b--\r\nfooter"), "one", 0, ("text after the last part",)),
        (multipart(b"\r\none").replace(b"=b", b'="b\r\n "', 1).replace(b"--b\r", b"--b \r"), "one", 0, ()),
        (multipart(b"\r\none").replace(b"--b\r\n", b"--b and more\r\n"), "one", 0, ()),
        (multipart(b"Content-Type: text/plain\r\n\r\none").replace(b"=b", b"=other"), "one", 0, (MISSING,)),
        (
            HEAD + b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.b64encode(b"--b\r\n\r\none\r\n--b--"),
            "one", 0, ("a multipart encoded as a whole",),
        ),
        (multipart(b"\r\none", b"\r\n_______\r\nlist footer"), "one\n\n_______\nlist footer", 0, ()),
    ],
)  # fmt: skip
def test_t17_damaged_multiparts(content: bytes, text: str, files: int, defects: tuple[str, ...]) -> None:
    """Neither text nor attachments get lost where boundaries are shared, missing or cut."""
    mail = parsed(content)
    assert (mail.text, len(mail.attachments), mail.defects) == (
        text,
        files,
        tuple(d for d in defects if d) or mail.defects,
    )
    assert set(defects) <= set(mail.defects)


@pytest.mark.parametrize(
    ("encoding", "body", "text", "defects"),
    [
        (b"8bits", b"=41", "=41", ()),
        (b"7-bit", b"=41", "=41", ()),
        (b"plain", b"=41", "=41", ()),
        (b"quoted printable;", b"=41=\r\nB", "AB", ()),
        (b'"Quoted-Printable"', b"=41", "A", ()),
        (b"quoted-printable", b"=4g=\r\n=41=", "=4gA", ("quoted-printable with broken sequences",)),
        (b"base64", b"aGVs!bG8=\r\nd29y*bGQ", "helloworld", ("base64 with foreign characters",)),
        (b"base64", b"This was never encoded.", "This was never encoded.", ("not in base64, as it says",)),
        (b"x-uuencode", b"begin 644 a\r\n#86)C\r\nend\r\n", "abc", ()),
        (b"x-uuencode", b"hello", "hello", ("not uuencoded, as it says",)),
        (b"x-gzip64", b"hello", "hello", ("transfer encoding unknown",)),
    ],
)  # fmt: skip
def test_transfer_encodings(encoding: bytes, body: bytes, text: str, defects: tuple[str, ...]) -> None:
    """Encodings are known under the names that are written, and undone as far as they hold."""
    mail = parsed(HEAD + b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body)
    assert (mail.text, mail.defects) == (text, defects)


UUENCODED = b"begin 644 poc.txt\r\n#86)C\r\n`\r\nend\r\n"
CUT = "uuencoded file without an end"
UU = "uuencoded file in the text"


@pytest.mark.parametrize(
    ("body", "text", "files", "defects"),
    [
        (b"see\r\n" + UUENCODED + b"bye", "see\nbye", [("poc.txt", b"abc")], (UU,)),
        (UUENCODED + UUENCODED, "", [("poc.txt", b"abc")] * 2, (UU,)),
        (b"begin 644 poc.txt\r\n#86)C\r\n", "", [("poc.txt", b"abc")], (UU, CUT)),
        (b"begin 644 poc.txt\r\n#86)C\r\nand text", "and text", [("poc.txt", b"abc")], (UU, CUT)),
        (b"begin-base64 644 poc.txt\r\nYWJj\r\n====\r\n", "", [("poc.txt", b"abc")], (UU,)),
        (b"begin 644 words and so on\r\nis how it starts", "begin 644 words and so on\nis how it starts", [], ()),
        (b"begin 644 ../../x\r\n#86)C\r\nend", "", [("x", b"abc")], (UU, "attachment name made safe")),
    ],
)  # fmt: skip
def test_t17_uuencoded_files_in_text(
    body: bytes, text: str, files: list[tuple[str, bytes]], defects: tuple[str, ...]
) -> None:
    """Files from before MIME are attachments; text that only begins like one is text."""
    mail = parsed(HEAD + b"\r\n" + body)
    assert [(attachment.filename, attachment.content) for attachment in mail.attachments] == files
    assert (mail.text, mail.defects) == (text, defects)


LETTER = "はじめまして。脆弱性のご報告です。\n" * 4


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (base64.encodebytes(LETTER.encode()), LETTER.strip()),
        (base64.encodebytes(LETTER.encode("cp932")).replace(b"\n", b"\r\n"), LETTER.strip()),
        (b"q" * 64, "q" * 64),
        (base64.encodebytes(bytes(range(256))), base64.encodebytes(bytes(range(256))).decode().strip()),
        (b"Here:\n" + base64.encodebytes(LETTER.encode()), None),
    ],
)
def test_base64_whose_label_was_lost_is_read(body: bytes, text: str | None) -> None:
    """Only where all of a text is lines of base64 and what they stand for is text; attached files stay as they are."""
    mail = parsed(HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body)
    assert mail.text == (body.decode().strip() if text is None else text)
    assert ("base64 without saying so" in mail.defects) is (text == LETTER.strip())
    file = b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=a.b64\r\n\r\n" + body
    assert parsed(multipart(file)).attachments[0].content.strip() == body.strip()


def test_t17_text_and_html_that_differ_are_both_read() -> None:
    """What only the HTML version says stands below the text, and the difference is named."""
    html = (
        "<p>Hello,</p><p>please pay your invoice at https://evil.example/ today, or we close your account for ever.</p>"
    )
    same, other = b"\r\nHello,", b"Content-Type: text/html\r\n\r\n" + html.encode()
    mail = parsed(multipart(same, other, kind=b"alternative"))
    assert mail.text.startswith("Hello,\n\n---------- Only in the HTML version ----------\nplease pay your invoice")
    assert mail.text.count("Hello") == 1
    assert mail.defects == ("text and HTML differ",)


def test_t17_html_names_its_charset_itself() -> None:
    """Without a label in the header the page's own counts."""
    page = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=koi8-r"></head><p>акт'
    assert parsed(HEAD + b"Content-Type: text/html\r\n\r\n" + page.encode("koi8_r")).text == "акт"


def test_t17_format_flowed_without_spaces() -> None:
    """DelSp=yes joins Japanese lines, which have no blanks, without one."""
    head = HEAD + b"Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n\r\n"
    assert parsed(head + "検索 \r\n欄です\r\n".encode()).text == "検索欄です"


def test_t17_a_report_inside_a_forward() -> None:
    """Text, attachments and ciphertext of a forwarded mail are found, also where a client labels it as just a file."""
    armor = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhE4DR2b2udXyHrYSAQdA\r\n=rSoz\r\n-----END PGP MESSAGE-----\r\n"
    forwarded = multipart(b"\r\nreport", FILE, b"\r\n" + armor).replace(b"=b\r", b"=c\r").replace(b"--b", b"--c")
    for label in (b"message/rfc822", b"application/octet-stream; name=report.eml"):
        mail = parsed(multipart(b"Content-Type: " + label + b"\r\n\r\n" + forwarded))
        assert FORWARDED in mail.text
        assert "report" in mail.text
        assert "a.pdf" in [attachment.filename for attachment in mail.attachments]
        assert [part.kind for part in mail.pgp] == [PgpKind.ENCRYPTED]


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        ("unlisted-recipients:; (no To-header on input)", []),
        ("undisclosed-recipients:;", []),
        ("A Group: a@example.jp, b@example.jp;, c@example.jp", ["a@example.jp", "b@example.jp", "c@example.jp"]),
        ("a@example.jp (Taro, the first), b@example.jp", ["a@example.jp", "b@example.jp"]),
        ("=?x-none?Q?a?= <a@example.jp>", ["a@example.jp"]),
        ("山田 <a@example.jp>", ["a@example.jp"]),
        ('"a, b" <a@example.jp>', ["a@example.jp"]),
        ("<a@example.jp>, , ,", ["a@example.jp"]),
    ],
)
def test_t26_recipients(value: str, addresses: list[str]) -> None:
    """Groups, comments and empty lists, on which parsers are known to fail, name just their mailboxes."""
    assert [to.address for to in parsed(HEAD + f"To: {value}\r\n\r\nx".encode()).to] == addresses


@pytest.mark.parametrize(
    ("sender", "address", "defect"),
    [
        ('"ceo@ipa.go.jp" <evil@example.com>', "evil@example.com", "the sender's name is another address"),
        ('"evil@example.com" <evil@example.com>', "evil@example.com", None),
        ("a@ехаmple.jp", "a@xn--mple-43d3a6i.jp", "look-alike letters in a domain: xn--mple-43d3a6i.jp"),
        ("a@xn--80ak6aa92e.com", "a@xn--80ak6aa92e.com", "look-alike letters in a domain: xn--80ak6aa92e.com"),
        ("a@日本語.jp", "a@xn--wgv71a119e.jp", None),
        ("a@пример.рф", "a@xn--e1afmkfd.xn--p1ai", None),
        ("a@müller.de", "a@xn--mller-kva.de", None),
    ],
)
def test_t26_t27_senders_made_to_look_like_others(sender: str, address: str, defect: str | None) -> None:
    """A name that is another address, and letters that only look Latin, are named; honest foreign domains are not."""
    mail = parsed(f"From: {sender}\r\nDate: Fri, 20 Nov 2026 09:30:00 +0900\r\n\r\nx".encode())
    assert mail.sender is not None
    assert mail.sender.address == address
    assert mail.defects == ((defect,) if defect else ())


SNIPPETS = st.sampled_from(
    [HEAD, multipart(INNER, FILE), UUENCODED, b"--b\r\n", b"--b--\r\n", b"\r\n", b"Content-Type: ", b"=?utf-8?B?",
     b"multipart/mixed; boundary=b\r\n", b"message/rfc822\r\n\r\n", b"\x1b$B", b"\x1b(B", b"filename*0*=utf-8''%",
     b"\x78\x9f\x3e\x22\x01\x00", b"text/html\r\n\r\n<meta charset=", b"-----BEGIN PGP MESSAGE-----\r\n", b"To: ",
     b"?=", b"Content-Transfer-Encoding: base64\r\n", b"<div><", b"\xff\xfe", "検索".encode("cp932"), "検索".encode()]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(SNIPPETS, st.binary(max_size=60)), max_size=20))
def test_any_mixture_of_mail_is_read(pieces: list[bytes]) -> None:
    """Whatever stands beside whatever, a mail comes out, and its text can be written."""
    mail = parsed(b"".join(pieces))
    (mail.text + mail.subject + "".join(attachment.filename for attachment in mail.attachments)).encode()


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=400), st.integers(0, 400), st.sampled_from([multipart(INNER, FILE), HEAD + b"\r\n" + UUENCODED])
)
def test_any_damage_is_survived(damage: bytes, place: int, mail: bytes) -> None:
    """A mail with anything written over it is still read."""
    parsed(mail[:place] + damage + mail[place + len(damage) // 2 :])
