"""Months of a product case: vendors that are silent, slow or on the list, and the time of silence agreed by mail."""

from datetime import date, datetime, timedelta

import pytest

from mailbot.core.embargo import EmbargoState
from mailbot.core.messages import OpenedMail
from mailbot.core.model import DeadlineKind
from mailbot.core.outbox import Status
from mailbot.core.vendors import VendorState
from mailbot.errors import TransientError
from tests.faults.quick_desk import QuickDesk
from tests.faults.test_vendors_story import accepted, states, three, with_details

REMINDERS = ("first-contact-reminder", "details-reminder", "verification-request", "status-request")


def asked(desk: QuickDesk, address: str) -> list[str]:
    """The reminders that went to this address, in order."""
    sent = [i for name in REMINDERS for i in desk.items(name, Status.SENT)]
    return [i.template for i in sorted(sent, key=lambda i: i.created) if i.draft and i.draft.to.address == address]


def days(desk: QuickDesk, count: int) -> None:
    """So many days, one round each."""
    for _ in range(count):
        desk.round(days=1)


def notices(desk: QuickDesk, word: str) -> list[OpenedMail]:
    """What one coordinator was told that has this word."""
    return [mail for mail in desk.mail("Taro") if word in mail.text]


def test_each_vendor_is_asked_by_its_own_clock() -> None:
    """One ladder a vendor: first contact; receipt, result, status; who has answered is asked only for what is open."""
    desk = three()
    with_details(desk, "Shop")
    with_details(desk, "Mallory")
    desk.round(desk.answer("Mallory", desk.mail("Mallory")[-1], "確認します。\n"), hours=1)
    days(desk, 46)
    shop, mallory = desk.people["Shop"].address, desk.people["Mallory"].address
    assert asked(desk, "psirt@silent.example.com") == ["first-contact-reminder"] * 2
    assert asked(desk, shop) == ["details-reminder"] + ["verification-request"] * 3
    assert asked(desk, mallory) == ["verification-request", "status-request", "status-request"]
    per_vendor = [(d.kind, d.note, d.at) for d in desk.case.deadlines]
    assert len(per_vendor) == len(set(per_vendor))


def test_a_request_names_its_days() -> None:
    """By when an answer is awaited, and the day that the desk aims at: 45 days from the first attempt."""
    desk = three()
    with_details(desk, "Shop")
    days(desk, 15)
    mail = desk.mail("Shop")[-1]
    assert "確認の結果" in mail.subject
    assert "2026年12月" in mail.text


def test_the_aim_tells_coordinators_where_each_vendor_stands() -> None:
    """45 days from the start date nobody is written to for it; coordinators choose: publish, extend, close."""
    desk = three()
    with_details(desk, "Shop")
    days(desk, 50)
    notice = notices(desk, "!extend DATE why")[0]
    assert "!publish DATE" in notice.text
    assert "1 Sample Software Inc.: details_sent" in notice.text
    assert "3 Silent Systems: contacting" in notice.text


def test_a_vendor_that_named_a_day_is_left_in_peace_until_then() -> None:
    """修正予定日: no request before it, one after it."""
    desk = three()
    with_details(desk, "Shop")
    promised = (desk.now + timedelta(days=20)).date()
    text = f"{promised.year}年{promised.month}月{promised.day}日に修正する予定です。\n"
    desk.round(desk.answer("Shop", desk.mail("Shop")[-1], text), hours=1)
    address = desk.people["Shop"].address
    days(desk, 19)
    assert asked(desk, address) == []
    days(desk, 5)
    assert asked(desk, address) == ["status-request"]


def test_a_reminder_that_waited_in_the_outbox_does_not_follow_an_answer() -> None:
    """The relay was away when it fell due, and the vendor wrote before it came back."""
    desk = three()
    with_details(desk, "Shop")
    answer = desk.answer("Shop", desk.mail("Shop")[-1], "確認します。\n")
    for _ in range(14):
        desk.relay.answers = [TransientError("421 try later")] * 20
        desk.round(days=1)
        if desk.items("details-reminder", Status.QUEUED):
            break
    desk.relay.answers = []
    desk.round(answer, hours=2)
    assert asked(desk, desk.people["Shop"].address) == []
    assert [i.status for i in desk.items("details-reminder")] == [Status.DEAD]


def test_the_list_of_those_who_cannot_be_reached() -> None:
    """PU1 to PU3: each step is announced with its paper and its command; in the end the committee, month by month."""
    desk = three()
    days(desk, 30)
    first = notices(desk, "!vendor 3 state listed_name")[0]
    assert [a.filename for a in first.attachments] == ["listing-name.txt"]
    desk.command("!vendor 3 state listed_name")
    steps = []
    for _ in range(40):
        desk.round(days=7)
        for state in ("listed_product", "listed_deadline", "judging"):
            if state not in steps and (told := notices(desk, f"!vendor 3 state {state}")):
                steps.append(state)
                assert told[0].attachments
                assert "3 Silent Systems" in told[0].text
                if state != "judging":
                    desk.command(f"!vendor 3 state {state}")
    assert steps == ["listed_product", "listed_deadline", "judging"]
    assert len(notices(desk, "!vendor 3 state judging")) >= 2
    assert asked(desk, "psirt@silent.example.com") == ["first-contact-reminder"] * 2, "the list is not announced to it"
    desk.command("!vendor 3 state judging")
    assert not [d for d in desk.case.deadlines if d.kind is DeadlineKind.VENDOR_LISTING]


def test_a_listed_vendor_comes_back() -> None:
    """調整再開: it answers the old mail after months, gets the details, and its ladder begins anew."""
    desk = three()
    first = desk.mail("Shop")[-1]
    days(desk, 30)
    desk.command("!vendor 1 state listed_name")
    days(desk, 60)
    desk.round(desk.answer("Shop", first, "担当窓口です。こちらにお送りください。\n"), hours=1)
    desk.command(f"!approve {desk.held('details').hash}")
    assert states(desk)[0] == VendorState.DETAILS_SENT
    assert not [d for d in desk.case.deadlines if d.kind is DeadlineKind.VENDOR_LISTING]
    days(desk, 60)
    later = [name for name in asked(desk, desk.people["Shop"].address) if name != "first-contact-reminder"]
    assert later == ["details-reminder", *["verification-request"] * 3], (
        "the days from the start date had passed: they count from the details"
    )


def test_a_year_after_the_start_the_finder_may_ask() -> None:
    """Coordinators hear the day; the finder's wish brings the command, which tells everybody."""
    desk = three()
    with_details(desk, "Shop")
    for _ in range(53):
        desk.round(days=7)
    assert notices(desk, "起算日から1年")
    desk.round(desk.answer("Hanako", desk.mail("Hanako")[0], "情報非開示依頼の取下げを希望します。\n"), hours=1)
    assert "!embargo lift" in desk.mail("Taro")[-1].text
    desk.command("!embargo lift 開発者は修正版の試験を続けています。")
    assert desk.case.embargo.state is EmbargoState.EXITED


def agreed(desk: QuickDesk) -> date:
    """The day of publication is agreed, and the coordinators want a month more: all were asked by mail."""
    day = (desk.now + timedelta(days=30)).date()
    later = (desk.now + timedelta(days=60)).date()
    desk.command(f"!publish {day.isoformat()}")
    desk.command(f"!extend {later.isoformat()} the vendor tests longer")
    return later


def morning(desk: QuickDesk, day: date) -> datetime:
    """When the desk opens on that day."""
    return desk.bot.policy.morning(day)


def test_more_time_is_agreed_by_mail() -> None:
    """The mail offers two answers; finder and vendor return the first; then day and silence have moved for all."""
    desk = three()
    with_details(desk, "Shop")
    later = agreed(desk)
    to_finder, to_vendor = desk.mail("Hanako")[-1], desk.mail("Shop")[-1]
    for mail in (to_finder, to_vendor):
        assert f"{later.isoformat()} 09:00 JST ({later.isoformat()} 00:00 UTC)" in mail.text
        assert "同意します" in mail.text
    desk.round(desk.answer("Hanako", to_finder, "同意します\n\n発見 花子\n"), hours=1)
    assert desk.case.embargo.state is EmbargoState.REVISE
    desk.round(desk.answer("Shop", to_vendor, "ご連絡ありがとうございます。\n期限の延長に同意します。\n"), hours=1)
    assert (desk.case.embargo.state, desk.case.embargo.until) == (EmbargoState.ACTIVE, morning(desk, later))
    assert desk.case.publication == morning(desk, later)
    for who in ("Hanako", "Shop"):
        assert later.isoformat() in desk.mail(who)[-1].text


@pytest.mark.parametrize(
    "text",
    [
        "承知しました。\n",
        "同意しますが、これが最後です。\n",
        "修正版を配布していただけるのであれば同意します。\n",
        "検討します。\n",
    ],
)
def test_an_unclear_answer_goes_to_a_person(text: str) -> None:
    """Nothing is agreed; the notice carries the commands for both answers."""
    desk = three()
    with_details(desk, "Shop")
    agreed(desk)
    before = desk.case.embargo
    desk.round(desk.answer("Hanako", desk.mail("Hanako")[-1], text), hours=1)
    assert desk.case.embargo == before
    assert "!embargo accept finder" in desk.mail("Taro")[-1].text


def test_a_yes_to_another_mail_is_none() -> None:
    """「同意します」 to the receipt of the report, or by a stranger, agrees to nothing."""
    desk = three()
    with_details(desk, "Shop")
    agreed(desk)
    before = desk.case.embargo
    desk.round(desk.answer("Hanako", desk.mail("Hanako")[0], "同意します\n"), hours=1)
    question = desk.mail("Hanako")[-1]
    desk.round(desk.write("Mallory", question.subject, "同意します\n", question.mail.reply_to[0].address), hours=1)
    assert desk.case.embargo == before


def test_a_no_leaves_the_day() -> None:
    """One no, and what was agreed before holds; all are told."""
    desk = three()
    with_details(desk, "Shop")
    day = (desk.now + timedelta(days=30)).date()
    agreed(desk)
    desk.round(desk.answer("Shop", desk.mail("Shop")[-1], "同意しません\n"), hours=1)
    assert (desk.case.embargo.question, desk.case.publication) == (None, morning(desk, day))
    assert day.isoformat() in desk.mail("Hanako")[-1].text


def test_a_finders_day_shortens_the_silence() -> None:
    """The vendor hears the day, with hour and zone, and neither from whom nor why; the day is a person's to move."""
    desk = three()
    with_details(desk, "Shop")
    desk.command(f"!publish {(desk.now + timedelta(days=60)).date().isoformat()}")
    plan = (desk.now + timedelta(days=20)).date()
    text = f"{plan.year}年{plan.month}月{plan.day}日に、自分のブログで公開する予定です。\n"
    desk.round(desk.answer("Hanako", desk.mail("Hanako")[-1], text), hours=1)
    assert desk.case.embargo.until == morning(desk, plan)
    told = desk.mail("Shop")[-1]
    assert f"{plan.isoformat()} 09:00 JST ({plan.isoformat()} 00:00 UTC)" in told.text
    assert "発見" not in told.text
    assert "ブログ" not in told.text
    notice = notices(desk, f"!publish {plan.isoformat()}")[0]
    assert "公開予定" in notice.text


def test_a_finder_who_published_ends_the_silence() -> None:
    """Coordinators hear at once; what vendors are told of it waits for them."""
    desk = three()
    with_details(desk, "Shop")
    before = len(desk.mail("Shop"))
    desk.round(desk.answer("Hanako", desk.mail("Hanako")[-1], "本日、ブログで内容を公開しました。\n"), hours=1)
    assert (desk.case.embargo.state, desk.case.public) == (EmbargoState.EXITED, True)
    assert len(desk.mail("Shop")) == before
    desk.command(f"!approve {desk.held('embargo-counterpart').hash}")
    assert "お願いの終わり" in desk.mail("Shop")[-1].text
    desk.command("!embargo propose desk 2027-12-01", "!preview")
    assert "cannot be taken up again" in desk.mail("Taro")[-1].text


def test_the_receipt_states_the_default() -> None:
    """Until the fix, the publication or the end; silence accepts it, as acceptance of the case notes."""
    desk = accepted()
    receipt = desk.mail("Hanako")[0]
    assert "第三者に知らせないよう" in receipt.text
    assert "ご異議がなければ、ご了承いただいたものとします" in receipt.text
    assert desk.case.embargo.state is EmbargoState.ACTIVE
    assert desk.case.embargo.until is None
