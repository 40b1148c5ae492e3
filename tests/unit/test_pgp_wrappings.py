"""Every wrapping that mail programs and gateways give to ciphertext, read with real gpg."""

import base64
import binascii
import quopri
from collections.abc import Callable
from functools import cache

import pytest

from mailbot.core.limits import Limits
from mailbot.core.messages import OpenedMail, RawMail
from mailbot.core.opening import open_mail
from mailbot.core.parse import parse
from tests.pgp_home import needs_gpg, people

pytestmark = needs_gpg

HEAD = b"From: hanako@example.com\r\nDate: Fri, 20 Nov 2026 09:30:00 +0900\r\nSubject: outer\r\nMIME-Version: 1.0\r\n"
TEXT = "届出です。\nここに詳細があります。"
ENTITY = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + TEXT.replace("\n", "\r\n").encode()
PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n"
HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n"
VERSION = b"Version: 1\r\n"


def opened(content: bytes) -> OpenedMail:
    """A mail to the desk, opened with its keyring."""
    return open_mail(parse(RawMail(HEAD + content, "test"), Limits()), people().desk.keyring, Limits())


def encrypted(content: bytes) -> bytes:
    """Armored, for the desk, without a trace of headers in the armor."""
    return people().finder.keyring.encrypt(content, [people().desk.fingerprint])


@cache
def block() -> list[str]:
    """The lines of the text, encrypted; they end without padding, where gpg loses data that has no checksum."""
    lengths = (encrypted(TEXT.encode() + b" " * more).decode().splitlines() for more in range(3))
    return next(lines for lines in lengths if not lines[-3].endswith("="))


def body() -> list[str]:
    """The lines of data, the last of which is the checksum."""
    return block()[2:-1]


def armor(*head: str, data: list[str] | None = None) -> bytes:
    return "\r\n".join([block()[0], *head, *(body() if data is None else data), block()[-1], ""]).encode()


def multipart(kind: str, *parts: bytes, boundary: str = "b") -> bytes:
    inner = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return (
        f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
        + inner
        + f"--{boundary}--\r\n".encode()
    )


def labelled(label: str, content: bytes) -> bytes:
    return f"Content-Type: {label}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode() + base64.encodebytes(content)


def spoilt() -> bytes:
    return armor("", data=[*body()[:-1], "=AAAA"])


def in_html(lines: list[str], before: str, after: str) -> bytes:
    return HTML + "".join(f"{before}{line}{after}" for line in lines).encode()


TEXTS: dict[str, Callable[[], bytes]] = {
    "crlf": lambda: armor(""),
    "lf": lambda: armor("").replace(b"\r\n", b"\n"),
    "cr": lambda: armor("").replace(b"\r\n", b"\r"),
    "doubled-cr": lambda: armor("").replace(b"\r\n", b"\r\r\n"),
    "doubled-lines": lambda: armor("").replace(b"\r\n", b"\r\n\r\n"),
    "indented": lambda: armor("").replace(b"\r\n", b"\r\n    "),
    "trailing-blanks": lambda: armor("").replace(b"\r\n", b" \t\r\n"),
    "blanks-inside": lambda: armor(
        "", data=[f"{line[:30]} {line[30:]}" if len(line) > 40 else line for line in body()]
    ),
    "no-break-space": lambda: armor("\u00a0"),
    "byte-order-mark": lambda: b"\xef\xbb\xbf" + armor(""),
    "no-blank-line": lambda: armor(),
    "headers": lambda: armor("Version: GnuPG v2", "Comment: with spaces", ""),
    "headers-no-blank-line": lambda: armor("Version: GnuPG v2"),
    "wrapped-header": lambda: armor("Comment: Using GnuPG with Thunderbird -", "http", ""),
    "wrapped-header-no-blank-line": lambda: armor("Comment: Using GnuPG with Thunderbird -", "http"),
    "charset-header": lambda: armor("Charset: utf-8", ""),
    "no-checksum": lambda: armor("", data=body()[:-1]),
    "wrong-checksum": spoilt,
    "soft-line-ends-left": lambda: quopri.encodestring(armor("")),
    "one-line": lambda: " ".join(line for line in block() if line).encode(),
    "one-line-with-headers": lambda: " ".join([block()[0], "Version: GnuPG v2 (x)", *body(), block()[-1]]).encode(),
    "other-lengths": lambda: armor("", data=_wrapped(48)),
    "one-long-line": lambda: armor("", data=_wrapped(100_000)),
    "text-after-the-end": lambda: armor("").replace(b"E-----\r\n", b"E-----  \r\n"),
}


def _wrapped(width: int) -> list[str]:
    data = "".join(body()[:-1])
    return [data[at : at + width] for at in range(0, len(data), width)] + body()[-1:]


@pytest.mark.parametrize("make", TEXTS.values(), ids=TEXTS)
def test_t39_armor_in_text(make: Callable[[], bytes]) -> None:
    """However its lines were treated on the way, armor in text is read, and what stands around it stays apart."""
    mail = opened(PLAIN + b"\r\n" + b"before\r\n\r\n" + make() + b"\r\nafter\r\n")
    assert mail.crypto.failure is None
    secret, _, clear = mail.text.partition("\n\n[the following was not encrypted]\n")
    assert (secret.strip(), clear.split()) == (TEXT, ["before", "after"])


def test_t39_quoted_armor() -> None:
    """Armor that a mail program quoted is read, also where the quoting wrapped or doubled its marks."""
    for mark in (b"> ", b">", b"> > ", b"| "):
        quoted = mark + armor("").strip().replace(b"\r\n", b"\r\n" + mark)
        lines = opened(PLAIN + b"\r\n" + quoted).text.rstrip("> \n").split("\n")
        assert [line.strip("> ") for line in lines[2:]] == TEXT.split("\n")


@pytest.mark.parametrize(
    "make",
    [
        lambda: PLAIN + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + quopri.encodestring(armor("")),
        lambda: labelled("text/plain; charset=utf-8", armor("")),
        lambda: labelled("text/plain; charset=utf-16", armor("").decode().encode("utf-16")),
        lambda: labelled("text/plain; charset=iso-2022-jp", "暗号文".encode("iso-2022-jp") + b"\r\n" + armor("")),
        lambda: b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n" + armor(""),
        lambda: b"Content-Type: application/pgp; x-action=encrypt; format=text\r\n\r\n" + armor(""),
        lambda: b"\r\n" + armor(""),
    ],
    ids=["quoted-printable", "base64", "utf-16", "iso-2022-jp", "flowed", "application-pgp", "no-type"],
)
def test_t39_encodings_of_text(make: Callable[[], bytes]) -> None:
    """The transfer encoding and the charset around armor are undone first."""
    mail = opened(make())
    assert mail.crypto.failure is None
    assert mail.text.startswith(TEXT)


@pytest.mark.parametrize(
    "make",
    [
        lambda: HTML + b"<pre>" + armor("") + b"</pre>",
        lambda: HTML + b"<html><body>" + armor("") + b"</body></html>",
        lambda: in_html(block(), "", "<br>"),
        lambda: in_html(block(), "", "<br>\r\n"),
        lambda: in_html([line or "&nbsp;" for line in block()], "<div>", "</div>"),
        lambda: in_html([line or "<br>" for line in block()], "<p>", "</p>\r\n"),
        lambda: in_html([line or "&nbsp;" for line in block()], '<span style="font-size:10pt">', "</span><br>\r\n"),
        lambda: in_html([line or "\u00a0" for line in block()], "<blockquote>&gt; ", "</blockquote>"),
        lambda: in_html(block(), "<span>", "</span>\r\n"),
        lambda: HTML + b"<div>" + armor("").replace(b"/", b"&#47;").replace(b"=", b"&#x3D;") + b"</div>",
        lambda: in_html(block(), "<tr><td>", "</td></tr>"),
        lambda: HTML + b"<p>" + armor("").replace(b"+", b"<wbr>+") + b"</p>",
    ],
    ids=["pre", "bare", "br", "br-lines", "div", "p", "span", "quoted", "span-only", "entities", "table", "wbr"],
)
def test_t39_armor_in_html(make: Callable[[], bytes]) -> None:
    """Armor that a mail program turned into HTML is read."""
    mail = opened(make())
    assert mail.crypto.failure is None
    assert TEXT.split("\n")[1] in mail.text


def _pgp_mime(*parts: bytes, kind: str = 'encrypted; protocol="application/pgp-encrypted"') -> bytes:
    return multipart(kind, *parts)


def _version() -> bytes:
    return b"Content-Type: application/pgp-encrypted\r\n\r\n" + VERSION


def _data(content: bytes | None = None) -> bytes:
    return labelled('application/octet-stream; name="encrypted.asc"', content or encrypted(ENTITY))


def _binary() -> bytes:
    words = ("--trust-model", "always", "-r", people().desk.fingerprint, "--encrypt")
    return people().finder.gpg(*words, stdin=ENTITY)


WHOLE: dict[str, Callable[[], bytes]] = {
    "pgp-mime": lambda: _pgp_mime(_version(), _data()),
    "binary": lambda: _pgp_mime(_version(), _data(_binary())),
    "no-protocol": lambda: _pgp_mime(_version(), _data(), kind="encrypted"),
    "no-version": lambda: _pgp_mime(_data()),
    "reversed": lambda: _pgp_mime(_data(), _version()),
    "data-as-text": lambda: _pgp_mime(_version(), b"Content-Type: text/plain\r\n\r\n" + encrypted(ENTITY)),
    "both-as-version": lambda: _pgp_mime(labelled("application/octet-stream", VERSION), _data()),
    "exchange": lambda: _pgp_mime(PLAIN + b"\r\n", _version(), _data(), kind="mixed"),
    "exchange-html": lambda: _pgp_mime(HTML + b"<html><body></body></html>", _version(), _data(), kind="mixed"),
    "exchange-no-text": lambda: _pgp_mime(_version(), _data(), kind="mixed"),
    "exchange-relabelled": lambda: _pgp_mime(
        PLAIN + b"\r\n",
        labelled('application/octet-stream; name="ATT00001"', VERSION),
        labelled('application/octet-stream; name="ATT00002"', encrypted(ENTITY)),
        kind="mixed",
    ),
    "version-as-text": lambda: _pgp_mime(PLAIN + b"\r\n" + VERSION, _data(), kind="mixed"),
    "file-only": lambda: _pgp_mime(PLAIN + b"\r\n", _data(), kind="mixed"),
    "file-alone": lambda: _data(),
    "list-without-footer": lambda: multipart("mixed", _pgp_mime(_version(), _data()), boundary="list"),
    "inline-entity": lambda: PLAIN + b"\r\n" + encrypted(ENTITY),
}


@pytest.mark.parametrize("make", WHOLE.values(), ids=WHOLE)
def test_t39_pgp_mime_and_what_becomes_of_it(make: Callable[[], bytes]) -> None:
    """Where all of the mail was one ciphertext, the mail is what stood in it."""
    mail = opened(make())
    assert (mail.text, mail.attachments, mail.crypto.failure) == (TEXT, (), None)
    assert mail.crypto.encrypted


@pytest.mark.parametrize(
    "make",
    [
        lambda: _pgp_mime(PLAIN + b"\r\ndisclaimer", _version(), _data(), kind="mixed"),
        lambda: _pgp_mime(_version(), _data(), PLAIN + b"\r\ndisclaimer"),
        lambda: multipart("mixed", _pgp_mime(_version(), _data()), PLAIN + b"\r\ndisclaimer", boundary="list"),
    ],
    ids=["exchange", "inside", "list"],
)
def test_t37_t39_text_that_a_gateway_added_stays_apart(make: Callable[[], bytes]) -> None:
    """A disclaimer beside the ciphertext is read below the line that says that it was not encrypted."""
    mail = opened(make())
    assert mail.text == f"{TEXT}\n\n[the following was not encrypted]\ndisclaimer"
    assert "encrypted part is not the whole mail" in mail.defects


def test_t39_several_blocks_with_text_between() -> None:
    """Partitioned PGP: each block is read, in order, and the text between them stays apart."""
    one, two = encrypted(b"one"), encrypted("二".encode())
    mail = opened(PLAIN + b"\r\nA\r\n" + one + b"B\r\n" + two + b"C\r\n")
    secret, _, clear = mail.text.partition("\n\n[the following was not encrypted]\n")
    assert (secret.split(), clear.split()) == (["one", "二"], ["A", "B", "C"])


@pytest.mark.parametrize("name", ["poc.zip.pgp", "poc.zip.gpg", "poc.zip.asc"])
def test_t39_files_encrypted_one_by_one(name: str) -> None:
    """A file is decrypted under its own name, armored or binary, beside encrypted text."""
    content = b"PK\3\4\0\0" + b"\xff" * 20
    ciphertext = encrypted(content)
    if not name.endswith(".asc"):
        lines = ciphertext.splitlines()[2:-2]
        ciphertext = binascii.a2b_base64(b"".join(lines))
    file = labelled(f'application/octet-stream; name="{name}"', ciphertext)
    mail = opened(multipart("mixed", PLAIN + b"\r\n" + armor(""), file))
    assert mail.text == TEXT
    assert [(a.filename, a.content) for a in mail.attachments] == [("poc.zip", content)]
