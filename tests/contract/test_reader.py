"""What every `ports.Reader` promises: the same reading, and the failures of the outside as they are."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailbot.adapters.child_reader import ChildReader
from mailbot.core.limits import Limits
from mailbot.core.messages import Decrypted, RawMail, Signature, Verdict
from mailbot.errors import MailbotError, PermanentError, ReadingError, TransientError, UncertainError
from mailbot.ports import Keyring, Reader, Reading
from mailbot.reader import InProcessReader
from tests.fakes_keyring import FakeKeyring
from tests.pgp_home import keyring_in, needs_gpg, new_person
from tests.shipped_rules import shipped_rules

MAILS = Path(__file__).resolve().parents[1] / "mails"
Maker = Callable[[Keyring], Reader]
PLAIN = RawMail(b"Subject: plain\n\ntext\n", "test")


def in_process(keyring: Keyring, limits: Limits = Limits()) -> InProcessReader:  # noqa: B008  # frozen: safe to share
    """The reader of tests."""
    return InProcessReader(keyring, shipped_rules(), limits)


def in_a_child(keyring: Keyring, limits: Limits = Limits()) -> ChildReader:  # noqa: B008  # frozen: safe to share
    """The reader of the desk."""
    return ChildReader(in_process(keyring, limits).read, limits)


class Ahead(ChildReader):
    """The desk's, where every mail is read ahead."""

    def read(self, raw: RawMail) -> Reading:
        self.expect(raw)
        super().read(RawMail(b"Subject: one before\n\ntext\n", "test"))
        return super().read(raw)


def ahead(keyring: Keyring, limits: Limits = Limits()) -> Ahead:  # noqa: B008  # frozen: safe to share
    """A reader that works in advance."""
    return Ahead(in_process(keyring, limits).read, limits, getattr(keyring, "as_of", lambda: None))


@pytest.fixture(params=[in_process, in_a_child, ahead])
def make(request: pytest.FixtureRequest) -> Iterator[Maker]:
    made: list[Reader] = []

    def maker(keyring: Keyring) -> Reader:
        made.append(request.param(keyring))
        return made[-1]

    yield maker
    for reader in made:
        reader.close()


class Failing(FakeKeyring):
    """Cannot decrypt, and says so in its own way."""

    def __init__(self, failure: Exception) -> None:
        super().__init__()
        self.failure = failure

    def decrypt(self, ciphertext: bytes, max_bytes: int) -> Decrypted:
        raise self.failure


def encrypted(keyring: Keyring, text: str = "secret\n") -> RawMail:
    """An inline-encrypted mail to the desk."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "hanako@example.com", "security@desk.example.jp", "report"
    mail.set_content(keyring.encrypt(text.encode(), []).decode())
    return RawMail(mail.as_bytes(), "test")


@pytest.mark.parametrize("path", sorted(MAILS.rglob("*.eml")), ids=lambda path: path.stem)
def test_a_child_reads_what_the_process_itself_would(path: Path, child: ChildReader) -> None:
    """Every value of the reading is equal, bytes, dates and defects included."""
    raw = RawMail(path.read_bytes(), path.name)
    expected = in_process(FakeKeyring()).read(raw)
    assert child.read(raw) == expected
    child.expect(raw)
    assert child.read(PLAIN).opened.text == "text"
    assert child.read(raw) == expected


@pytest.fixture(scope="module")
def child() -> Iterator[ChildReader]:
    reader = in_a_child(FakeKeyring())
    yield reader
    reader.close()


def test_what_is_encrypted_is_read(make: Maker) -> None:
    """The reader opens with the desk's keyring."""
    keyring = FakeKeyring()
    reading = make(keyring).read(encrypted(keyring, "decrypted text\n"))
    assert (reading.opened.text, reading.opened.crypto.encrypted) == ("decrypted text", True)


@pytest.mark.parametrize(
    "failure",
    [TransientError("gpg cannot be run"), UncertainError("it may have run"), PermanentError("it will never run")],
    ids=lambda failure: type(failure).__name__,
)
def test_failures_on_purpose_come_as_they_are(make: Maker, failure: MailbotError) -> None:
    """Whether a later try may help, and what to look at, is known to the caller."""
    keyring = Failing(failure)
    with pytest.raises(type(failure), match=str(failure)) as told:
        make(keyring).read(encrypted(FakeKeyring()))
    assert type(told.value) is type(failure)


def test_of_a_bug_only_its_kind_and_place_leave_the_child() -> None:
    """Its message may quote the mail, so it stays where it is; the next mail is read by the same child."""
    keyring = Failing(ZeroDivisionError("text of the report"))
    reader = in_a_child(keyring)
    with pytest.raises(ReadingError) as told:
        reader.read(encrypted(FakeKeyring()))
    assert str(told.value).startswith("ZeroDivisionError at tests.contract.test_reader:")
    assert reader.read(RawMail(b"Subject: plain\n\ntext\n", "test")).opened.text == "text"
    reader.close()


@needs_gpg
def test_a_key_imported_meanwhile_is_known(make: Maker) -> None:
    """The child asks gpg anew: what its parent imports after the start counts for the next mail."""
    desk, finder = (new_person(name, f"{name}@example.com", None) for name in ("desk", "finder"))
    signed = finder.gpg("--clearsign", stdin=b"signed text\n").decode()
    raw = RawMail(f"From: finder@example.com\nSubject: report\n\n{signed}".encode(), "test")
    reader = make(keyring_in(desk.home, desk.fingerprint))
    assert reader.read(raw).opened.crypto.signature is Signature.UNKNOWN_KEY
    desk.keyring.import_key(finder.public_key)
    crypto = reader.read(raw).opened.crypto
    assert (crypto.signature, crypto.signer) == (Signature.GOOD, finder.fingerprint)
    raw = encrypted(desk.keyring, "for the desk\n")
    assert reader.read(raw).opened.text == "for the desk"


def test_what_is_too_large_to_hand_back_is_refused() -> None:
    """The answer through the pipe has a bound, too, a few times that of the mail."""

    class Swelling(FakeKeyring):
        def decrypt(self, ciphertext: bytes, max_bytes: int) -> Decrypted:
            return Decrypted(b"x" * 100_000, verdicts=(Verdict(Signature.NONE),))

    limits = replace(Limits(), mail_bytes=5_000, decrypted_bytes=5_000)
    reader = in_a_child(Swelling(), limits)
    with pytest.raises(ReadingError, match="larger than 40000 bytes"):
        reader.read(encrypted(FakeKeyring()))
    reader.close()


def test_closing_twice_and_reading_again(make: Maker) -> None:
    """Closing never fails."""
    reader = make(FakeKeyring())
    reader.close()
    reader.close()
    assert reader.read(RawMail(b"Subject: plain\n\ntext\n", "test")).opened.text == "text"
