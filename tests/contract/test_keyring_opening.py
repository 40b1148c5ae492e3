"""Opening without gpg gives what gpg gives, field by field, for everything that anybody may send."""

import hmac
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters.pgp_making import generate
from mailbot.core import message_packets
from mailbot.core.messages import Decrypted, Signature
from mailbot.core.signature_packets import PlainSignature
from tests.pgp_home import Person, gpg, keyring_in, needs_gpg, new_home, new_person, people
from tests.pgp_messages import SIGNED, TEXT, UNSIGNED, Make, damaged, desk, doubtful, recast, shapes, signed, to_desk
from tests.sequoia_keyring import needs_sequoia, sequoia

pytestmark = [needs_gpg, needs_sequoia]

LIMIT = 1_000_000


@cache
def here() -> Any:
    """The desk's keyring that opens by itself, and has met the finder's signature: the first one is gpg's."""
    keyring = sequoia(desk().home, desk().fingerprint)
    for _ in range(2):
        keyring.decrypt(signed(), LIMIT)
    return keyring


def both(message: bytes, limit: int = LIMIT) -> tuple[Decrypted, bool]:
    """What both keyrings say, which has to be the same, and whether gpg was not needed for it."""
    keyring = here()
    keyring.judged = ()
    found = keyring.decrypt(message, limit)
    alone = keyring.judged == ()
    expected = desk().keyring.decrypt(message, limit)
    assert found == expected
    return found, alone


def differences(messages: Iterable[bytes]) -> int:
    """How often the two keyrings do not say the same."""
    return sum(here().decrypt(m, LIMIT) != desk().keyring.decrypt(m, LIMIT) for m in messages)


@pytest.mark.parametrize(("make", "alone"), UNSIGNED.values(), ids=UNSIGNED)
def test_t38_an_unsigned_message_is_opened_as_gpg_opens_it(make: Make, alone: bool) -> None:
    """Plaintext, failure, key and recipients are gpg's; what is usual needs no gpg, and what is not is left to it."""
    assert both(make())[1] is alone


@pytest.mark.parametrize(("make", "alone"), SIGNED.values(), ids=SIGNED)
def test_t29_a_signed_message_is_judged_as_gpg_judges_it(make: Make, alone: bool) -> None:
    """Status, signer, time and name of the verdict are gpg's, and only good signatures are told without it."""
    found, without = both(make())
    assert without is alone
    assert not alone or [verdict.status for verdict in found.verdicts] == [Signature.GOOD]


def test_t38_damaged_messages_are_opened_by_neither() -> None:
    """A changed bit or a missing end anywhere gives what gpg says of it, and never another text."""
    for message in (to_desk("-z", "0"), signed()):
        assert all(both(changed)[0].plaintext in (None, TEXT) for changed in damaged(message))


def test_t38_packets_that_nobody_writes_are_read_as_gpg_reads_them() -> None:
    """Whatever stands inside a message that is sealed in order."""
    key, message = here()._own_opener().key, to_desk()
    found = {name: both(recast(message, key, inside))[1] for name, (inside, _) in shapes().items()}
    assert found == {name: alone for name, (_, alone) in shapes().items()}


WORSE = ("expired", "ended", "revoked")
"""Signers whose verdict is not good, or for whom there is none: gpg gives up where a signature has ended."""


@pytest.mark.parametrize("who", doubtful())
def test_t29_doubtful_signers_are_judged_by_gpg(who: str) -> None:
    """Expired, revoked, of several names or of one that gpg writes otherwise: every time, not the first time alone."""
    made = doubtful()[who]()
    desk().keyring.import_key(made.key)
    message = recast(to_desk(), here()._own_opener().key, made.inside)
    results = [both(message) for _ in range(3)]
    assert [alone for _, alone in results] == [False] * 3
    assert all(verdict.status is not Signature.GOOD for verdict in results[0][0].verdicts) == (who in WORSE)
    assert [both(signed())[1] for _ in range(2)] == [False, True]  # there is another key now, so gpg is asked again


def test_t29_a_detached_signature_is_judged_as_gpg_judges_it() -> None:
    """A good one over bytes as they stand is told without gpg, all others are left to it."""
    who, sign = people(), people().finder.gpg
    plain, text = sign("--detach-sign", stdin=TEXT), sign("--textmode", "--detach-sign", stdin=TEXT)
    stranger = who.stranger.gpg("--detach-sign", stdin=TEXT)
    armored = sign("--armor", "--detach-sign", stdin=TEXT)
    cases = [(TEXT, plain), (TEXT, armored), (TEXT, text), (TEXT + b" ", plain), (TEXT, plain + plain)]
    cases += [(TEXT, stranger), (TEXT, plain[:-1]), (TEXT, sign("--sign", stdin=TEXT)), (TEXT, b"")]
    told = []
    for content, signature in cases:
        here().judged = ()
        assert here().verify(content, signature) == desk().keyring.verify(content, signature)
        told.append(here().judged == ())
    assert told == [True, True] + [False] * 7


def test_t29_what_sequoia_sealed_is_opened_alike() -> None:
    """The finder's program may be of the same kind."""
    finder = people().finder
    made = sequoia(finder.home, finder.fingerprint).sign_and_encrypt(TEXT, [desk().fingerprint])
    assert both(made)[1]


@pytest.mark.parametrize("limit", [len(TEXT) - 1, len(TEXT)])
def test_t6_the_limit_is_the_same(limit: int) -> None:
    """To the byte."""
    found, alone = both(to_desk(), limit)
    assert (found.plaintext == TEXT, alone) == (limit == len(TEXT),) * 2


def test_t6_no_more_is_unpacked_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb is given up as soon as it is over the limit."""
    unpacked = []
    read = message_packets._unpacked
    monkeypatch.setattr(message_packets, "_unpacked", lambda *given: unpacked.append((given[1], read(*given))))
    both(to_desk(content=b"\0" * 20_000_000))
    ((most, content),) = unpacked
    assert (most < LIMIT + 10_000, content) == (True, None)


@pytest.mark.parametrize("kind", ["rsa", "former", "two"])
def test_t40_keys_of_other_desks(kind: str) -> None:
    """RSA is opened here; with a former key, what is for both is gpg's; of two keys for encryption, all of it is."""
    home = new_home()
    if kind == "rsa":
        gpg(home, "--passphrase", "", "--quick-gen-key", "Desk <desk@example.com>", "rsa3072", "sign", "never")
        gpg(home, "--passphrase", "", "--quick-add-key", _first(home), "rsa3072", "encr", "never")
    fingerprint = generate(home, "Desk", "security@desk.example.jp", None) if kind != "rsa" else _first(home)
    former = generate(home, "Old", "old@desk.example.jp", None) if kind == "former" else fingerprint
    if kind == "two":
        gpg(home, "--passphrase", "", "--quick-add-key", fingerprint, "cv25519", "encr", "never")
    keyring, judge = sequoia(home, fingerprint), keyring_in(home, fingerprint)
    told = []
    for recipients in ([fingerprint], [former], [former, fingerprint]):
        words = [word for name in recipients for word in ("--recipient", name)]
        message = gpg(home, "--trust-model", "always", *words, "--encrypt", stdin=TEXT)
        assert keyring.decrypt(message, LIMIT) == judge.decrypt(message, LIMIT)
        told.append(keyring.judged == ())
        keyring.judged = ()
    assert told == {"rsa": [True] * 3, "former": [True, False, False], "two": [False] * 3}[kind]


def _first(home: Path) -> str:
    return next(line[12:52] for line in gpg(home, "--with-colons", "-k").decode().split("\n") if line[:4] == "fpr:")


@pytest.mark.parametrize(("words", "failure"), [("合言葉", None), (None, "passphrase"), ("wrong", "passphrase")])
def test_a_locked_key_opens_with_its_passphrase_alone(words: str | None, failure: str | None) -> None:
    """Without it, gpg says what is wrong; with it, gpg gives the key out once."""
    one = _locked()
    message = gpg(one.home, "--trust-model", "always", "-r", one.fingerprint, "--encrypt", stdin=TEXT)
    one.keyring.close()  # the agent remembers the right one
    keyring = sequoia(one.home, one.fingerprint, words)
    found = [keyring.decrypt(message, LIMIT) for _ in range(2)]
    assert [(opened.plaintext, opened.failure) for opened in found] == [(None if failure else TEXT, failure)] * 2
    assert (keyring.judged == ()) is (failure is None)


@cache
def _locked() -> Person:
    return new_person("Desk", "security@desk.example.jp", "合言葉")


def test_a_secret_key_that_is_gone_opens_nothing() -> None:
    """Also in a process that has opened mail with it."""
    home = new_home()
    fingerprint = generate(home, "Desk", "security@desk.example.jp", None)
    keyring = sequoia(home, fingerprint)
    message = keyring.encrypt(TEXT, [])
    assert keyring.decrypt(message, LIMIT).plaintext == TEXT
    gpg(home, "--delete-secret-keys", fingerprint)
    assert keyring.decrypt(message, LIMIT).failure == "no_secret_key"


def _careless() -> dict[str, tuple[Any, str, Any, bytes]]:
    """A safeguard each, what stands in its place when it is off, and a message that it is there for."""
    key, message = here()._own_opener().key, to_desk()
    inside = {name: recast(message, key, packets) for name, (packets, _) in shapes().items()}
    anything = property(lambda self: self.raw)
    return {
        "carriage returns": (message_packets.Literal, "content", anything, inside["text"]),
        "line ends": (PlainSignature, "covers_as_it_stands", lambda self, content: True, inside["text-signed-bare"]),
        "change": (hmac, "compare_digest", lambda *codes: True, _changed_at_the_end()),
    }


def _changed_at_the_end() -> bytes:
    message = to_desk("-z", "0")
    return message[:-30] + bytes([message[-30] ^ 4]) + message[-29:]


@pytest.mark.parametrize("safeguard", ["carriage returns", "line ends", "change"])
def test_the_comparison_sees_what_a_careless_reader_does(safeguard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a safeguard off, both keyrings say different things of a message; with it, the same."""
    owner, name, instead, message = _careless()[safeguard]
    assert differences([message]) == 0
    monkeypatch.setattr(owner, name, instead)
    assert differences([message]) == 1
