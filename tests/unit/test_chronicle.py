"""The log of a case: read back from its history, told by day, with the terms that were kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.case_log import case_log
from mailbot.core.chronicle import log_of
from mailbot.core.command_forms import FORMS
from mailbot.core.log_view import LogLine
from mailbot.core.model import Case, Entry, Handling, Milestones, State, Track
from mailbot.core.terms import terms
from tests.builders import DESK, FINDER, NOW, ONE, POLICY, SHOP, case
from tests.faults.quick_desk import QuickDesk
from tests.faults.test_silent_operator import command, days_until
from tests.sample_cases import templates


def told(*entries: tuple[str, str, str], **values: object) -> list[LogLine]:
    """The lines of a case with these entries (what, who, text), all of one moment."""
    found = case(timeline=tuple(Entry(NOW, *entry, message_id="<m@d>") for entry in entries), **values)
    return [
        line for day in log_of(found, {"<m@d>": "[CASE#1] A subject"}, DESK, POLICY, NOW).days for line in day.lines
    ]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            ("sent", "mailbot", f"first-contact to {SHOP.address} (signed)"),
            {"mail": "first-contact", "to": SHOP.address, "to_role": "operator", "text": "signed"},
        ),
        (
            ("approved", ONE.name, f"details to {SHOP.address} (0123456789abcdef0123)"),
            {"who": ONE.name, "role": "coordinator", "mail": "details", "to": SHOP.address},
        ),
        (("withheld", ONE.name, f"details to {SHOP.address}: not yet"), {"mail": "details", "text": "not yet"}),
        (("command", ONE.name, "!close fixed with thanks"), {"code": "close", "text": "fixed with thanks"}),
        (("command", ONE.name, "!contact use 2"), {"code": "contact use", "text": "2"}),
        (("command", ONE.name, "!vendor 2 state closed why"), {"code": "vendor state", "text": "2 closed why"}),
        (("report", FINDER.address, "website, complete"), {"code": "website", "codes": (), "role": "finder"}),
        (
            (
                "report",
                FINDER.address,
                "product, missing: product.name, vulnerability.steps; taken for a report by Taro",
            ),
            {"code": "product", "codes": ("product.name", "vulnerability.steps"), "text": "Taro"},
        ),
        (("reply", SHOP.address, "fix_reported, thanks"), {"codes": ("fix_reported", "thanks"), "role": "operator"}),
        (
            ("reply", SHOP.address, "fix_planned; fix_by 2026-12-01"),
            {"codes": ("fix_planned",), "text": "fix_by 2026-12-01"},
        ),
        (("reply", SHOP.address, "window psirt@x.example"), {"codes": (), "text": "window psirt@x.example"}),
        (
            ("deadline", "mailbot", "contact_answer: web@shop.example.jp"),
            {"code": "contact_answer", "text": SHOP.address},
        ),
        (("embargo", "mailbot", "proposed → active: no day"), {"code": "active", "text": ""}),
        (("embargo", "mailbot", "active → exited: closed: fixed"), {"code": "exited", "text": "closed: fixed"}),
        (("contacts", "mailbot", "1 found, 3 known"), {"codes": ("1", "3"), "text": ""}),
        (("channel", "mailbot", "3 letter was used; its answer is awaited"), {"code": "used", "to": "letter"}),
        (("something", "mailbot", "that is new"), {"what": "something", "text": "that is new"}),
    ],
)
def test_an_entry_is_read_back(entry: tuple[str, str, str], expected: dict[str, object]) -> None:
    """Into what a sentence needs; what is not known stays as it is."""
    (line,) = told(entry)
    assert {name: getattr(line, name) for name in expected} == expected


def test_a_mail_is_named_by_its_subject() -> None:
    """And only one that went out: what was approved has the mail's own line."""
    sent, approved = told(
        ("sent", "mailbot", f"details to {SHOP.address} (encrypted)"),
        ("approved", ONE.name, f"details to {SHOP.address} (0)"),
    )
    assert (sent.subject, approved.subject) == ("[CASE#1] A subject", "")


def test_where_the_case_went_stands_with_what_moved_it() -> None:
    """Moves of the case and of a vendor, in order; one without cause has a line of its own."""
    lines = told(
        ("state", "mailbot", "triage → accepted"),
        ("command", ONE.name, "!accept"),
        ("vendor state", "mailbot", "2 Other: Works: named → contacting"),
        ("state", "mailbot", "accepted → contacting"),
    )
    assert [(line.what, line.moves) for line in lines] == [
        ("state", (("", "accepted"),)),
        ("command", (("2 Other: Works", "contacting"), ("", "contacting"))),
    ]


def test_what_came_again_and_again_is_one_line() -> None:
    """With how often and until when."""
    weeks = tuple(Entry(NOW + timedelta(days=7 * n), "deadline", "mailbot", "triage") for n in range(4))
    days = log_of(case(timeline=weeks), {}, DESK, POLICY, NOW).days
    (line,) = [line for day in days for line in day.lines]
    assert (line.times, line.until) == (4, weeks[-1].at.astimezone(DESK.timezone).date())


@pytest.mark.parametrize(
    ("found", "name", "kept"),
    [
        (case(milestones=Milestones(accepted=NOW)), "triage", True),
        (case(milestones=Milestones(accepted=NOW + timedelta(days=30))), "triage", False),
        (case(State.NOTIFIED, milestones=Milestones(accepted=NOW, details_sent=NOW)), "fix", None),
        (
            case(State.FIX_REPORTED, milestones=Milestones(details_sent=NOW, fix_reported=NOW + timedelta(days=89))),
            "fix",
            True,
        ),
        (
            case(
                State.PUBLISHED,
                track=Track.PRODUCT,
                milestones=Milestones(start_date=NOW, published=NOW + timedelta(days=60)),
            ),
            "publication",
            False,
        ),
    ],
)
def test_terms(found: Case, name: str, kept: bool | None) -> None:
    """Kept, missed, or still running."""
    assert {term.name: term.kept for term in terms(found, POLICY, NOW)}[name] is kept


def test_of_our_own_people_no_term_for_a_first_contact_runs() -> None:
    """Nobody is asked first."""
    found = case(State.CONTACTING, milestones=Milestones(first_contact=NOW))
    assert [t.name for t in terms(found, POLICY, NOW)] == ["triage", "contact_answer"]
    assert [t.name for t in terms(replace(found, handling=Handling.OWN), POLICY, NOW)] == ["triage"]


def test_every_command_has_its_words() -> None:
    """In both languages, so that the log of a desk is in one."""
    logged = {*FORMS} - {"case", "status", "help", "approve", "edit", "withhold"}
    for language in ("ja", "en"):
        assert logged <= set(templates().labels[language]["commands"])


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_long_story_reads_as_a_log(language: str) -> None:
    """Half a year of silence: every attempt with its day, and no line that only a program would understand."""
    desk = QuickDesk()
    desk.until_first_contact()
    days_until(desk, "notice-channel")
    command(desk, "!contact use 2")
    days_until(desk, "notice-channel")
    command(desk, "!contact use 3")
    end = days_until(desk, "notice-problem")
    while "!close unreachable" not in end.text:
        end = days_until(desk, "notice-deadline")
    command(desk, "!close unreachable")
    bot = desk.bot
    log = case_log(desk.case, desk.store.items(desk.case.id), bot.desk, bot.templates, bot.policy, desk.now, language)
    body = log.split("経過" if language == "ja" else "WHAT HAPPENED")[1]
    for word in ("mailbot", "None", " → unreachable", "contact_answer", "first-contact", "is proposed", "_"):
        assert word not in body.replace("text/", ""), word
    mails = [m for m in desk.store.items(desk.case.id) if m.draft and m.draft.audience != "coordinator"]
    assert all(m.draft.subject in log for m in mails if m.draft)
    assert "Search for a script" not in log
    assert ("W" in log.split("\n")[0], len(body.split("\n")) < 90) == (True, True)
