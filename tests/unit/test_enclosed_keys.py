"""Public keys of a mail are gathered, secret ones are taken out."""

from base64 import b64encode
from dataclasses import replace

import pytest

from mailbot.core.enclosed_keys import MARK, REMOVED, settle_keys, without_secret_keys
from mailbot.core.limits import Limits
from mailbot.core.messages import Attachment, OpenedMail, RawMail
from mailbot.core.opening import open_mail
from mailbot.core.parse import parse
from tests.fakes_keyring import FakeKeyring
from tests.unit.test_packets import KEY, PRIMARY, SECRET, armored, packet

BLOCK = armored(packet(SECRET, KEY + b"s" * 300), "PRIVATE").decode()
PUBLIC = armored(packet(PRIMARY, KEY + b"p" * 300)).decode()
DATA = b64encode(b"s" * 300).decode()


def quoted(text: str) -> str:
    return "".join(f"> {line}\n" for line in text.splitlines())


def indented(text: str) -> str:
    return "".join(f"  {line}\r\n" for line in text.splitlines())


def cut(text: str) -> str:
    return "\n".join(text.splitlines()[:-2]) + "\n"


def doubled(text: str) -> str:
    return text.replace("\n", "\n\n")


@pytest.mark.parametrize("change", [str, quoted, indented, cut, doubled])
def test_t41_a_secret_key_is_taken_out_of_the_text(change: object) -> None:
    """Also where it is quoted, indented, cut off or spread out; what stands around it stays."""
    text = f"Before\n\n{change(BLOCK)}\nRegards\nHanako\n"  # type: ignore[operator]
    clean = without_secret_keys(text)
    assert MARK in clean
    assert clean.split() == ["Before", *MARK.split(), "Regards", "Hanako"]


def test_t41_whatever_its_armor_says() -> None:
    """A secret key that is called public is one all the same."""
    assert without_secret_keys(BLOCK.replace("PRIVATE", "PUBLIC")).strip() == MARK


@pytest.mark.parametrize(
    "text",
    [
        PUBLIC,
        "The file starts with\n-----BEGIN PGP PRIVATE KEY BLOCK-----\nand anyone can download it.\n",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n[...]\n-----END PGP PRIVATE KEY BLOCK-----\n",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----",
        "I found -----BEGIN PGP PRIVATE KEY BLOCK----- in it\n",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----\n",
        "",
    ],
)
def test_what_only_speaks_of_one_stays(text: str) -> None:
    """A report on a leaked key, a public key, other kinds of keys."""
    assert without_secret_keys(text) == text


def test_every_one_is_found() -> None:
    """Two in one text, and a public one between them that stays."""
    assert without_secret_keys(BLOCK + PUBLIC + BLOCK).count(MARK) == 2
    assert PUBLIC.strip() in without_secret_keys(BLOCK + PUBLIC + BLOCK)


def test_many_beginnings_cost_no_time() -> None:
    """Each without an end of its own."""
    text = "-----BEGIN PGP PRIVATE KEY BLOCK-----\nComment: x\n" * 5_000
    assert without_secret_keys(text) == text


def opened(text: str, *files: Attachment) -> OpenedMail:
    raw = b"From: hanako@example.com\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode()
    mail = open_mail(parse(RawMail(raw, "test"), Limits()), FakeKeyring(), Limits())
    return settle_keys(replace(mail, attachments=files))


def test_t41_nothing_that_is_read_on_holds_it() -> None:
    """Neither text nor new text nor files; a defect says so."""
    names = ("secret.asc", "secret.gpg", "notes.txt")
    contents = (BLOCK.encode(), packet(SECRET, KEY), "メモ\r\n".encode("shift_jis") + BLOCK.encode())
    files = [
        Attachment(name, "application/octet-stream", content) for name, content in zip(names, contents, strict=True)
    ]
    mail = opened(f"Hello\n\n{BLOCK}", *files)
    assert REMOVED in mail.defects
    assert MARK in mail.text
    kept = mail.text + mail.new_text + "".join(file.content.decode("latin-1") for file in mail.attachments)
    assert "PRIVATE KEY" not in kept
    assert BLOCK.splitlines()[3] not in kept
    assert [file.filename for file in mail.attachments] == list(names)
    assert mail.attachments[2].content.startswith("メモ".encode("shift_jis"))
    assert mail.keys == ()


def test_a_mail_without_one_is_unchanged() -> None:
    """Nothing is said of what is not there."""
    file = Attachment("poc.txt", "text/plain", b"GET /\r\n")
    mail = opened("Hello\n", file)
    assert (mail.attachments, REMOVED in mail.defects, mail.keys) == ((file,), False, ())


def test_public_keys_of_decrypted_text_and_files() -> None:
    """They stand in no part of their own, and are the sender's all the same."""
    file = Attachment("key.asc", "application/octet-stream", PUBLIC.encode())
    mail = replace(opened("x"), text=f"My key:\n{PUBLIC}", attachments=(file,))
    assert len(settle_keys(mail).keys) == 1  # the same key, once
    assert b"-----BEGIN PGP PUBLIC KEY BLOCK-----" in settle_keys(mail).keys[0]


def test_quoted_keys_belong_to_somebody_else() -> None:
    """What an answer quotes is not the sender's own."""
    assert settle_keys(replace(opened("x"), text=quoted(PUBLIC))).keys == ()
