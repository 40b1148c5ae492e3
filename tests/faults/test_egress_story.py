"""Nothing reaches the relay but through the gate, whoever wrote it; what a coordinator approves is what leaves."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from mailbot import overview
from mailbot.core import egress
from mailbot.core.approval import content_hash
from mailbot.core.egress_rules import Hit
from mailbot.core.messages import CheckedDraft, SealedMail
from mailbot.core.model import Field, Standing, State
from mailbot.core.outbox import OutboxItem, Status
from mailbot.errors import TransientError
from mailbot.memory import Change
from tests.faults.quick_desk import QuickDesk, Relay

OTHER = """Hello,

I found an SQL injection on https://library.example.org/books

Steps to reproduce:
1. Put a quote into the box for the membership number on the second page
2. The names of all members who borrowed a book this year are listed

Regards,
Robin
"""


class Guarded(Relay):
    """A relay that takes nothing that the gate did not pass, exactly as it passed it."""

    def __init__(self, passed: dict[str, CheckedDraft]) -> None:
        super().__init__()
        self.passed = passed

    def send(self, mail: SealedMail) -> None:
        """Take it if the gate let this very mail through, to this recipient."""
        assert mail.message_id in self.passed, "a mail went round the gate"
        checked = self.passed.pop(mail.message_id)
        assert checked.draft.to.address == mail.to
        super().send(mail)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[QuickDesk]:
    """A desk with such a relay."""
    passed: dict[str, CheckedDraft] = {}
    real = egress.admit

    def admit(*given: Any) -> CheckedDraft | Hit:
        result = real(*given)
        if isinstance(result, CheckedDraft):
            passed[result.message_id] = result
        return result

    monkeypatch.setattr(egress, "admit", admit)
    guarded = QuickDesk()
    guarded.relay = Guarded(passed)
    guarded.bot = replace(guarded.bot, sender=guarded.relay)
    yield guarded
    assert guarded.relay.taken


def whole_life(desk: QuickDesk) -> None:
    """A case from the report to its end, with everything that people write on the way."""
    desk.round(desk.write("Hanako", attach_key=True), desk.write("Mallory", "Hello", "Please call me.\n"))
    case = next(c for c in desk.store.cases() if "shop" in c.field_text("target.urls")).id
    desk.command("!ask vulnerability.reason", case=case)
    desk.round(desk.answer("Hanako", desk.mail("Hanako")[-1], "It is not escaped.\n"), hours=1)
    desk.command("!accept", case=case)
    desk.command("!status", "!help", case=case)
    desk.command("!preview", "!close fixed", case=case)
    first = desk.held("first-contact")
    assert first.draft is not None
    desk.command(f"!edit {first.hash}", "", f"Please answer soon.\n{first.draft.body}", case=case)
    assert desk.held("first-contact").hash != first.hash
    desk.command(f"!approve {desk.held('first-contact').hash}", case=case)
    assert "Please answer soon." in desk.mail("Shop")[-1].text
    desk.round(desk.answer("Shop", desk.mail("Shop")[-1], "We are in charge. Please send it here.\n"), hours=1)
    desk.command(f"!approve {desk.held('details').hash}", case=case)
    desk.round(desk.answer("Shop", desk.mail("Shop")[-1], "It is fixed.\n"), days=1)
    desk.command("!fix confirmed corrected", "!close fixed", case=case)
    for _ in range(3):
        desk.round(days=10)


def test_every_mail_of_a_whole_life_passed_the_gate(desk: QuickDesk) -> None:
    """Receipts, questions, edited and approved mails, transcripts, notices, the digest, closing mails."""
    whole_life(desk)
    sent = {item.template for item in desk.store.items() if item.status is Status.SENT and item.draft}
    assert {"receipt", "question", "first-contact", "details", "transcript", "notice-digest"} <= sent
    assert sum(1 for item in desk.store.items() if item.status is Status.SENT and item.draft) == len(desk.relay.taken)


def test_a_gate_that_lets_nothing_through_stops_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """No mail of any kind is left that knows another way out."""
    desk = QuickDesk()
    monkeypatch.setattr(egress, "admit", lambda *_: Hit("egress/envelope", "shut"))
    desk.round(desk.write("Hanako"), desk.write("Mallory", "Hello", "Please call me.\n"))
    for day in range(1, 40, 3):
        desk.round(*([desk.orders("!accept")] if day == 1 else []), days=3)
    assert desk.relay.taken == []
    assert {i.status for i in desk.store.items() if i.draft} <= {Status.HELD, Status.DEAD}


def hold_details(desk: QuickDesk) -> OutboxItem:
    """The details that wait for approval; the case knows the finder's name."""
    held = desk.until_details_held(attach_key=True)
    named = Field("reporter.name", "Hanako Hakken", "test", 1.0)
    desk.store.apply(Change(cases=(replace(desk.case, fields=(named, *desk.case.fields)),)))
    return held


def test_t52_a_coordinators_own_words_are_looked_through(desk: QuickDesk) -> None:
    """A name that an edit brings in, plain or encoded, is taken out, and the coordinator is told so."""
    held = hold_details(desk)
    assert held.draft is not None
    secret = base64.b64encode(b"found by Hanako Hakken").decode()
    text = desk.command(f"!edit {held.hash}", "", f"id: {secret}\n{held.draft.body}")
    assert "without reporter.name" in text
    (shown,) = (item for item in desk.items("details", Status.HELD) if item.draft)
    assert shown.draft is not None
    assert secret not in shown.draft.body
    assert shown.hash != held.hash
    assert not any(secret in mail.text for mail in desk.mail("Shop"))


def test_t52_what_an_older_version_let_in_is_taken_out_and_shown_anew(desk: QuickDesk) -> None:
    """A name in an approved mail is found at the last moment: nothing leaves, and what would is shown once more."""
    held = hold_details(desk)
    assert held.draft is not None
    text = base64.b64encode(b"found by Hanako Hakken").decode()
    draft = replace(held.draft, body=f"{held.draft.body}\n{text}\n")
    key = desk.people["Shop"].fingerprint
    desk.store.apply(Change(items=(replace(held, draft=draft, hash=content_hash(draft, key), encrypt_to=key),)))
    shown = desk.held("details")
    answer = desk.command(f"!approve {shown.hash}")
    assert "shown once more" in answer
    again = desk.held("details").draft
    assert again is not None
    assert text not in again.body
    assert not any(text in mail.text for mail in desk.mail("Shop"))


def test_words_of_another_case_need_a_second_thought(desk: QuickDesk) -> None:
    """They are held under their rule, and go only where a coordinator names it."""
    held = desk.until_details_held(attach_key=True)
    assert held.draft is not None
    case = desk.case.id
    desk.round(desk.write("Mallory", "SQL injection", OTHER), hours=1)
    words = "The names of all members who borrowed a book this year are listed"
    desk.command(f"!edit {held.hash}", "", f"{words}\n{held.draft.body}", case=case)
    edited = desk.held("details")
    assert (edited.held_for or "").startswith("egress/other-report")
    assert "egress/other-report" in desk.command(f"!approve {edited.hash}", case=case)
    shown = desk.held("details")
    assert any(f"!approve {shown.hash} despite egress/other-report" in mail.text for mail in desk.mail("Taro"))
    desk.command(f"!approve {shown.hash} despite egress/other-report", case=case)
    assert words in desk.mail("Shop")[-1].text
    assert any("despite egress/other-report" in entry.text for c in desk.store.cases() for entry in c.timeline)


# Approval


def test_the_notice_shows_what_changes_before_the_text(desk: QuickDesk) -> None:
    """To whom, with which key, what is left out and why; then all of it, then the line that sends it."""
    held = hold_details(desk)
    desk.command(f"!edit {held.hash}", "", "Dear operator,", "the search is not escaped.")
    notice = next(
        m.text for m in reversed(desk.mail("Taro")) if "the search is not escaped" in m.text and "━" in m.text
    )
    new = desk.held("details")
    order = ["security@shop.example.jp", "届出との違い", "氏名", "the search is not escaped", f"!approve {new.hash}"]
    places = [notice.index(word) for word in order]
    assert places == sorted(places)
    assert new.hash != held.hash
    (left_out,) = [d for d in overview.outbox_item(new, desk.case).diff if d.place == "reporter.name"]
    assert (left_out.kind, left_out.before, left_out.why) == ("left_out", "Hanako Hakken", "identity")
    assert any(d.kind == "edited" for d in overview.outbox_item(new, desk.case).diff)


def refused_and_shown_anew(desk: QuickDesk, held: OutboxItem) -> OutboxItem:
    """The approval of what was shown is refused; what would leave now."""
    before = len(desk.mail("Taro"))
    answer = desk.command(f"!approve {held.hash}")
    assert "no longer what was shown" in answer
    assert not any(i.status is Status.SENT for i in desk.items("details"))
    new = desk.held("details")
    assert new.hash != held.hash
    assert any(f"!approve {new.hash}" in mail.text for mail in desk.mail("Taro")[before:])
    return new


def test_consent_that_is_withdrawn_meanwhile_is_shown(desk: QuickDesk) -> None:
    """What was shown had the name in it; what is approved has not."""
    asked = desk.until_first_contact()
    named = Field("reporter.name", "Hanako Hakken", "test", 1.0)
    agreed = Field("consent.share_identity", True, "test", 1.0)
    desk.store.apply(Change(cases=(replace(desk.case, fields=(named, agreed, *desk.case.fields)),)))
    desk.round(desk.answer("Shop", asked, "Please send it here.\n"), hours=1)
    held = desk.held("details")
    fields = tuple(replace(f, value=False) if f.name == agreed.name else f for f in desk.case.fields)
    desk.store.apply(Change(cases=(replace(desk.case, fields=fields),)))
    new = refused_and_shown_anew(desk, held)
    desk.command(f"!approve {new.hash}")
    assert desk.case.state is State.NOTIFIED
    assert "Hakken" not in desk.mail("Shop")[-1].text


def test_another_key_than_the_one_that_was_shown(desk: QuickDesk) -> None:
    """The hash is for one key: another one is shown first."""
    held = desk.until_details_held(attach_key=True)
    shop = desk.people["Shop"]
    info = replace(desk.keyring.held[shop.fingerprint], fingerprint="CD" * 20)
    desk.keyring.hold(info)
    pin = desk.store.pin(shop.address)
    assert pin is not None
    desk.store.apply(Change(pins=(replace(pin, fingerprint=info.fingerprint),)))
    new = refused_and_shown_anew(desk, held)
    assert (held.encrypt_to, new.encrypt_to) == (shop.fingerprint, info.fingerprint)


def test_a_contact_that_was_dropped_meanwhile_gets_nothing(desk: QuickDesk) -> None:
    """The approval is refused: the case no longer asks for the mail."""
    held = desk.until_details_held()
    case = desk.case
    dropped = replace(case.contacts[0], standing=Standing.DROPPED)
    desk.store.apply(Change(cases=(case.with_contact(dropped),)))
    assert "no longer asks for it" in desk.command(f"!approve {held.hash}")
    assert not any(i.status is Status.SENT for i in desk.items("details"))


def test_what_changes_after_the_approval_is_shown_as_well(desk: QuickDesk) -> None:
    """The relay was down meanwhile."""
    held = desk.until_details_held(attach_key=True)
    desk.relay.answers = [TransientError("451 later")]
    desk.command(f"!approve {held.hash}")
    shop = desk.people["Shop"]
    info = replace(desk.keyring.held[shop.fingerprint], fingerprint="CD" * 20)
    desk.keyring.hold(info)
    pin = desk.store.pin(shop.address)
    assert pin is not None
    desk.store.apply(Change(pins=(replace(pin, fingerprint=info.fingerprint),)))
    desk.round(hours=2)
    assert desk.held("details").held_for == "changed"


def test_a_preview_shows_nothing_anew(desk: QuickDesk) -> None:
    """It runs nothing, and so changes nothing of what waits."""
    held = desk.until_details_held(attach_key=True)
    pin = desk.store.pin(desk.people["Shop"].address)
    assert pin is not None
    info = replace(desk.keyring.held[pin.fingerprint], fingerprint="CD" * 20)
    desk.keyring.hold(info)
    desk.store.apply(Change(pins=(replace(pin, fingerprint=info.fingerprint),)))
    desk.command("!preview", f"!approve {held.hash}")
    assert desk.held("details").hash == held.hash
