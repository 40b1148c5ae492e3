"""Keyrings of several hosts: what one of them imports, all can use, as soon as they are asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailbot.adapters.shared_keyring import CatchingUpReader, SharedKeyring
from mailbot.core.keys import KeyInfo
from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail, Signature
from mailbot.errors import PermanentError
from mailbot.reader import InProcessReader
from tests.fakes_keyring import NOW, FakeKeyring
from tests.faults.world import RULES
from tests.pgp_home import needs_gpg, new_person


class Shelf:
    """A `KeyShelf` in memory: one form of each key, under the number of its last change."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, bytes]] = {}
        self._number = 0
        self.asked = 0
        self.lay_before: Callable[[], object] = lambda: None  # what another host does at the last moment

    def keep_keys(self, fingerprint: str, block: bytes, seen: int | None = None) -> bool:
        """Lay it there."""
        self.lay_before()
        if seen is not None and self._kept.get(fingerprint, (0, b""))[0] > seen:
            return self._kept[fingerprint][1] == block
        self._number += 1
        self._kept[fingerprint] = (self._number, block)
        return True

    def keys_since(self, number: int) -> list[tuple[int, bytes]]:
        """What is newer."""
        self.asked += 1
        return sorted((n, block) for n, block in self._kept.values() if n > number)


class Hosts:
    """Two hosts of one desk with a keyring each, and somebody whose key the first of them imported."""

    def __init__(self) -> None:
        self.shelf = Shelf()
        self.plain = [FakeKeyring(), FakeKeyring()]
        self.one, self.two = (SharedKeyring(keyring, self.shelf) for keyring in self.plain)
        self.finder = FakeKeyring("Hanako", "hanako@finder.example.org")
        self.finder.import_key(self.plain[0].export(self.plain[0].own))
        self.key = self.finder.export(self.finder.own)


@pytest.fixture
def hosts() -> Hosts:
    made = Hosts()
    made.one.import_key(made.key)
    return made


def test_mail_is_encrypted_to_a_key_that_another_host_imported(hosts: Hosts) -> None:
    """Whether it is asked for first, or used at once."""
    other = FakeKeyring("Jiro", "jiro@finder.example.org")
    assert hosts.two.usable(hosts.finder.own, NOW)
    hosts.one.import_key(other.export(other.own))
    assert hosts.finder.decrypt(hosts.two.encrypt(b"x", [hosts.finder.own]), 10).plaintext == b"x"
    assert hosts.two.encrypt(b"x", [other.own])
    with pytest.raises(PermanentError):
        hosts.two.encrypt(b"x", ["F" * 40])


def test_its_signatures_are_known(hosts: Hosts) -> None:
    """Detached and in clear text; one by nobody stays unknown."""
    signature, _ = hosts.finder.sign(b"x\r\n")
    assert [v.status for v in hosts.two.verify(b"x\r\n", signature)] == [Signature.GOOD]
    later = FakeKeyring("Jiro", "jiro@finder.example.org")
    hosts.one.import_key(later.export(later.own))
    assert [v.status for v in hosts.two.verify_clearsigned(later.clearsign(b"x\n"), 10)[1]] == [Signature.GOOD]
    stranger, _ = FakeKeyring("Mallory", "mallory@evil.example.net").sign(b"x\r\n")
    assert [v.status for v in hosts.two.verify(b"x\r\n", stranger)] == [Signature.UNKNOWN_KEY]


def test_it_is_shown_and_exported(hosts: Hosts) -> None:
    """In the list of all keys, and as a block."""
    assert hosts.two.export(hosts.finder.own) == hosts.key
    assert hosts.two.export("F" * 40) == b""
    assert {info.fingerprint for info in hosts.two.all_keys()} == {hosts.one.own, hosts.finder.own}


def test_what_changes_of_a_key_comes_to_all(hosts: Hosts) -> None:
    """A revocation that reached one host ends it on the other at the next look at all keys; a later end counts too."""
    assert hosts.two.usable(hosts.finder.own, NOW)
    known = hosts.finder.held[hosts.finder.own]
    hosts.finder.hold(replace(known, expires=NOW + timedelta(days=1)))
    hosts.one.import_key(hosts.finder.export(hosts.finder.own))
    hosts.two.all_keys()
    assert not hosts.two.usable(hosts.finder.own, NOW + timedelta(days=2))
    hosts.finder.hold(replace(known, expires=NOW + timedelta(days=9)))
    hosts.one.import_key(hosts.finder.export(hosts.finder.own))
    assert hosts.two.usable(hosts.finder.own, NOW + timedelta(days=2))


class AddingKeyring(FakeKeyring):
    """As gpg: what a key has that is held already is added to it."""

    def hold(self, key: KeyInfo) -> None:
        held = self.held.get(key.fingerprint)
        super().hold(replace(key, uids=(*held.uids, *(u for u in key.uids if u not in held.uids))) if held else key)


def test_two_hosts_import_one_key_at_a_time(hosts: Hosts) -> None:
    """What another host lays there at the last moment is in what lies there at the end, and nobody waited for it."""
    one, two, third = (SharedKeyring(AddingKeyring(), hosts.shelf) for _ in range(3))
    known = hosts.finder.held[hosts.finder.own]

    def import_at(host: SharedKeyring, uid: str) -> None:
        hosts.finder.hold(replace(known, uids=(uid,)))
        host.import_key(hosts.finder.export(hosts.finder.own))

    def meanwhile() -> None:
        hosts.shelf.lay_before = lambda: None
        import_at(two, "of the other host")

    hosts.shelf.lay_before = meanwhile
    import_at(one, "of this host")
    (info,) = [info for info in third.all_keys() if info.fingerprint == hosts.finder.own]
    assert {"of this host", "of the other host"} <= set(info.uids)


def test_a_key_that_is_held_costs_no_look_at_the_shelf(hosts: Hosts) -> None:
    """Every mail asks for such keys several times."""
    hosts.two.catch_up()
    before = hosts.shelf.asked
    assert hosts.two.usable(hosts.finder.own, NOW)
    assert hosts.two.encrypt(b"x", [hosts.finder.own])
    assert hosts.two.export(hosts.finder.own)
    assert hosts.shelf.asked == before


def test_a_restarted_host_begins_where_it_was(hosts: Hosts, tmp_path: Path) -> None:
    """Its folder says how far it came; without that, or with nonsense there, everything is imported once more."""
    mark = tmp_path / "mark"
    first = SharedKeyring(hosts.plain[1], hosts.shelf, mark=mark)
    assert first.catch_up()
    assert not SharedKeyring(hosts.plain[1], hosts.shelf, mark=mark).catch_up()
    mark.write_text("?")
    assert SharedKeyring(hosts.plain[1], hosts.shelf, mark=mark).catch_up()


def test_the_control_without_the_shelf_nobody_knows_the_others_keys(hosts: Hosts) -> None:
    """With keyrings of their own only, what one host imported is unknown to the other."""
    assert not hosts.plain[1].usable(hosts.finder.own, NOW)


def test_a_reader_that_cannot_reach_the_shelf_reads_with_what_lies_there(hosts: Hosts) -> None:
    """The signature of a mail by somebody whose key another host imported is good."""
    text = hosts.finder.clearsign(b"Hello\n")
    mail = RawMail(b"From: hanako@finder.example.org\r\nMessage-ID: <1@x.org>\r\n\r\n" + text, "test")
    reader = CatchingUpReader(InProcessReader(hosts.plain[1], RULES, Limits()), hosts.two)
    signed = reader.read(mail).opened.signed
    assert signed is not None
    assert signed.fingerprint == hosts.finder.own


@needs_gpg
def test_gnupg_homes_share_their_keys() -> None:
    """The same on two real keyrings: what is imported into one of them the other encrypts to."""
    shelf, people = Shelf(), [new_person(name, f"{name}@example.org", None) for name in ("One", "Two", "Hanako")]
    one, two = (SharedKeyring(person.keyring, shelf, mark=person.home / "mark") for person in people[:2])
    hanako = people[2].keyring
    one.import_key(hanako.export(hanako.own))
    now = datetime.now(UTC)
    assert two.usable(hanako.own, now)
    assert hanako.decrypt(two.sign_and_encrypt(b"x", [hanako.own]), 10).plaintext == b"x"
