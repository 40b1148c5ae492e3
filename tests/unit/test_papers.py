"""Drafts that a coordinator sends by hand: when they are due, and what they say."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.core.deadlines import passed
from mailbot.core.effects import TellCoordinators
from mailbot.core.lifecycle import Step
from mailbot.core.model import Deadline, DeadlineKind, Entry, Field, Milestones, Standing, State, Track
from mailbot.core.papers import bodies, values
from mailbot.core.vendors import Vendor, VendorState
from tests.builders import NOW, POLICY, SHOP, case, command, decide, details_of, refused, standing

DAY = timedelta(days=1)


def site(url: str, **facts: object) -> tuple[Field, ...]:
    """The fields of a report on that site."""
    extra = tuple(Field(name, value, "test/x", 1.0) for name, value in facts.items())  # type: ignore[arg-type]
    return (Field("target.urls", (url,), "test/x", 1.0), *extra)


@pytest.mark.parametrize(
    ("url", "personal", "expected"),
    [
        ("https://www.example.go.jp/a", False, ("government",)),
        ("https://www.city.mihon.lg.jp/", False, ("local_government",)),
        ("https://www.city.mihon.hokkaido.jp/", False, ("local_government",)),
        ("https://www.pref.mihon.jp/", True, ("local_government", "personal_data")),
        ("https://shop.example.jp/", True, ("personal_data",)),
        ("https://go.jp.example.com/", False, ()),
        ("https://notgo.jp/", False, ()),
    ],
)
def test_the_authority_of_a_site(url: str, personal: bool, expected: tuple[str, ...]) -> None:
    """V-3-7: the state's sites, municipalities', and whoever may leak personal data."""
    facts = {"personal_data": True} if personal else {}
    assert bodies(case(fields=site(url, **facts))) == expected


def test_an_urgent_case_on_a_public_site_brings_its_draft() -> None:
    """Once, when the case is accepted; of no other site."""
    urgent = case(fields=site("https://www.example.go.jp/a"), priority="high")
    decision = decide(urgent, command("accept"))
    (told,) = [e for e in decision.effects if isinstance(e, TellCoordinators)]
    assert (told.template, details_of(told)["body"]) == ("notice-paper", "government")
    again = decide(decision.case, command("note", "x"))
    assert again.effects == ()
    for other in (replace(urgent, priority="normal"), replace(urgent, fields=site("https://shop.example.jp/"))):
        assert [e for e in decide(other, command("accept")).effects if isinstance(e, TellCoordinators)] == []


def test_personal_data_that_nobody_protects() -> None:
    """Three months without a fix: the draft to the commission, once."""
    fields = site("https://shop.example.jp/", personal_data=True)
    sent = Milestones(accepted=NOW, details_sent=NOW - 90 * DAY)
    late = case(
        State.FIXING,
        standing(SHOP, Standing.CONFIRMED),
        fields=fields,
        milestones=sent,
        deadlines=(Deadline(DeadlineKind.FIX, NOW),),
    )
    decision = decide(late, *passed(late, NOW))
    papers = [details_of(e)["body"] for e in decision.effects if e.template == "notice-paper"]  # type: ignore[union-attr]
    assert papers == ["personal_data"]
    later = NOW + 40 * DAY
    more = decide(decision.case, *passed(decision.case, later), now=later)
    assert "notice-paper" not in [e.template for e in more.effects]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("note", "paper"),
    [("list_product", "listing-product"), ("list_deadline", "listing-product"), ("judge", "committee-request")],
)
def test_each_step_with_the_unreachable_brings_its_draft(note: str, paper: str) -> None:
    """The notice that a step is due carries the draft for it."""
    lost = case(State.UNREACHABLE, track=Track.PRODUCT, deadlines=(Deadline(DeadlineKind.UNREACHABLE, NOW, 0, note),))
    (notice,) = decide(lost, *passed(lost, NOW)).effects
    assert details_of(notice)["paper"] == paper


def test_a_draft_on_demand() -> None:
    """Any of them, at any time while the case is open."""
    (told,) = decide(case(), command("paper", "committee-request")).effects
    assert details_of(told)["paper"] == "committee-request"
    assert "no vendor 2" in refused(case(), command("paper", "listing-name", "2"))


def test_what_was_tried_is_listed_day_by_day() -> None:
    """Mail, calls and letters that were gone, and what came back; nothing only proposed, nothing of another vendor."""
    other = replace(SHOP, n=2, address="other@else.example", vendor=2)
    vendors = (Vendor(1, "Sample", VendorState.LISTED_NAME), Vendor(2, "Other"))
    history = (
        Entry(NOW, "sent", "mailbot", f"first-contact to {SHOP.address} (signed)"),
        Entry(NOW, "sent", "mailbot", f"first-contact to {other.address} (signed)"),
        Entry(NOW + DAY, "bounced", "mailbot", f"{SHOP.address} 5.1.1 unknown"),
        Entry(NOW + DAY, "channel", "mailbot", "3 phone is proposed"),
        Entry(NOW + 2 * DAY, "channel", "mailbot", "3 phone was used; its answer is awaited"),
        Entry(NOW + 2 * DAY, "copy", "One", f"to {SHOP.address}; attachments: a.pdf; it is the first contact"),
        Entry(NOW + 2 * DAY, "copy", "One", f"to x{SHOP.address}, {SHOP.address}.example"),
        Entry(NOW + 2 * DAY, "vendor state", "mailbot", "1 Sample: contacting → listed_name"),
    )
    phone = replace(SHOP, n=3, address="phone", vendor=1)
    known = case(
        State.UNREACHABLE,
        replace(SHOP, vendor=1),
        other,
        phone,
        track=Track.PRODUCT,
        vendors=vendors,
        timeline=history,
    )
    told = values(Step(known, NOW, POLICY), 1)
    assert told["attempts"].splitlines() == [
        f"2026-11-20 mail {SHOP.address}",
        f"2026-11-21 bounced {SHOP.address}",
        "2026-11-22 phone",
        f"2026-11-22 mail {SHOP.address}",
    ]
    assert (told["vendor"], told["listed_on"]) == ("Sample", "2026-11-22")


def test_of_several_vendors_the_paper_is_about_one() -> None:
    """Without its number it would name one vendor with the days of another."""
    several = case(State.CONTACTING, SHOP, track=Track.PRODUCT, vendors=(Vendor(1, "One"), Vendor(2, "Other")))
    assert "!paper listing-name N" in refused(several, command("paper", "listing-name"))
    assert decide(several, command("paper", "listing-name", "2")).effects
    assert decide(several, command("paper", "government-notice")).effects
