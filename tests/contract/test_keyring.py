"""What every keyring promises, and what gpg may never get away with."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailbot.adapters.pgp import GnupgKeyring
from mailbot.adapters.pgp_making import generate, import_secret
from mailbot.core.limits import Limits
from mailbot.core.messages import Signature
from mailbot.core.packets import MAX_KEY_BYTES
from mailbot.errors import ConfigError, PermanentError, TransientError
from mailbot.ports import Keyring
from tests.fakes_keyring import FakeKeyring
from tests.pgp_home import Person, gpg, introduce, keyring_in, needs_gpg, new_home, new_person, people
from tests.sequoia_keyring import needs_sequoia, sequoia

TEXT = "脆弱性の届出\r\n<script>\r\n- dash\r\n".encode()
NOW = datetime.now(UTC)
MISSING = "0123456789ABCDEF0123456789ABCDEF01234567"


@dataclass(frozen=True)
class Pair:
    """The desk's keyring, its correspondent's, and one that neither knows."""

    desk: Keyring
    finder: Keyring
    stranger: Keyring
    clearsign: Callable[[bytes], bytes]  # by the finder
    secret_key: Callable[[], bytes]  # the finder's


@pytest.fixture(params=["fake", pytest.param("gpg", marks=needs_gpg), pytest.param("sequoia", marks=needs_sequoia)])
def pair(request: pytest.FixtureRequest) -> Pair:
    if request.param == "fake":
        desk, finder, stranger = (
            FakeKeyring(),
            FakeKeyring("花子", "hanako@example.com"),
            FakeKeyring("Stranger", "s@x"),
        )
        stranger.import_key(desk.meet(finder).export(desk.own))
        return Pair(desk, finder, stranger, finder.clearsign, finder.export_secret)
    who = people()

    def keyring(person: Person) -> Keyring:
        seals = request.param == "sequoia"
        return sequoia(person.home, person.fingerprint, person.passphrase) if seals else person.keyring

    return Pair(
        keyring(who.desk),
        keyring(who.finder),
        keyring(who.stranger),
        lambda text: who.finder.gpg("--clearsign", stdin=text),
        lambda: who.finder.gpg("--armor", "--export-secret-keys"),
    )


def test_what_was_encrypted_to_the_desk_is_decrypted(pair: Pair) -> None:
    """Decrypting gives the bytes that were encrypted, without verdicts when nobody signed."""
    opened = pair.desk.decrypt(pair.finder.encrypt(TEXT, [pair.desk.own]), 1_000)
    assert (opened.plaintext, opened.failure, opened.verdicts) == (TEXT, None, ())


def test_ciphertext_looks_armored(pair: Pair) -> None:
    """Ciphertext is an armored block and does not hold the text."""
    ciphertext = pair.finder.encrypt(TEXT, [pair.desk.own])
    assert ciphertext.startswith(b"-----BEGIN PGP MESSAGE-----\n")
    assert ciphertext.endswith(b"-----END PGP MESSAGE-----\n")
    assert b"script" not in ciphertext


def test_the_writer_can_read_its_own_mail(pair: Pair) -> None:
    """Everything is encrypted to the desk's own key, too."""
    assert pair.desk.decrypt(pair.desk.encrypt(TEXT, [pair.finder.own]), 1_000).plaintext == TEXT


def test_plaintext_of_exactly_the_limit_is_taken(pair: Pair) -> None:
    """The limit itself is not over the limit."""
    ciphertext = pair.finder.encrypt(b"x" * 200_000, [pair.desk.own])
    assert pair.desk.decrypt(ciphertext, 200_000).plaintext == b"x" * 200_000


def test_t6_plaintext_over_the_limit_is_too_large(pair: Pair) -> None:
    """Nothing of a plaintext over the limit is given out."""
    opened = pair.desk.decrypt(pair.finder.encrypt(b"x" * 200_001, [pair.desk.own]), 200_000)
    assert (opened.plaintext, opened.failure) == (None, "too_large")


def test_t40_ciphertext_for_others_is_told_apart(pair: Pair) -> None:
    """Ciphertext for somebody else's key fails with no_secret_key."""
    opened = pair.desk.decrypt(pair.finder.encrypt(TEXT, []), 1_000)
    assert (opened.plaintext, opened.failure) == (None, "no_secret_key")


@pytest.mark.parametrize("content", [b"", b"plain text", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n"])
def test_what_is_no_ciphertext_is_told_apart(pair: Pair, content: bytes) -> None:
    """What is no OpenPGP message fails with not_encrypted."""
    assert pair.desk.decrypt(content, 1_000).failure == "not_encrypted"


def test_a_signature_of_a_known_key_is_good(pair: Pair) -> None:
    """A good verdict carries the signer's primary fingerprint, user id and time; micalg names SHA-512."""
    signature, micalg = pair.finder.sign(TEXT)
    (verdict,) = pair.desk.verify(TEXT, signature)
    assert (verdict.status, verdict.fingerprint, micalg) == (Signature.GOOD, pair.finder.own, "pgp-sha512")
    assert verdict.made_at is not None
    assert verdict.made_at.tzinfo is not None
    assert "hanako@example.com" in verdict.uids[0]


def test_a_signature_over_other_bytes_is_bad(pair: Pair) -> None:
    """One changed byte makes the signature bad, and a bad signature names no signer."""
    (verdict,) = pair.desk.verify(TEXT + b" ", pair.finder.sign(TEXT)[0])
    assert (verdict.status, verdict.fingerprint) == (Signature.BAD, None)


def test_a_signature_of_an_unknown_key_is_neither_good_nor_bad(pair: Pair) -> None:
    """An unknown key gives unknown_key and no signer."""
    (verdict,) = pair.desk.verify(TEXT, pair.stranger.sign(TEXT)[0])
    assert (verdict.status, verdict.fingerprint) == (Signature.UNKNOWN_KEY, None)


@pytest.mark.parametrize("signature", [b"", b"no signature"])
def test_what_is_no_signature_gives_no_verdict(pair: Pair, signature: bytes) -> None:
    """Junk in place of a signature has no verdict at all."""
    assert pair.desk.verify(TEXT, signature) == ()


def test_t30_only_the_text_inside_a_clear_signed_block_comes_out(pair: Pair) -> None:
    """Text around the block is not given out as signed, and dashes are unescaped."""
    block = pair.clearsign(b"!status\n- dash\n")
    text, (verdict,) = pair.desk.verify_clearsigned(b"!close\n\n" + block + b"\n!close\n", 1_000)
    assert (text, verdict.status, verdict.fingerprint) == (b"!status\n- dash\n", Signature.GOOD, pair.finder.own)


def test_a_changed_clear_signed_text_is_bad(pair: Pair) -> None:
    """Changing the text inside makes the verdict bad."""
    _, (verdict,) = pair.desk.verify_clearsigned(pair.clearsign(b"!status\n").replace(b"!status", b"!closed"), 1_000)
    assert verdict.status is Signature.BAD


def test_a_key_is_inspected_without_being_imported(pair: Pair) -> None:
    """Inspecting tells what a key is, and leaves it out of the keyring."""
    (info,) = pair.desk.inspect(pair.stranger.export(pair.stranger.own))
    assert (info.fingerprint, info.can_encrypt, info.secret) == (pair.stranger.own, True, False)
    assert not pair.desk.usable(pair.stranger.own, NOW)


@pytest.mark.parametrize("method", ["inspect", "import_key"])
def test_what_is_no_key_is_nothing(pair: Pair, method: str) -> None:
    """Junk in place of a key is no key."""
    assert getattr(pair.desk, method)(b"no key") == ()


def test_an_imported_key_can_be_encrypted_to(pair: Pair) -> None:
    """The desk holds what it imported, and exports it again."""
    (info,) = pair.desk.import_key(pair.finder.export(pair.finder.own))
    assert info.fingerprint == pair.finder.own
    assert pair.desk.usable(pair.finder.own, NOW)
    assert pair.stranger.inspect(pair.desk.export(pair.finder.own))[0].fingerprint == pair.finder.own


def test_t41_a_secret_key_is_refused(pair: Pair) -> None:
    """A secret key is recognised and never imported."""
    key = pair.secret_key()
    assert [info.secret for info in pair.stranger.inspect(key)] == [True]
    assert pair.stranger.import_key(key) == ()
    assert not pair.stranger.usable(pair.finder.own, NOW)


def test_a_key_that_is_not_held_exports_as_nothing(pair: Pair) -> None:
    """An absent key is neither exported nor usable."""
    assert (pair.desk.export(MISSING), pair.desk.usable(MISSING, NOW)) == (b"", False)


def test_t42_encrypting_to_a_key_that_is_not_held_names_it(pair: Pair) -> None:
    """An unusable key stops the mail and is named."""
    with pytest.raises(PermanentError, match=MISSING):
        pair.desk.encrypt(TEXT, [pair.finder.own, MISSING])


# From here on: gpg only.


@needs_gpg
@pytest.mark.parametrize("recipient", ["--output=/tmp/mailbot-t36", "hanako@example.com", "ABCDEF", "a" * 40, "A" * 41])
def test_t36_only_full_fingerprints_reach_the_command_line(recipient: str) -> None:
    """Whatever is not 40 upper case hex digits is refused before gpg runs."""
    desk = people().desk.keyring
    with pytest.raises(PermanentError, match="not a fingerprint"):
        desk.encrypt(TEXT, [recipient])
    assert (desk.export(recipient), desk.usable(recipient, NOW), desk.expiry(recipient)) == (b"", False, None)


@needs_gpg
def test_signed_and_encrypted_in_one_gives_both() -> None:
    """A signature inside the encryption gets its verdict."""
    who = people()
    words = ("--trust-model", "always", "-r", who.desk.fingerprint, "--sign", "--encrypt")
    opened = who.desk.keyring.decrypt(who.finder.gpg(*words, stdin=TEXT), 1_000)
    assert opened.plaintext == TEXT
    assert [(v.status, v.fingerprint) for v in opened.verdicts] == [(Signature.GOOD, who.finder.fingerprint)]


@needs_gpg
def test_a_signature_of_an_unknown_key_does_not_keep_the_plaintext_back() -> None:
    """A first report, signed with a key that the desk has never seen, is read; gpg calls that a failure."""
    who = people()
    words = ("--trust-model", "always", "-r", who.desk.fingerprint, "--sign", "--encrypt")
    opened = who.desk.keyring.decrypt(who.stranger.gpg(*words, stdin=TEXT), 1_000)
    assert (opened.plaintext, opened.failure) == (TEXT, None)
    assert [verdict.status for verdict in opened.verdicts] == [Signature.UNKNOWN_KEY]


@needs_gpg
def test_a_cut_off_plaintext_with_an_unknown_signature_is_too_large() -> None:
    """The signer's key being unknown does not let a plaintext over the limit through."""
    who = people()
    words = ("--trust-model", "always", "-r", who.desk.fingerprint, "--sign", "--encrypt")
    opened = who.desk.keyring.decrypt(who.stranger.gpg(*words, stdin=b"x" * 200_000), 100_000)
    assert (opened.plaintext, opened.failure) == (None, "too_large")


def _encrypted(*words: str, content: bytes = TEXT) -> bytes:
    who = people()
    return who.finder.gpg("--trust-model", "always", *words, "-r", who.desk.fingerprint, "--encrypt", stdin=content)


def _tampered() -> bytes:
    message = bytearray(_encrypted("-z", "0", content=os.urandom(5_000)))
    message[-1_000] ^= 1
    return bytes(message)


@needs_gpg
@pytest.mark.parametrize(
    ("make", "failure"),
    [
        (lambda: _encrypted("--rfc2440", "--cipher-algo", "3DES", "--disable-mdc"), "not_protected"),
        (_tampered, "damaged"),
        (lambda: _encrypted("-z", "0", content=os.urandom(5_000))[:-2_000], "damaged"),
        (lambda: _encrypted() + _encrypted(), "damaged"),
        (lambda: people().finder.gpg("--passphrase", "x", "--symmetric", stdin=TEXT), "symmetric"),
        (lambda: people().finder.gpg("--store", stdin=TEXT), "not_encrypted"),
        (lambda: people().finder.gpg("--sign", stdin=TEXT), "not_encrypted"),
        (lambda: people().finder.gpg("--clearsign", stdin=TEXT), "not_encrypted"),
    ],
    ids=[
        "t38-no-mdc",
        "t38-tampered",
        "t38-truncated",
        "two-in-one",
        "t40-symmetric",
        "literal",
        "signed",
        "clearsigned",
    ],
)
def test_t38_unauthenticated_plaintext_never_comes_out(make: Callable[[], bytes], failure: str) -> None:
    """gpg writes plaintext for several of these; none of it is given out."""
    opened = people().desk.keyring.decrypt(make(), 1_000_000)
    assert (opened.plaintext, opened.failure) == (None, failure)


@needs_gpg
def test_t40_a_hidden_recipient_is_found() -> None:
    """A message that does not name its recipient is decrypted."""
    who = people()
    words = ("--trust-model", "always", "--hidden-recipient", who.desk.fingerprint, "--encrypt")
    assert who.desk.keyring.decrypt(who.finder.gpg(*words, stdin=TEXT), 1_000).plaintext == TEXT


@needs_gpg
def test_t6_a_compression_bomb_stops_at_the_limit() -> None:
    """A message of a few kilobytes that unpacks to 50 MB ends as too_large."""
    bomb = _encrypted("--compress-algo", "bzip2", content=b"\0" * 50_000_000)
    assert len(bomb) < 5_000
    opened = people().desk.keyring.decrypt(bomb, 1_000_000)
    assert (opened.plaintext, opened.failure) == (None, "too_large")


@needs_gpg
def test_t40_an_old_key_that_does_not_fit_is_passed_over() -> None:
    """A hidden recipient makes gpg try every secret key and call a misfit a failure; the plaintext is as good."""
    home = new_home()
    generate(home, "Desk of old", "old@desk.example.jp", None)
    fingerprint = generate(home, "Desk", "security@desk.example.jp", None)
    keyring = keyring_in(home, fingerprint)
    words = ("--trust-model", "always", "--hidden-recipient", fingerprint, "--encrypt")
    for compression, size in (("zlib", 20), ("none", 3_000_000)):
        message = gpg(home, "--compress-algo", compression, *words, stdin=b"x" * size)
        assert keyring.decrypt(message, 3_000_000).plaintext == b"x" * size
        assert keyring.decrypt(message, size - 1).failure == "too_large"


@needs_gpg
@pytest.mark.parametrize("passphrase", [None, "wrong"])
def test_a_wrong_passphrase_is_told_apart(passphrase: str | None) -> None:
    """A missing or wrong passphrase of the desk's own key is named; signing asks for the settings to be looked at."""
    who = people()
    ciphertext = who.finder.keyring.encrypt(TEXT, [who.desk.fingerprint])
    who.desk.keyring.close()  # the agent remembers the right one
    keyring = keyring_in(who.desk.home, who.desk.fingerprint, passphrase)
    assert keyring.decrypt(ciphertext, 1_000).failure == "passphrase"
    with pytest.raises(TransientError, match="passphrase_env"):
        keyring.sign(TEXT)


@needs_gpg
def test_a_run_over_the_time_limit_is_ended() -> None:
    """gpg is stopped when its time is over, and nothing it wrote counts."""
    who = people()
    keyring = keyring_in(who.desk.home, who.desk.fingerprint, who.desk.passphrase, Limits(decrypt_seconds=0))
    signature = who.finder.keyring.sign(TEXT)[0]
    assert keyring.decrypt(_encrypted(), 1_000).failure == "timeout"
    assert keyring.verify(TEXT, signature) == ()
    with pytest.raises(TransientError):
        keyring.encrypt(TEXT, [])


@needs_gpg
def test_t29_t30_every_signature_gets_its_own_verdict() -> None:
    """Of two signatures both are judged: a good one does not hide an unknown one."""
    who = people()
    good = who.finder.gpg("--detach-sign", stdin=TEXT)
    unknown = who.stranger.gpg("--detach-sign", stdin=TEXT)
    verdicts = who.desk.keyring.verify(TEXT, good + unknown)
    assert [verdict.status for verdict in verdicts] == [Signature.GOOD, Signature.UNKNOWN_KEY]


@needs_gpg
def test_t30_a_bad_signature_beside_a_good_one_is_seen() -> None:
    """The signature over other bytes is bad in whatever place it stands."""
    who = people()
    good, other = (who.finder.gpg("--detach-sign", stdin=content) for content in (TEXT, b"other"))
    found = [{v.status for v in who.desk.keyring.verify(TEXT, both)} for both in (good + other, other + good)]
    assert all(Signature.BAD in statuses for statuses in found)


@needs_gpg
@pytest.mark.parametrize("words", [("--clearsign",), ("--sign",), ("--armor", "--sign")])
def test_t30_a_whole_signed_message_is_no_detached_signature(words: tuple[str, ...]) -> None:
    """A message with its own content, given as signature, says nothing about other content."""
    who = people()
    assert who.desk.keyring.verify(b"!close\n", who.finder.gpg(*words, stdin=TEXT)) == ()


@needs_gpg
def test_t29_a_signature_of_a_revoked_key_is_not_good() -> None:
    """A key revoked after it signed makes the verdict revoked, which still names whose it was."""
    desk, signer = people().desk.keyring, new_person("Former", "former@example.com", None)
    signature = signer.keyring.sign(TEXT)[0]
    revocation = (signer.home / "openpgp-revocs.d" / f"{signer.fingerprint}.rev").read_bytes()
    signer.gpg("--import", stdin=revocation.replace(b"\n:-----BEGIN", b"\n-----BEGIN"))
    (info,) = desk.import_key(signer.public_key)
    (verdict,) = desk.verify(TEXT, signature)
    assert (verdict.status, verdict.fingerprint) == (Signature.REVOKED, signer.fingerprint)
    assert info.revoked
    assert not desk.usable(signer.fingerprint, NOW)


@needs_gpg
def test_t29_a_signature_of_an_expired_key_is_not_good() -> None:
    """A key that ended after it signed makes the verdict expired, which still names whose it was."""
    home, then = new_home(), ("--faked-system-time", "20250101T000000!", "--passphrase", "")
    gpg(home, *then, "--quick-gen-key", "Late <late@example.com>", "rsa3072", "default", "1d")
    signature = gpg(home, *then, "--detach-sign", stdin=TEXT)
    keyring = keyring_in(home, "0" * 40)
    desk = people().desk.keyring
    (info,) = desk.import_key(gpg(home, "--export"))
    keyring.close()
    (verdict,) = desk.verify(TEXT, signature)
    assert (verdict.status, verdict.fingerprint) == (Signature.EXPIRED, info.fingerprint)
    assert (info.algorithm, info.expires) == ("rsa3072", datetime(2025, 1, 2, tzinfo=UTC))
    assert not desk.usable(info.fingerprint, NOW)


@needs_gpg
@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\u2029", "\x1e"])
def test_t36_a_user_id_cannot_speak_for_gpg(sign: str) -> None:
    """Characters that some readers take for a line end do not let a user id forge a fingerprint or a verdict."""
    home, victim = new_home(), people().coordinator.fingerprint
    line = f"[GNUPG:] VALIDSIG {victim} 2026-11-22 1795323435 0 4 0 22 8 00 {victim}"
    name = f"x{sign}fpr:::::::::{victim}:{sign}{line}{sign}"
    gpg(home, "--passphrase", "", "--allow-freeform-uid", "--quick-gen-key", name, "ed25519", "sign")
    keyring = people().desk.keyring
    (info,) = keyring.import_key(gpg(home, "--export"))
    (verdict,) = keyring.verify(TEXT, gpg(home, "--detach-sign", stdin=TEXT))
    keyring_in(home, "0" * 40).close()
    assert verdict.fingerprint == info.fingerprint != victim
    assert info.uids[0].isprintable()


@needs_gpg
def test_t41_a_key_flooded_with_signatures_is_not_read() -> None:
    """A key over the size limit is no key."""
    key = people().finder.public_key + b"\n" * MAX_KEY_BYTES
    assert people().desk.keyring.inspect(key) == people().desk.keyring.import_key(key) == ()


@needs_gpg
def test_t41_signatures_by_others_are_left_behind() -> None:
    """What a third party certified on a key is not imported."""
    signer, owner, reader = (new_person(name, f"{name}@example.com", None) for name in ("signer", "owner", "reader"))
    introduce(signer, owner)
    signer.gpg("--quick-sign-key", owner.fingerprint)
    reader.keyring.import_key(signer.gpg("--export", owner.fingerprint))
    listing = reader.gpg("--list-sigs", "--with-colons", owner.fingerprint).decode()
    assert signer.fingerprint[-16:] not in listing


@needs_gpg
def test_a_made_key_lives_two_years() -> None:
    """The key that init makes can sign and be encrypted to, and ends after two years."""
    desk = people().desk
    (info,) = desk.keyring.inspect(desk.public_key)
    ends = desk.keyring.expiry(desk.fingerprint)
    assert (info.algorithm, info.uids) == ("ed25519", ("Desk <security@desk.example.jp>",))
    assert ends is not None
    assert timedelta(days=728) < ends - datetime.now(UTC) < timedelta(days=732)
    assert desk.keyring.usable(desk.fingerprint, ends - timedelta(days=1))
    assert not desk.keyring.usable(desk.fingerprint, ends)
    assert desk.keyring.has_secret()
    assert not keyring_in(desk.home, people().finder.fingerprint).has_secret()


@needs_gpg
def test_an_own_secret_key_can_be_brought_along(tmp_path: Path) -> None:
    """A desk that has a key takes it over with its passphrase; a public key in its place is refused."""
    desk, home = people().desk, new_home()
    (tmp_path / "secret.asc").write_bytes(desk.gpg("--armor", "--export-secret-keys", desk.fingerprint))
    (tmp_path / "public.asc").write_bytes(desk.public_key)
    assert import_secret(home, tmp_path / "secret.asc") == desk.fingerprint
    keyring = keyring_in(home, desk.fingerprint, desk.passphrase)
    assert keyring.has_secret()
    assert keyring.sign(TEXT)[1] == "pgp-sha512"
    for name, problem in (("public.asc", "holds 0 secret keys"), ("absent.asc", "No such file")):
        with pytest.raises(ConfigError, match=problem):
            import_secret(home, tmp_path / name)


@needs_gpg
@pytest.mark.parametrize("name", ["", "Desk\n%no-protection", "Desk <other@example.com>"])
def test_a_key_is_not_made_for_a_name_that_would_break_its_form(name: str) -> None:
    """Line ends and angle brackets in a name are refused before gpg runs."""
    with pytest.raises(ConfigError, match="cannot stand in a key"):
        generate(new_home(), name, "security@desk.example.jp", None)


@needs_gpg
def test_every_problem_of_the_settings_is_named_at_once(tmp_path: Path) -> None:
    """A long home, a short fingerprint and an empty passphrase are three problems of one ConfigError."""
    home = tmp_path / ("long" * 20)
    home.mkdir()
    with pytest.raises(ConfigError) as raised:
        GnupgKeyring(home, "ABCD", "", Limits())
    assert [problem.split(":")[0] for problem in raised.value.problems] == [
        "[pgp] home",
        "[pgp] fingerprint",
        "[pgp] passphrase_env",
    ]


def test_a_missing_home_or_gpg_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a home `mailbot init` is named, without gpg the package to install."""
    home = new_home()
    with pytest.raises(ConfigError, match="mailbot init"):
        GnupgKeyring(home / "absent", MISSING, None, Limits())
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match="install GnuPG"):
        GnupgKeyring(home, MISSING, None, Limits())
