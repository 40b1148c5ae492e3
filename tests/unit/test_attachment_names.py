"""Every form in which mail programs write an attachment's name, the broken ones too."""

import pytest

from mailbot.core.filenames import CHANGED
from mailbot.core.messages import RawMail
from mailbot.core.parse import parse

PLAIN = "attachment name: encoding in a plain parameter"
BROKEN = "attachment name: broken encoding"
MISSING = "pieces of a parameter missing"


def declared(label: str, used: str) -> str:
    return f"charset: declared {label}, decoded as {used}"


def named(parameters: bytes, headers: bytes = b"") -> tuple[str, tuple[str, ...]]:
    """The name of the only attachment, and the defects of its mail."""
    part = (
        b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; " + parameters + b"\r\n\r\nx\r\n"
    )
    head = b"From: a@example.jp\r\nDate: Fri, 20 Nov 2026 09:30:00 +0900\r\n" + headers
    mail = parse(
        RawMail(head + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + part + b"--b--\r\n", "test")
    )
    (attachment,) = mail.attachments
    return attachment.filename, mail.defects


@pytest.mark.parametrize(
    ("parameters", "name", "defects"),
    [
        # RFC 2231
        (b"filename*=UTF-8''%E5%A0%B1%E5%91%8A.txt", "報告.txt", ()),
        (b"filename*0*=UTF-8''%E5%A0%B1;\r\n filename*1*=%E5%91%8A;\r\n filename*2=.txt", "報告.txt", ()),
        (b"filename*1*=%E5%91%8A.txt; filename*0*=UTF-8''%E5%A0%B1", "報告.txt", ()),
        (b"filename*0*=UTF-8''%E5%A0%B1; filename*2*=%E5%91%8A.txt", "報告.txt", (MISSING,)),
        (b"filename*1*=%E5%91%8A.txt", "告.txt", (MISSING,)),
        (b"filename*=us-ascii''%E5%A0%B1.txt", "報.txt", (declared("us-ascii", "utf-8"),)),
        (b"filename*=utf-8''%95%F1%8D%90.txt", "報告.txt", (declared("utf-8", "cp932"),)),
        (b"filename*=bogus''%E5%A0%B1.txt", "報.txt", (declared("bogus", "utf-8"),)),
        (b"filename*=shift_jis''%95%F1%8D%90%87%40.txt", "報告①.txt", ()),
        (b"filename*=iso-2022-jp''%1B$BJs9p%1B(B.txt", "報告.txt", ()),
        (b"filename*=iso-2022-jp''%1B%28I%43%3D%44%1B%28B.txt", "ﾃｽﾄ.txt", ()),
        (b"filename*=%E5%A0%B1.txt", "報.txt", ()),
        (b"filename*=UTF-8''100%.txt", "100%.txt", (BROKEN,)),
        (b"filename*=UTF-8''%E5%A0%B1%E5%9.txt", "報�%9.txt", (BROKEN, "charset: unreadable characters replaced")),
        (b"filename=UTF-8''%E5%A0%B1.txt", "報.txt", (PLAIN,)),
        (b"filename=\"old.txt\"; filename*=UTF-8''%E5%A0%B1.txt", "報.txt", ()),
        # URL encoding
        (b'filename="%E5%A0%B1.txt"', "報.txt", (PLAIN,)),
        (b'filename="100%25.txt"', "100%25.txt", ()),
        # RFC 2047, which does not belong here
        (b'filename="=?ISO-2022-JP?B?GyRCSnM5cD1xGyhCLnBkZg==?="', "報告書.pdf", ()),
        (b'filename="=?utf-8?B?5aCx?=\r\n =?utf-8?B?5ZGK?=.txt"', "報告.txt", ()),
        (b"filename==?utf-8?Q?=E5=A0=B1.txt?=", "報.txt", ()),
        (b'filename*0="=?utf-8?B?5aCx"; filename*1="5ZGK?=.txt"', "報告.txt", ()),
        (b'filename="=?utf-8?B?5aCx5ZGK"', "報告", ("encoded word without an end",)),
        # raw 8-bit
        ("filename=報告 書.txt".encode(), "報告 書.txt", ()),
        (b'filename="' + "報告①.txt".encode("cp932") + b'"', "報告①.txt", (declared("none", "cp932"),)),
        (b'filename="\x1b$BJs9p\x1b(B.txt"', "報告.txt", (declared("none", "iso-2022-jp"),)),
        # quoting
        (b"filename=foo bar baz.txt; size=3", "foo bar baz.txt", ()),
        (b'filename="a;b=c.txt"', "a;b=c.txt", ()),
        (b'filename="unterminated; size=5', "unterminated", ()),
        (b'filename="a.txt" size=5', "a.txt", ()),
        (b'Filename = "spaced.txt"', "spaced.txt", ()),
        (b'filename=""; name="x.txt"', "x.txt", ()),
        (b";;; ;=; filename=a.txt", "a.txt", ()),
        # made safe
        (b'filename="C:\\Users\\x\\evil.exe"', "C_Users_x_evil.exe", (CHANGED,)),
        (b'filename="../../etc/passwd"', "etc_passwd", (CHANGED,)),
        (b"filename=.htaccess", "htaccess", (CHANGED,)),
        (b'filename="x\x00y.txt"', "xy.txt", ("control characters removed",)),
        (b"filename*=utf-8''%E2%80%AEtxt.exe", "txt.exe", ("bidirectional control characters removed",)),
        (b'filename="' + b"x" * 300 + b'.html"', "x" * 145 + ".html", (CHANGED,)),
    ],
)
def test_t14_name(parameters: bytes, name: str, defects: tuple[str, ...]) -> None:
    """The name reads as its writer meant it, leads nowhere, and what was repaired is named."""
    assert named(parameters) == (name, defects)


def test_t14_a_raw_name_is_read_in_the_charset_of_the_mail() -> None:
    """What has no label is read like what has one: three Cyrillic letters alone tell nobody their charset."""
    assert named(b'filename="' + "акт.doc".encode("koi8_r") + b'"', b"Subject: =?koi8-r?B?wcvU?=\r\n")[0] == "акт.doc"
