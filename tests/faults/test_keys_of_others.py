"""What happens with people's keys in the course of a case: wrong ones, second ones, secret ones, ones that end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailbot.core.enclosed_keys import MARK
from mailbot.core.outbox import Status
from mailbot.ports import Published
from tests.fakes_keyring import NOW, FakeKeyring
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import REPORT, TEMPLATES

HANAKO = "hanako@finder.example.org"
SHOP = "security@shop.example.jp"


def _secret(desk: QuickDesk) -> str:
    keyring = desk.people["Hanako"].keyring
    assert isinstance(keyring, FakeKeyring)
    return keyring.export_secret().decode()


def _words(code: str) -> str:
    return TEMPLATES.labels["ja"]["problems"][code]


def _change_key(desk: QuickDesk, who: str, **fields: Any) -> str:
    """Give one of the people a changed key; its fingerprint."""
    keyring = desk.people[who].keyring
    assert isinstance(keyring, FakeKeyring)
    keyring.hold(replace(keyring.held[keyring.own], **fields))
    return keyring.own


def _renew_person(desk: QuickDesk, who: str) -> str:
    """Give one of the people another key; its fingerprint."""
    person = desk.people[who]
    person.keyring = FakeKeyring(f"{who} anew", person.address)
    person.meet(desk.keyring.export(desk.keyring.own))
    return person.fingerprint


def _wind_clocks(desk: QuickDesk) -> None:
    """Let everybody sign as of now."""
    for keyring in (desk.keyring, *(person.keyring for person in desk.people.values())):
        assert isinstance(keyring, FakeKeyring)
        keyring.now = desk.now


# Secret keys


@pytest.mark.parametrize("encrypt", [True, False])
def test_t41_who_sends_a_secret_key_is_warned_at_once(encrypt: bool) -> None:
    """The warning quotes nothing, the coordinators are told, and the case holds nothing of the key."""
    desk = QuickDesk()
    secret = _secret(desk)
    desk.round(desk.write("Hanako", text=f"{REPORT}\n{secret}", encrypt=encrypt))
    (warning,) = [mail for mail in desk.mail("Hanako") if "secret key" in mail.subject]
    (notice,) = [mail for mail in desk.mail("Taro") if _words("secret_key") in mail.text]
    assert "evoke" in warning.text
    assert "PRIVATE KEY BLOCK" not in warning.text + notice.text
    kept = repr((desk.case, [item.draft for item in desk.store.items()], desk.store.journal))
    data = secret.splitlines()[3]
    assert data not in kept
    assert "PRIVATE KEY BLOCK" not in kept
    assert not any(info.secret for info in desk.keyring.all_keys())


def test_t41_the_warning_goes_once_a_day() -> None:
    """However many mails hold it; the next day once more."""
    desk = QuickDesk()
    for number in range(3):
        desk.round(desk.write("Hanako", text=f"{REPORT}\n{number}\n{_secret(desk)}"), minutes=1)
    assert len(desk.items("secret-key-warning", Status.SENT)) == 1
    desk.round(desk.write("Hanako", text=f"{REPORT}\nagain\n{_secret(desk)}"), days=1)
    assert len(desk.items("secret-key-warning", Status.SENT)) == 2


def test_t41_a_machine_is_not_warned() -> None:
    """Nobody would read it, and it might answer; the coordinators are told."""
    desk = QuickDesk()
    mail = desk.write("Hanako", text=f"{REPORT}\n{_secret(desk)}")
    desk.round(b"Auto-Submitted: auto-generated\r\n" + mail)
    assert desk.items("secret-key-warning") == []


def test_t41_talk_of_a_secret_key_is_a_report() -> None:
    """Somebody found one on a web site and says so: nothing is cut out, nobody is warned."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", text=f"{REPORT}\nThe file begins with\n-----BEGIN PGP PRIVATE KEY BLOCK-----\n"))
    assert desk.items("secret-key-warning") == []
    assert MARK not in repr(desk.case)


# Keys that do not fit


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"expires": NOW - timedelta(days=1)}, "key_expired"),
        ({"revoked": True}, "key_revoked"),
        ({"can_encrypt": False}, "key_cannot_encrypt"),
        ({"algorithm": "rsa1024"}, "key_weak"),
        ({"uids": ("Hanako <elsewhere@finder.example.org>",)}, "key_other_address"),
    ],
)
def test_t41_coordinators_are_told_why_a_key_was_refused(change: dict[str, Any], why: str) -> None:
    """The report is taken in all the same."""
    desk = QuickDesk()
    fingerprint = _change_key(desk, "Hanako", **change)
    desk.round(desk.write("Hanako", attach_key=True))
    assert desk.case.finder
    assert desk.case.finder.fingerprint is None
    (notice,) = [mail for mail in desk.mail("Taro") if fingerprint in mail.text]
    assert _words(why) in notice.text
    assert fingerprint not in desk.keyring.held


# A second key


def test_t41_a_second_key_waits_for_a_coordinator() -> None:
    """Both fingerprints are told, once; mail goes on to the pinned key, which its owner can read."""
    desk = QuickDesk()
    owner = desk.people["Hanako"].keyring
    desk.round(desk.write("Hanako", attach_key=True))
    first = desk.people["Hanako"].fingerprint
    second = _renew_person(desk, "Hanako")
    for text in ("one", "two"):
        desk.round(desk.write("Hanako", text=f"{REPORT}\n{text}\n", attach_key=True), hours=1)
    (notice,) = [mail for mail in desk.mail("Taro") if f"mailbot key import {second}" in mail.text]
    assert first in notice.text
    desk.people["Hanako"].keyring = owner
    assert all(mail.encrypted_to[:1] == (first,) for mail in desk.relay.taken if mail.to == HANAKO)
    pin = desk.store.pin(HANAKO)
    assert pin
    assert (pin.fingerprint, [other.fingerprint for other in pin.others]) == (first, [second])


# Looking keys up


class _Directory:
    def __init__(self, key: bytes) -> None:
        self.key = key
        self.asked: list[str] = []

    def find(self, address: str) -> Published:
        self.asked.append(address)
        return Published(self.key)


@pytest.mark.parametrize("configured", [True, False])
def test_a_contact_that_answers_without_a_key_is_looked_up(configured: bool) -> None:
    """Only where the desk is set to do so: then the details go encrypted."""
    desk = QuickDesk()
    directory = _Directory(desk.people["Shop"].public_key)
    if configured:
        desk.bot = replace(desk.bot, directory=directory)
    held = desk.until_details_held()
    desk.command(f"!approve {held.hash}")
    details = [mail for mail in desk.relay.taken if mail.to == SHOP][-1]
    assert bool(details.encrypted_to) is configured
    assert directory.asked == ([SHOP] if configured else [])


# Keys that end


def test_t42_the_end_of_a_pinned_key_is_told_in_time() -> None:
    """A month before and at the end, once each; from then on mail to it is held, never sent in plain."""
    desk = QuickDesk()
    fingerprint = _change_key(desk, "Hanako", expires=NOW + timedelta(days=45))
    desk.round(desk.write("Hanako", attach_key=True))

    def told() -> list[str]:
        return [mail.text for mail in desk.mail("Taro") if f"登録中の鍵  {fingerprint}" in mail.text]

    desk.round(days=10)
    assert told() == []
    for _ in range(5):
        desk.round(days=2)
    assert len(told()) == 1
    assert _words("key_expires_soon") in told()[0]
    desk.round(days=26)
    desk.round(days=1)
    assert len(told()) == 2
    assert _words("key_expired") in told()[1]
    sent = len([mail for mail in desk.relay.taken if mail.to == HANAKO])
    _wind_clocks(desk)
    desk.command("!accept")
    assert desk.held("acceptance").held_for == "no_usable_key"
    assert len([mail for mail in desk.relay.taken if mail.to == HANAKO]) == sent


def test_t42_a_key_that_ends_while_a_mail_waits() -> None:
    """Approved mail that was to be encrypted is held at the last moment."""
    desk = QuickDesk()
    _change_key(desk, "Shop", expires=NOW + timedelta(days=3))
    held = desk.until_details_held(attach_key=True)
    desk.now = NOW + timedelta(days=4)
    _wind_clocks(desk)
    desk.command(f"!approve {held.hash}")
    assert any("no usable key" in mail.text for mail in desk.mail("Taro"))
    assert not [mail for mail in desk.relay.taken if mail.to == SHOP and "details" in mail.message_id]
    assert desk.held("details").status is Status.HELD


def test_the_desks_own_key_is_watched() -> None:
    """As one that ends for everybody."""
    desk = QuickDesk()
    desk.keyring.hold(replace(desk.keyring.held[desk.keyring.own], expires=NOW + timedelta(days=20)))
    desk.round()
    desk.round(days=1)
    (notice,) = desk.mail("Jiro")
    assert _words("own_key_expires_soon") in notice.text


def test_a_fault_of_the_watch_keeps_nothing_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mail is taken in and goes out; the round says what went wrong."""
    desk = QuickDesk()
    monkeypatch.setattr(desk.keyring, "all_keys", lambda: 1 // 0)
    done = desk.round(desk.write("Hanako"))
    assert done.accounted == {"case": 1}
    assert done.sent > 0
    assert "the end of keys could not be told (ZeroDivisionError)" in done.problems
