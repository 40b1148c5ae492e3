"""What coordinators do to mails and cases by mail: other words, two cases that are one, one case that is two."""

import pytest

from mailbot.core.messages import OpenedMail
from mailbot.core.model import Case, ClosingCode, State, Track
from mailbot.core.outbox import Status
from tests.faults.quick_desk import REPORT, QuickDesk

AGAIN = """Dear desk,

the search of https://www.shop.example.jp/search?q=1 has an XSS vulnerability: what is typed comes back as a script.

How to reproduce: type a script into the box, press return, read the alert.

Mallory
"""
PLUGIN = REPORT.replace(
    "Impact:",
    "The page of shop.example.jp is made with the plugin SearchBox 2.1.\nSee https://www.shop.example.jp/search?q=x\n\nImpact:",
)


def two_cases() -> tuple[QuickDesk, str, str]:
    """The same hole, reported by Hanako and by Mallory; the first case is accepted."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.round(desk.write("Mallory", "hole", AGAIN), hours=1)
    first, second = (case.id for case in desk.store.cases())
    desk.command("!accept", case=first)
    return desk, first, second


def case_of(desk: QuickDesk, number: str) -> Case:
    found = desk.store.case(number)
    assert found is not None
    return found


def all_text(mails: list[OpenedMail]) -> str:
    return "\n".join(f"{mail.subject}\n{mail.text}" for mail in mails)


# !edit


def test_a_held_mail_goes_in_other_words() -> None:
    """The text below the commands takes the place of ours; it is shown again, under a hash of its own."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    before = desk.held("first-contact")
    words = "Dear colleagues,\n\nplease tell us where to report.\n\nDesk\n"
    mail = desk.write(
        "Taro",
        "commands",
        f"!case {desk.case.id}\n!edit {before.hash}\n\n{words}\n-- \nTaro\n",
        sign=True,
        encrypt=True,
    )
    desk.round(mail, minutes=5)
    after = desk.held("first-contact")
    assert after.hash != before.hash
    assert after.draft is not None
    assert after.draft.body == words
    shown = all_text(desk.mail("Jiro")[-2:])
    assert f"!approve {after.hash}" in shown
    assert "please tell us where to report" in shown
    assert "no mail of" in desk.command(f"!approve {before.hash}")
    desk.command(f"!approve {after.hash}")
    assert desk.mail("Shop")[-1].text.strip() == words.strip()
    assert any(e.what == "edited" for e in desk.case.timeline)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the new text is missing"),
        ("The search has a cross-site scripting hole: Search for a script\n", "give away what must not leave"),
    ],
)
def test_what_cannot_be_edited(text: str, why: str) -> None:
    """Without words nothing is edited; words that tell a detail in a first contact are refused."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    before = desk.held("first-contact")
    body = f"!case {desk.case.id}\n!edit {before.hash}\n\n{text}"
    desk.round(desk.write("Taro", "commands", body, sign=True, encrypt=True), minutes=5)
    assert why in desk.mail("Taro")[-1].text
    assert desk.held("first-contact") == before


def test_the_finder_stays_unknown_in_edited_words() -> None:
    """What identifies the finder is taken out of a coordinator's words as well, and the transcript says so."""
    desk = QuickDesk()
    held = desk.until_details_held()
    body = f"!case {desk.case.id}\n!edit {held.hash}\nHanako (hanako@finder.example.org) found it in the search.\n"
    desk.round(desk.write("Taro", "commands", body, sign=True, encrypt=True), minutes=5)
    after = desk.held("details")
    assert after.draft is not None
    assert "hanako@" not in after.draft.body
    assert "without" in desk.mail("Taro")[-1].text


# !merge


def test_a_merged_case_goes_on_in_the_other() -> None:
    """Linked both ways, nothing awaited; its finder is told of acceptance, fix and end under the own number."""
    desk, first, second = two_cases()
    desk.command(f"!merge {first}", case=second)
    assert case_of(desk, second).state is State.MERGED
    assert [("merged", first) in [(k.kind, k.case) for k in case_of(desk, second).links]] == [True]
    assert ("merged", second) in [(link.kind, link.case) for link in case_of(desk, first).links]
    assert case_of(desk, second).deadlines == ()
    assert desk.mail("Mallory")[-1].subject.startswith(f"[{second}]")
    desk.command(f"!approve {desk.held('first-contact').hash}", case=first)
    desk.round(desk.answer("Shop", desk.mail("Shop")[-1], "We are in charge. Please send it here.\n"), hours=1)
    desk.command(f"!approve {desk.held('details').hash}", case=first)
    desk.command("!fix confirmed", "!close fixed for Hanako only", case=first)
    ended = case_of(desk, second)
    assert (ended.state, ended.closing_code) == (State.CLOSED, ClosingCode.FIXED)
    subjects = [mail.subject for mail in desk.mail("Mallory")]
    assert len(subjects) == 4  # receipt, acceptance, start of handling, closing, which tells of the fix
    text = all_text(desk.mail("Mallory"))
    assert first not in text
    assert "Hanako" not in text
    assert "hanako" not in text
    other = all_text(desk.mail("Hanako"))
    assert second not in other
    assert "allory" not in other


def test_t22_mail_on_a_merged_case_stands_on_both() -> None:
    """A finder's answer is on the own case and noted on the other, and the status they ask for is the other's."""
    desk, first, second = two_cases()
    desk.command(f"!merge {first}", case=second)
    desk.round(desk.answer("Mallory", desk.mail("Mallory")[-1], "It is worse than I thought.\n"), hours=1)
    assert any(e.what == "reply" for e in case_of(desk, second).timeline)
    assert any(e.what == "heard" and second in e.text for e in case_of(desk, first).timeline)
    desk.round(desk.answer("Mallory", desk.mail("Mallory")[-1], "status\n"), hours=1)
    told = desk.mail("Mallory")[-1]
    assert told.subject.startswith(f"[{second}]")
    assert "looking for the right contact" in told.text
    assert first not in all_text(desk.mail("Mallory"))
    count = len(desk.mail("Mallory"))
    desk.round(desk.answer("Hanako", desk.mail("Hanako")[-1], "status\n"), hours=1)
    assert desk.mail("Hanako")[-1].subject.startswith(f"[{first}]")
    assert len(desk.mail("Mallory")) == count


def test_the_operator_of_a_merged_case_is_heard_in_the_other() -> None:
    """What its contact point answers moves the case in which it goes on."""
    desk = QuickDesk()
    desk.round(desk.write("Mallory", "hole", AGAIN))
    second = desk.case.id
    desk.command("!accept", case=second)
    desk.command(f"!approve {desk.held('first-contact').hash}", case=second)
    desk.round(desk.write("Hanako"), hours=1)
    (first,) = (case.id for case in desk.store.cases() if case.id != second)
    desk.command("!accept", case=first)
    desk.command(f"!merge {first}", case=second)
    (old,) = (mail for mail in desk.mail("Shop") if second in mail.subject)
    desk.round(desk.answer("Shop", old, "We are in charge. Please send it here.\n"), hours=1)
    assert case_of(desk, first).state is State.CONTACT_CONFIRMED
    assert desk.held("details").case == first


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("!merge CASE#00000000", "there is no case"),
        ("!merge {own}", "cannot go on in itself"),
    ],
)
def test_what_cannot_be_merged(line: str, why: str) -> None:
    """A case that is not there, or is the same, takes nothing in."""
    desk, _, second = two_cases()
    assert why in desk.command(line.format(own=second), case=second)
    assert case_of(desk, second).state is State.TRIAGE


def test_nothing_goes_on_in_a_case_that_has_ended() -> None:
    """The other case has to be opened again first."""
    desk, first, second = two_cases()
    desk.command("!close will_not_fix", case=first)
    assert "has ended" in desk.command(f"!merge {first}", case=second)


# !split


def test_a_product_behind_a_site_hides_the_site() -> None:
    """The linked case has the report without a word that names the site; words that name it are refused."""
    desk = QuickDesk()
    desk.finder.contacts = ()
    desk.round(desk.write("Hanako", "XSS", PLUGIN))
    desk.command("!accept")
    parent = desk.case.id
    text = desk.command("!split product")
    assert "the site is hidden from the vendor" in " ".join(text.split())
    (new,) = (case for case in desk.store.cases() if case.id != parent)
    assert (new.track, new.state, new.opened_by) == (Track.PRODUCT, State.TRIAGE, "coordinator")
    assert [(link.kind, link.case) for link in new.links] == [("split", parent)]
    assert ("split", new.id) in [(link.kind, link.case) for link in case_of(desk, parent).links]
    values = "\n".join(f"{field.value} {field.quote}" for field in new.fields).lower()
    assert "shop.example" not in values
    assert "shop.example.jp" in new.withheld
    mallory = desk.people["Mallory"].address
    desk.command("!accept", f"!vendor add SearchBox {mallory}", "!contact confirm 1", case=new.id)
    held = desk.held("details")
    assert held.draft is not None
    assert "shop.example" not in held.draft.body.lower()
    body = f"!case {new.id}\n!edit {held.hash}\nIt was seen on ＳＨＯＰ.example.jp, in the search.\n"
    desk.round(desk.write("Taro", "commands", body, sign=True, encrypt=True), minutes=5)
    assert "egress/product-site: the mail names the site behind the product" in desk.mail("Taro")[-1].text
    assert desk.held("details") == held


def test_a_case_is_split_into_the_other_track_only() -> None:
    """A website case has no second website."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    assert "of that track already" in desk.command("!split website")
    assert len(list(desk.store.cases())) == 1


def test_previews_of_both_change_nothing() -> None:
    """Neither a merge nor a split that was only previewed leaves a trace."""
    desk, first, second = two_cases()
    before = list(desk.store.cases())
    desk.command("!preview", f"!merge {first}", case=second)
    desk.command("!preview", "!split product", case=first)
    desk.command("!split product", "!fix confirmed nonsense", case=first)
    assert list(desk.store.cases()) == before


# Status by mail


@pytest.mark.parametrize("words", ["status\n", "状況確認\n", "状況を教えてください。\n", "What is the status?\n"])
def test_a_finder_who_asks_how_it_stands_is_told(words: str) -> None:
    """Once a day, signed, with nothing of the other side; coordinators are not disturbed."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    notices = len(desk.items("notice-reply"))
    desk.round(desk.answer("Hanako", desk.mail("Hanako")[-1], words), hours=1)
    told = desk.mail("Hanako")[-1]
    assert told.subject == f"[{desk.case.id}] How things stand"
    assert "looking for the right contact" in told.text
    assert "security@shop" not in told.text
    assert len(desk.items("notice-reply")) == notices
    desk.round(desk.answer("Hanako", told, words), hours=1)
    assert len(desk.items("progress-finder")) == 1
    assert len(desk.items("notice-reply")) > notices
    desk.round(desk.answer("Hanako", told, words + "\n"), days=1)
    assert len(desk.items("progress-finder")) == 2


def test_only_a_confirmed_operator_is_told() -> None:
    """Where it stands for them, and no word of the finder."""
    desk = QuickDesk()
    desk.round(desk.answer("Shop", desk.until_first_contact(), "状況確認\n"), hours=1)
    assert (desk.items("progress-counterpart"), desk.items("details")) == ([], [])
    desk.round(desk.answer("Shop", desk.mail("Shop")[-1], "We are in charge. Please send it here.\n"), hours=1)
    desk.command(f"!approve {desk.held('details').hash}")
    desk.round(desk.answer("Shop", desk.mail("Shop")[-1], "状況を教えてください。\n"), days=1)
    assert len(desk.items("progress-counterpart", Status.SENT)) == 1
    told = desk.mail("Shop")[-1].text
    assert "確認の結果のご連絡をお待ちしています" in told
    assert "hanako" not in told.lower()


def test_nobody_else_is_told_how_it_stands() -> None:
    """Without the token of our mail to them, in the finder's name or with more to say, nothing goes out."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    receipt = desk.mail("Hanako")[0]
    desk.round(desk.write("Mallory", f"Re: {receipt.subject}", "status\n"), hours=1)
    desk.round(desk.write("Hanako", f"Re: {receipt.subject}", "status\n"), hours=1)
    long = "What is the status? " + "There is more to it. " * 30
    desk.round(desk.answer("Hanako", receipt, long), hours=1)
    assert desk.items("progress-finder") == []


# The embargo


def test_the_desks_default_is_accepted_by_silence() -> None:
    """Proposed with the receipt, active with acceptance, over with the end."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    assert desk.case.embargo.state.value == "proposed"
    desk.command("!accept")
    assert (desk.case.embargo.state.value, desk.case.embargo.until) == ("active", None)
    desk.command("!close will_not_fix")
    assert desk.case.embargo.state.value == "exited"


def test_the_shorter_term_holds_at_once() -> None:
    """Whoever names a day first shortens it; a moment keeps its hour and is told with its zone."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    text = desk.command("!embargo propose finder 2027-03-01T15:00", "!embargo propose desk 2027-02-01", "!status")
    assert "embargo active: until 2027-02-01 09:00 JST" in " ".join(text.split())
    told = desk.mail("Hanako")[-1].text
    assert "2027-02-01 09:00 JST (2027-02-01 00:00 UTC)" in told
    assert "not in the future" in desk.command("!embargo propose desk 2020-01-01")
    assert "no party" in desk.command("!embargo propose contact 2027-01-01")


@pytest.mark.parametrize("line", ["!exploited yes seen by a CERT", "!public yes", "!embargo end on the list"])
def test_attacks_end_the_embargo(line: str) -> None:
    """It is over for good; the mails that say so wait for a coordinator."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    desk.command(line)
    assert desk.case.embargo.over
    held = desk.held("embargo-finder")
    assert held.held_for == "approval"
    desk.command(f"!approve {held.hash}")
    assert "that request ends" in desk.mail("Hanako")[-1].text
    assert "cannot be taken up again" in desk.command("!embargo propose desk 2027-03-01")


def test_a_day_that_the_finder_plans_is_the_term() -> None:
    """A report that states a day shortens our default to it; when the day comes, coordinators decide."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", text=REPORT.replace("Regards", "I plan to publish on 2026-12-21.\n\nRegards")))
    assert desk.case.field_text("disclosure_plan")
    assert desk.case.embargo.until is not None
    assert desk.case.embargo.until.date().isoformat() == "2026-12-21"
    desk.command("!accept")
    assert desk.case.embargo.until.date().isoformat() == "2026-12-21"
    desk.round(days=35)
    assert desk.case.embargo.over
