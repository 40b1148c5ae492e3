"""A mail's bytes become what stands in the mail; what is odd about them becomes defects."""

import hashlib
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.core import mime
from mailbot.core.limits import Limits
from mailbot.core.messages import Address, ParsedMail, PgpKind, RawMail
from mailbot.core.parse import parse
from tests.corpus import corpus_dir, needs_corpus

MAILS = Path(__file__).resolve().parents[1] / "mails"
FIXTURES = sorted(path for path in MAILS.iterdir() if path.suffix == ".eml")
HEAD = b"From: a@example.jp\r\nDate: Fri, 20 Nov 2026 09:30:00 +0900\r\n"


def read(name: str) -> ParsedMail:
    return parse(RawMail((MAILS / name).read_bytes(), name))


def parsed(content: bytes, limits: Limits = Limits()) -> ParsedMail:  # noqa: B008  # frozen: safe to share
    return parse(RawMail(content, "test"), limits)


@pytest.mark.parametrize(
    ("name", "subject", "text", "defects"),
    [
        ("iso-2022-jp.eml", "脆弱性の届出（検索ページ）", "検索欄にXSSがあります。", ()),
        ("cp932-vendor-characters.eml", "①髙島屋サイト", "① 髙橋㈱", ()),
        (
            "raw-8bit-subject.eml",
            "ウェブサイトの脆弱性について",
            "脆弱性があります。",
            ("charset: declared none, decoded as cp932",),
        ),
        (
            "euc-jp-declared-us-ascii.eml",
            "report",
            "検索欄にXSSがあります。",
            ("charset: declared us-ascii, decoded as euc-jp",),
        ),
        (
            "iso-2022-jp-declared-us-ascii.eml",
            "report",
            "丸付き数字①",
            ("charset: declared us-ascii, decoded as iso-2022-jp",),
        ),
        ("html-only.eml", "report", "脆弱性を発見しました。\n\n* 手順1\n* 手順2\nURL https://www.example.jp/", ()),
        ("html-differs.eml", "report", "本日の会議の件です。", ("text and HTML differ",)),
        (
            "broken-boundary.eml",
            "report",
            "本文は失われません。",
            ("boundary missing from the body", "multipart without an end"),
        ),
        ("bounce-japanese.eml", "配信不能のお知らせ", "メールを配信できませんでした。", ()),
        (
            "no-headers.eml",
            "",
            "この文章だけです。",
            ("no headers", "no From address", "no Date", "charset: declared none, decoded as utf-8"),
        ),
        ("empty.eml", "", "", ("empty mail", "no From address", "no Date")),
    ],
)
def test_text_and_subject(name: str, subject: str, text: str, defects: tuple[str, ...]) -> None:
    """Japanese mail reads as it was written, whatever its encoding and labels (T10-T15, T17)."""
    mail = read(name)
    assert mail.subject == subject
    assert text in mail.text
    assert mail.defects == defects


def test_hidden_and_active_html_is_not_text() -> None:
    """Scripts, styles and invisible text are not what a person reads."""
    assert not {"alert", "color", "hidden"} & set(read("html-only.eml").text.replace("(", " ").split())


def test_headers_of_a_report() -> None:
    """Names are decoded, domains in lower case, ids in brackets, the date in the sender's own offset."""
    mail = read("iso-2022-jp.eml")
    assert mail.sender == Address("山田 花子", "hanako@example.com")
    assert mail.to == (Address("", "security@desk.example.jp"),)
    assert mail.message_id == "<fixture@example.com>"
    assert mail.date == datetime(2026, 11, 20, 9, 30, tzinfo=timezone(timedelta(hours=9)))
    assert mail.date.isoformat() == "2026-11-20T09:30:00+09:00"
    assert mail.header("subject") == mail.subject
    assert mail.digest == hashlib.sha256((MAILS / "iso-2022-jp.eml").read_bytes()).hexdigest()


def test_t26_two_senders_and_hostile_addresses() -> None:
    """Two From addresses are named; encoded words in an address and what is no address are refused."""
    mail = read("two-senders.eml")
    assert mail.sender == Address("Coordinator", "one@desk.example.jp")
    assert [to.address for to in mail.to] == ["A@example.jp", "x@example.jp", "y@example.jp"]
    assert mail.to[0].name == "a, b"
    assert {cc.address for cc in mail.cc} == {"docomo..user.@docomo.ne.jp", "user@xn--wgv71a119e.jp"}
    assert mail.subject == "x"
    assert mail.in_reply_to == ("<a@b>", "<c@d>")
    assert mail.references == ("<1@x>", "<2@x>")
    assert mail.date == datetime(2026, 11, 20, 9, 30, tzinfo=timezone(timedelta(hours=9)))
    assert {"two From addresses", "2 Subject headers", "encoded word in an address"} <= set(mail.defects)


def test_t26_mailsploit() -> None:
    """An address made of encoded words with a NUL between them is no sender; an empty group is nobody."""
    mail = read("mailsploit.eml")
    assert mail.sender is None
    assert mail.to == ()
    assert {"encoded word in an address", "no From address"} <= set(mail.defects)


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("a@Example.JP", "a@example.jp"),
        ('"ceo@ipa.go.jp" <evil@example.com>', "evil@example.com"),
        ("a@example.jp (comment)", "a@example.jp"),
        ("=?utf-8?B?QUJDR?= <a@example.jp>", "a@example.jp"),
        ("=?utf-8?B?QUJDR?=@example.jp", None),
        ("<MAILER-DAEMON>", None),
        ("<>", None),
        ("a@[127.0.0.1]", None),
        ('"a b"@example.jp', None),
        ("a@example..jp", None),
        ("a@-example.jp", None),
        ("a@b@c.jp", None),
        ("a" * 65 + "@example.jp", None),
        ("x <a@example.jp> <b@example.jp>", None),
        ("(" * 5000 + "a@example.jp", None),
    ],
)
def test_from(value: str, address: str | None) -> None:
    """Only one plain mailbox is an address (T4, T26)."""
    sender = parsed(f"From: {value}\r\n\r\nx".encode()).sender
    assert (sender.address if sender else None) == address


def test_forwarded_message_is_text_and_file() -> None:
    """A forwarded mail is read below its headers, kept whole, and its own attachments are found."""
    mail = read("nested-message.eml")
    assert mail.text == (
        "転送します。\n\n---------- Forwarded message ----------\nFrom: 発見者 <finder@example.org>\n"
        "Subject: 元の届出\nDate: Thu, 19 Nov 2026 08:00:00 +0900\n\n中の本文です。"
    )
    assert [(a.filename, a.media_type) for a in mail.attachments] == [
        ("forwarded.eml", "message/rfc822"),
        ("poc.txt", "text/plain"),
    ]
    assert mail.attachments[0].content.startswith(b"From: =?ISO-2022-JP?")


def test_returned_mail_stays_out_of_the_text_of_a_bounce() -> None:
    """Of a delivery report only the part for people is text; the rest are files with their types."""
    mail = read("bounce-japanese.eml")
    assert [a.media_type for a in mail.attachments] == ["message/delivery-status", "message/rfc822"]
    assert "secret" not in mail.text


def test_t14_attachment_names() -> None:
    """Names are decoded from every form in use, and lead nowhere."""
    names = [attachment.filename for attachment in read("attachment-names.eml").attachments]
    assert names == [
        "報告書.pdf",
        "報告.txt",
        "報告.txt",
        "a=b;c.txt",
        "etc_passwd",
        "foo bar.txt",
        "eviltxt.exe",
        "x" * 145 + ".html",
        "plain.bin",
        "attachment-10.bin",
        "届出.doc",
    ]


CIPHERTEXT = b"hE4DR2b2udXyHrYSAQdAq+9AhQzI4XpD9WtuB7f3OZHNFvdHza5WND3yLgxX8kwg"


@pytest.mark.parametrize("name", ["pgp-mime-encrypted.eml", "pgp-mime-exchange.eml"])
def test_t39_encrypted_mail(name: str) -> None:
    """The ciphertext is found without a file name and where Exchange rewrote the mail; it is no attachment."""
    mail = read(name)
    assert [(part.kind, part.inline) for part in mail.pgp] == [(PgpKind.ENCRYPTED, False)]
    assert CIPHERTEXT in mail.pgp[0].payload
    assert (mail.text, mail.attachments, mail.defects) == ("", (), ())


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_signed_bytes_are_exact(line_end: bytes) -> None:
    """What was signed is the first part as it stands, its headers, soft spaces and line ends included."""
    content = (MAILS / "pgp-mime-signed.eml").read_bytes().replace(b"\r\n", line_end)
    mail = parsed(content)
    assert [part.kind for part in mail.pgp] == [PgpKind.SIGNED]
    assert mail.pgp[0].payload == (
        b'Content-Type: text/plain; charset=UTF-8; protected-headers="v1"\r\nSubject: signed\r\n'
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n!case CASE#12345678\r\n!accept =20\r\n"
    ).replace(b"\r\n", line_end)
    assert mail.pgp[0].signature.startswith(b"-----BEGIN PGP SIGNATURE-----")
    assert mail.text.startswith("!case CASE#12345678\n!accept")
    assert mail.attachments == ()


def test_inline_armor_and_attached_keys() -> None:
    """Armor in quoted-printable text is found, quoted armor marked; of attached keys only the public one is taken."""
    mail = read("pgp-inline.eml")
    assert [(part.kind, part.inline, part.quoted) for part in mail.pgp] == [
        (PgpKind.ENCRYPTED, True, False),
        (PgpKind.ENCRYPTED, True, True),
        (PgpKind.PUBLIC_KEY, True, False),
    ]
    assert CIPHERTEXT in mail.pgp[0].payload
    assert mail.pgp[2].payload.startswith(b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME")
    assert not any(b"PRIVATE" in part.payload for part in mail.pgp)
    assert "暗号化しました。\n\n-----BEGIN PGP MESSAGE-----\n" in mail.text
    assert mail.defects == ("secret key in mail",)


def test_clearsigned_block() -> None:
    """A clear-signed block is handed on byte for byte, without what stands around it."""
    (part,) = read("pgp-clearsigned.eml").pgp
    assert part.kind is PgpKind.CLEARSIGNED
    assert part.payload.startswith(
        b"-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA512\r\n\r\n!case CASE#12345678 \r\n"
    )
    assert part.payload.endswith(b"-----END PGP SIGNATURE-----\n")


def multipart(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b"Content-Type: multipart/" + kind + b"; boundary=b\r\n\r\n" + body + b"--b--\r\n"


ARMOR = b"-----BEGIN PGP MESSAGE-----\r\n\r\n" + CIPHERTEXT + b"\r\n=rSoz\r\n-----END PGP MESSAGE-----\r\n"
SIGNED = (
    b"-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\n!help\r\n"
    b"-----BEGIN PGP SIGNATURE-----\r\n\r\naaaa\r\n-----END PGP SIGNATURE-----\r\n"
)
ATTACHED = b"Content-Type: text/plain; name=a.asc\r\nContent-Disposition: attachment\r\n\r\n"
FORWARDED = b"Content-Type: message/rfc822\r\n\r\n" + HEAD + b"\r\n"


@pytest.mark.parametrize(
    ("content", "kinds", "defects"),
    [
        (multipart(b"mixed", b"Content-Type: text/html\r\n\r\n" + ARMOR), [PgpKind.ENCRYPTED], ()),
        (HEAD + b"Content-Type: text/html\r\n\r\n" + SIGNED, [], ("signed text in HTML cannot be checked",)),
        (HEAD + b"\r\n> " + ARMOR.replace(b"\n", b"\n> "), [PgpKind.ENCRYPTED], ()),
        (HEAD + b"\r\n> " + SIGNED.replace(b"\n", b"\n> "), [], ()),
        (HEAD + b"\r\n" + ARMOR[:60], [PgpKind.ENCRYPTED], ("OpenPGP armor without an end",)),
        (HEAD + b"\r\n" + ARMOR * 30, [PgpKind.ENCRYPTED] * 20, ("limit: more than 20 pieces of OpenPGP data",)),
        (multipart(b"mixed", ATTACHED + SIGNED), [], ()),
        (multipart(b"mixed", FORWARDED + SIGNED), [], ()),
        (multipart(b"mixed", FORWARDED + ARMOR), [PgpKind.ENCRYPTED], ()),
        (
            multipart(b"mixed", b'Content-Type: application/octet-stream; name="r.pdf.pgp"\r\n\r\n\x85\x01\x0c'),
            [PgpKind.ENCRYPTED],
            (),
        ),
        (
            multipart(b"mixed", b"Content-Type: application/pgp-keys; name=k.key\r\n\r\n\x95\x01\x0c"),
            [],
            ("secret key in mail",),
        ),
    ],
)
def test_openpgp_data_in_odd_places(content: bytes, kinds: list[PgpKind], defects: tuple[str, ...]) -> None:
    """Ciphertext and keys are found wherever they stand; signed text counts only as this mail's own text (T30, T33)."""
    mail = parsed(content)
    assert [part.kind for part in mail.pgp] == kinds
    assert mail.defects == defects


def test_t37_ciphertext_between_other_parts() -> None:
    """A ciphertext that is wrapped in other parts is decryptable, and named."""
    inner = multipart(b"encrypted", b"Content-Type: application/octet-stream\r\n\r\n" + ARMOR)[len(HEAD) :]
    mail = parsed(
        multipart(b"mixed", b'\r\n<img src="', inner.replace(b"=b", b"=c").replace(b"--b", b"--c"), b'\r\n">')
    )
    assert [part.kind for part in mail.pgp] == [PgpKind.ENCRYPTED]
    assert mail.defects == ("encrypted part is not the whole mail",)


def test_armor_keeps_its_lines_in_html() -> None:
    """Armor that a mail program doubled the line breaks of, with no-break spaces, is what gpg can read."""
    lines = "".join(f"<div>{line}</div><br>" for line in ARMOR.decode().replace("\r\n\r\n", "\n&nbsp;\n").splitlines())
    (part,) = parsed(HEAD + b"Content-Type: text/html\r\n\r\n" + lines.encode()).pgp
    assert part.payload == ARMOR.replace(b"\r\n", b"\n").replace(b"=rSoz\n", b"")


def test_format_flowed() -> None:
    """Lines that were wrapped for the way are whole again, quoting kept."""
    mail = parsed(
        HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\none \r\ntwo\r\n> a \r\n> b\r\n From\r\n-- \r\nme\r\n"
    )
    assert mail.text == "one two\n> a b\nFrom\n-- \nme"


def test_plain_text_before_html() -> None:
    """Of alternatives the plain one is read, unless it is empty."""
    html = b"Content-Type: text/html\r\n\r\n<p>hello"
    assert parsed(multipart(b"alternative", b"\r\nhello", html)).text == "hello"
    assert parsed(multipart(b"alternative", b"\r\n \r\n", html)).text == "hello"
    assert parsed(multipart(b"mixed", html, b"\r\nfooter")).text == "hello\n\nfooter"


@pytest.mark.parametrize(
    ("content", "limits", "defect"),
    [
        (HEAD + b"\r\n" + b"x" * 100, Limits(mail_bytes=100), "limit: mail of more than 100 bytes"),
        (HEAD + b"X: y\r\n" * 50 + b"\r\nbody", Limits(header_bytes=100), "limit: header of more than 100 bytes"),
        (HEAD + b"X: " + b"y" * 200, Limits(header_bytes=100), "limit: header of more than 100 bytes"),
        (multipart(b"mixed", *[b"\r\nx"] * 30), Limits(parts=20), "limit: more than 20 parts"),
        (
            HEAD
            + b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(1000)),
            Limits(),
            "limit: more than 50 levels of parts",
        ),
        (HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 1000, Limits(), "limit: more than 50 levels of parts"),
        (HEAD + b"To: " + b"a@b," * 10_000 + b"c@d\r\n\r\n", Limits(), "limit: more than 200 addresses in To"),
        (
            HEAD + b"Content-Type: text/html\r\n\r\n" + b"<p>a" * 200_000,
            Limits(),
            "limit: more than 500000 characters of HTML",
        ),
    ],
)
def test_limits_are_named(content: bytes, limits: Limits, defect: str) -> None:
    """What is beyond a limit is left unread, and a defect says so (T2, T3, T5)."""
    mail = parsed(content, limits)
    assert defect in mail.defects
    assert mail.sender == Address("", "a@example.jp")


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>" + "x" * 100_000 + "</td></tr>" + "<tr><td>a</td></tr>" * 10_000,
        "<ul>" * 200 + "<li>x" * 10_000,
        '<div style="padding-left:99999em">a' * 1_000,
        "<div>" * 10_000 + "deep",
        '<ol start="9"><li value="' + "9" * 5_000 + '">a',
    ],
)
def test_html_does_not_grow(html: str) -> None:
    """Layout cannot turn a small mail into a large text, and depth cannot make text vanish."""
    text = parsed(HEAD + b"Content-Type: text/html\r\n\r\n" + html.encode()).text
    assert 0 < len(text) < 2 * len(html)


def test_t62_two_mails_in_one() -> None:
    """A mail that carries an SMTP dialogue is named: a relay may have let a second mail through in it."""
    assert "an SMTP dialogue inside the mail" in parsed(HEAD + b"\r\nx\n.\nMAIL FROM:<a@b>\n").defects


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_same_bytes_same_mail(path: Path) -> None:
    """Nothing that is made up differs from one reading to the next."""
    raw = RawMail(path.read_bytes(), path.name)
    assert parse(raw) == parse(raw)


def check(mail: ParsedMail) -> None:
    """What everything after parsing relies on."""
    for line in (mail.subject, mail.message_id, *(a.filename for a in mail.attachments), *(v for _, v in mail.headers)):
        assert len(line.splitlines()) <= 1
        line.encode()
    mail.text.encode()
    assert "\r" not in mail.text
    assert all(a.filename for a in mail.attachments)
    assert not any("/" in a.filename or "\\" in a.filename for a in mail.attachments)
    assert mail.date is None or mail.date.tzinfo is not None


@given(st.binary(max_size=500))
def test_never_raises(content: bytes) -> None:
    """Any bytes are a mail."""
    check(parsed(content))


PIECES = [path.read_bytes() for path in FIXTURES if path.stat().st_size]


@settings(max_examples=200)
@given(st.sampled_from(PIECES), st.sampled_from(PIECES), st.data())
def test_never_raises_on_mutated_mail(first: bytes, second: bytes, data: st.DataObject) -> None:
    """Mails that were cut, joined and changed are mails still."""
    cut = data.draw(st.integers(0, len(first)))
    start = data.draw(st.integers(0, len(second)))
    noise = data.draw(
        st.one_of(st.binary(max_size=20), st.sampled_from([b"--mix", b"\r\n\r\n", b"=?utf-8?q?", b'"', b"\x00"]))
    )
    check(parsed(first[:cut] + noise + second[start:]))


HEADERS = ["From", "To", "Date", "Subject", "Content-Type", "Content-Disposition", "Message-ID", "References"]


@given(
    st.lists(st.tuples(st.sampled_from(HEADERS), st.one_of(st.text(max_size=60), st.binary(max_size=60))), max_size=6)
)
def test_never_raises_on_odd_headers(headers: list[tuple[str, str | bytes]]) -> None:
    """Any value in any header can be read."""
    lines = [name.encode() + b": " + (v if isinstance(v, bytes) else v.encode()) for name, v in headers]
    check(parsed(b"\r\n".join(lines) + b"\r\n\r\nbody"))


@needs_corpus
def test_real_mails_are_read() -> None:
    """Every real mail is read: no exception, and text or something else comes out of nearly all of them."""
    corpus = corpus_dir()
    assert corpus is not None
    paths = [path for path in corpus.glob("*/mails/**/*") if path.is_file()]
    mails = [parse(RawMail(path.read_bytes(), path.name)) for path in paths]
    for mail in mails:
        check(mail)
    empty = [
        path.name for path, mail in zip(paths, mails, strict=True) if not (mail.text or mail.attachments or mail.pgp)
    ]
    assert len(empty) <= 15


@needs_corpus
def test_parts_of_torture_tests() -> None:
    """The parts of deliberately malformed mails decode to the bytes that another parser found, nearly always."""
    corpus = corpus_dir()
    assert corpus is not None
    folder = corpus / "mime-mime4j"
    expected = json.loads((folder / "expected.json").read_text())
    same = 0
    for name, entry in expected.items():
        top, _ = mime.read((folder / "mails" / name).read_bytes(), Limits())
        found = [hashlib.sha256(part.content()[0].replace(b"\r\n", b"\n").strip()).hexdigest() for part in leaves(top)]
        same += sorted(found) == sorted(part["sha256_lf"] for part in entry["decoded_parts"])
    assert same >= len(expected) - 9


def leaves(part: mime.Part) -> list[mime.Part]:
    return [leaf for child in part.children for leaf in leaves(child)] if part.children else [part]


@needs_corpus
def test_real_openpgp_mails() -> None:
    """Each encrypted block that gpg finds in Thunderbird's test mails is found here, and none where there is none."""
    corpus = corpus_dir()
    assert corpus is not None
    folder = corpus / "pgp-thunderbird"
    for name, entry in json.loads((folder / "expected.json").read_text()).items():
        mail = parse(RawMail((folder / "mails" / name).read_bytes(), name))
        found = [part for part in mail.pgp if part.kind is PgpKind.ENCRYPTED]
        assert len(found) == len(entry["pgp"]), name
