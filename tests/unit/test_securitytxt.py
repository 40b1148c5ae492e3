"""security.txt files, good, bad and hostile (RFC 9116)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.securitytxt import MAX_CHARACTERS, SecurityTxt, mail_address, parse

NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://www.example.jp/.well-known/security.txt"
EXPIRES = "Expires: 2027-06-30T23:59:59+09:00\n"


def read(text: str, url: str = URL) -> SecurityTxt:
    return parse(text, NOW, url)


def codes(parsed: SecurityTxt) -> list[str]:
    return [problem.code for problem in parsed.problems]


def test_full_file() -> None:
    """Every field that the desk uses is read; the order of contacts is kept."""
    parsed = read(
        "# how to reach us\r\n"
        "Contact: https://www.example.jp/report\r\n"
        "contact:mailto:psirt@Example.JP\r\n"
        "Contact: tel:+81-3-0000-0000\r\n"
        "Expires: 2027-06-30T15:00:00z\r\n"
        "Encryption: https://www.example.jp/key.asc\r\n"
        "Encryption: openpgp4fpr:5F2DE5521C63A801AB59CCB603D49DE44B29100F\r\n"
        f"Canonical: {URL}\r\n"
        "Preferred-Languages: ja, en\r\n"
        "Policy: https://www.example.jp/policy\r\n"
        "Hiring: https://www.example.jp/jobs\r\n"
    )
    assert parsed == SecurityTxt(
        URL,
        contact=("https://www.example.jp/report", "psirt@example.jp", "tel:+81-3-0000-0000"),
        expires=datetime(2027, 6, 30, 15, tzinfo=UTC),
        encryption=("https://www.example.jp/key.asc", "openpgp4fpr:5F2DE5521C63A801AB59CCB603D49DE44B29100F"),
        canonical=(URL,),
        preferred_languages=("ja", "en"),
        policy=("https://www.example.jp/policy",),
    )


@pytest.mark.parametrize(
    ("line", "contact", "problem"),
    [
        ("mailto:sec@example.jp", ("sec@example.jp",), None),
        ("MAILTO:sec@example.jp", ("sec@example.jp",), None),
        ("mailto:sec%2Bvuln@example.jp", ("sec+vuln@example.jp",), None),
        ("mailto:sec@%E4%BE%8B%E3%81%88.jp", ("sec@xn--r8jz45g.jp",), None),
        ("mailto:a@example.jp,b@example.jp", ("a@example.jp", "b@example.jp"), None),
        ("mailto:sec@example.jp?bcc=evil@example.net&subject=%0Ax", ("sec@example.jp",), "contact_query"),
        ("mailto:sec@example.jp%0D%0ABcc:evil@example.net", (), "bad_contact"),
        ("mailto:sec@example.jp%3Fbcc=evil@example.net", (), "bad_contact"),
        ("mailto:%22a b%22@example.jp", (), "bad_contact"),
        ("mailto:sec@example.jp,evil", (), "bad_contact"),
        ("mailto:sec@localhost", (), "bad_contact"),
        ("mailto:", (), "bad_contact"),
        ("sec@example.jp", ("sec@example.jp",), "bare_address"),
        ("sec at example.jp", (), "bad_contact"),
        ("tel:+81 3 0000 0000", ("tel:+81300000000",), None),
        ("tel:03-0000-0000;phone-context=+81", ("tel:03-0000-0000",), None),
        ("tel:call me", (), "bad_contact"),
        ("http://example.jp/contact", (), "bad_contact"),
        ("https:///contact", (), "bad_contact"),
        ("https://example.jp/a b", (), "bad_contact"),
        ("javascript:alert(1)", (), "bad_contact"),
        ("file:///etc/passwd", (), "bad_contact"),
    ],
)
def test_contact(line: str, contact: tuple[str, ...], problem: str | None) -> None:
    """A Contact gives a bare address, number or URL, or is refused with its code."""
    parsed = read(f"Contact: {line}\n{EXPIRES}")
    expected = [code for code in (problem, None if contact else "no_contact") if code]
    assert (parsed.contact, codes(parsed)) == (contact, expected)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", ["no_expires"]),
        ("Expires: 2026-11-21T00:00:00Z", ["expired"]),
        ("Expires: 2026-11-22T00:00:00Z", ["expired"]),
        ("Expires: 2026-11-22T09:00:01+09:00", []),
        ("Expires: 2029-01-01T00:00:00Z", ["expires_late"]),
        ("Expires: next year", ["bad_expires"]),
        ("Expires: 0001-01-01T00:00:00+23:59", ["bad_expires"]),
        ("Expires: 2026-12-01T00:00:00Z\nExpires: 2027-01-01T00:00:00Z", ["several_expires"]),
        ("Expires: 2027-01-01", []),
    ],
)
def test_expires(lines: str, expected: list[str]) -> None:
    """What is odd about Expires is named; a moment without zone is UTC."""
    assert codes(read(f"Contact: mailto:sec@example.jp\n{lines}\n")) == expected


@pytest.mark.parametrize(
    ("canonical", "expected"),
    [
        (f"Canonical: {URL}\n", []),
        (f"Canonical: https://example.jp/security.txt\nCanonical: {URL}\n", []),
        ("Canonical: https://example.net/.well-known/security.txt\n", ["canonical_mismatch"]),
        ("", []),
    ],
)
def test_canonical(canonical: str, expected: list[str]) -> None:
    """A Canonical that does not name the place of the file is a problem; none is not."""
    assert codes(read(f"Contact: mailto:sec@example.jp\n{EXPIRES}{canonical}")) == expected


SIGNED = (
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
    f"Contact: mailto:sec@example.jp\n- - dashed\n{EXPIRES}"
    "-----BEGIN PGP SIGNATURE-----\n\niHUEARYIAB0=\n-----END PGP SIGNATURE-----\n"
)


@pytest.mark.parametrize(
    ("text", "signed", "expected"),
    [
        (SIGNED, True, []),
        (SIGNED.replace("\n", "\r\n"), True, []),
        (SIGNED.replace("Hash: SHA512\n", ""), True, []),
        ("Contact: mailto:evil@example.net\n" + SIGNED, True, ["text_outside_signature"]),
        (SIGNED + "Contact: mailto:evil@example.net\n", True, ["text_outside_signature"]),
        (SIGNED.partition("-----BEGIN PGP SIGNATURE")[0], False, ["signature_damaged"]),
    ],
)
def test_signed(text: str, signed: bool, expected: list[str]) -> None:
    """Only what stands inside a cleartext signature is read."""
    parsed = read(text)
    assert (parsed.contact, parsed.signed, codes(parsed)) == (("sec@example.jp",), signed, expected)


def test_dash_escape() -> None:
    """A line that was dash-escaped for the signature is read without the escape."""
    assert read(SIGNED.replace("Contact:", "- Contact:")).contact == ("sec@example.jp",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["no_contact", "no_expires"]),
        ("<!DOCTYPE html><title>404</title>Contact: mailto:a@example.jp", ["not_text"]),
        ("Contact: mailto:a@example.jp\x00", ["not_text"]),
        ("#" * (MAX_CHARACTERS + 1), ["too_large"]),
        (f"Contact: mailto:a@example.jp?{'x' * 3000}\n{EXPIRES}", ["value_too_long", "no_contact"]),
        ("Contact: tel:+81300000000\n" * 30 + EXPIRES, ["too_many_values"] * 10),
    ],
)
def test_not_a_file(text: str, expected: list[str]) -> None:
    """What is no security.txt, or too much of one, gives problems and not more."""
    assert codes(read(text)) == expected


def test_byte_order_mark() -> None:
    """A byte order mark does not hide the first field."""
    assert read(f"\ufeffContact: mailto:a@example.jp\n{EXPIRES}").contact == ("a@example.jp",)


@given(st.text())
def test_any_text(text: str) -> None:
    """No text makes the parser fail, and every contact it gives is one line."""
    for prefix in ("", "Contact: ", "Contact: mailto:", "Contact: https://", "Expires: ", "Encryption: "):
        parsed = read(prefix + text)
        assert all(c.isprintable() and " " not in c for c in (*parsed.contact, *parsed.encryption))
        assert all("\n" not in str(problem) for problem in parsed.problems)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("a.b@Example.CO.JP", "a.b@example.co.jp"),
        ("a@例え.jp", "a@xn--r8jz45g.jp"),
        ("a..b@example.jp", None),
        ("a@b@example.jp", None),
        ("ａ@example.jp", None),
        ("a@[127.0.0.1]", None),
        ("x" * 65 + "@example.jp", None),
        ("a@example.jp\n", None),
    ],
)
def test_mail_address(text: str, address: str | None) -> None:
    """An address is plain ASCII before the @ and a host name after it."""
    assert mail_address(text) == address
