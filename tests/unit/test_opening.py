"""What comes out of an encrypted or signed mail, and what a signature is taken to vouch for."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.core.layers import NOT_ENCRYPTED, QUOTED, unmarked
from mailbot.core.limits import Limits
from mailbot.core.messages import Decrypted, OpenedMail, RawMail, Signature, Verdict
from mailbot.core.opening import open_mail
from mailbot.core.parse import parse
from mailbot.core.signatures import Signed, judge
from tests.fakes_keyring import NOW, FakeKeyring

HEAD = b"From: hanako@example.com\r\nTo: security@desk.example.jp\r\nSubject: outer\r\nMIME-Version: 1.0\r\n"
TEXT = b'Content-Type: text/plain; charset="utf-8"\r\n\r\n'


@pytest.fixture
def desk() -> FakeKeyring:
    return FakeKeyring()


@pytest.fixture
def finder(desk: FakeKeyring) -> FakeKeyring:
    return FakeKeyring("発見 花子", "hanako@example.com").meet(desk)


def opened(content: bytes, keyring: FakeKeyring, limits: Limits | None = None) -> OpenedMail:
    limits = limits or Limits()
    return open_mail(parse(RawMail(HEAD + content, "test"), limits), keyring, limits)


def multipart(kind: str, *parts: bytes, boundary: str = "b") -> bytes:
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + body + b"--" + boundary.encode() + b"--\r\n"


def encrypted(entity: bytes, writer: FakeKeyring, *readers: FakeKeyring, boundary: str = "e") -> bytes:
    ciphertext = writer.encrypt(entity, [reader.own for reader in readers])
    version = b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
    kind = 'encrypted; protocol="application/pgp-encrypted"'
    return multipart(kind, version, b"Content-Type: application/octet-stream\r\n\r\n" + ciphertext, boundary=boundary)


def signed(entity: bytes, *writers: FakeKeyring, boundary: str = "s") -> bytes:
    signature = b"".join(writer.sign(entity)[0] for writer in writers)
    part = b"Content-Type: application/pgp-signature\r\n\r\n" + signature
    return multipart('signed; protocol="application/pgp-signature"', entity, part, boundary=boundary)


def attached(name: str, content: bytes, media_type: str = "application/octet-stream") -> bytes:
    head = f'Content-Type: {media_type}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
    return head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content)


class SigningFake(FakeKeyring):
    """A fake whose plaintexts come with verdicts, as from a message signed and encrypted in one."""

    verdicts: tuple[Verdict, ...] = ()

    def decrypt(self, ciphertext: bytes, max_bytes: int) -> Decrypted:
        return replace(super().decrypt(ciphertext, max_bytes), verdicts=self.verdicts)


# Decryption.


def test_t39_the_text_of_an_encrypted_mail_is_that_inside(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """PGP/MIME: text and attachments come from the decrypted entity; the ciphertext is no attachment."""
    entity = multipart("mixed", TEXT + "届出".encode(), attached("poc.txt", b"poc", "text/plain"))
    mail = opened(encrypted(entity, finder, desk), desk)
    assert (mail.text, mail.new_text) == ("届出", "届出")
    assert [(file.filename, file.content) for file in mail.attachments] == [("poc.txt", b"poc")]
    assert (mail.crypto.encrypted, mail.crypto.failure, mail.crypto.signature) == (True, None, Signature.NONE)
    assert mail.defects == ("no Date",)


def test_a_plain_mail_stays_as_it_is(desk: FakeKeyring) -> None:
    """Without OpenPGP nothing is tried and nothing is claimed."""
    mail = opened(TEXT + b"hello", desk)
    assert (mail.text, mail.subject, mail.crypto.encrypted, mail.crypto.failure) == ("hello", "outer", False, None)
    assert (mail.crypto.signature, mail.crypto.signer, mail.signed, mail.keys) == (Signature.NONE, None, None, ())


def test_t40_what_cannot_be_decrypted_says_why(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """The failure is named and no text is made up."""
    mail = opened(encrypted(TEXT + b"x", finder), desk)
    assert (mail.text, mail.crypto.encrypted, mail.crypto.failure) == ("", True, "no_secret_key")


def test_t37_decrypted_and_clear_text_are_never_joined_as_one(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """The decrypted text stands first, what came in clear below a line that says so, and HTML is never rendered."""
    html = b'Content-Type: text/html\r\n\r\n<p>before</p><img src="http://evil.example/'
    entity = TEXT + b"secret"
    tail = b'Content-Type: text/html\r\n\r\n"><p>after</p>'
    mail = opened(multipart("mixed", html, encrypted(entity, finder, desk), tail), desk)
    assert mail.text.startswith(f"secret\n\n{NOT_ENCRYPTED}\n")
    assert "before" in mail.text
    assert "after" in mail.text
    assert mail.text.count("secret") == 1


def test_t39_an_inline_block_gives_way_to_its_text(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """What stood around the block is below the line; the armor is gone."""
    block = finder.encrypt("秘密".encode(), [desk.own])
    mail = opened(TEXT + b"before\r\n\r\n" + block.replace(b"\n", b"\r\n") + b"\r\nafter\r\n", desk)
    secret, _, clear = mail.text.partition(f"\n\n{NOT_ENCRYPTED}\n")
    assert (secret, clear.split()) == ("秘密", ["before", "after"])
    assert unmarked(mail.text).split() == ["秘密", "before", "after"]


def test_an_inline_block_that_stays_closed_stays_in_the_text(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """Of two blocks the readable one is read, the other is left for a person and names the failure."""
    ours, theirs = finder.encrypt(b"one", [desk.own]), finder.encrypt(b"two", [])
    mail = opened(TEXT + theirs + b"\n" + ours, desk)
    assert mail.text.startswith("one\n")
    assert mail.text.count("-----BEGIN PGP MESSAGE-----") == 1
    assert mail.crypto.failure == "no_secret_key"


def test_t39_a_quoted_block_is_read_as_a_quotation(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """A block behind quote marks is somebody's earlier mail: it is read below the sender's words, and quoted."""
    quoted = _quoted(finder.encrypt(b"one\ntwo", [desk.own]))
    mail = opened(TEXT + b"cannot read this:\r\n" + quoted, desk)
    assert mail.text == f"cannot read this:\n\n{QUOTED}\n\n> one\n> two"
    assert (mail.crypto.encrypted, mail.crypto.failure, mail.signed) == (True, None, None)
    assert mail.new_text == "cannot read this:"


def test_a_quoted_block_for_somebody_else_is_no_failure(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """Who quotes what the desk cannot read sends a mail that can be read."""
    mail = opened(TEXT + _quoted(finder.encrypt(b"x", [])), desk)
    assert (mail.crypto.encrypted, mail.crypto.failure) == (False, None)
    assert "> -----BEGIN PGP MESSAGE-----" in mail.text


def _quoted(block: bytes) -> bytes:
    return b"".join(b"> " + line + b"\r\n" for line in block.splitlines())


@pytest.mark.parametrize("name", ["poc.txt.asc", "poc.txt.PGP", "poc.txt.gpg"])
def test_an_encrypted_attachment_is_decrypted_under_its_own_name(
    desk: FakeKeyring, finder: FakeKeyring, name: str
) -> None:
    """The suffix goes, the decrypted file takes the place of the encrypted one."""
    file = attached(name, finder.encrypt(b"\0\1poc", [desk.own]))
    mail = opened(multipart("mixed", TEXT + b"see file", file), desk)
    assert [(a.filename, a.media_type, a.content) for a in mail.attachments] == [
        ("poc.txt", "application/octet-stream", b"\0\1poc")
    ]
    assert (mail.text, mail.crypto.encrypted) == ("see file", True)


def test_an_encrypted_text_file_is_the_text_of_a_mail_without_one(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """A report sent as report.txt.asc under an empty mail is read as the mail."""
    file = attached("report.txt.asc", finder.encrypt("届出".encode(), [desk.own]))
    mail = opened(multipart("mixed", TEXT, file), desk)
    assert (mail.text, mail.attachments) == ("届出", ())


def test_an_attachment_that_stays_closed_stays_an_attachment(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """A person can still look at it."""
    file = attached("poc.txt.asc", finder.encrypt(b"poc", []))
    mail = opened(multipart("mixed", TEXT + b"see file", file), desk)
    assert [a.filename for a in mail.attachments] == ["poc.txt.asc"]
    assert mail.crypto.failure == "no_secret_key"


def test_encryption_inside_encryption_is_opened_only_so_deep(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """Three layers are opened, the fourth is a failure."""
    entity = TEXT + b"deep"
    for _ in range(3):
        entity = encrypted(entity, finder, desk)
    assert opened(entity, desk).text == "deep"
    mail = opened(encrypted(entity, finder, desk), desk)
    assert (mail.text, mail.crypto.failure) == ("", "too_large")
    assert mail.crypto.defects == ("limit: encrypted more than 3 times over",)


def test_t6_all_plaintexts_share_one_limit(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """Many parts of half the limit do not add up to more than the limit."""
    block = finder.encrypt(b"x" * 600, [desk.own])
    mail = opened(TEXT + block + block, desk, Limits(decrypted_bytes=1_000))
    assert (mail.text.count("x" * 600), mail.crypto.failure) == (1, "too_large")


def test_t2_one_mail_costs_a_bounded_number_of_decryptions(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """Layers that each hold many blocks are opened twenty times in all."""
    blocks = TEXT + b"".join(finder.encrypt(b"<%d>" % n, [desk.own]) for n in range(18))
    mail = opened(multipart("mixed", *(encrypted(blocks, finder, desk, boundary=f"e{n}") for n in range(2))), desk)
    assert mail.text.count("<") == 18
    assert mail.crypto.failure == "too_large"
    assert "limit: more than 20 pieces of OpenPGP data" in mail.crypto.defects


def test_t5_thousands_of_beginnings_cost_no_more_than_their_length(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """A text full of armor beginnings is read in one pass."""
    begin = b"-----BEGIN PGP SIGNED MESSAGE-----\n"
    mail = opened(TEXT + begin * 5_000 + finder.clearsign(b"x\n"), desk)
    assert mail.text.count("-----BEGIN PGP SIGNED MESSAGE-----") >= 5_000


# Signatures.


def test_a_clear_signed_mail_is_read_without_its_armor(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """The reader sees all of the text, the signature vouches for the inner text only."""
    mail = opened(TEXT + b"before\n" + finder.clearsign("!status\n- 花子\n".encode()) + b"after\n", desk)
    assert mail.text.split() == ["before", "!status", "-", "花子", "after"]
    assert mail.signed is not None
    assert mail.signed.text == "!status\n- 花子"
    assert (mail.crypto.signature, mail.crypto.signer) == (Signature.GOOD, finder.own)
    assert mail.crypto.defects == ("signature covers only a part of the text",)


def test_a_damaged_signature_is_bad(desk: FakeKeyring) -> None:
    """A multipart/signed whose signature cannot be read is not an unsigned mail."""
    part = b"Content-Type: application/pgp-signature\r\n\r\njunk"
    mail = opened(multipart('signed; protocol="application/pgp-signature"', TEXT + b"x", part), desk)
    assert (mail.text, mail.crypto.signature, mail.signed) == ("x", Signature.BAD, None)


@pytest.mark.parametrize(
    ("entity", "text"),
    [
        (multipart("alternative", TEXT + b"!status", b"Content-Type: text/html\r\n\r\n<p>!close"), "!status"),
        (multipart("mixed", TEXT + b"hello", TEXT + b"!close"), "hello"),
        (multipart("mixed", attached("a.txt", b"!close", "text/plain"), TEXT + b"hello"), "hello"),
        (b"Content-Type: text/html\r\n\r\n<p>!close", ""),
        (multipart("mixed", b"Content-Type: message/rfc822\r\n\r\n" + TEXT + b"!close"), ""),
        (b"Content-Type: text/plain; format=flowed\r\n\r\n!note one \r\nline\r\n", "!note one line"),
        ("Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n状態".encode("iso-2022-jp"), "状態"),
    ],
    ids=["alternative", "second-text", "attachment", "html", "forwarded", "flowed", "iso-2022-jp"],
)
def test_t33_signed_text_is_the_first_plain_text_only(
    desk: FakeKeyring, finder: FakeKeyring, entity: bytes, text: str
) -> None:
    """Never HTML, a second part, an attachment or a forwarded mail, although the signature covers them."""
    mail = opened(signed(entity, finder), desk)
    assert mail.signed is not None
    assert mail.signed.text == text


def test_t31_text_outside_of_the_signature_is_not_signed(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """A list's footer, or a command, beside a signed part is read but not signed."""
    mail = opened(multipart("mixed", TEXT + b"!close", signed(TEXT + b"hello", finder)), desk)
    assert mail.signed is not None
    assert mail.signed.text == "hello"
    assert "signature covers only a part of the text" in mail.crypto.defects


@pytest.mark.parametrize("wrap", ["rfc822", "file", "encrypted-file"])
def test_t30_a_signature_inside_a_forwarded_or_attached_mail_does_not_count(
    desk: FakeKeyring, finder: FakeKeyring, wrap: str
) -> None:
    """Somebody else's signed mail, passed on, does not sign the mail that passes it on."""
    inner = HEAD + signed(TEXT + b"!close", finder)
    parts = {
        "rfc822": b"Content-Type: message/rfc822\r\n\r\n" + inner,
        "file": attached("old.txt.asc", finder.clearsign(b"!close\n")),
        "encrypted-file": attached("old.eml.asc", finder.encrypt(inner, [desk.own])),
    }
    mail = opened(multipart("mixed", TEXT + b"see below", parts[wrap]), desk)
    assert (mail.crypto.signature, mail.signed, mail.subject) == (Signature.NONE, None, "outer")


def test_signed_then_encrypted_is_both(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """Encapsulated (RFC 3156 section 6.1): the signature inside counts."""
    mail = opened(encrypted(signed(TEXT + b"hello", finder), finder, desk), desk)
    assert (mail.crypto.encrypted, mail.crypto.signature, mail.crypto.signer) == (True, Signature.GOOD, finder.own)
    assert mail.signed is not None
    assert mail.signed.text == mail.text == "hello"


def test_signed_and_encrypted_in_one_is_both(finder: FakeKeyring) -> None:
    """Combined (RFC 3156 section 6.2), as MIME and inline: the signature covers the plaintext."""
    desk = SigningFake()
    finder.meet(desk)
    desk.verdicts = (Verdict(Signature.GOOD, finder.own, NOW),)
    mime = opened(encrypted(TEXT + b"hello", finder, desk), desk)
    inline = opened(TEXT + finder.encrypt(b"hello", [desk.own]) + b"outside", desk)
    for mail in (mime, inline):
        assert (mail.crypto.signature, mail.crypto.signer) == (Signature.GOOD, finder.own)
        assert mail.signed is not None
        assert mail.signed.text == "hello"


def test_a_signature_around_the_encryption_does_not_count(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """Who signed the ciphertext need not know, or have written, what is in it."""
    mail = opened(signed(encrypted(TEXT + b"hello", finder, desk), finder), desk)
    assert (mail.text, mail.crypto.signature, mail.signed) == ("hello", Signature.NONE, None)
    assert mail.crypto.defects == ("signature outside of the encryption does not count",)


def test_a_signed_part_beside_an_encrypted_one_does_not_sign_it(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """In whatever order they stand."""
    parts = [encrypted(TEXT + b"secret", finder, desk), signed(TEXT + b"hello", finder)]
    for order in (parts, parts[::-1]):
        mail = opened(multipart("mixed", *order), desk)
        assert (mail.crypto.signature, mail.signed) == (Signature.NONE, None)


G, B, R, X, U = (
    Verdict(Signature.GOOD, "A" * 40, NOW),
    Verdict(Signature.BAD),
    Verdict(Signature.REVOKED, "A" * 40, NOW),
    Verdict(Signature.EXPIRED, "A" * 40, NOW),
    Verdict(Signature.UNKNOWN_KEY),
)
OTHER = Verdict(Signature.GOOD, "C" * 40, NOW)


@pytest.mark.parametrize(
    ("verdicts", "signature", "signer"),
    [
        ([[G]], Signature.GOOD, "A" * 40),
        ([[G, G], [G]], Signature.GOOD, "A" * 40),
        ([[G, OTHER]], Signature.NONE, None),
        ([[G], [OTHER]], Signature.NONE, None),
        ([[G, B]], Signature.BAD, None),
        ([[G], []], Signature.BAD, None),
        ([[B, R, X, U]], Signature.BAD, None),
        ([[U, X, R]], Signature.REVOKED, None),
        ([[U, X]], Signature.EXPIRED, None),
        ([[G, U]], Signature.UNKNOWN_KEY, None),
        ([[R]], Signature.REVOKED, "A" * 40),
        ([[X]], Signature.EXPIRED, "A" * 40),
        ([[replace(G, made_at=None)]], Signature.NONE, None),
        ([], Signature.NONE, None),
    ],
)
def test_t29_t30_a_mail_is_as_good_as_its_worst_signature(
    verdicts: Sequence[Sequence[Verdict]], signature: Signature, signer: str | None
) -> None:
    """Good only if all are good and by one key; otherwise the worst, and never a signed text."""
    judged = judge(tuple(Signed(b"x", tuple(group), "x") for group in verdicts))
    assert (judged.signature, judged.signer) == (signature, signer)
    assert (judged.signed is not None) is (signature is Signature.GOOD)


def _id(content: bytes, verdict: Verdict = G) -> str:
    judged = judge((Signed(content, (verdict,), "x"),))
    assert judged.signed is not None
    return judged.signed.signature_id


@pytest.mark.parametrize("content", [b"!a\n!b\n", b"!a\r\n!b", b"!a \t\r\n!b\r\n\r\n"])
def test_t32_the_same_signed_text_has_the_same_id(content: bytes) -> None:
    """Line ends and blanks that a signature over text does not notice make no new command of an old one."""
    assert _id(content) == _id(b"!a\r\n!b\r\n")
    assert len(_id(content)) == 64


def test_t32_another_text_time_or_key_has_another_id() -> None:
    """Everything that makes a signature another one is in the id."""
    later = replace(G, made_at=NOW + timedelta(seconds=1))
    assert len({_id(b"a"), _id(b"b"), _id(b" a"), _id(b"a", later), _id(b"a", OTHER)}) == 5


# Subjects.

V1 = b'Subject: =?utf-8?b?6Zuj?= inner\r\nContent-Type: text/plain; protected-headers="v1"\r\n\r\nx'
HP = b'Subject: inner\r\nHP-Outer: Subject: outer\r\nContent-Type: text/plain; hp="cipher"\r\n\r\nx'
UNSAID = b"Subject: inner\r\nContent-Type: text/plain\r\n\r\nx"


@pytest.mark.parametrize(("entity", "subject"), [(V1, "難 inner"), (HP, "inner"), (UNSAID, "outer")])
def test_t24_a_protected_subject_counts_where_it_is_protected(
    desk: FakeKeyring, finder: FakeKeyring, entity: bytes, subject: str
) -> None:
    """Encrypted, signed, or both: the inner Subject replaces the outer, if it is declared to be protected."""
    for content in (
        encrypted(entity, finder, desk),
        signed(entity, finder),
        encrypted(signed(entity, finder), finder, desk),
    ):
        mail = opened(content, desk)
        assert mail.subject == subject
        assert (mail.signed.subject if mail.signed else subject) in (subject, None)


def test_t24_the_subject_of_a_bad_signature_does_not_count(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """A changed entity leaves the outer Subject."""
    mail = opened(signed(HP, finder).replace(b"\r\n\r\nx", b"\r\n\r\ny"), desk)
    assert (mail.subject, mail.crypto.signature) == ("outer", Signature.BAD)


# Keys.


def test_t41_public_keys_are_collected_at_every_layer(desk: FakeKeyring, finder: FakeKeyring) -> None:
    """Keys inside and outside of the encryption are found, and are files as well; nothing is imported."""
    stranger = FakeKeyring("Stranger", "s@example.net")
    keys = [keyring.export(keyring.own) for keyring in (finder, stranger)]
    inner = multipart("mixed", TEXT + b"x", attached("key.asc", keys[0], "application/pgp-keys"))
    mail = opened(multipart("mixed", encrypted(inner, finder, desk), attached("0x1.asc", keys[1])), desk)
    assert sorted(mail.keys) == sorted(keys)
    assert sorted(file.filename for file in mail.attachments) == ["0x1.asc", "key.asc"]
    assert stranger.own not in desk.held


@pytest.mark.parametrize(
    ("header", "keys"),
    [
        (b"addr=hanako@example.com; prefer-encrypt=mutual; keydata=\r\n a2V5\r\n IGRhdGE=", (b"key data",)),
        (b"addr=HANAKO@example.com; keydata=a2V5IGRhdGE=", (b"key data",)),
        (b"addr=other@example.com; keydata=a2V5IGRhdGE=", ()),
        (b"addr=hanako@example.com; keydata=!!!", ()),
        (b"addr=hanako@example.com", ()),
        (b"keydata=a2V5IGRhdGE=", ()),
    ],
)
def test_an_autocrypt_header_brings_the_senders_key(desk: FakeKeyring, header: bytes, keys: tuple[bytes, ...]) -> None:
    """Only a key for the address that the mail is from is taken."""
    assert opened(b"Autocrypt: " + header + b"\r\n" + TEXT + b"x", desk).keys == keys
