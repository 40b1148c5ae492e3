"""When the headers inside a signed or encrypted mail are those of the mail (RFC 9788)."""

from collections.abc import Callable

import pytest

from mailbot.core.messages import Signature
from tests.pgp_home import needs_gpg
from tests.pgp_mails import PLAIN, encrypted, multipart, opened, signed

pytestmark = needs_gpg

CIPHER = b'Content-Type: text/plain; charset=utf-8; hp="cipher"\r\n'
V1 = b'Content-Type: text/plain; charset=utf-8; protected-headers="v1"\r\n'


@pytest.mark.parametrize(
    ("entity", "subject", "defects"),
    [
        (CIPHER + b"Subject: CASE 1\r\nHP-Outer: Subject: [...]\r\n\r\nx", "CASE 1", ()),
        (
            CIPHER + b"Subject: CASE 1\r\nHP-Outer: Subject: other\r\n\r\nx",
            "CASE 1",
            ("outer Subject is not the one that was sent (HP-Outer)",),
        ),
        (
            CIPHER + b"Subject: CASE 1\r\nHP-Outer: From: hanako@example.com\r\n\r\nx",
            "CASE 1",
            ("outer Subject is not the one that was sent (HP-Outer)",),
        ),
        (
            CIPHER + b"Subject: s\r\nHP-Outer: Subject: [...]\r\nHP-Outer: To: a@example.com\r\n\r\nx",
            "s",
            ("outer To is not the one that was sent (HP-Outer)",),
        ),
        (V1 + b"Subject: CASE 1\r\n\r\nx", "CASE 1", ()),
        (
            V1 + b"Subject: s\r\nFrom: Other <o@example.com>\r\n\r\nx",
            "s",
            ("outer From differs from the protected one",),
        ),
        (V1 + b"Subject: s\r\nFrom: =?utf-8?q?H?= <HANAKO@example.com>\r\n\r\nx", "s", ()),
        (b"Content-Type: text/plain; hp=other\r\nSubject: CASE 1\r\n\r\nx", "[...]", ()),
        (b"Content-Type: text/plain\r\nSubject: CASE 1\r\n\r\nx", "[...]", ()),
    ],
)
def test_t24_protected_headers_of_an_encrypted_mail(entity: bytes, subject: str, defects: tuple[str, ...]) -> None:
    """The inner Subject counts where it is declared; what the network changed of the outer headers is named."""
    for content in (encrypted(entity), encrypted(signed(entity))):
        mail = opened(content)
        assert (mail.subject, mail.crypto.defects) == (subject, defects)


@pytest.mark.parametrize(
    ("entity", "outer", "defects"),
    [
        (b'Content-Type: text/plain; hp="clear"\r\nSubject: s\r\n\r\nx', b"s", ()),
        (V1 + b"Subject: s\r\n\r\nx", b"[list] s", ("outer Subject differs from the protected one",)),
        (
            CIPHER + b"Subject: s\r\nHP-Outer: Subject: [...]\r\n\r\nx",
            b"s",
            ("protected headers say that the mail was encrypted, but it came in clear",),
        ),
    ],
)
def test_t24_protected_headers_of_a_signed_mail(entity: bytes, outer: bytes, defects: tuple[str, ...]) -> None:
    """The signed Subject counts, and that the outer one is another is named."""
    mail = opened(signed(entity), subject=outer)
    assert (mail.subject, mail.crypto.signature, mail.crypto.defects) == ("s", Signature.GOOD, defects)
    assert mail.signed is not None
    assert mail.signed.subject == "s"


@pytest.mark.parametrize("protect", [encrypted, signed])
@pytest.mark.parametrize("place", ["beside text", "forwarded", "second"])
def test_t24_a_part_of_the_mail_does_not_name_the_mail(protect: Callable[[bytes], bytes], place: str) -> None:
    """Protected headers of a part that is not all of the mail are the headers of that part."""
    part = protect(V1 + b"Subject: CASE 1\r\n\r\nx")
    content = {
        "beside text": multipart("mixed", part, PLAIN + b"footer"),
        "forwarded": multipart("mixed", b"Content-Type: message/rfc822\r\n\r\nFrom: o@example.com\r\n" + part),
        "second": multipart("mixed", PLAIN + b"text", part),
    }[place]
    mail = opened(content)
    assert mail.subject == "[...]"
    assert mail.signed is None or mail.signed.subject is None


def test_t24_repeated_headers_are_not_text() -> None:
    """What is written into the text for readers that do not know protected headers is taken out again."""
    plain = b'Content-Type: text/plain; charset=utf-8; hp-legacy-display="1"\r\n\r\n'
    html = b'Content-Type: text/html; charset=utf-8; hp-legacy-display="1"\r\n\r\n'
    repeated = b'<div class="header-protection-legacy-display"><pre>Subject: CASE 1</pre></div><p>!status</p>'
    cipher = b'; hp="cipher"\r\nSubject: CASE 1\r\nHP-Outer: Subject: [...]'
    for kind, part in (("mixed", plain + b"Subject: CASE 1\r\n\r\n!status\r\n"), ("mixed", html + repeated)):
        entity = multipart(kind, part, boundary="r").replace(b'="r"', b'="r"' + cipher, 1)
        assert opened(encrypted(entity)).text == "!status"
        mail = opened(encrypted(signed(entity)))
        assert (mail.text, mail.signed and mail.signed.text in ("!status", "")) == ("!status", True)
    v1 = b'; protected-headers="v1"\r\nSubject: CASE 1'
    for label in (b"text/plain", b"text/rfc822-headers"):
        first = b"Content-Type: " + label + b'; protected-headers="v1"\r\n\r\nSubject: CASE 1\r\n'
        entity = multipart("mixed", first, PLAIN + b"!status", boundary="r").replace(b'="r"', b'="r"' + v1, 1)
        mail = opened(encrypted(entity))
        assert (mail.subject, mail.text, mail.attachments) == ("CASE 1", "!status", ())


def test_t24_t43_defects_hold_nothing_of_the_mail() -> None:
    """What is said of a mail's cryptography can be logged: no text, Subject or address of it is in there."""
    entity = CIPHER + b"Subject: geheim\r\nFrom: geheim@example.com\r\nHP-Outer: Subject: geheim\r\n\r\ngeheim"
    mail = opened(multipart("mixed", encrypted(signed(entity)), boundary="o"))
    assert mail.text == mail.subject == "geheim"
    assert mail.crypto.defects
    assert "geheim" not in repr((mail.crypto, mail.defects))
