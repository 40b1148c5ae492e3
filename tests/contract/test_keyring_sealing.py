"""What every keyring promises about what the desk itself signs and encrypts, whichever program does it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters.pgp import GnupgKeyring
from mailbot.adapters.pgp_making import generate
from mailbot.bootstrap import load_keyring
from mailbot.config import load
from mailbot.core.messages import Signature
from mailbot.errors import ConfigError, PermanentError, TransientError
from mailbot.ports import Keyring
from tests.fakes_keyring import FakeKeyring
from tests.pgp_home import gpg, keyring_in, needs_gpg, new_home, new_person, people, quiet_desk
from tests.sequoia_keyring import needs_sequoia, sequoia

TEXT = "届出\r\n- dash\r\n".encode() * 2_000
MISSING = "0123456789ABCDEF0123456789ABCDEF01234567"


@dataclass(frozen=True)
class Pair:
    """The desk and the finder, who know each other."""

    desk: Keyring
    finder: Keyring


@pytest.fixture(params=["fake", pytest.param("gpg", marks=needs_gpg), pytest.param("sequoia", marks=needs_sequoia)])
def pair(request: pytest.FixtureRequest) -> Pair:
    if request.param == "fake":
        finder = FakeKeyring("花子", "hanako@example.com")
        return Pair(FakeKeyring().meet(finder), finder)
    who = people()
    if request.param == "gpg":
        return Pair(who.desk.keyring, who.finder.keyring)
    return Pair(sequoia(who.desk.home, who.desk.fingerprint, who.desk.passphrase), who.finder.keyring)


def test_signed_and_encrypted_opens_to_both(pair: Pair) -> None:
    """Recipient and desk read the bytes that went in, under a good signature of the desk."""
    made = pair.desk.sign_and_encrypt(TEXT, [pair.finder.own])
    assert made.startswith(b"-----BEGIN PGP MESSAGE-----\n")
    assert made.endswith(b"-----END PGP MESSAGE-----\n")
    for reader in (pair.finder, pair.desk):
        opened = reader.decrypt(made, len(TEXT))
        assert (opened.plaintext, opened.failure) == (TEXT, None)
        (verdict,) = opened.verdicts
        assert (verdict.status, verdict.fingerprint) == (Signature.GOOD, pair.desk.own)
        assert isinstance(verdict.made_at, datetime)
        assert "security@desk.example.jp" in verdict.uids[0]


def test_only_recipients_and_the_desk_can_open(pair: Pair) -> None:
    """Nobody else is among those it is encrypted to."""
    opened = pair.finder.decrypt(pair.desk.sign_and_encrypt(TEXT, []), len(TEXT))
    assert (opened.plaintext, opened.failure, len(opened.asked_for)) == (None, "no_secret_key", 1)
    both = pair.desk.decrypt(pair.desk.sign_and_encrypt(TEXT, [pair.finder.own, pair.desk.own]), len(TEXT))
    assert len(both.asked_for) == 2


def test_encrypted_alone_has_no_signature(pair: Pair) -> None:
    """And a detached signature is one by the desk, with SHA-512."""
    assert pair.finder.decrypt(pair.desk.encrypt(TEXT, [pair.finder.own]), len(TEXT)).verdicts == ()
    signature, micalg = pair.desk.sign(TEXT)
    (verdict,) = pair.finder.verify(TEXT, signature)
    assert (verdict.status, verdict.fingerprint, micalg) == (Signature.GOOD, pair.desk.own, "pgp-sha512")
    assert pair.finder.verify(TEXT + b" ", signature)[0].status is Signature.BAD


def test_t42_a_key_that_is_not_held_is_named(pair: Pair) -> None:
    """Nothing is made that leaves one recipient out."""
    for make in (pair.desk.encrypt, pair.desk.sign_and_encrypt):
        with pytest.raises(PermanentError, match=MISSING):
            make(TEXT, [pair.finder.own, MISSING])


# From here on: real keys.

Maker = Callable[..., GnupgKeyring]
both = pytest.mark.parametrize("make", [keyring_in, pytest.param(sequoia, marks=needs_sequoia)])


@needs_gpg
@both
def test_t42_t36_an_unusable_key_and_what_is_no_fingerprint_are_refused(make: Maker) -> None:
    """Expired, revoked, without a key for encryption, or a name in place of a fingerprint."""
    desk = new_person("Desk", "desk@example.com", None)
    expired = gpg_key(desk.home, "expired", "seconds=1")
    revoked = gpg_key(desk.home, "revoked", "never")
    revocation = (desk.home / "openpgp-revocs.d" / f"{revoked}.rev").read_bytes().replace(b":---", b"---")
    gpg(desk.home, "--import", stdin=revocation)
    signs_only = gpg_key(desk.home, "signs", "never", "sign")
    keyring = make(desk.home, desk.fingerprint)
    for fingerprint in (expired, revoked, signs_only):
        with pytest.raises(PermanentError, match=fingerprint):
            keyring.sign_and_encrypt(TEXT, [fingerprint])
    for name in ("--output=/tmp/mailbot-t36", "hanako@example.com", "A" * 41):
        with pytest.raises(PermanentError, match="not a fingerprint"):
            keyring.sign_and_encrypt(TEXT, [name])


def gpg_key(home: Path, name: str, expires: str, usage: str = "default") -> str:
    """A key made by gpg as a person would; one second of life is over at once, by a clock set back."""
    words = ("--faked-system-time", "20250101T000000") if expires.startswith("seconds") else ()
    kind = "ed25519" if usage == "sign" else "default"
    user = f"{name} <{name}@example.com>"
    gpg(home, *words, "--passphrase", "", "--quick-gen-key", user, kind, usage, expires)
    listing = gpg(home, "--with-colons", "--list-keys", f"<{name}@example.com>").decode()
    return next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr:"))


@needs_gpg
@both
def test_a_key_that_cannot_sign_now_stops_the_mail_for_now(make: Maker) -> None:
    """A wrong passphrase, and a desk's key that has expired: the settings are to be looked at, no mail is lost."""
    locked = new_person("Desk", "desk@example.com", "right")
    locked.keyring.close()  # the agent remembers the right one
    home = new_home()
    expired = gpg_key(home, "desk", "seconds=1")
    for keyring in (make(locked.home, locked.fingerprint, "wrong"), make(home, expired)):
        with pytest.raises(TransientError, match="cannot sign"):
            keyring.sign(TEXT)
        with pytest.raises(TransientError, match="cannot sign"):
            keyring.sign_and_encrypt(TEXT, [])


@needs_gpg
@both
def test_t42_a_key_that_is_revoked_meanwhile_is_used_no_more(make: Maker) -> None:
    """Also by a process that has used it before: a mail that was possible is refused."""
    desk, finder = (new_person(name, f"{name}@example.com", None) for name in ("desk", "finder"))
    keyring = make(desk.home, desk.fingerprint)
    keyring.import_key(finder.public_key)
    assert keyring.sign_and_encrypt(TEXT, [finder.fingerprint])
    revocation = (finder.home / "openpgp-revocs.d" / f"{finder.fingerprint}.rev").read_bytes()
    gpg(desk.home, "--import", stdin=revocation.replace(b":---", b"---"))
    with pytest.raises(PermanentError, match=finder.fingerprint):
        keyring.sign_and_encrypt(TEXT, [finder.fingerprint])
    own = (desk.home / "openpgp-revocs.d" / f"{desk.fingerprint}.rev").read_bytes()
    gpg(desk.home, "--import", stdin=own.replace(b":---", b"---"))
    with pytest.raises(TransientError, match="cannot sign"):
        keyring.sign_and_encrypt(TEXT, [])
    with pytest.raises(TransientError, match="cannot sign"):
        keyring.sign(TEXT)


@needs_gpg
@needs_sequoia
def test_gpg_does_what_could_be_done_in_two_ways() -> None:
    """Of several keys for encryption it takes the newest, and none that was revoked; one alone needs no gpg."""
    desk, finder, several = (new_person(name, f"{name}@example.com", None) for name in ("desk", "one", "several"))
    several.gpg("--quick-add-key", several.fingerprint, "cv25519", "encr", "never")
    keyring = sequoia(desk.home, desk.fingerprint)
    for person in (finder, several):
        keyring.import_key(gpg(person.home, "--armor", "--export"))
    assert keyring.sign_and_encrypt(TEXT, [finder.fingerprint])
    assert keyring.sign(TEXT)
    assert keyring.encrypt(TEXT, [finder.fingerprint])
    assert keyring.runs == ()
    made = keyring.sign_and_encrypt(TEXT, [several.fingerprint])
    assert keyring.runs == ("--sign", "--encrypt")
    assert len(several.keyring.decrypt(made, len(TEXT)).asked_for) == 2


@needs_gpg
@needs_sequoia
def test_a_secret_key_that_cannot_be_had_is_left_to_gpg(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one on a card: gpg signs and opens, and is not asked for it again for every mail."""
    desk = new_person("desk", "desk@example.com", None)
    keyring = sequoia(desk.home, desk.fingerprint)
    asked = []
    run = keyring._run

    def without_secret(command: list[str], *args: Any, **kwargs: Any) -> Any:
        answer = run(command, *args, **kwargs)
        if command[0] != "--export-secret-keys":
            return answer
        asked.append(command)
        return replace(answer, output=keyring.export(keyring.own))

    monkeypatch.setattr(keyring, "_run", without_secret)
    for _ in range(2):
        (verdict,) = keyring.decrypt(keyring.sign_and_encrypt(TEXT, []), len(TEXT)).verdicts
        assert verdict.status is Signature.GOOD
    assert (len(asked), keyring.runs) == (2, ("--sign", "--encrypt") * 2)  # once to sign with, once to open with
    assert keyring.judged == ("--decrypt",) * 2


@needs_gpg
@both
def test_a_desk_with_two_secret_keys_signs_with_its_own(make: Maker) -> None:
    """Whichever other keys its home holds."""
    home = new_home()
    generate(home, "Desk of old", "old@desk.example.jp", None)
    fingerprint = generate(home, "Desk", "security@desk.example.jp", None)
    keyring = make(home, fingerprint)
    inside = keyring.decrypt(keyring.sign_and_encrypt(TEXT, []), len(TEXT)).verdicts
    for verdicts in (keyring.verify(TEXT, keyring.sign(TEXT)[0]), inside):
        assert [verdict.fingerprint for verdict in verdicts] == [fingerprint]


@needs_gpg
@needs_sequoia
def test_the_configuration_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    """GnuPG alone unless it says otherwise; where the library is missing, it says what to install."""
    folder = quiet_desk()
    file = folder / "mailbot.toml"
    assert type(load_keyring(load(file))) is GnupgKeyring
    file.write_text(file.read_text("utf-8").replace("[pgp]", '[pgp]\nbackend = "sequoia"'), "utf-8")
    assert type(load_keyring(load(file))).__name__ == "SequoiaKeyring"
    monkeypatch.setitem(sys.modules, "mailbot.adapters.pgp_sequoia", None)
    with pytest.raises(ConfigError, match=r"mailbot\[sequoia\]"):
        load_keyring(load(file))


@needs_gpg
def test_a_key_that_was_just_looked_at_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing it costs one run of gpg; another block, or the same once more, is looked at as ever."""
    desk, finder, other = (new_person(name, f"{name}@example.com", None) for name in ("desk", "finder", "other"))
    words: list[str] = []
    run = desk.keyring._run

    def noting(command: list[str], *args: Any, **kwargs: Any) -> Any:
        words.append(command[0])
        return run(command, *args, **kwargs)

    monkeypatch.setattr(desk.keyring, "_run", noting)
    desk.keyring.inspect(finder.public_key)
    for key in (finder.public_key, finder.public_key, other.public_key):
        assert len(desk.keyring.import_key(key)) == 1
    show, take = "--show-keys", "--import-options"
    assert words == [show, take, show, take, show, take]
    assert desk.keyring.inspect(finder.public_key)
    assert [info.fingerprint for info in desk.keyring.import_key(other.public_key)] == [other.fingerprint]
