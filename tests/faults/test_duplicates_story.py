"""The same vulnerability reported again: coordinators hear of it, no finder does, nothing is merged."""

from typing import Any

import pytest

from mailbot import overview
from mailbot.core.messages import RawMail
from mailbot.core.model import Case, Link, State
from mailbot.core.outbox import Status
from mailbot.rehearsal import rehearse
from tests.fakes_store import MemoryStore
from tests.faults.quick_desk import REPORT, QuickDesk

AGAIN = """Dear desk,

the search of https://www.shop.example.jp/search?q=1 has an XSS vulnerability: what is typed comes back as a script.

How to reproduce: type a script into the box, press return, read the alert.

Mallory
"""
OTHER = AGAIN.replace("www.shop.example.jp/search", "blog.example.net/find")


def newest(desk: QuickDesk) -> Case:
    return list(desk.store.cases())[-1]


def test_another_finders_report_of_the_same_is_proposed_as_a_duplicate() -> None:
    """The new case names the old one with score and reason; both cases go on, each for itself."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    first = desk.case
    mail = desk.write("Mallory", "hole", AGAIN)
    shown = rehearse(desk.bot, RawMail(mail, "test"), desk.now)
    assert shown.report is not None
    (proposed,) = shown.report.duplicates
    assert (proposed.case, proposed.score >= 0.9, proposed.why) == (
        first.id,
        True,
        "same page, same type of vulnerability",
    )
    desk.round(mail, hours=1)
    (link,) = newest(desk).links
    assert (link.kind, link.case, link.score) == ("duplicate", first.id, proposed.score)
    older = desk.store.case(first.id)
    assert older is not None
    assert (older.fields, older.state, older.deadlines) == (first.fields, first.state, first.deadlines)
    (back,) = overview.in_full(older, desk.now).links
    assert (back.kind, back.case, back.score, back.why) == ("duplicate", newest(desk).id, link.score, proposed.why)
    (seen,) = overview.in_full(newest(desk), desk.now).links
    assert (seen.case, seen.score, seen.why) == (first.id, proposed.score, proposed.why)
    notice = desk.mail("Taro")[-1].text
    assert f"{first.id}（{proposed.score:.2f}）" in notice
    assert "同じページ" in notice


def test_the_older_case_names_the_newer_and_its_people_hear_nothing() -> None:
    """The history says why; no mail goes out on the older case, to whomever."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    first, before = desk.case, len(desk.mail("Hanako"))
    desk.round(desk.write("Mallory", "hole", AGAIN), hours=1)
    older = desk.store.case(first.id)
    assert older is not None
    assert older.timeline[-1].what == "duplicate"
    assert older.timeline[-1].text.startswith(f"{newest(desk).id} (")
    assert len(desk.mail("Hanako")) == before
    assert all(first.id not in mail.subject for mail in desk.mail("Taro")[-1:])


def test_a_case_that_ended_is_linked_back_without_the_reason_that_it_ended() -> None:
    """Which of both has ended is a reason on one side only."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    first = desk.case.id
    desk.command("!reject NOT_A_VULN")
    desk.round(desk.write("Mallory", "hole", AGAIN), hours=1)
    older = desk.store.case(first)
    assert older is not None
    assert older.state is State.REJECTED
    assert older.links == (
        Link("duplicate", newest(desk).id, newest(desk).links[0].score, newest(desk).links[0].why[:-1]),
    )


def test_a_flood_of_the_same_does_not_grow_the_older_case() -> None:
    """Twenty newer cases are named, no more."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    first = desk.case.id
    desk.round(*(desk.write("Mallory", f"hole {n}", AGAIN + f"\nNo. {n}\n") for n in range(30)), hours=1)
    older = desk.store.case(first)
    assert older is not None
    assert len(older.links) <= 20


def test_no_finder_learns_of_the_other() -> None:
    """Through acceptance, rejection and closing no mail to either names the other's case or address."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.round(desk.write("Mallory", "hole", AGAIN), hours=1)
    first, second = (case.id for case in desk.store.cases())
    desk.command("!accept", case=first)
    desk.command("!reject ALREADY_KNOWN", case=second)
    for who, other, address in (
        ("Hanako", second, "mallory@evil.example.net"),
        ("Mallory", first, "hanako@finder.example.org"),
    ):
        told = "\n".join(f"{m.subject}\n{m.text}" for m in desk.mail(who))
        assert other not in told
        assert other.rpartition("#")[2] not in told
        assert address not in told


def test_a_coordinator_who_names_the_other_case_to_a_finder_is_stopped() -> None:
    """The gate holds the mail, and nothing of it has gone out."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.round(desk.write("Mallory", "hole", AGAIN), hours=1)
    first, second = (case.id for case in desk.store.cases())
    desk.command(f"!reject ALREADY_KNOWN it is {first}", case=second)
    assert "another case" in (desk.held("rejection").held_for or "")
    assert first not in "\n".join(m.text for m in desk.mail("Mallory"))


def test_a_report_that_its_own_finder_sends_again_is_marked_as_theirs() -> None:
    """Another mail with the same words is a case of its own, proposed as a duplicate by the same finder."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.round(desk.write("Hanako", "once more"), hours=1)
    (link,) = newest(desk).links
    assert link.score is not None
    assert link.score > 0.9
    assert "from the same finder" in link.why


def test_the_same_mail_by_another_way_is_shown_as_such() -> None:
    """A rehearsal names the case that it opened, and that nothing would happen."""
    desk = QuickDesk()
    mail = desk.write("Hanako")
    desk.round(mail)
    shown = rehearse(desk.bot, RawMail(b"Received: from two.example.net\r\n" + mail, "test"), desk.now)
    assert shown.report is not None
    assert [(d.case, d.score) for d in shown.report.duplicates] == [(desk.case.id, 1.0)]
    assert (shown.outcome, shown.mail) == ("ignore", [])


def test_a_case_that_has_ended_is_proposed_and_marked() -> None:
    """What was rejected or closed before may be reported again."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!reject NOT_A_VULN")
    assert desk.case.state is State.REJECTED
    desk.round(desk.write("Mallory", "hole", AGAIN), hours=1)
    assert newest(desk).links[0].why[-1] == "that case has ended"


def test_what_is_about_another_place_is_no_duplicate() -> None:
    """The same kind of fault elsewhere is not worth a word."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.round(desk.write("Mallory", "hole", OTHER), hours=1)
    assert newest(desk).links == ()
    assert len(desk.items("receipt", Status.SENT)) == 2


def test_looking_for_duplicates_reads_few_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many cases there are, also on the same page: the store is asked by index and for a bounded number."""
    desk = QuickDesk()
    desk.round(*(desk.write("Mallory", f"hole {n}", AGAIN + f"\nNo. {n}\n") for n in range(90)))
    read: list[str] = []
    real = MemoryStore.case

    def counted(self: MemoryStore, case_id: str) -> Any:
        read.append(case_id)
        return real(self, case_id)

    monkeypatch.setattr(MemoryStore, "case", counted)
    monkeypatch.setattr(MemoryStore, "cases", None)
    shown = rehearse(desk.bot, RawMail(desk.write("Hanako", "hole", REPORT), "test"), desk.now)
    assert shown.report is not None
    assert len(shown.report.duplicates) == 5
    assert len(read) < 90
