"""Who signed a mail, and which of its text; with real keys and real gpg."""

import re

import pytest

from mailbot.core.messages import Signature
from mailbot.core.opening import OUTSIDE, PARTLY
from mailbot.core.signatures import OTHER_TIME, STRANGER
from tests.pgp_home import needs_gpg, new_person, people
from tests.pgp_mails import PLAIN, clearsigned, multipart, opened, signed

pytestmark = needs_gpg


def test_t29_a_good_signature_of_somebody_else_is_named() -> None:
    """A key that does not name the sender signs for its owner, not for the sender."""
    mail = opened(signed(PLAIN + b"x"), sender=b"one@desk.example.jp")
    assert (mail.crypto.signature, mail.crypto.signer) == (Signature.GOOD, people().finder.fingerprint)
    assert mail.crypto.defects == (STRANGER,)
    assert opened(signed(PLAIN + b"x"), sender=b"Hanako <HANAKO@EXAMPLE.COM>").crypto.defects == ()


def test_t29_every_user_id_of_a_key_names_its_owner() -> None:
    """gpg names one user id of a signer; the sender may be in another one, unless that was revoked."""
    person, desk = new_person("Two", "first@example.com", None), people().desk
    person.gpg("--quick-add-uid", person.fingerprint, "Two <second@example.com>")
    person.gpg("--quick-set-primary-uid", person.fingerprint, "Two <first@example.com>")
    signature = person.gpg("--detach-sign", stdin=PLAIN + b"x")
    desk.keyring.import_key(person.gpg("--export"))
    mails = [opened(signed(PLAIN + b"x", signature), sender=f"{n}@example.com".encode()) for n in ("first", "second")]
    assert [mail.crypto.defects for mail in mails] == [(), ()]
    person.gpg("--quick-revoke-uid", person.fingerprint, "Two <second@example.com>")
    desk.keyring.import_key(person.gpg("--export"))
    assert opened(signed(PLAIN + b"x", signature), sender=b"second@example.com").crypto.defects == (STRANGER,)


def test_t29_a_signing_subkey_signs_for_its_primary_key() -> None:
    """The signer is the key that is pinned, whichever of its subkeys signed."""
    person, desk = new_person("Sub", "sub@example.com", None), people().desk
    person.gpg("--quick-add-key", person.fingerprint, "ed25519", "sign", "never")
    signature = person.gpg("--detach-sign", stdin=PLAIN + b"x")
    desk.keyring.import_key(person.gpg("--export"))
    crypto = opened(signed(PLAIN + b"x", signature), sender=b"sub@example.com").crypto
    assert (crypto.signature, crypto.signer, crypto.defects) == (Signature.GOOD, person.fingerprint, ())


def test_t32_a_date_far_from_the_signature_is_named() -> None:
    """A signed mail that is sent again on another day says so."""
    date = b"Date: Fri, 20 Nov 2020 09:30:00 +0900\r\n"
    assert opened(date + signed(PLAIN + b"x")).crypto.defects == (OTHER_TIME,)


def test_t30_one_bad_signature_of_two_is_bad() -> None:
    """Whether the signatures are in one armor or in two, and in whatever order."""
    who, entity = people(), PLAIN + b"x"
    good = [who.finder.gpg(*armor, "--detach-sign", stdin=entity) for armor in ((), ("--armor",))]
    other = [who.finder.gpg(*armor, "--detach-sign", stdin=b"other") for armor in ((), ("--armor",))]
    for one, two in zip(good, other, strict=True):
        for both in (one + two, two + one):
            mail = opened(signed(entity, both))
            assert (mail.crypto.signature, mail.signed) == (Signature.BAD, None)
    unknown = who.stranger.gpg("--armor", "--detach-sign", stdin=entity)
    mail = opened(signed(entity, good[1] + unknown))
    assert (mail.crypto.signature, mail.signed) == (Signature.UNKNOWN_KEY, None)
    assert mail.crypto.defects == ("2 signatures: 1 good, 1 unknown_key",)


@pytest.mark.parametrize("mark", [b"> ", b">", b"  ", b"| ", b"\xc2\xa0"])
def test_t30_t33_a_signed_block_in_a_quotation_signs_nothing(mark: bytes) -> None:
    """Nor does one that is indented: both are how mail programs show somebody else's words."""
    block = clearsigned(b"!close\n").strip().replace(b"\n", b"\r\n" + mark)
    mail = opened(PLAIN + b"> earlier:\r\n" + mark + block)
    assert (mail.crypto.signature, mail.signed) == (Signature.NONE, None)
    assert "-----BEGIN PGP SIGNED MESSAGE-----" in mail.text


def test_t30_a_signed_block_inside_a_signed_block_is_text() -> None:
    """Of nested clear-signed text the outer signature counts, for all of it."""
    mail = opened(PLAIN + clearsigned(b"!status\n" + clearsigned(b"!close\n", people().coordinator)))
    assert (mail.crypto.signature, mail.crypto.signer) == (Signature.GOOD, people().finder.fingerprint)
    assert mail.signed is not None
    assert mail.signed.text.startswith("!status\n-----BEGIN PGP SIGNED MESSAGE-----")
    assert mail.text == mail.signed.text


@pytest.mark.parametrize("lines", [b"- dash\n-- \n", b"From here\n", b"trailing \t\n", "花子\n".encode(), b"\n\nx\n"])
def test_clear_signed_text_is_what_was_signed(lines: bytes) -> None:
    """Escaped dashes are undone; what signing over text leaves out is not in the signed text either."""
    for ends in (b"\n", b"\r\n"):
        mail = opened(PLAIN + clearsigned(lines).replace(b"\n", ends))
        assert (mail.crypto.signature, mail.crypto.defects) == (Signature.GOOD, ())
        assert mail.signed is not None
        assert mail.signed.text.rstrip() == lines.decode().strip("\n").rstrip()


@pytest.mark.parametrize(
    ("label", "codec"),
    [("iso-2022-jp", "iso-2022-jp"), ("shift_jis", "cp932"), ("euc-jp", "euc_jp"), ("iso-8859-1", "latin-1")],
)
def test_clear_signed_text_in_other_charsets(label: str, codec: str) -> None:
    """Signed as it is in the mail, or as UTF-8 before the mail program chose another charset."""
    text = "!status Ü\n" if codec == "latin-1" else "!status 状態\n"
    head = f"Content-Type: text/plain; charset={label}\r\n\r\n".encode()
    for mail in (
        opened(head + clearsigned(text.encode(codec))),
        opened(head + clearsigned(text.encode()).decode().encode(codec)),
    ):
        assert (mail.crypto.signature, mail.signed and mail.signed.text) == (Signature.GOOD, text.strip())


def test_clear_signed_text_that_a_mail_program_stuffed() -> None:
    """The space that format=flowed puts before lines is no part of what was signed."""
    block = re.sub(rb"(?m)^(?=[ >]|From )", b" ", clearsigned(b" indented\n> quoted\nFrom x\n"))
    mail = opened(b"Content-Type: text/plain; format=flowed\r\n\r\n" + block)
    assert (mail.crypto.signature, mail.signed and mail.signed.text) == (
        Signature.GOOD,
        " indented\n> quoted\nFrom x",
    )


def test_a_signed_message_that_is_not_encrypted() -> None:
    """`gpg --sign --armor` looks like ciphertext; its text is read in its place, and is not called encrypted."""
    mail = opened(PLAIN + b"before\r\n" + people().finder.gpg("--sign", "--armor", stdin=b"!status\n") + b"after\r\n")
    assert mail.text.split() == ["before", "!status", "after"]
    assert (mail.crypto.encrypted, mail.crypto.failure) == (False, None)
    assert (mail.crypto.signature, mail.crypto.defects) == (Signature.GOOD, (PARTLY,))


def test_t31_signed_ciphertext_in_text_is_not_signed_text() -> None:
    """Who signed an armored ciphertext need not have written what is in it."""
    inner = people().finder.keyring.encrypt(b"!close", [people().desk.fingerprint])
    mail = opened(PLAIN + clearsigned(b"forwarding\n" + inner, people().coordinator))
    assert (mail.crypto.signature, mail.signed) == (Signature.NONE, None)
    assert OUTSIDE in mail.crypto.defects
    assert mail.text.startswith("!close\n\n[the following was not encrypted]\n")


@pytest.mark.parametrize("ends", [b"\n", b"\r"])
def test_signatures_hold_whatever_line_ends_a_mail_was_stored_with(ends: bytes) -> None:
    """The bytes as they stand come first, then the line ends that RFC 3156 has signed; blanks are never forgiven."""
    content = signed(PLAIN + b"one\r\ntwo \r\n")
    stored = content.replace(b"\r\n", ends) if ends == b"\n" else content.replace(b"two \r\n", b"two \n")
    assert opened(stored).crypto.signature is Signature.GOOD
    assert opened(content.replace(b"two \r\n", b"two\r\n")).crypto.signature is Signature.BAD
    as_lf = signed(
        PLAIN + b"x\r\n", people().finder.gpg("--armor", "--detach-sign", stdin=(PLAIN + b"x\r\n").replace(b"\r", b""))
    )
    assert opened(as_lf.replace(b"\r\n", b"\n")).crypto.signature is Signature.GOOD


@pytest.mark.parametrize("label", [b"application/octet-stream", b"text/plain", b"application/pgp-signature; x=y"])
def test_a_signature_under_another_label(label: bytes) -> None:
    """A gateway may relabel the signature; what stands in it tells."""
    content = signed(PLAIN + b"x").replace(b"Content-Type: application/pgp-signature", b"Content-Type: " + label)
    assert (opened(content).crypto.signature, opened(content).attachments) == (Signature.GOOD, ())


def test_an_unobtrusive_signature_is_checked() -> None:
    """A Sig header at the top of the only part signs the rest of it."""
    entity = b"Content-Type: text/plain\r\n\r\n!status"
    lines = b"\r\n ".join(people().finder.keyring.sign(entity)[0].splitlines()[2:-2])
    for body, verdict in ((entity, Signature.GOOD), (entity.replace(b"status", b"close"), Signature.BAD)):
        mail = opened(multipart("mixed", b"Sig: t=p; b=\r\n " + lines + b"\r\n" + body))
        assert (mail.crypto.signature, mail.signed is not None) == (verdict, verdict is Signature.GOOD)
