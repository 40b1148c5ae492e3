"""How details reach who has no key: in a locked file, whose passphrase is told by telephone, or not at all."""

import re
import zipfile
from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
import pyzipper

from mailbot.adapters import pdf_text
from mailbot.adapters.protecting import FileProtector
from mailbot.core.messages import Attachment
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.passphrase import make_passphrase
from tests.faults.quick_desk import QuickDesk
from tests.files import packed, png
from tests.unit.test_attachments import told, until_details_held

STEP = "Search for a script"
PASSPHRASE = re.compile(r"\b(?:\d{5}-){4}\d{5}\b")
WANTS = "Please encrypt it before you send it. We have no PGP.\n"


def held(desk: QuickDesk, text: str = "We are in charge. Please send it here.\n") -> OutboxItem:
    """Details for a shop that has no key wait for a person."""
    return until_details_held(desk, ("hanako_poc.png", png()), encrypted=False, answer=text)


def protected(desk: QuickDesk, item: OutboxItem, form: str = "") -> str:
    """The details protected, approved and sent; the passphrase as the coordinator was told it."""
    transcript = desk.command(f"!protect {item.hash} {form}".strip())
    desk.command(f"!approve {desk.held('details').hash}")
    return PASSPHRASE.findall(transcript)[0]


@pytest.mark.parametrize("text", ["We are in charge. Please send it here.\n", WANTS], ids=["plain", "asks"])
def test_details_in_a_locked_document(text: str) -> None:
    """The letter tells how to open it and nothing else; the document has the text and the files."""
    desk = QuickDesk()
    passphrase = protected(desk, held(desk, text))
    mail = desk.mail("Shop")[-1]
    (file,) = mail.attachments
    assert (file.filename, file.media_type) == ("details.pdf", "application/pdf")
    assert STEP not in mail.text
    assert "cross-site scripting" not in mail.text.lower()
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(BytesIO(file.content))
    with pikepdf.open(BytesIO(file.content), password=passphrase) as document:
        assert document.encryption.R == 6
        assert document.encryption.bits == 256
        assert "/Info" not in document.trailer
        assert list(document.attachments) == ["attachment-1.png"]
        out = BytesIO()
        document.save(out)
    assert STEP in " ".join((pdf_text.words(out.getvalue()) or "").split())
    (sent,) = desk.items("details", Status.SENT)
    assert sent.draft
    assert sent.draft.protection == "pdf"


def test_details_in_a_locked_archive() -> None:
    """AES-256; the letter says that Windows alone does not open it; names inside tell nothing."""
    desk = QuickDesk()
    passphrase = protected(desk, held(desk), "zip")
    mail = desk.mail("Shop")[-1]
    assert "7-Zip" in mail.text
    (file,) = mail.attachments
    with zipfile.ZipFile(BytesIO(file.content)) as plain:
        assert plain.namelist() == ["details.txt", "attachment-1.png"]
        with pytest.raises((RuntimeError, NotImplementedError)):
            plain.read("details.txt")
    with pyzipper.AESZipFile(BytesIO(file.content)) as archive:
        archive.setpassword(passphrase.encode())
        assert STEP in archive.read("details.txt").decode("utf-8-sig")


def test_the_passphrase_goes_to_coordinators_alone() -> None:
    """In the encrypted answer to the one who asked: in no mail to anybody else, not stored, not in the journal."""
    desk = QuickDesk()
    passphrase = protected(desk, held(desk))
    for name in ("Shop", "Hanako"):
        assert not any(passphrase.encode() in told(mail) for mail in desk.mail(name))
    assert all(mail.crypto.encrypted for mail in desk.mail("Taro"))
    assert not any(passphrase in line for line in desk.store.journal)
    stored = [item for item in desk.store.items() if item.draft and passphrase in item.draft.body]
    assert {item.template for item in stored} == {"transcript"}


def test_the_same_mail_has_the_same_passphrase() -> None:
    """After a crash as well, and when it is asked for again; another mail has another."""
    desk = QuickDesk()
    item = held(desk)
    first = PASSPHRASE.findall(desk.command(f"!protect {item.hash}"))
    again = desk.command(f"!protect {desk.held('details').hash} pdf")
    assert (PASSPHRASE.findall(again), "as it is" in again) == (first, True)
    assert first == [make_passphrase(desk.bot.secret, item.item)]
    assert make_passphrase(desk.bot.secret, "other") != first[0]
    assert len(set(first[0]) - {"-"}) > 3


def test_files_that_go_encrypted_only_go_in_a_locked_file() -> None:
    """What was chosen among them stays chosen when the form changes."""
    desk = QuickDesk()
    archive = packed({"poc/run.py": b"x"})
    item = until_details_held(desk, ("poc.py", b"print(1)\n"), ("all.zip", archive), encrypted=False)
    assert item.draft
    assert item.draft.attachments == ()
    desk.command(f"!protect {item.hash} pdf")
    desk.command(f"!attach {desk.held('details').hash} 2")
    desk.command(f"!protect {desk.held('details').hash} zip")
    both = desk.held("details")
    assert both.draft
    assert [file.filename for file in both.draft.attachments] == ["attachment-1.txt", "attachment-2.zip"]
    desk.command(f"!protect {both.hash} off")
    plain = desk.held("details")
    assert plain.draft
    assert plain.draft.attachments == ()


def test_protection_can_be_taken_back() -> None:
    """Then the mail waits for what it waited for."""
    desk = QuickDesk()
    item = held(desk, WANTS)
    desk.command(f"!protect {item.hash}")
    desk.command(f"!protect {desk.held('details').hash} off")
    plain = desk.held("details")
    assert plain.hash == item.hash
    assert "no usable key" in desk.command(f"!approve {plain.hash}")


def test_policy_decides() -> None:
    """Where protected files are not wanted there are none, also of a mail that was protected before."""
    desk = QuickDesk(protected_file="never", plaintext_details="never")
    item = held(desk)
    assert "protected_file" in desk.command(f"!protect {item.hash}")
    assert "no usable key" in desk.command(f"!approve {item.hash}")
    other = QuickDesk(protected_file="zip")
    other.command(f"!protect {held(other).hash}")
    waiting = other.held("details")
    assert waiting.draft
    assert waiting.draft.protection == "zip"
    other.bot = replace(other.bot, policy=replace(other.bot.policy, protected_file="never"))
    assert "no usable key" in other.command(f"!approve {waiting.hash}")
    assert not other.items("details", Status.SENT)


def test_who_wrote_encrypted_gets_no_locked_file() -> None:
    """Who has a key gets their mail encrypted to it, or it waits."""
    desk = QuickDesk()
    item = until_details_held(desk, ("a.png", png()))
    assert "there is a key" in desk.command(f"!protect {item.hash}")


def test_only_details_are_protected() -> None:
    """A first contact has nothing to lock."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    assert "no mail with details" in desk.command(f"!protect {desk.held('first-contact').hash}")


def test_coordinators_are_shown_how() -> None:
    """The mail that asks for the decision has the line ready, and says how it will leave."""
    desk = QuickDesk()
    item = held(desk, WANTS)
    assert f"!protect {item.hash}" in desk.mail("Taro")[-1].text
    desk.command(f"!protect {item.hash}")
    notice = next(m.text for m in reversed(desk.mail("Taro")) if "!approve" in m.text and "| >" not in m.text)
    assert "パスワードのかかったファイル" in notice


@pytest.mark.parametrize("form", ["pdf", "zip"])
def test_japanese_and_what_no_font_has(form: str) -> None:
    """Japanese stands in the document as text; a character that the font lacks leaves a mark, never a gap."""
    text = "受付番号 髙﨑①\n\n| 検索欄に「<b>」\n\tx 😀" + "長い行" * 80
    content = FileProtector().lock(form, text, [Attachment("attachment-1.txt", "text/plain", b"x")], "1-2")
    if form == "zip":
        with pyzipper.AESZipFile(BytesIO(content)) as archive:
            archive.setpassword(b"1-2")
            assert archive.read("details.txt").decode("utf-8-sig").replace("\r\n", "\n") == text
        return
    with pikepdf.open(BytesIO(content), password="1-2") as document:
        out = BytesIO()
        document.save(out)
    words = (pdf_text.words(out.getvalue()) or "").replace("\n", "")
    assert all(found in words for found in ("受付番号 髙﨑①", "検索欄に「<b>」", "〓", "長い行" * 40))
