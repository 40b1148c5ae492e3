"""A product of three vendors: one silent, one slow, one that asks for more time; and the day of publication."""

from datetime import date, datetime, timedelta

import pytest

from mailbot import overview
from mailbot.core.embargo import EmbargoState
from mailbot.core.limits import Limits
from mailbot.core.messages import OpenedMail
from mailbot.core.model import State, Track
from mailbot.core.outbox import Status
from mailbot.core.vendors import VendorState
from tests.faults.quick_desk import QuickDesk

PRODUCT = """ソフトウエア製品脆弱性関連情報届出様式
1. 届出者情報
 1) 届出者情報
   氏名*:発見 花子
   電子メールアドレス*:hanako@finder.example.org
2. 脆弱性関連情報
 2) 脆弱性を確認したソフトウエア等に関する情報
   名称:サンプルビューア
   バージョン:3.2
   開発者:株式会社サンプル
 3) 脆弱性の種類
   バッファオーバーフロー
 4) 再現手順
   a. 細工したファイルを開く
   b. read_header() で異常終了する
 6) 脆弱性により発生しうる脅威
   任意のコードの実行
"""
SUBJECT = "ソフトウエア製品脆弱性関連情報の届出"


def accepted() -> QuickDesk:
    """A product case after acceptance."""
    desk = QuickDesk(Limits(command_age_days=400))
    desk.finder.contacts = ()
    desk.round(desk.write("Hanako", SUBJECT, PRODUCT))
    assert desk.case.track is Track.PRODUCT
    desk.command("!accept")
    return desk


def three() -> QuickDesk:
    """Three vendors, each written to. Shop, Mallory and a silent one stand for them."""
    desk = accepted()
    shop, mallory = desk.people["Shop"].address, desk.people["Mallory"].address
    desk.command(
        f"!vendor add Sample Software Inc. {shop} by phone",
        f"!vendor add Other Works {mallory}",
        "!vendor add Silent Systems psirt@silent.example.com",
    )
    desk.command("!contact use 1", "!contact use 2", "!contact use 3")
    held = desk.items("first-contact", Status.HELD)
    assert len(held) == 3, "no first contact takes another vendor's place"
    desk.command(*(f"!approve {item.hash}" for item in held))
    return desk


def states(desk: QuickDesk) -> list[str]:
    return [vendor.state.value for vendor in desk.case.vendors]


def with_details(desk: QuickDesk, who: str) -> OpenedMail:
    """This vendor answers, and gets the details; the mail that it got."""
    desk.round(desk.answer(who, desk.mail(who)[-1], "担当窓口です。こちらにお送りください。\n"), hours=1)
    desk.command(f"!approve {desk.held('details').hash}")
    return desk.mail(who)[-1]


def test_every_vendor_goes_its_own_way() -> None:
    """First contact, answer and details of one vendor leave the others where they are."""
    desk = three()
    assert states(desk) == ["contacting"] * 3
    assert desk.case.state is State.CONTACTING
    assert desk.case.milestones.start_date is not None
    with_details(desk, "Shop")
    assert states(desk) == ["details_sent", "contacting", "contacting"]
    assert desk.case.state is State.NOTIFIED
    with_details(desk, "Mallory")
    assert states(desk) == ["details_sent", "details_sent", "contacting"]
    assert [c.vendor for c in desk.case.confirmed_contacts] == [1, 2]


def test_no_vendor_hears_of_another() -> None:
    """No mail to one vendor names another one, its address or where it stands."""
    desk = three()
    with_details(desk, "Shop")
    desk.round(desk.answer("Shop", desk.mail("Shop")[-1], "修正しました。\n"), hours=1)
    desk.round(days=40)
    with_details(desk, "Mallory")
    desk.round(desk.answer("Mallory", desk.mail("Mallory")[-1], "状況を教えてください。\n"), hours=1)
    told = desk.mail("Mallory")[-1]
    assert "確認の結果のご連絡をお待ちしています" in told.text
    for mail in desk.mail("Mallory"):
        assert not any(word in mail.text for word in ("Sample Software", "shop.example", "Silent")), mail.text


def test_a_silent_vendor_is_reminded_and_then_a_persons_matter() -> None:
    """A short ladder to that vendor alone; at its end coordinators hear of the list of 連絡不能開発者."""
    desk = three()
    with_details(desk, "Shop")
    for _ in range(6):
        desk.round(days=8)
    reminders = [i for i in desk.items("first-contact-reminder", Status.SENT) if i.draft]
    to_silent = [i for i in reminders if i.draft and i.draft.to.address == "psirt@silent.example.com"]
    assert len(to_silent) == 2
    assert not [i for i in reminders if i.draft and i.draft.to.address == desk.people["Shop"].address]
    notice = next(m.text for m in reversed(desk.mail("Taro")) if "!vendor 3 state listed_name" in m.text)
    assert "3 Silent Systems" in notice
    assert states(desk)[2] == "contacting"
    desk.command("!vendor 3 state listed_name quarterly list")
    assert desk.case.vendors[2].state is VendorState.LISTED_NAME
    assert "from there it goes to" in desk.command("!vendor 3 state published")


def test_what_vendors_say_is_kept() -> None:
    """Their own numbers and findings, by mail or by command, with the states that follow."""
    desk = three()
    with_details(desk, "Shop")
    with_details(desk, "Mallory")
    desk.round(desk.answer("Shop", desk.mail("Shop")[-1], "修正しました。\n"), hours=1)
    desk.round(desk.answer("Mallory", desk.mail("Mallory")[-1], "弊社の製品は影響を受けません。\n"), hours=1)
    assert states(desk) == ["ready", "review", "contacting"]
    assert [v.finding.value for v in desk.case.vendors] == ["fixed", "not_affected", ""]
    assert [i.draft.to.address for i in desk.items("fix-thanks", Status.SENT) if i.draft] == [
        desk.people["Shop"].address
    ]
    text = desk.command("!vendor 3 ref PSIRT-2026-7", "!vendor 2 says affected It is after all.", "!status")
    assert "vendor 3: Silent Systems (contacting, contact 3, PSIRT-2026-7)" in " ".join(text.split())
    assert states(desk) == ["ready", "coordinating", "contacting"]
    assert desk.case.vendors[1].statement == "It is after all."
    assert "several vendors" in desk.command("!fix reported")


def test_publication_from_the_day_to_the_end() -> None:
    """公表日: told to the finder and to whom has the details; on the day coordinators are asked, then all are told."""
    desk = three()
    with_details(desk, "Shop")
    with_details(desk, "Mallory")
    day = (desk.now + timedelta(days=30)).date()
    desk.command(f"!publish {day.isoformat()}")
    assert (desk.case.state, desk.case.embargo.until) == (State.SCHEDULED, desk.bot.policy.morning(day))
    assert len(desk.items("publication-date-counterpart", Status.SENT)) == 2
    assert len(desk.items("publication-date-finder", Status.SENT)) == 1
    desk.round(days=31)
    assert desk.case.embargo.state is EmbargoState.EXITED
    notice = next(m.text for m in reversed(desk.mail("Taro")) if f"!publish {day.isoformat()}" in m.text)
    assert "公表日" in notice
    desk.command(f"!publish {day.isoformat()} JVN#12345678")
    assert (desk.case.state, desk.case.public) == (State.PUBLISHED, True)
    assert states(desk) == ["published", "published", "contacting"]
    assert desk.case.milestones.published == desk.bot.policy.morning(day)
    assert len(desk.items("publication-counterpart", Status.SENT)) == 2
    assert len(desk.items("publication-finder", Status.SENT)) == 1
    desk.command("!close published")
    assert desk.case.state is State.CLOSED
    assert len(desk.items("closure-counterpart", Status.SENT)) == 2


def test_more_time_is_a_question_to_everybody() -> None:
    """!extend moves no agreed day before finder and vendors have said yes; one no leaves it."""
    desk = three()
    with_details(desk, "Shop")
    day, later = ((desk.now + timedelta(days=n)).date() for n in (30, 60))
    desk.command(f"!publish {day.isoformat()}")
    assert "asks everybody first" not in desk.command(f"!extend {later.isoformat()} the vendor tests longer")
    agreed = desk.bot.policy.morning(day)
    assert (desk.case.embargo.state, desk.case.embargo.until) == (EmbargoState.REVISE, agreed)
    asked = desk.mail("Hanako")[-1].text
    assert f"{later.isoformat()} 09:00 JST ({later.isoformat()} 00:00 UTC)" in asked
    assert "the vendor tests longer" in asked
    desk.command("!embargo accept finder")
    assert desk.case.embargo.until == agreed
    desk.command("!embargo accept 1")
    assert (desk.case.embargo.state, desk.case.embargo.until) == (EmbargoState.ACTIVE, desk.bot.policy.morning(later))
    assert desk.case.publication == desk.bot.policy.morning(later)
    desk.command(f"!extend {(later + timedelta(days=30)).isoformat()} once more", "!embargo reject finder")
    assert desk.case.embargo.until == desk.bot.policy.morning(later)
    assert "was asked nothing" in desk.command("!embargo accept 1 again")


def test_the_first_counterpart_becomes_a_vendor() -> None:
    """Whoever was written to before the second vendor is named stays where it was, with its waits."""
    desk = accepted()
    desk.command(f"!contact add {desk.people['Shop'].address}", "!contact use 1")
    desk.command(f"!approve {desk.held('first-contact').hash}")
    desk.round(desk.answer("Shop", desk.mail("Shop")[-1], "こちらにお送りください。\n"), hours=1)
    desk.command(f"!approve {desk.held('details').hash}")
    assert desk.case.state is State.NOTIFIED
    desk.command(f"!vendor add Other Works {desk.people['Mallory'].address}")
    assert [(v.name, v.state.value) for v in desk.case.vendors] == [
        ("株式会社サンプル", "details_sent"),
        ("Other Works", "named"),
    ]
    assert [c.vendor for c in desk.case.contacts] == [1, 2]
    assert desk.case.state is State.NOTIFIED
    desk.round(days=11)
    assert len(desk.items("details-reminder", Status.SENT)) == 1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("!vendor 9 ref X", "there is no vendor 9"),
        ("!vendor add Sample Software Inc. third@x.example", "is a vendor of this case already"),
        ("!vendor 2 contact security@shop.example.jp", "of vendor 1"),
        ("!vendor 1 state named", "from there it goes to"),
        ("!publish 2025-01-01", "before the report came"),
    ],
)
def test_what_a_vendor_command_refuses(line: str, why: str) -> None:
    """Each refusal says what is wrong, and nothing changes."""
    desk = three()
    before = desk.case
    assert why in desk.command(line)
    assert desk.case == before


def test_a_website_has_no_vendors() -> None:
    """The operator is the only counterpart; nothing is published."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    assert "!split product" in desk.command("!vendor add X x@y.example")
    assert "nothing is published of a website" in desk.command("!publish 2027-01-01")


def test_vendors_are_shown() -> None:
    """`case show` has them, the embargo and the day."""
    desk = three()
    day = (desk.now + timedelta(days=30)).date()
    desk.command(f"!publish {day.isoformat()}")
    shown = overview.in_full(desk.case, desk.now)
    first = shown.vendors[0]
    assert (first.n, first.name, first.state.value, first.contacts) == (1, "Sample Software Inc.", "contacting", [1])
    assert shown.embargo is not None
    assert shown.embargo.until == shown.publication == desk.bot.policy.morning(day)
    assert isinstance(shown.publication, datetime)


def test_a_day_fixed_within_the_silence_may_move_within_it_only() -> None:
    """The finder agreed to so much; a day of publication before its end does not make that more."""
    desk = three()
    with_details(desk, "Shop")
    early, later, end, beyond = ((desk.now + timedelta(days=n)).date().isoformat() for n in (20, 30, 40, 200))
    desk.command(f"!embargo propose finder {end}")
    assert "refused" not in desk.command(f"!publish {early}")
    assert "asks everybody first" in desk.command(f"!publish {beyond}")
    assert "refused" not in desk.command(f"!publish {later}")
    assert desk.case.embargo.until == desk.case.publication == desk.bot.policy.morning(date.fromisoformat(later))
