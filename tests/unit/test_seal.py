"""What a sealed mail looks like on the wire, and that it opens again to what was put in."""

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email import message_from_bytes
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.limits import Limits
from mailbot.core.messages import Address, Attachment, Draft, OpenedMail, RawMail, SealedMail, Signature
from mailbot.core.opening import open_mail
from mailbot.core.parse import parse
from mailbot.core.seal import seal
from mailbot.errors import PermanentError
from mailbot.ports import Keyring
from tests.fakes_keyring import FakeKeyring
from tests.pgp_home import needs_gpg, people
from tests.sealing import changed, checked

DESK = Address("Example 脆弱性窓口", "security@desk.example.jp")
ID = "<0123abcd.token@desk.example.jp>"
DATE = datetime(2026, 11, 20, 18, 0, tzinfo=timezone(timedelta(hours=9)))
BODY = "発見 花子 様\n\n脆弱性関連情報を受け付けました。\n\n--\nFrom here on: \n-- \n窓口\n"
DRAFT = Draft(
    template="ja/details",
    to=Address("発見 花子", "hanako@example.com"),
    audience="finder",
    subject="[CASE#12345678] 脆弱性関連情報の届出を受け付けました（長い件名は折り返される）",
    body=BODY,
    attachments=(
        Attachment(
            "証拠 とても長い名前のファイルでありますから折り返されます.txt", "text/plain", "証拠\r\n\0".encode()
        ),
        Attachment("poc.png", "image/png", bytes(range(256))),
    ),
    in_reply_to="<report@example.com>",
    references=("<first@example.com>", "<report@example.com>"),
    reply_to="security+c0ffee@desk.example.jp",
)


@pytest.fixture
def desk() -> FakeKeyring:
    return FakeKeyring()


@pytest.fixture
def finder(desk: FakeKeyring) -> FakeKeyring:
    return FakeKeyring("発見 花子", "hanako@example.com").meet(desk)


def sealed(keyring: Keyring, draft: Draft = DRAFT, key: str | None = None) -> SealedMail:
    return seal(checked(draft, ID), date=DATE, sender=DESK, keyring=keyring, recipient_key=key)


def opened(mail: SealedMail, keyring: Keyring) -> OpenedMail:
    return open_mail(parse(RawMail(mail.content, "wire"), Limits()), keyring, Limits())


def message(mail: SealedMail) -> Message:
    return message_from_bytes(mail.content)


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_sealed_mail_opens_to_what_was_put_in(desk: FakeKeyring, finder: FakeKeyring, encrypted: bool) -> None:
    """Text, subject, attachments and addresses come back as they were, under a good signature of the desk."""
    mail = opened(sealed(desk, key=finder.own if encrypted else None), finder)
    assert (mail.text, mail.subject) == (BODY.strip("\n"), DRAFT.subject)
    assert mail.attachments == DRAFT.attachments
    assert (mail.crypto.encrypted, mail.crypto.signature, mail.crypto.signer) == (encrypted, Signature.GOOD, desk.own)
    assert (mail.crypto.failure, mail.crypto.defects) == (None, ())
    assert mail.signed is not None
    assert (mail.signed.text, mail.signed.subject) == (BODY.strip("\n"), DRAFT.subject)
    assert (mail.mail.sender, mail.mail.to) == (DESK, (DRAFT.to,))
    assert (mail.mail.message_id, mail.mail.date, mail.mail.in_reply_to) == (ID, DATE, ("<report@example.com>",))
    assert mail.mail.references == DRAFT.references
    assert mail.mail.reply_to == (Address("", DRAFT.reply_to),)


@needs_gpg
@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("body", [BODY, "English, with = signs and trailing blanks  \n\nFrom me\n.\n", "短い"])
def test_gpg_agrees_after_the_way_through_smtp(encrypted: bool, body: str) -> None:
    """A real signature over the exact bytes verifies after transport, and decryption gives what was put in."""
    who = people()
    mail = sealed(who.desk.keyring, replace(DRAFT, body=body), who.finder.fingerprint if encrypted else None)
    stuffed = re.sub(rb"(?m)^\.", b"..", mail.content)
    received = changed(mail, re.sub(rb"(?m)^\.\.", b".", stuffed))
    for reader in (who.finder.keyring, who.desk.keyring):
        result = opened(received, reader)
        assert (result.text, result.subject, result.attachments) == (body.strip("\n"), DRAFT.subject, DRAFT.attachments)
        assert result.crypto.encrypted is encrypted
        assert (result.crypto.signature, result.crypto.signer) == (Signature.GOOD, who.desk.fingerprint)


@needs_gpg
def test_gpg_refuses_a_sealed_mail_that_was_changed_on_the_way() -> None:
    """One changed letter of the text makes the signature bad, and nothing counts as signed."""
    who = people()
    mail = sealed(who.desk.keyring, replace(DRAFT, body="Plain words.\n"))
    result = opened(changed(mail, mail.content.replace(b"Plain", b"Other")), who.finder.keyring)
    assert (result.crypto.signature, result.signed) == (Signature.BAD, None)


@needs_gpg
def test_t42_a_key_that_cannot_be_used_stops_the_mail() -> None:
    """A fingerprint without a usable key is named; the mail never goes out in plain instead."""
    who = people()
    with pytest.raises(PermanentError, match=who.stranger.fingerprint):
        sealed(who.desk.keyring, key=who.stranger.fingerprint)


def test_the_signed_part_survives_any_relay(desk: FakeKeyring) -> None:
    """7 bit, CRLF only, no line over 76, no blank at a line's end, no "From " at its start (RFC 3156 section 3, 5)."""
    for body in (BODY, "From me \nwith blanks\t \n" + "long " * 100, "é" + "x" * 300):
        content = sealed(desk, replace(DRAFT, body=body)).content
        assert content.isascii()
        assert content.endswith(b"--\r\n")
        lines = content.split(b"\r\n")
        assert not any(b"\r" in line or b"\n" in line for line in lines)
        assert max(len(line) for line in lines) <= 76
        assert not any(line.startswith(b"From ") or line.rstrip(b" \t") != line for line in lines)


def test_nothing_but_the_headers_can_be_read_in_an_encrypted_mail(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """Text, attachments and their names are inside the ciphertext."""
    mail = sealed(desk, replace(DRAFT, body="canary-text"), finder.own)
    assert message(mail).get_content_type() == "multipart/encrypted"
    assert [part.get_content_type() for part in message(mail).walk()][1:] == [
        "application/pgp-encrypted",
        "application/octet-stream",
    ]
    assert b"canary" not in mail.content
    assert b"poc.png" not in mail.content
    assert mail.encrypted_to == (finder.own,)


def test_the_outer_subject_of_what_must_be_encrypted_is_the_case_tag(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """The network sees the tag only; the recipient sees the whole subject."""
    mail = sealed(desk, replace(DRAFT, must_encrypt=True), finder.own)
    assert message(mail)["Subject"] == "[CASE#12345678] ..."
    assert opened(mail, finder).subject == DRAFT.subject


@pytest.mark.parametrize(("subject", "outer"), [("詳細情報", "..."), ("[one two] x", "..."), ("[A][B] x", "[A] ...")])
def test_only_a_leading_case_tag_is_shown(desk: FakeKeyring, finder: FakeKeyring, subject: str, outer: str) -> None:
    """A subject without a tag in front gives nothing away."""
    mail = sealed(desk, replace(DRAFT, subject=subject, must_encrypt=True), finder.own)
    assert message(mail)["Subject"] == outer


def test_what_must_be_encrypted_is_not_sealed_without_a_key(desk: FakeKeyring) -> None:
    """No key, no mail."""
    with pytest.raises(PermanentError, match="must not go out in plain"):
        sealed(desk, replace(DRAFT, must_encrypt=True))


def test_headers_say_what_the_outside_relies_on(desk: FakeKeyring) -> None:
    """The case tag is readable in the raw mail, Auto-Submitted is set, there is no Precedence and no Bcc."""
    mail = message(sealed(desk))
    assert mail["Subject"].startswith("[CASE#12345678] =?utf-8?")
    assert (mail["Auto-Submitted"], mail["MIME-Version"]) == ("auto-generated", "1.0")
    assert (mail["Reply-To"], mail["Message-ID"]) == ("security+c0ffee@desk.example.jp", ID)
    assert mail["Date"] == "Fri, 20 Nov 2026 18:00:00 +0900"
    assert mail.get_content_type() == "multipart/signed"
    assert (mail.get_param("micalg"), mail.get_param("protocol")) == ("pgp-sha512", "application/pgp-signature")
    assert not {"Precedence", "Bcc", "Cc"} & set(mail.keys())


def test_sealing_again_gives_the_same_structure(desk: FakeKeyring) -> None:
    """A retry after a crash is the same mail, byte for byte if the signature is."""
    assert sealed(desk).content == sealed(desk).content


def test_other_mails_have_other_boundaries(desk: FakeKeyring) -> None:
    """Boundaries follow the Message-ID."""
    other = seal(checked(DRAFT, "<2@x>"), date=DATE, sender=DESK, keyring=desk, recipient_key=None)
    assert message(other).get_boundary() != message(sealed(desk)).get_boundary()


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_receipt_brings_the_desks_public_key(desk: FakeKeyring, finder: FakeKeyring, encrypted: bool) -> None:
    """The finder gets the key to answer with; other mails do not carry it."""
    key = finder.own if encrypted else None
    assert opened(sealed(desk, replace(DRAFT, template="ja/receipt"), key), finder).keys == (desk.export(desk.own),)
    assert opened(sealed(desk, key=key), finder).keys == ()


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=40))
def test_t49_no_header_value_makes_a_header_or_a_body(subject: str, name: str, filename: str) -> None:
    """Whatever stands in a subject, a name or a file name, the mail has the headers it should have and no others."""
    desk = FakeKeyring()
    attachments = (Attachment(filename, "text/plain", b"x"),)
    draft = replace(DRAFT, subject=f"[CASE#1] {subject}", to=Address(name, "a@example.com"), attachments=attachments)
    mail = sealed(desk, draft)
    assert [header for header, _ in parse(RawMail(mail.content, "wire"), Limits()).headers] == [
        *("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "In-Reply-To", "References", "Auto-Submitted"),
        *("MIME-Version", "Content-Type"),
    ]
    result = opened(mail, desk)
    assert (result.crypto.signature, result.text) == (Signature.GOOD, BODY.strip("\n"))
    assert [address.address for address in result.mail.to] == ["a@example.com"]


@pytest.mark.parametrize(
    "value", ["x\r\nBcc: evil@example.com", "x\nBcc: evil@example.com\n\nbody", "x\x1cBcc: a@b", "x\u2028y"]
)
def test_t49_line_ends_in_headers_become_blanks(desk: FakeKeyring, value: str) -> None:
    """CR, LF, FS, LINE SEPARATOR end no header."""
    draft = replace(DRAFT, subject=f"[CASE#1] {value}", auto_submitted=value, to=Address(value, "a@example.com"))
    mail = message(sealed(desk, draft))
    assert mail["Bcc"] is None
    assert "evil" not in mail["To"].rpartition("<")[2]
    assert not any(character in mail["Auto-Submitted"] for character in "\r\n\x1c\u2028")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "finder",
        "@example.com",
        "a@",
        "a b@example.com",
        "a@example.com,b@example.com",
        "a@example.com\r\nRCPT TO:<evil@example.com>",
        "<a@example.com>",
        "a@exam\x00ple.com",
        "a@-example.com",
        "a@example..com",
        ".a@example.com",
        "a@b@example.com",
        "花子@example.com",
        "a" * 65 + "@example.com",
        "a@" + "b" * 64 + ".com",
        "a\n@example.com",
        "a@example.com\n",
    ],
)
def test_what_is_no_address_is_not_written_to(desk: FakeKeyring, address: str) -> None:
    """Anything but one plain addr-spec is refused."""
    with pytest.raises(PermanentError, match="not an address"):
        sealed(desk, replace(DRAFT, to=Address("", address)))


@pytest.mark.parametrize(
    "address", ["a.b+c@example.co.jp", '"a..b."@docomo.example.jp', "o'neil@xn--wgv71a.jp", "a@host"]
)
def test_unusual_addresses_are_written_to(desk: FakeKeyring, address: str) -> None:
    """Quoted local parts, as old Japanese mobile addresses need, and A-labels are addresses."""
    mail = sealed(desk, replace(DRAFT, to=Address("", address)))
    assert (mail.to, message(mail)["To"]) == (address, address)


@pytest.mark.parametrize("made", ["no-brackets@x", "<a b@x>", "<a@x>\r\nBcc: b@x", "<@>", ""])
def test_only_a_message_id_is_taken_for_one(desk: FakeKeyring, made: str) -> None:
    """A malformed Message-ID of ours stops the mail; a malformed one of others is left out."""
    with pytest.raises(PermanentError, match="Message-ID"):
        seal(checked(DRAFT, made), date=DATE, sender=DESK, keyring=desk, recipient_key=None)
    mail = message(sealed(desk, replace(DRAFT, in_reply_to=made, references=(made,))))
    assert (mail["In-Reply-To"], mail["References"], mail["Bcc"]) == (None, None, None)


def test_long_references_keep_the_first_and_the_newest(desk: FakeKeyring) -> None:
    """A thread of hundreds does not grow the header without end."""
    ids = tuple(f"<{n}@example.com>" for n in range(300))
    kept = message(sealed(desk, replace(DRAFT, references=ids)))["References"].split()
    assert (len(kept), kept[0], kept[-1]) == (20, ids[0], ids[-1])


@pytest.mark.parametrize("media_type", ["multipart/mixed", "message/rfc822", "text/html\r\nX: y", "nonsense", ""])
def test_t53_an_attachment_is_bytes_whatever_its_type_says(desk: FakeKeyring, media_type: str) -> None:
    """A type that would be taken apart or cannot be one becomes application/octet-stream, always as an attachment."""
    mail = opened(sealed(desk, replace(DRAFT, attachments=(Attachment("a.bin", media_type, b"From: x\n\ny"),))), desk)
    assert mail.attachments == (Attachment("a.bin", "application/octet-stream", b"From: x\n\ny"),)


def test_control_characters_are_left_out_of_the_text(desk: FakeKeyring) -> None:
    """Terminal escapes and NUL do not reach the reader."""
    mail = opened(sealed(desk, replace(DRAFT, body="a\x1b[31mb\x00c\r\nd\te\n")), desk)
    assert mail.text == "a[31mbc\nd\te"
