"""Mails to try the reading on: made of pieces that mailers and attackers use, or of real mails that were damaged."""

from base64 import encodebytes
from functools import cache
from pathlib import Path
from quopri import encodestring

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.corpus import corpus_dir

MAILS = Path(__file__).resolve().parents[1] / "mails"
_LARGEST = 60_000  # bytes of a mail that is damaged

CHARSETS = (
    *("utf-8", "us-ascii", "iso-2022-jp", "iso-2022-jp-ms", "shift_jis", "cp932", "euc-jp", "gb18030", "utf-16"),
    *("utf-7", "iso-8859-1", "windows-1258", "x-unknown", "", '"', "base64", "unicode_escape", "idna", "rot13", "hex"),
)
ENCODINGS = ("7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "uuencode", "BASE64 ", "x", "")
TYPES = (
    *("text/plain", "text/html", "text/plain; format=flowed; delsp=yes", "text/enriched", "text/calendar", "text"),
    *("image/png", "application/octet-stream", "application/pgp-encrypted", "application/pgp-signature"),
    *("application/pgp-keys", "application/ms-tnef", "message/delivery-status", "message/rfc822", "message/global"),
    *("text/rfc822-headers", "message/partial", "message/external-body", "application/zip", "a/b/c", "multipart/mixed"),
)
MULTIPARTS = ("mixed", "alternative", "related", "signed", "encrypted", "report", "digest", "x", "")
NAMES = (
    *("From", "To", "Cc", "Reply-To", "Sender", "Subject", "Date", "Message-ID", "In-Reply-To", "References"),
    *("Return-Path", "Auto-Submitted", "Precedence", "List-Id", "X-Loop", "X-Failed-Recipients", "Autocrypt"),
    *("Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "MIME-Version", "X-Spam-Flag", "Received"),
)
VALUES = (
    *(b"hanako@example.com", b'"a@b" <c@d.example>', b"a@b.example, c@d.example", b"<>", b"undisclosed-recipients:;"),
    *(b"x: a@b.example, c@d;", b"(" * 60 + b"a@b" + b")" * 59, b'"unclosed <a@b.example>', b"a@[127.0.0.1]", b"@a:b@c"),
    *(b"=?utf-8?b?44GC?= =?utf-8?q?=E3=81?=", b"=?iso-2022-jp?B?GyRCJCIbKEI=?=", b"=?utf-8?b?4?=", b"=?x?y?z?="),
    *(b"=?utf-8*ja?q?a_b?=", b'\x1b$B$"', "脆弱性の報告".encode(), "届出".encode("cp932"), b"\x8f\xa2\xff\x80"),
    *(b"Fri, 20 Nov 2026 09:30:00 +0900", b"Fri, 99 Foo 0000 25:61:61 +9999", b"1 Jan 10000 00:00 JST", b"0"),
    *(b"Mon, 1 Jan 0001 00:00:00 +2359", b"Thu, 31 Dec 9999 23:59:59 -2359", b"1 Jan 2026 00:00:00 +99999999999999999"),
    *(
        b"<a@b>",
        b"<" + b"a" * 1000 + b"@b>",
        b"a@b",
        b"<security@desk.example.jp>",
        b"auto-replied; x",
        b"bulk",
        b"\x00",
    ),
    *(b"addr=a@b.example; keydata=AAAA", b"mailer-daemon@example.com", b"Returned mail: CASE#12345678", b"YES", b""),
)
PARAMETERS = (
    *(b"; charset=", b"; name=", b"; filename=", b"; filename*=", b"; filename*0*=", b"; filename*1=", b"; boundary="),
    *(
        b"; protocol=",
        b"; report-type=",
        b"; micalg=",
        b"; format=",
        b"; name*99999999999=",
        b"; =",
        b";;;",
        b"; a*b*c=",
    ),
)
ARGUMENTS = (
    *(b'"../../etc/passwd"', b'"a;b=c.txt"', b"utf-8''%E5%A0%B1%E5%91%8A.txt", b"x''%FF%FE", b"''", b'"', b"\xff\xfe"),
    *("報告書.txt".encode("cp932"), b'"=?iso-2022-jp?B?GyRCOkchSxsoQg==?="', b'"a\x00b"', "\u202etxt.exe".encode()),
    *(
        b'"' + b"x" * 400 + b'.txt"',
        b'"CON"',
        b'"."',
        b'"application/pgp-encrypted"',
        b"delivery-status",
        b'"B"',
        b"flowed",
    ),
)
TEXTS = (
    "脆弱性の届出\n\n■ 対象サイト\nhttps://shop.example.jp/search?q=1\n■ 脆弱性の種類\nSQL インジェクション\n",
    "I found XSS (CWE-79, CVE-2026-12345, CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N) in example 1.2.3.\n> quoted",
    "Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\nReporting-MTA: dns; x\n",
    "<html><body><p>text<!-- hidden --><style>x</style><img src=x onerror=alert(1)>&#xD800;&#0;&bogus;</p>",
    "-----BEGIN PGP MESSAGE-----\n\nAAAA\n=AAAA\n-----END PGP MESSAGE-----\n",
    "-----BEGIN PGP SIGNED MESSAGE-----\n\n- -text\n-----BEGIN PGP SIGNATURE-----\n\nA\n-----END PGP SIGNATURE-----",
    "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n",
    "begin 644 a.txt\n#0V%T\n`\nend\n",
    '{"title": "x", "cvss": [], "nested": {"a": [1e999, null]}}',
    "!case CASE#12345678\n!accept\n",
    "On Fri, 20 Nov 2026, a wrote:\n> b\n>> c\n\n2026年11月20日(金) 9:30 花子 <a@b.example>:\n> 了解\n",
    "-----Original Message-----\nFrom: x\nSent: y\n\n-- \n",
    *(
        "",
        "\n",
        "\x00\x0b\x0c\x1c\x85\u2028",
        "\ud7ff\ufffe\U0010ffff",
        "ﾊﾝｶｸ①㈱～",
        "é" * 200,
        " " * 500 + "x",
        "\r\r\r",
    ),
)
HOSTILE = (
    *(
        b"\r",
        b"\n",
        b"\r\n\r\n",
        b"\n.\n",
        b"\x00",
        b"\xff\xfe",
        b"\x1b$B",
        b"\x1b(I",
        b"--B\r\n",
        b"--B--",
        b"=?",
        b"?=",
    ),
    *(b"From ", b":", b" ", b"\t", b";", b'"', b"<", b">", b"%", b"=", b"=\n", b"=3D=", b"\xed\xa0\x80", b"\xe3\x81"),
    *(
        b"(",
        b")",
        b"\\",
        b"@",
        b"*",
        b"'",
        b"&#",
        b"<![CDATA[",
        b"]]>",
        b"{{",
        b"\x1a",
        b"-----BEGIN PGP MESSAGE-----\n",
    ),
    *(
        b"Content-Type: text/html\n\n",
        b"-----END PGP MESSAGE-----\n",
        b"\nContent-Transfer-Encoding: base64\n\n",
        b"a" * 999,
    ),
)


def _value() -> SearchStrategy[bytes]:
    parameter = st.tuples(st.sampled_from(PARAMETERS), st.sampled_from(ARGUMENTS) | st.binary(max_size=12)).map(
        b"".join
    )
    plain = (
        st.sampled_from(VALUES) | st.sampled_from([t.encode() for t in (*TYPES, *ENCODINGS)]) | st.binary(max_size=40)
    )
    return st.tuples(plain, st.lists(parameter, max_size=3).map(b"".join)).map(b"".join)


def _headers() -> SearchStrategy[bytes]:
    name = st.sampled_from(NAMES).map(str.encode) | st.binary(min_size=1, max_size=6)
    ending = st.sampled_from([b"\r\n", b"\n", b"\r\n ", b"\r"])
    line = st.tuples(name, st.sampled_from([b": ", b":", b" : "]), _value(), ending)
    return st.lists(line.map(b"".join), max_size=6).map(b"".join)


@st.composite
def _leaf(draw: st.DrawFn) -> bytes:
    """A part with a body, encoded as its headers say or otherwise."""
    kind, label, encoding = (draw(st.sampled_from(choices)) for choices in (TYPES, CHARSETS, ENCODINGS))
    text = draw(st.sampled_from(TEXTS) | st.text(max_size=60))
    real = draw(st.sampled_from(("utf-8", "iso2022_jp_ext", "cp932", "euc_jp", "gb18030", "utf-16", "latin-1")))
    body = text.encode(real, "replace")
    if draw(st.booleans()):
        body = {"base64": encodebytes, "quoted-printable": encodestring}.get(encoding, bytes)(body)
    head = f"Content-Type: {kind}; charset={label}\r\nContent-Transfer-Encoding: {encoding}\r\n".encode()
    return head + draw(_headers()) + b"\r\n" + body


@st.composite
def _around(draw: st.DrawFn, inner: SearchStrategy[bytes]) -> bytes:
    """A multipart or a message around other parts; with a boundary that may not be theirs."""
    parts = draw(st.lists(inner, min_size=1, max_size=3))
    if draw(st.integers(0, 5)) == 0:
        return b"Content-Type: message/rfc822\r\n\r\n" + parts[0]
    boundary, written = draw(
        st.sampled_from([(b"B", b"B"), (b"B", b"BB"), (b"", b"B"), (b'"B B"', b"B B"), (b"B", b"C")])
    )
    kind = draw(st.sampled_from(MULTIPARTS)).encode()
    more = draw(st.lists(st.tuples(st.sampled_from(PARAMETERS), st.sampled_from(ARGUMENTS)).map(b"".join), max_size=2))
    head = b"Content-Type: multipart/%s; boundary=%s%s\r\n\r\n" % (kind, boundary, b"".join(more))
    end = draw(st.sampled_from([b"--%s--\r\n" % written, b"", b"--%s--\r\nfooter\r\n" % written]))
    return head + b"".join(b"--%s\r\n%s\r\n" % (written, part) for part in parts) + end


@st.composite
def written_mails(draw: st.DrawFn) -> bytes:
    """Headers, a tree of parts, and now and then something that should not be there."""
    mail = draw(_headers()) + draw(st.recursive(_leaf(), _around, max_leaves=4))
    for bit in draw(st.lists(st.sampled_from(HOSTILE), max_size=3)):
        at = draw(st.integers(0, len(mail)))
        mail = mail[:at] + bit + mail[at:]
    return mail


@cache
def real_mails(every: int = 1) -> tuple[bytes, ...]:
    """The mails of the tests, and each so many of the collection of real ones where that is there."""
    own = [path for path in sorted(MAILS.rglob("*")) if path.is_file()]
    corpus = corpus_dir()
    others = [path for path in sorted(corpus.rglob("*")) if path.is_file()][::every] if corpus else []
    return tuple(path.read_bytes()[:_LARGEST] for path in (*own, *others) if path.suffix != ".xz")


@st.composite
def damaged_mails(draw: st.DrawFn, every: int = 1) -> bytes:
    """A real mail with bits flipped, pieces cut out, doubled or swapped, and other mails' pieces put in."""
    mail = draw(st.sampled_from(real_mails(every)))
    for _ in range(draw(st.integers(1, 4))):
        start, stop = sorted((draw(st.integers(0, len(mail))), draw(st.integers(0, len(mail)))))
        before, piece, after = mail[:start], mail[start:stop], mail[stop:]
        match draw(st.sampled_from(("flip", "cut", "double", "swap", "insert", "graft"))):
            case "flip":
                mail = (
                    before + bytes([piece[0] ^ (1 << draw(st.integers(0, 7)))]) + piece[1:] + after if piece else mail
                )
            case "cut":
                mail = before + after
            case "double":
                mail = before + piece + piece[:5_000] + after
            case "swap":
                mail = before + after[: len(piece)] + piece + after[len(piece) :]
            case "insert":
                mail = before + draw(st.sampled_from(HOSTILE)) + piece + after
            case _:
                other = draw(st.sampled_from(real_mails(every)))
                mail = before + other[draw(st.integers(0, len(other))) :][:5_000] + after
    return mail[: 2 * _LARGEST]
