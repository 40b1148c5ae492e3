"""The test mails of a mail program's OpenPGP support: what opens, to which bytes, and under whose signature."""

import json
import tarfile
from collections.abc import Callable
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters.pgp import GnupgKeyring
from mailbot.core.limits import Limits
from mailbot.core.messages import Decrypted, OpenedMail, RawMail, Signature
from mailbot.core.opening import OUTSIDE, PARTLY, open_mail
from mailbot.core.parse import parse
from mailbot.core.signatures import OTHER_TIME, STRANGER
from tests.corpus import corpus_dir, needs_corpus
from tests.pgp_home import gpg_may_fail, needs_gpg, new_home, stopped_at_the_end

pytestmark = [needs_gpg, needs_corpus]

OPENS_HERE_ONLY = ("eml/bob-enc-html-nbsp.eml",)
"""Armor in HTML, which gpg alone cannot read, and we can."""

ALICE, BOB, CAROL = "F231550C4F47E38E", "FBFCC82A015E7330", "3099FF1238852B9F"
GOOD, NONE = Signature.GOOD, (Signature.NONE, None)
VERDICTS: dict[str, tuple[Signature, str | None]] = {
    "alice-signed": (GOOD, ALICE),
    "alice-utf": (GOOD, ALICE),
    "bob-to-alice-signed-damaged-signature": (Signature.BAD, None),
    "dual-signed-uncommon-content-type": (Signature.BAD, None),  # its text was changed after it was signed
    "enc-to-carol@pgp.icu-revoked": (Signature.UNKNOWN_KEY, None),
    "encrypted-and-signed-alice-to-bob-nonascii": (GOOD, ALICE),
    "inline-signed-latin1": (Signature.UNKNOWN_KEY, None),
    "inline-signed-utf8": (Signature.UNKNOWN_KEY, None),
    "outer-pgp-sig-inner-pgp-enc-sig": (GOOD, CAROL),
    "outer-smime-bad-sig-inner-pgp-enc-sig": (GOOD, CAROL),
    "outer-smime-bad-sig-inner-pgp-enc-sig-with-mixed": (GOOD, CAROL),
    "signed-encrypted-autocrypt-gossip": (GOOD, BOB),
    "signed-inline-indented": (GOOD, ALICE),
    "signed-mismatch-email-date": (GOOD, BOB),
    "signed-with-mailman-footer": (Signature.BAD, None),  # a protected header was changed
    "unob-signed-by-0x3099ff1238852b9f-to-0xf231550c4f47e38e": (GOOD, CAROL),
}
"""Of what is not here, `signed-by-KEY-…` says by whom it is signed, and the rest is not signed, or not itself."""

DEFECTS = {
    "outer-pgp-sig-inner-pgp-enc": (OUTSIDE,),
    "outer-pgp-sig-inner-pgp-enc-sig": (OUTSIDE,),
    "outer-pgp-sig-inner-pgp-enc-with-mixed": (OUTSIDE,),
    "outer-smime-bad-sig-inner-pgp-enc-sig-with-mixed": (PARTLY,),
    "signed-by-0xfbfcc82a015e7330-encrypted-to-0xf231550c4f47e38e-multi-from": (STRANGER,),
    "signed-by-0xfbfcc82a015e7330-to-0xf231550c4f47e38e-unencrypted-in-mixed": (PARTLY,),
    "signed-mismatch-email-date": (OTHER_TIME,),
}
NOT_ALL_OF_THE_MAIL = ("fwd-unsigned-encrypted", "outer-pgp-sig-inner-pgp-enc-with-mixed")
"""Their encrypted part stands beside other text, so that its Subject is not the mail's (RFC 9788 section 2)."""


class Recording(GnupgKeyring):
    """A keyring that keeps the hash of everything that it decrypted."""

    def decrypt(self, ciphertext: bytes, max_bytes: int) -> Decrypted:
        opened = super().decrypt(ciphertext, max_bytes)
        if opened.plaintext is not None:
            self.digests.append(sha256(opened.plaintext).hexdigest())
        return opened

    @cached_property
    def digests(self) -> list[str]:
        return []


def test_every_mail_that_opens_elsewhere_opens_here() -> None:
    """T39: the same bytes, texts, files and Subject; what must stay closed does, and says why."""
    keyring = _keyring(_unlocked)
    problems: dict[str, list[str]] = {}
    for name, wanted in _expected().items():
        keyring.digests.clear()
        found = _differences(name, wanted, _opened(name, keyring), keyring.digests)
        problems |= {name: found} if found else {}
    _print_score("opened as expected", len(_expected()), problems)
    assert problems == {}


def test_every_signature_is_judged_as_its_mail_says() -> None:
    """T29-T31: good, bad and unknown ones, and none where it is another mail that is signed."""
    problems: dict[str, list[str]] = {}
    for name in _expected():
        mail, stem = _opened(name, _keyring(_unlocked)), Path(name).stem
        verdict = (mail.crypto.signature, mail.crypto.signer[-16:] if mail.crypto.signer else None)
        found = [f"{verdict}, not {_verdict(stem)}"] if verdict != _verdict(stem) else []
        found += [defect for defect in DEFECTS.get(stem, ()) if defect not in mail.crypto.defects]
        problems |= {stem: found} if found else {}
    _print_score("signatures", len(_expected()), problems)
    assert problems == {}


def test_signatures_of_keys_that_were_revoked_are_revoked() -> None:
    """T29: the same mails after their signers revoked their keys."""
    folder = _folder() / "revocations"
    keyring = _keyring(lambda name: _unlocked(name), *sorted(folder.iterdir()))
    for stem, (signature, signer) in VERDICTS.items():
        if signature is GOOD and signer in (ALICE, BOB):
            assert _opened(f"eml/{stem}.eml", keyring).crypto.signature is Signature.REVOKED, stem


@pytest.mark.parametrize(("passphrase", "failure"), [("alice-passphrase", None), ("wrong", "passphrase")])
def test_a_key_with_a_passphrase(passphrase: str, failure: str | None) -> None:
    """What is for a locked key opens with its passphrase, and says so without."""
    keyring = _keyring(lambda name: "alice" in name and "secret-with-pp" in name, passphrase=passphrase)
    mail = _opened("eml/unsigned-encrypted-to-0xf231550c4f47e38e-from-0xfbfcc82a015e7330.eml", keyring)
    assert (mail.crypto.encrypted, mail.crypto.failure) == (True, failure)


def test_t40_mail_for_keys_that_are_not_there_names_them() -> None:
    """Every encrypted mail says for which keys it is, so that a coordinator can tell its sender."""
    keyring = _keyring(lambda name: "-pub" in name)
    for name, wanted in _expected().items():
        if wanted["all_decrypt"]:
            crypto = _opened(name, keyring).crypto
            assert crypto.failure == "no_secret_key", name
            asked_for = {key for block in wanted["pgp"] for key in block["recipients"]}
            assert all(any(key in defect for defect in crypto.defects) for key in asked_for), name


def _folder() -> Path:
    folder = corpus_dir()
    assert folder is not None
    return folder / "pgp-thunderbird"


@cache
def _expected() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((_folder() / "expected.json").read_text())
    return found


def _unlocked(name: str) -> bool:
    return "with-pp" not in name


@cache
def _keyring(wanted: Callable[[str], bool], *more: Path, passphrase: str | None = None) -> Recording:
    home = new_home()
    with tarfile.open(_folder() / "keys.tar.xz") as keys:
        for member in keys:
            file = keys.extractfile(member) if member.isfile() and wanted(member.name) else None
            if file:
                gpg_may_fail(home, "--passphrase", passphrase or "", "--import", stdin=file.read())
    for path in more:
        gpg_may_fail(home, "--import", stdin=path.read_bytes())
    return stopped_at_the_end(Recording(home, "0" * 40, passphrase, Limits()))


def _opened(name: str, keyring: GnupgKeyring) -> OpenedMail:
    return open_mail(parse(RawMail((_folder() / "mails" / name).read_bytes(), name), Limits()), keyring, Limits())


def _verdict(stem: str) -> tuple[Signature, str | None]:
    if stem in VERDICTS:
        return VERDICTS[stem]
    signer = stem.removeprefix("signed-by-0x")[:16].upper()
    return (GOOD, signer) if stem.startswith("signed-by-0x") else NONE


def _differences(name: str, wanted: dict[str, Any], mail: OpenedMail, digests: list[str]) -> list[str]:
    decrypts = True if name in OPENS_HERE_ONLY else wanted["all_decrypt"]
    found = []
    if decrypts is not (None if not mail.crypto.encrypted else mail.crypto.failure is None):
        found.append(f"decrypts: {decrypts}, but {mail.crypto.failure}")
    if decrypts is False and mail.crypto.failure != ("passphrase" if "carol" in name else "not_encrypted"):
        found.append(f"failure: {mail.crypto.failure}")
    for plaintext in (block["plaintext"] for block in wanted["pgp"] if block.get("plaintext")):
        texts = [text["text"] for text in plaintext.get("texts", ())] + [plaintext.get("text", "")]
        found += [f"text missing: {text!r}" for text in texts if _squeezed(text) not in _squeezed(mail.text)]
        found += ["other plaintext"] if plaintext["sha256"] not in digests else []
        files = {f["sha256"] for f in plaintext.get("attachments", ()) if f["type"] != "application/pgp-signature"}
        found += ["file missing"] if files - {sha256(f.content).hexdigest() for f in mail.attachments} else []
        subject = plaintext.get("protected_subject")
        if subject and (mail.subject == subject) is (Path(name).stem in NOT_ALL_OF_THE_MAIL):
            found.append(f"subject: {mail.subject!r}")
    return found


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _print_score(what: str, total: int, problems: dict[str, list[str]]) -> None:
    print(f"\nOpenPGP, {what}: {total - len(problems)} of {total}", *problems.items(), sep="\n")  # noqa: T201
