"""No mail is lost, nothing is sent twice, nothing leaks: what strangers, crashes, confused people and servers try."""

from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailbot import gate, intake, outcomes, overview, pending, service
from mailbot.cli import reading
from mailbot.core.events import MailSent
from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail
from mailbot.core.model import Case, Contact, Field, Standing, State
from mailbot.core.outbox import OutboxItem, Status
from mailbot.errors import PermanentError, TransientError, UncertainError
from mailbot.memory import Change, Pin
from mailbot.rehearsal import rehearse
from mailbot.service import retry
from tests.builders import answer, case, decide
from tests.fakes_keyring import NOW
from tests.faults.quick_desk import REPORT, QuickDesk, Unwell


def _trace(mail: bytes, by: str) -> bytes:
    return f"Received: from {by}.example.net; Fri, 20 Nov 2026 09:00:00 +0900\r\n".encode() + mail


def _sent(desk: QuickDesk, template: str) -> int:
    return len(desk.items(template, Status.SENT))


# The same mail again


def test_t25_a_report_that_comes_by_two_ways_opens_one_case() -> None:
    """Same Message-ID, sender and body under other trace headers: one case, one receipt, both mails accounted for."""
    desk = QuickDesk()
    mail = desk.write("Hanako")
    done = desk.round(_trace(mail, "one"), _trace(mail, "two"))
    assert len(list(desk.store.cases())) == 1
    assert _sent(desk, "receipt") == 1
    assert (done.arrived, done.accounted) == (2, {"case": 1, "ignored": 1})
    assert {d.case for d in desk.store.dispositions()} == {desk.case.id}


def test_t25_an_answer_that_comes_by_two_ways_counts_once() -> None:
    """The finder is not asked twice to check a fix that was reported once."""
    desk = QuickDesk()
    held = desk.until_details_held()
    desk.command(f"!approve {held.hash}")
    mail = desk.answer("Shop", desk.mail("Shop")[-1], "We have fixed the vulnerability.\n")
    desk.round(_trace(mail, "one"), _trace(mail, "two"), hours=1)
    assert desk.case.state is State.FIX_REPORTED
    assert _sent(desk, "fix-check") == 1


def test_t25_another_text_under_a_used_message_id_is_another_report() -> None:
    """A stranger who reuses a Message-ID, or somebody whose program does, is not taken for an echo."""
    desk = QuickDesk()
    mail = desk.write("Hanako")
    desk.round(mail, mail.replace(b"shop.example.jp/search", b"shop.example.jp/basket"))
    desk.round(mail.replace(b"hanako@finder", b"mallory@finder"))
    assert len(list(desk.store.cases())) == 3


def test_t25_reports_without_a_message_id_are_never_echoes() -> None:
    """Nothing says that they are the same mail, so each is taken in."""
    desk = QuickDesk()
    lines = desk.write("Hanako").split(b"\r\n")
    mail = b"\r\n".join(line for line in lines if not line.startswith(b"Message-ID"))
    desk.round(_trace(mail, "one"), _trace(mail, "two"))
    assert len(list(desk.store.cases())) == 2


# Approval and what goes out


def test_the_mail_that_was_shown_is_the_mail_that_is_sent() -> None:
    """Every line of the body stands in the notice, and the wire carries the content whose hash was approved."""
    desk = QuickDesk()
    held = desk.until_details_held()
    assert held.draft is not None
    notice = next(m for m in reversed(desk.mail("Taro")) if held.hash in m.text)
    for line in held.draft.body.strip("\n").split("\n"):
        assert f"| {line}".rstrip() in notice.text
    desk.command(f"!approve {held.hash}")
    sent = desk.mail("Shop")[-1]
    assert (sent.subject, sent.text.strip()) == (held.draft.subject, held.draft.body.strip())


def test_approved_content_that_would_have_to_be_changed_is_held() -> None:
    """What became known of the finder after the approval is not cut out silently: a person looks again."""
    desk = QuickDesk()
    held = desk.until_details_held()
    desk.relay.answers = [TransientError("451 later")]
    desk.command(f"!approve {held.hash}")
    (finder,) = desk.case.participants
    named = replace(desk.case, participants=(replace(finder, name="Search Person"),))
    desk.store.apply(Change(cases=(named,)))
    desk.round(hours=1)
    assert desk.held("details").held_for is not None
    assert _sent(desk, "details") == 0


def test_two_coordinators_approve_the_same_mail() -> None:
    """The second is told that nothing waits; one mail goes out."""
    desk = QuickDesk()
    held = desk.until_details_held()
    line = f"!approve {held.hash}"
    desk.round(desk.orders(line), desk.orders(line, by="Jiro"), minutes=5)
    assert "refused" in desk.mail("Jiro")[-1].text
    assert _sent(desk, "details") == 1


def test_confirming_twice_sends_details_once() -> None:
    """Where details go out by themselves, the same content is not queued again while it waits to go."""
    desk = QuickDesk(first_contact="auto", details="auto")
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    shop = desk.people["Shop"]
    desk.keyring.import_key(shop.public_key)
    desk.store.apply(Change(pins=(Pin(shop.address, shop.fingerprint, desk.now, "imported"),)))
    desk.command("!contact confirm 1", "!contact confirm 1")
    assert _sent(desk, "details") == 1


def test_using_a_contact_twice_in_one_mail_writes_once() -> None:
    """The same first contact is not queued again while it waits to go."""
    desk = QuickDesk(first_contact="auto")
    desk.finder.contacts = ()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    desk.command("!contact add web@shop.example.jp", "!contact use 1", "!contact use 1")
    assert _sent(desk, "first-contact") == 1


def test_an_approved_mail_is_not_proposed_again_while_it_waits_to_go() -> None:
    """A relay that is down does not make a confused coordinator send the details twice."""
    desk = QuickDesk()
    held = desk.until_details_held()
    desk.relay.answers = [TransientError("451 later")] * 5
    desk.command(f"!approve {held.hash}")
    desk.command("!contact confirm 1")
    for item in desk.items("details", Status.HELD):
        desk.command(f"!approve {item.hash}")
    desk.relay.answers = []
    desk.round(days=1)
    assert _sent(desk, "details") == 1


def test_t63_a_hash_of_another_case_is_refused() -> None:
    """A mail of one case cannot be released, withheld or shown through another case (T63)."""
    desk = QuickDesk()
    held = desk.until_details_held()
    first = desk.case.id
    desk.round(desk.write("Mallory", "another report", REPORT.replace("search", "basket")))
    other = next(c.id for c in desk.store.cases() if c.id != first)
    for command in (f"!approve {held.hash}", f"!withhold {held.hash} because"):
        text = desk.command(command, case=other)
        assert "refused" in text
        assert held.draft is not None
        assert held.draft.to.address not in text
    assert desk.held("details").hash == held.hash


def test_what_the_case_no_longer_asks_for_cannot_be_approved() -> None:
    """A coordinator who dropped the contact point is told so, instead of approving a mail that never goes."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    held = desk.held("first-contact")
    assert "refused" in desk.command("!contact drop 1 wrong people", f"!approve {held.hash}")
    desk.command("!contact drop 1 wrong people")
    assert "refused" in desk.command(f"!approve {held.hash}")
    assert desk.mail("Shop") == []


def test_a_notice_shows_no_mail_that_gave_way_in_the_same_step() -> None:
    """Of two first contacts proposed in one mail only the one that still waits is offered for approval."""
    desk = QuickDesk()
    desk.finder.contacts = ()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    desk.command("!contact add a@shop.example.jp", "!contact add b@shop.example.jp", "!contact use 1", "!contact use 2")
    waiting = {i.hash for i in desk.items("first-contact", Status.HELD)}
    notice = next(m for m in reversed(desk.mail("Taro")) if "!approve" in m.text and "> " not in m.text)
    offered = {line.split()[1] for line in notice.text.splitlines() if line.startswith("!approve ")}
    assert offered == waiting


def test_one_round_of_commands_asks_for_one_decision() -> None:
    """However many lines propose mail, one notice shows what waits; the same mail is not proposed twice."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!contact add web@shop.example.jp", "!accept", "!contact use 1", "!contact use 1", "!assign Taro")
    assert len(desk.items("notice-decision")) == len(desk.coordinators)
    (held,) = desk.items("first-contact")
    desk.command("!contact use 1")
    assert desk.items("first-contact") == [held]
    assert len(desk.items("notice-decision")) == len(desk.coordinators)


def test_the_last_request_for_a_decision_shows_all_that_waits() -> None:
    """What an earlier line of the same mail proposed is in the one notice."""
    desk = QuickDesk(first_contact="approve")
    desk.finder.contacts = ()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    desk.command("!contact add a@shop.example.jp", "!contact use 1", "!contact confirm 1")
    assert len(desk.items("notice-decision")) == len(desk.coordinators)
    notice = desk.items("notice-decision")[0].draft
    assert notice is not None
    assert desk.held("details").hash in notice.body


def test_a_close_lists_what_goes_and_what_is_taken_back() -> None:
    """What waited for approval is taken back, in the preview as in the transcript."""
    desk = QuickDesk()
    desk.until_details_held()
    for lines in (("!preview", "!close will_not_fix"), ("!close will_not_fix",)):
        text = desk.command(*lines)
        assert "taken back: details to security@shop.example.jp" in text
        assert "details to security@shop.example.jp (" not in text
        assert "closure-finder to hanako@finder.example.org (queued)" in text
        assert "first-contact" not in text
    assert desk.items("details", Status.HELD) == []


def test_a_mail_that_is_held_for_want_of_a_key_says_what_to_do() -> None:
    """Commands that write to somebody without a usable key name the way to give the desk one."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    finder = replace(desk.case.participants[0], wrote_encrypted=True)
    desk.store.apply(Change(cases=(replace(desk.case, participants=(finder,)),)))
    desk.command("!accept")
    desk.command("!status")
    transcripts = [mail.text for mail in desk.mail("Taro") if "> !" in mail.text]
    todo = f"held for no_usable_key: mailbot key import FILE, then !approve {desk.held('acceptance').hash}"
    assert [todo in " ".join(text.split()) for text in transcripts] == [True, True]


def test_t33_commands_below_a_greeting_are_refused_aloud() -> None:
    """Nothing runs, and the coordinator is told why."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    mail = desk.write("Taro", "orders", f"Hello,\n\n!case {desk.case.id}\n!accept\n", sign=True)
    assert desk.round(mail).accounted == {"command": 1}
    assert desk.case.state is State.TRIAGE
    assert "commands must be the very first lines" in desk.mail("Taro")[-1].text


def test_a_transcript_tells_the_desks_time_and_keeps_the_order_of_lines() -> None:
    """Moments in the desk's zone, by name; a wrong line stands where it was sent."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    assert " JST: triage" in desk.command("!status")
    text = desk.command("!hold", "!acept", "!release")
    assert text.index("> !hold") < text.index("> !acept") < text.index("> !release")
    assert "did you mean !accept?" in text


def test_the_diff_of_a_mail_knows_what_it_carries() -> None:
    """The report's own words are found behind their bars; what the mail words anew is not judged."""
    desk = QuickDesk()
    held = desk.until_details_held()
    extra = (Field("product.version", "2.4", "r", 1.0), Field("exploited", False, "r", 1.0))
    partly = Field("target.urls", ("https://shop.example.jp/search", "https://shop.example.jp/other"), "r", 1.0)
    known = replace(desk.case, fields=(*desk.case.fields, *extra))

    def diff(item: OutboxItem, of: Case) -> dict[str, str]:
        return {each.place: each.kind for each in overview.outbox_item(item, of).diff}

    found = diff(held, known)
    carried = {"vulnerability.steps": "carried", "target.urls": "carried", "product.version": "left_out"}
    assert carried.items() <= found.items()
    assert not {"vulnerability.type", "exploited"} & set(found)
    assert diff(held, replace(known, fields=(partly,))) == {"target.urls": "carried_in_part"}
    (first,) = desk.items("first-contact")
    unsaid = {"vulnerability.steps": "left_out", "vulnerability.type": "left_out"}
    assert unsaid.items() <= diff(first, known).items()


def test_a_reopened_case_sends_nothing_of_its_former_life() -> None:
    """What was approved before the case was closed does not go out after it was reopened."""
    desk = QuickDesk()
    held = desk.until_details_held()
    desk.relay.answers = [TransientError("451 later")]
    desk.command(f"!approve {held.hash}")
    desk.relay.answers = []
    desk.round(desk.orders("!close will_not_fix", "!reopen by mistake"), seconds=10)
    desk.round(days=1)
    assert desk.case.state is State.TRIAGE
    assert _sent(desk, "details") == 0


def test_a_question_that_was_answered_is_not_asked() -> None:
    """A question that could not be delivered yet is dropped when the finder has answered meanwhile."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    receipt = desk.mail("Hanako")[0]
    desk.relay.answers = [TransientError("451 later")]
    desk.round(desk.orders("!ask vulnerability.impact"), minutes=5)
    (question,) = desk.items("question")
    assert question.status is Status.QUEUED
    desk.round(desk.answer("Hanako", receipt, "The impact is large.\n"), seconds=1)
    desk.round(days=1)
    assert desk.case.state is State.TRIAGE
    assert desk.items("question")[0].status is Status.DEAD


def test_what_was_withheld_cannot_be_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    """`outbox retry` sends again what failed; it is no way around a decision."""
    desk = QuickDesk()
    held = desk.until_details_held()
    desk.command(f"!withhold {held.hash} not yet")
    monkeypatch.setattr(reading, "bot_of", lambda _: nullcontext((None, desk.bot)))
    with pytest.raises(PermanentError, match="never released"):
        reading.outbox_retry(None, held.item)  # type: ignore[arg-type]  # the context is for bot_of alone
    desk.round(hours=1)
    assert _sent(desk, "details") == 0


def test_what_is_in_doubt_when_its_case_ends_is_uncertain() -> None:
    """A mail that may have gone out is not recorded as never sent."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    desk.relay.answers = [UncertainError("lost after DATA")]
    desk.round(desk.orders(f"!approve {desk.held('first-contact').hash}"), minutes=5)
    desk.command("!close will_not_fix")
    desk.round(hours=1)
    assert desk.items("first-contact")[0].status is Status.UNCERTAIN


def test_a_ladder_that_ends_is_told() -> None:
    """A mail to the finder that is given up after all pauses reaches coordinators as a problem, once."""
    desk = QuickDesk()
    real = desk.relay.send

    def send(mail: Any) -> None:
        if mail.to == desk.people["Hanako"].address:
            raise TransientError("450 greylisted")
        real(mail)

    desk.relay.send = send  # type: ignore[method-assign]
    desk.round(desk.write("Hanako"))
    for _ in range(12):
        desk.round(days=1)
    assert desk.items("receipt")[0].status is Status.DEAD
    assert len([m for m in desk.mail("Taro") if "450 greylisted" in m.text]) == 1


def test_t45_a_ticket_system_that_answers_everything_gets_no_answer() -> None:
    """Its acknowledgements, without any mark of a machine, are logged and shown; nothing is written back (T45)."""
    desk = QuickDesk()
    held = desk.until_details_held()
    desk.command(f"!approve {held.hash}")
    for _ in range(5):
        before = len(desk.mail("Shop"))
        desk.round(desk.answer("Shop", desk.mail("Shop")[-1], "[#4711] Your request was received.\n"), hours=1)
        assert len(desk.mail("Shop")) == before


def test_t26_answers_go_to_from_never_to_reply_to() -> None:
    """Nobody is written to because a stranger named them in Reply-To (T26)."""
    desk = QuickDesk()
    desk.round(b"Reply-To: mallory@evil.example.net\r\n" + desk.write("Hanako"))
    assert desk.mail("Mallory") == []
    assert len(desk.mail("Hanako")) == 1


def test_a_rejection_that_was_taken_back_is_not_sent() -> None:
    """A case that was reopened before the mail went out was not rejected after all."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", encrypt=True))
    desk.command("!reject NOT_A_VULN")
    held = desk.held("rejection")
    desk.command("!reopen they are right", "!accept")
    desk.keyring.import_key(desk.people["Hanako"].public_key)
    finder = desk.people["Hanako"]
    desk.store.apply(Change(pins=(Pin(finder.address, finder.fingerprint, desk.now, "imported"),)))
    assert "refused" in desk.command(f"!approve {held.hash}")
    assert _sent(desk, "rejection") == 0


# Commands


def test_t32_a_refused_command_cannot_be_played_again_later() -> None:
    """A signature counts once, also when the command was refused: it must not run when the case has moved on."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    early = desk.orders("!fix confirmed corrected")
    desk.round(early, minutes=1)
    desk.command("!accept")
    desk.round(_trace(early, "replay"), minutes=1)
    assert desk.case.state is State.ACCEPTED


def test_one_mail_may_command_two_cases() -> None:
    """All lines run or none, over both cases; the case id may be written in lower case."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"), desk.write("Mallory", "two", REPORT.replace("search", "basket")))
    one, two = (c.id for c in desk.store.cases())
    desk.round(desk.orders("!accept", f"!case {two.lower()}", "!contact use 7", case=one.lower()), minutes=1)
    assert {c.state for c in desk.store.cases()} == {State.TRIAGE}
    desk.round(desk.orders("!accept", f"!case {two.lower()}", "!reject NOT_A_VULN", case=one.lower()), minutes=1)
    assert {c.state for c in desk.store.cases()} == {State.ACCEPTED, State.REJECTED}


def test_a_hundred_kilobytes_of_commands_run_nothing() -> None:
    """More commands than the limit are refused as a whole, with one transcript."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    before = len(desk.mail("Taro"))
    desk.command(*["!note again and again"] * 5_000)
    assert len(desk.mail("Taro")) == before + 1
    assert not [e for e in desk.case.timeline if e.what == "command"]


# Encryption


def test_a_contact_taken_up_again_is_still_never_answered_in_plain() -> None:
    """Dropping and adding a contact point anew does not forget that it wrote encrypted."""
    desk = QuickDesk()
    desk.until_details_held("We are in charge.\n", encrypt=True)
    desk.command("!contact drop 1 wait")
    desk.command(f"!contact add {desk.people['Shop'].address}", "!contact confirm 1")
    assert "no usable key" in desk.command(f"!approve {desk.held('details').hash}")
    assert _sent(desk, "details") == 0


def test_who_wrote_encrypted_without_a_token_is_not_answered_in_plain() -> None:
    """A contact point that a coordinator confirmed writes a fresh encrypted mail: from then on nothing goes plain."""
    desk = QuickDesk()
    desk.until_first_contact()
    desk.round(desk.write("Shop", f"about [{desk.case.id}]", "Who are you?\n", encrypt=True), hours=1)
    desk.command("!contact confirm 1")
    assert "no usable key" in desk.command(f"!approve {desk.held('details').hash}")


def test_who_wrote_encrypted_from_another_address_is_not_answered_in_plain() -> None:
    """A contact point that came up by an encrypted answer from another address keeps that mark."""
    desk = QuickDesk()
    asked = desk.until_first_contact()
    desk.round(desk.answer("Mallory", asked, "I answer for my colleague.\n", encrypt=True), hours=1)
    desk.command("!contact confirm 2")
    assert "no usable key" in desk.command(f"!approve {desk.held('details').hash}")


def test_a_finder_who_turns_to_encryption_late_is_not_answered_in_plain() -> None:
    """Also when they wrote it after the case had ended, or in a mail that could not be read."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    receipt = desk.mail("Hanako")[0]
    desk.command("!reject NOT_A_VULN")
    desk.round(desk.answer("Hanako", receipt, "But look at this!\n", encrypt=True), hours=1)
    desk.command("!reopen they are right", "!accept")
    assert desk.held("acceptance").held_for == "no_usable_key"


def test_a_key_that_expires_before_sending_stops_the_mail() -> None:
    """Approved while the key was good, due when it is not: held, never plain (T42)."""
    desk = QuickDesk()
    held = desk.until_details_held(attach_key=True)
    desk.relay.answers = [TransientError("451 later")]
    desk.command(f"!approve {held.hash}")
    shop = desk.people["Shop"].fingerprint
    desk.keyring.hold(replace(desk.keyring.held[shop], expires=NOW + timedelta(hours=1)))
    desk.round(hours=2)
    assert desk.held("details").held_for == "no_usable_key"
    assert _sent(desk, "details") == 0


def test_consent_that_is_taken_back_counts_from_then_on() -> None:
    """The finder's no in a later mail stands, token or not; a yes without the token does not."""
    yes, no = (Field("consent.share_identity", value, "test", 1.0) for value in (True, False))
    open_case = case(State.CONTACTING, fields=(yes,))
    after = decide(open_case, answer(fields=(no,), from_that_contact=False)).case
    assert not after.agreed("share_identity")
    again = decide(after, answer(fields=(yes,), from_that_contact=False)).case
    assert not again.agreed("share_identity")


def test_a_name_that_consent_was_taken_back_for_stops_the_approved_mail() -> None:
    """Details that carry the finder's name and wait to go are held when the finder says no meanwhile."""
    desk = QuickDesk()
    asked = desk.until_first_contact()
    named = Field("reporter.name", "Hanako Hakken", "test", 1.0)
    agreed = Field("consent.share_identity", True, "test", 1.0)
    desk.store.apply(Change(cases=(replace(desk.case, fields=(named, agreed, *desk.case.fields)),)))
    desk.round(desk.answer("Shop", asked, "Please send it here.\n"), hours=1)
    held = desk.held("details")
    assert held.draft is not None
    assert "Hanako Hakken" in held.draft.body
    desk.relay.answers = [TransientError("451 later")]
    desk.command(f"!approve {held.hash}")
    no = replace(agreed, value=False)
    fields = tuple(no if f.name == no.name else f for f in desk.case.fields)
    desk.store.apply(Change(cases=(replace(desk.case, fields=fields),)))
    desk.round(hours=1)
    assert desk.held("details").held_for == "changed"
    assert not any("Hakken" in m.text for m in desk.mail("Shop"))


# Strangers


def test_t48_an_acknowledgement_carries_nothing_of_the_sender_but_the_address() -> None:
    """The display name that a forger chose is not sent to the victim (T48)."""
    desk = QuickDesk()
    mail = desk.write("Hanako").replace(b"From: Hanako ", b"From: Buy pills at evil.example.net ")
    desk.round(mail)
    assert b"pills" not in desk.relay.taken[0].content + desk.mail("Hanako")[0].text.encode()


def test_t65_a_stranger_learns_nothing_of_a_case() -> None:
    """Who names a case without a part in it gets no answer, or one that says nothing of it (T65)."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    known = desk.case
    desk.people["Mallory"].desk_key = desk.people["Mallory"].fingerprint
    for sent in (
        desk.write("Mallory", f"Re: [{known.id}]", "What is the state of this?\n"),
        desk.write("Mallory", f"[{known.id}]", "!case " + known.id + "\n!status\n"),
        desk.write("Mallory", f"Re: [{known.id}]", "secret", encrypt=True),
    ):
        desk.round(sent, minutes=1)
    answers = desk.mail("Mallory")
    assert len(answers) == 1  # how to encrypt
    for mail in answers:
        told = "\n".join((mail.subject, mail.text, *(value for _, value in mail.mail.headers)))
        assert known.id not in told
        assert known.id[-8:] not in told
        assert "hanako" not in told.lower()


def test_how_to_encrypt_is_told_once_a_day_whatever_the_letters() -> None:
    """The same address in other letters is the same person."""
    desk = QuickDesk()
    mallory = desk.people["Mallory"]
    mallory.desk_key = mallory.fingerprint
    for address in ("mallory@evil.example.net", "Mallory@evil.example.net", "MALLORY@evil.example.net"):
        mallory.address = address
        desk.round(desk.write("Mallory", "hello", f"secret of {address}", encrypt=True), minutes=1)
    mallory.address = "mallory@evil.example.net"
    assert len(desk.mail("Mallory")) == 1


def test_template_language_in_a_report_stays_text() -> None:
    """Placeholders in a report are shown as they are written, in every mail (T50)."""
    desk = QuickDesk()
    text = REPORT.replace("Search for a script", "Search for {{ 7*7 }} ${desk.secret} {% include 'x' %}")
    desk.round(desk.write("Hanako", text=text))
    notice = desk.mail("Taro")[0]
    assert "{{ 7*7 }} ${desk.secret} {% include 'x' %}" in notice.text


def test_a_report_without_message_id_gives_no_other_mail_of_the_case_away() -> None:
    """Mail to the finder refers to the finder's own mail or to none, never to one of another party (T54)."""
    desk = QuickDesk(limits=Limits(acknowledgements_per_address_and_day=0))
    lines = desk.write("Hanako").split(b"\r\n")
    desk.round(b"\r\n".join(line for line in lines if not line.startswith(b"Message-ID")))
    desk.command("!note mine")
    desk.command("!accept")
    (acceptance,) = desk.mail("Hanako")
    assert acceptance.mail.in_reply_to + acceptance.mail.references == ()


def test_a_fix_told_again_asks_the_finder_once() -> None:
    """An operator who writes twice that it is fixed does not make us write to the finder twice."""
    desk = QuickDesk()
    held = desk.until_details_held()
    desk.command(f"!approve {held.hash}")
    details = desk.mail("Shop")[-1]
    for text in ("We have fixed the vulnerability.\n", "As I said, we have fixed the vulnerability.\n"):
        desk.round(desk.answer("Shop", details, text), hours=1)
    assert _sent(desk, "fix-check") == 1


# Delivery reports


def test_a_notice_that_comes_back_is_not_answered_with_notices() -> None:
    """A coordinator's full mailbox must not turn every notice into a new one."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    notice = next(m for m in desk.relay.taken if m.to == desk.people["Taro"].address)
    before = len(desk.relay.taken)
    desk.round(_bounce(notice.message_id, notice.to), minutes=5)
    assert len(desk.relay.taken) == before
    assert [d.kind for d in desk.store.dispositions()][-1] == "bounce"


def _bounce(message_id: str, recipient: str) -> bytes:
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.jp\r\nTo: security@desk.example.jp\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMessage-ID: <dsn@mx.example.jp>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nmailbox full\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.jp\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {message_id}\r\nTo: {recipient}\r\n\r\nx\r\n--b--\r\n"
    ).encode()


# Faults


def test_a_mail_that_cannot_be_prepared_keeps_no_other_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug while one mail is written out holds that mail; everything else goes out."""
    real = gate.seal

    def seal(clean: Any, **how: Any) -> Any:
        if clean.draft.template.endswith("receipt"):
            raise ValueError("secret of the report")
        return real(clean, **how)

    monkeypatch.setattr(gate, "seal", seal)
    desk = QuickDesk()
    done = desk.round(desk.write("Hanako"))
    held = desk.held("receipt")
    assert held.held_for is not None
    assert "secret" not in held.held_for
    assert len(desk.mail("Taro")) >= 1
    assert done.sent >= 2


def test_an_item_whose_case_cannot_be_told_keeps_no_other_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug in the sending and another in what the case makes of it: the item is put away, the rest goes out."""

    def broken(*_: Any, **__: Any) -> Any:
        raise ValueError("a bug")

    monkeypatch.setattr(gate, "plaintext_objection", broken)
    monkeypatch.setattr(outcomes, "MailHeld", broken)
    desk = QuickDesk()
    done = desk.round(desk.write("Hanako"))
    written = [i for i in desk.store.items() if i.draft]
    assert {i.status for i in written} == {Status.HELD}
    assert len(done.problems) == len(written)
    monkeypatch.undo()
    monkeypatch.setattr(outcomes, "MailFailed", broken)
    desk = QuickDesk()
    desk.relay.answers = [PermanentError("550 no")]
    desk.round(desk.write("Hanako"))
    for _ in range(4):
        desk.relay.answers = [PermanentError("550 no")] if desk.items("receipt", Status.QUEUED) else []
        desk.round(hours=1)
    assert desk.items("receipt")[0].status is Status.UNCERTAIN


def test_a_relay_that_breaks_in_an_unknown_way_leaves_the_mail_in_doubt() -> None:
    """An error that nobody foresaw after the mail was begun counts as a doubt: same Message-ID, twice at most."""
    desk = QuickDesk()
    desk.relay.answers = [RuntimeError("bug")] * 50
    desk.round(desk.write("Hanako"))
    for _ in range(5):
        desk.round(hours=1)
    (receipt,) = desk.items("receipt")
    assert (receipt.status, receipt.attempts) == (Status.UNCERTAIN, 3)


def test_a_mail_that_went_out_does_not_go_again_because_its_case_could_not_note_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bug in what the sending causes must not put the mail in doubt."""
    desk = QuickDesk()
    real = pending.advance_all

    def advance_all(case: Any, events: Any, *rest: Any) -> Any:
        if any(isinstance(event, MailSent) for event in events):
            raise ValueError("a bug")
        return real(case, events, *rest)

    monkeypatch.setattr(pending, "advance_all", advance_all)
    desk.round(desk.write("Hanako"))
    desk.round(hours=1)
    assert len(desk.mail("Hanako")) == 1
    assert _sent(desk, "receipt") == 1


def test_a_mailbox_that_is_away_does_not_stop_what_is_to_be_sent() -> None:
    """Deadlines and the outbox go on; the failure is told at the end of the round."""
    desk = QuickDesk()
    desk.relay.answers = [TransientError("451 later")]
    desk.round(desk.write("Hanako"))
    (waiting,) = desk.items("receipt", Status.QUEUED)

    def away() -> Any:
        raise TransientError("no route to host")

    desk.mailbox.arrivals = away  # type: ignore[method-assign]
    with pytest.raises(TransientError):
        desk.round(hours=1)
    assert [i.item for i in desk.items("receipt", Status.SENT)] == [waiting.item]


def test_rehearsal_knows_a_mail_that_came_by_another_way() -> None:
    """What would be ignored is shown as ignored."""
    desk = QuickDesk()
    mail = desk.write("Hanako")
    desk.round(_trace(mail, "one"))
    shown = rehearse(desk.bot, RawMail(_trace(mail, "two"), "two.eml"), desk.now)
    assert (shown.outcome, shown.mail) == ("ignore", [])


def test_doubt_and_then_a_refusal_is_still_doubt() -> None:
    """A mail that may have gone out is not called failed because a later attempt was refused."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    desk.relay.answers = [UncertainError("lost after DATA"), PermanentError("554 seen before")]
    desk.round(desk.orders(f"!approve {desk.held('first-contact').hash}"), minutes=5)
    (first,) = desk.items("first-contact")
    assert first.attempts == 1
    desk.relay.answers = [PermanentError("554 seen before")]
    desk.round(minutes=20)
    assert desk.items("first-contact")[0].status is Status.UNCERTAIN
    assert desk.case.contacts[0].standing is not Standing.DEAD


def test_doubt_and_then_success_is_sent_under_one_message_id() -> None:
    """The mail is tried again after a pause with the id that it had."""
    desk = QuickDesk()
    desk.relay.answers = [UncertainError("lost after DATA")]
    desk.round(desk.write("Hanako"))
    first = next(i for i in desk.store.items() if i.doubts)
    desk.round(minutes=16)
    again = desk.store.item(first.item)
    assert again is not None
    assert (again.status, again.message_id) == (Status.SENT, first.message_id)
    assert max(Counter(m.message_id for m in desk.relay.taken).values()) == 1


def test_a_search_that_never_succeeds_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the search for contact points is given up, coordinators hear of it at once."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.finder.failure = TransientError("no network")
    desk.command("!accept")
    before = len(desk.mail("Taro"))
    for _ in range(10):
        desk.round(days=1)
        if desk.items("find_contacts")[0].status is not Status.QUEUED:
            break
    assert any("contacts" in (e.what,) for e in desk.case.timeline)
    assert len(desk.mail("Taro")) > before


def test_a_quarantine_that_cannot_be_told_still_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """When even the notice cannot be written, the mail is set aside all the same and the next one is read."""

    def broken(*_: Any) -> Any:
        raise RuntimeError("a broken template")

    desk = QuickDesk()
    monkeypatch.setattr(intake, "tell", broken)
    monkeypatch.setattr(intake, "look", broken)
    done = desk.round(desk.write("Hanako"), desk.write("Mallory"))
    assert done.accounted == {"quarantined": 2}
    assert len(desk.mailbox.folders["Quarantine"]) == 2


def test_a_memory_that_fails_in_the_middle_loses_nothing_and_repeats_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whichever change cannot be stored: the mail stays, and the next round ends as if nothing had happened."""
    calm = QuickDesk()
    mail = calm.write("Hanako")
    calm.round(mail)
    expected = sorted((i.item, i.status) for i in calm.store.items())
    for at in range(1, 12):
        desk = QuickDesk()
        unwell = Unwell(desk.store, at)
        desk.bot = replace(desk.bot, store=unwell)  # type: ignore[arg-type]  # passes everything on
        failed = False
        try:
            desk.round(mail)
        except TransientError:
            failed = True
        desk.round(minutes=20)
        assert sorted((i.item, i.status) for i in desk.store.items()) == expected
        assert max(Counter(m.message_id for m in desk.relay.taken).values()) == 1
        assert list(desk.mailbox.folders["INBOX"]) == []
        # What became of a mail that was sent is stored at the next attempt.
        told = [message.getMessage() for message in caplog.records if "could not be stored" in message.getMessage()]
        assert failed or told or unwell.left > 0
        caplog.clear()


def test_mail_that_cannot_be_filed_away_keeps_no_other_from_being_read() -> None:
    """A folder over quota: every mail is handled once, the failure is told, the next round only moves them."""
    desk = QuickDesk()
    real = desk.mailbox.file_away

    def full(*_: Any) -> None:
        raise TransientError("over quota")

    desk.mailbox.file_away = full  # type: ignore[method-assign]
    with pytest.raises(TransientError):
        desk.round(desk.write("Hanako"), desk.write("Mallory", "two", REPORT.replace("search", "basket")))
    assert len(list(desk.store.cases())) == 2
    desk.mailbox.file_away = real  # type: ignore[method-assign]
    done = desk.round(minutes=1)
    assert done.accounted == {"already_done": 2}
    assert _sent(desk, "receipt") == 2


def test_a_crash_while_held_mail_is_taken_in_anew_forgets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it has become something else, it stays in the list of held mail."""
    desk = QuickDesk()
    desk.round(desk.write("Mallory", "hello", "nothing that any rule knows\n"))
    (entry,) = desk.store.dispositions("held")

    def killed(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(service, "handle", killed)
    with pytest.raises(KeyboardInterrupt):
        retry(desk.bot, entry, desk.now)
    assert [d.digest for d in desk.store.dispositions("held")] == [entry.digest]


def test_held_mail_that_a_person_moves_back_is_filed_again() -> None:
    """The desk remembers it: nothing is told or sent twice."""
    desk = QuickDesk()
    mail = desk.write("Mallory", "hello", "nothing that any rule knows\n")
    desk.round(mail)
    before = len(desk.relay.taken)
    done = desk.round(mail, hours=1)
    assert done.accounted == {"already_done": 1}
    assert len(desk.relay.taken) == before


def test_the_last_notice_of_held_mail_in_an_hour_says_that_more_may_come() -> None:
    """A flood of junk is not announced mail by mail, but coordinators know where the rest is."""
    desk = QuickDesk()
    mails = [desk.write("Mallory", f"hello {n}", f"nothing that any rule knows {n}\n") for n in range(30)]
    desk.round(*mails)
    told = desk.mail("Taro")
    assert len(told) == 10
    assert "mailbot quarantine list" in told[-1].text
    assert "mailbot quarantine list" not in told[0].text


def test_a_held_notice_to_a_coordinator_does_not_give_way_to_a_newer_one() -> None:
    """What was to be told is told when the key is there: each notice says something of its own."""
    desk = QuickDesk()
    jiro = desk.people["Jiro"].fingerprint
    key = desk.keyring.held.pop(jiro)
    desk.round(desk.write("Hanako"))
    receipt = desk.mail("Hanako")[0]
    for text in ("One more thing.\n", "And another.\n"):
        desk.round(desk.answer("Hanako", receipt, text), hours=1)
    desk.keyring.hold(key)
    assert len(desk.items("notice-reply", Status.HELD)) == 2


def test_a_clock_that_goes_back_sends_nothing_twice() -> None:
    """A round as of an earlier moment repeats nothing."""
    desk = QuickDesk()
    desk.until_details_held()
    before = len(desk.relay.taken)
    desk.round(days=-30)
    desk.round(days=30)
    assert len(desk.relay.taken) == before


def test_a_contact_that_is_the_finder_gets_nothing_as_a_contact() -> None:
    """A finder who names themselves as the operator gets no first contact and no details, whoever chooses them."""
    desk = QuickDesk(first_contact="auto", details="auto")
    desk.finder.contacts = (Contact(1, "Hanako@finder.example.org", "report", score=0.9),)
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    assert desk.items("first-contact") == []
    assert "finder" in desk.command("!contact use 1")
    assert desk.items("first-contact") == []


def test_what_is_received_is_what_is_kept() -> None:
    """Every mail of the rounds above can be read again by its digest, byte for byte."""
    desk = QuickDesk()
    mail = desk.write("Hanako")
    desk.round(mail, b"", b"junk")
    for content in (mail, b"", b"junk"):
        raw = RawMail(content, "test")
        kept = desk.spool.load(raw.digest)
        assert kept is not None
        assert kept.content == content
        assert desk.store.disposition(raw.digest) is not None
