"""A desk in each of its roles: what a receiver hands over, and what a vendor says of what is its own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.core.events import AddressBounced
from mailbot.core.limits import Limits
from mailbot.core.messages import OpenedMail
from mailbot.core.model import Contact, DeadlineKind, Handling, Role, State, Track
from mailbot.core.outbox import Status
from mailbot.core.roles import DeskRole, Part, Partner
from mailbot.demo.people import Person
from mailbot.memory import Change, Pin
from mailbot.pending import Pending
from tests.fakes_keyring import FakeKeyring
from tests.faults.quick_desk import QuickDesk
from tests.faults.test_vendors_story import PRODUCT, SUBJECT
from tests.faults.world import DESK

BODY, OWNER = "vuln@body.example.or.jp", "dev@maker.example.jp"
NAMED = PRODUCT.replace(
    "2. 脆弱性関連情報\n",
    " 2) 届出者情報の取り扱いについて\n   ■ 届出者情報を製品開発者に知らせても良い\n2. 脆弱性関連情報\n",
)


def meet(desk: QuickDesk, name: str, address: str) -> Person:
    """Somebody more, whose key the desk has."""
    person = Person(name, address, FakeKeyring(name, address))
    person.meet(desk.keyring.export(desk.keyring.own))
    desk.people[name] = person
    desk.keyring.import_key(person.public_key)
    return person


def receiver(**policy: str) -> QuickDesk:
    """A desk that hands products to the body."""
    desk = QuickDesk(Limits(command_age_days=400), **policy)
    body = meet(desk, "Body", BODY)
    part = Part(DeskRole.RECEIVER, body=Partner(BODY, body.fingerprint))
    desk.bot = replace(desk.bot, policy=replace(desk.bot.policy, part=part))
    return desk


def maker(owner: Partner | None = None, **policy: str) -> QuickDesk:
    """A vendor's desk."""
    desk = QuickDesk(Limits(command_age_days=400), **policy)
    person = meet(desk, "Owner", OWNER)
    part = Part(DeskRole.VENDOR, owner=owner or Partner(OWNER, person.fingerprint))
    desk.bot = replace(desk.bot, policy=replace(desk.bot.policy, part=part))
    return desk


def handed_over(text: str = PRODUCT) -> tuple[QuickDesk, OpenedMail]:
    """A receiver's product case after the body was told; the mail as the body got it."""
    desk = receiver()
    desk.round(desk.write("Hanako", SUBJECT, text))
    desk.command("!accept")
    assert desk.mail("Body") == [], "nothing goes before a person released it"
    desk.command(f"!approve {desk.held('handover').hash}")
    (mail,) = desk.mail("Body")
    return desk, mail


def test_a_receiver_hands_a_product_to_the_body() -> None:
    """Accepted, shown, approved, encrypted to the body's key; the finder hears of each step; no vendor is sought."""
    desk, mail = handed_over()
    assert (desk.case.handling, desk.case.counterpart, desk.case.state) == (
        Handling.PASSED_ON,
        Role.BODY,
        State.FORWARDED,
    )
    assert mail.crypto.encrypted
    assert "サンプルビューア" in mail.text
    assert "read_header()" in mail.text
    assert desk.items("find_contacts") == []
    assert desk.items("first-contact") == []
    told = [m.subject for m in desk.mail("Hanako")]
    assert any("受理しました" in subject for subject in told)
    assert "調整機関へ通知しました" in told[-1]
    assert "調整機関" in desk.mail("Hanako")[-1].text


def test_the_body_learns_of_the_finder_only_with_consent() -> None:
    """Guideline IV-2-5 (ク): no name, address or key without it; with it the name, and how to ask."""
    _, without = handed_over()
    for word in ("発見 花子", "hanako@finder.example.org", "花子"):
        assert word not in without.text
    assert "お名前などはお伝えしません" in without.text
    _, named = handed_over(NAMED)
    assert "発見 花子" in named.text
    assert "ご本人の同意を得て" in named.text


def test_mail_to_the_body_goes_to_the_configured_key_and_no_other() -> None:
    """A key that somebody else pinned for its address is not used; without the right one the mail is held."""
    desk = receiver()
    desk.round(desk.write("Hanako", SUBJECT, PRODUCT))
    desk.command("!accept")
    mallory = desk.people["Mallory"]
    desk.keyring.import_key(mallory.public_key)
    desk.store.apply(Change(pins=(Pin(BODY, mallory.fingerprint, desk.now, "mail"),)))
    right = desk.bot.policy
    lost = Part(DeskRole.RECEIVER, body=Partner(BODY, "0" * 40))
    desk.bot = replace(desk.bot, policy=replace(right, part=lost))
    assert "no usable key" in desk.command(f"!approve {desk.held('handover').hash}")
    assert desk.mail("Body") == []
    desk.bot = replace(desk.bot, policy=right)
    desk.command(f"!approve {desk.held('handover').hash}", "!note the right key again")
    assert len(desk.mail("Body")) == 1


def test_the_case_waits_for_the_body_and_passes_on_what_it_says() -> None:
    """Receipt, start date, day of publication, publication and end: each reaches the finder, none goes back."""
    desk, mail = handed_over()
    desk.round(days=11)
    assert len(desk.items("handover-reminder", Status.SENT)) == 1
    start = (desk.now - timedelta(days=2)).date()
    day = (desk.now + timedelta(days=40)).date()
    text = f"受領しました。当方の番号は VR#20261 です。\n起算日：{start:%Y年%m月%d日}\n公表予定日：{day:%Y年%m月%d日}\n"
    desk.round(desk.answer("Body", mail, text), hours=1)
    assert desk.case.state is State.FORWARDED
    notice = next(m.text for m in reversed(desk.mail("Taro")) if "公表予定日" in m.text)
    assert "調整機関" in notice
    assert f"!publish {day.isoformat()}" in notice
    assert desk.bot.policy.today(desk.case.milestones.start_date or desk.now) == start
    desk.command(f"!approve {desk.held('handling-started').hash}", f"!publish {day.isoformat()}")
    assert "製品開発者への連絡が始まりました" in desk.mail("Hanako")[-2].subject
    assert desk.case.state is State.SCHEDULED
    desk.round(days=41)
    desk.command(f"!publish {day.isoformat()} JVN#12345678")
    desk.command("!close published")
    finder = [m.subject for m in desk.mail("Hanako")]
    for words in ("公表日についてのお知らせ", "公表しました", "取扱いを終了しました"):
        assert any(words in subject for subject in finder), words
    body = [i.template for i in desk.store.items() if i.draft and i.draft.to.address == BODY]
    assert sorted(body) == ["closure-counterpart", "handover", "handover-reminder"]


def test_coordinators_hear_when_the_body_is_silent_for_long() -> None:
    """Once a month; the body itself is asked twice whether the mail arrived, and then no more."""
    desk, _ = handed_over()
    for _ in range(20):
        desk.round(days=5)
    assert len(desk.items("handover-reminder", Status.SENT)) == 2
    silent = [m for m in desk.mail("Taro") if "調整機関から、しばらく連絡がありません" in m.text]
    assert 2 <= len(silent) <= 3


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("!contact add psirt@sample.example", "the coordinating body writes to the vendor"),
        ("!vendor add Sample psirt@sample.example", "the coordinating body writes to the vendor"),
        ("!fix reported", "the coordinating body follows the fix"),
    ],
)
def test_a_receiver_writes_to_no_vendor(line: str, why: str) -> None:
    """Whatever a coordinator orders."""
    desk, _ = handed_over()
    assert why in desk.command(line)


def test_a_receivers_websites_are_its_own_work() -> None:
    """As at a coordinator's desk."""
    desk = receiver()
    first = desk.until_first_contact()
    assert desk.case.handling is Handling.SOUGHT
    assert "連絡先を教えてください" in first.subject


def test_the_body_is_told_anew_after_its_mail_came_back() -> None:
    """!contact confirm writes the mail again, to the configured address alone."""
    desk, _ = handed_over()
    text = desk.command("!contact confirm 1")
    assert "handover to" in text
    assert desk.held("handover").draft is not None


def test_a_coordinators_own_mail_to_the_body_counts() -> None:
    """What is handed over by hand is forwarded as well; the mail that was held to say the same goes no more."""
    desk = receiver()
    desk.round(desk.write("Hanako", SUBJECT, PRODUCT))
    desk.command("!accept")
    by_hand = f"次の件をお知らせします。\n{PRODUCT}"
    desk.round(desk.write("Taro", f"[{desk.case.id}] 通知", by_hand, BODY, cc=DESK, sign=True), hours=1)
    assert desk.case.state is State.FORWARDED
    assert desk.items("handover", Status.HELD) == []
    for _ in range(4):
        desk.round(days=7)
    assert desk.items("handover-reminder") == [], "of a mail that the bot did not send it reminds nobody"


def test_a_vendor_mends_its_product_itself() -> None:
    """Accepted, the details to the owner, result, day, publication, end: nobody is looked for, no mail says 開発者."""
    desk = maker()
    desk.round(desk.write("Hanako", SUBJECT, PRODUCT))
    desk.command("!accept")
    assert desk.case.state is State.CONTACT_CONFIRMED
    desk.command(f"!approve {desk.held('details').hash}")
    assert (desk.case.state, desk.case.counterpart) == (State.NOTIFIED, Role.OWNER)
    (details,) = desk.mail("Owner")
    assert "当社の製品" in details.subject
    assert "花子" not in details.text
    assert desk.case.milestones.start_date == desk.case.milestones.details_sent
    desk.round(desk.answer("Owner", details, "確認します。\n"), hours=2)
    assert desk.case.state is State.FIXING
    desk.round(desk.answer("Owner", details, "修正しました。\n"), days=20)
    day = (desk.now + timedelta(days=5)).date()
    desk.command("!fix confirmed", f"!publish {day.isoformat()}")
    desk.round(days=6)
    desk.command(f"!publish {day.isoformat()}", "!close published")
    assert desk.case.state is State.CLOSED
    assert desk.items("find_contacts") == []
    assert desk.items("first-contact") == []
    for mail in (*desk.mail("Hanako"), *desk.mail("Owner")):
        for word in ("製品開発者", "ウェブサイト運営者", "営業では", "無料"):
            assert word not in mail.text, (mail.subject, word)
    assert len([m for m in desk.mail("Hanako") if "調査を始めました" in m.subject]) == 1


def test_a_vendors_own_site() -> None:
    """A report about a website is handled as one about our own."""
    desk = maker(details="auto")
    desk.round(desk.write("Hanako"))
    assert desk.case.track is Track.WEBSITE
    desk.command("!accept")
    desk.round(minutes=5)
    (details,) = desk.mail("Owner")
    assert "当社のウェブサイト" in details.subject or "our website" in details.subject
    assert desk.case.state is State.NOTIFIED


def test_an_owner_may_be_named_for_each_case() -> None:
    """Without [desk].owner coordinators are asked, and !contact names who mends it."""
    desk = maker()
    desk.bot = replace(desk.bot, policy=replace(desk.bot.policy, part=Part(DeskRole.VENDOR)))
    desk.round(desk.write("Hanako", SUBJECT, PRODUCT))
    desk.command("!accept")
    assert "担当部署が決まっていません" in desk.mail("Taro")[-1].text or any(
        "担当部署が決まっていません" in m.text for m in desk.mail("Taro")
    )
    desk.command(f"!contact add {OWNER} product team", "!contact use 1")
    assert desk.items("first-contact") == []
    assert desk.held("details").draft is not None
    assert "it is ours" in desk.command("!vendor add Other other@x.example")


def test_a_coordinators_product_is_sought() -> None:
    """The role that needs no configuration."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", SUBJECT, PRODUCT))
    assert (desk.case.handling, desk.case.counterpart) == (Handling.SOUGHT, Role.VENDOR)


@pytest.mark.parametrize("line", ["!contact use 2", "!extend 2027-03-01 more tests", "!contact add x@vendor.example"])
def test_a_receiver_writes_to_no_vendor_whoever_orders_it(line: str) -> None:
    """Not before the hand-over, to an address that came up by itself, nor after it."""
    desk = receiver()
    desk.round(desk.write("Hanako", SUBJECT, PRODUCT))
    desk.command("!accept")
    vendor = Contact(2, desk.people["Shop"].address, "reply")
    desk.store.apply(Change(cases=(desk.case.with_contact(vendor),)))
    assert "the coordinating body" in desk.command(line)
    assert desk.items("first-contact") == []


def test_a_hand_over_that_comes_back_is_a_persons_matter() -> None:
    """Nobody has the report then: coordinators get the line that writes it anew, at once and again."""
    desk, _ = handed_over()
    (item,) = desk.items("handover", Status.SENT)
    with desk.bot.store.turn():
        pending = Pending(desk.bot, desk.now)
        pending.happen(desk.case, AddressBounced(BODY, "5.1.1", True, "no such user"))
        pending.commit()
    desk.round(minutes=5)
    assert "!contact confirm 1" in desk.mail("Taro")[-1].text
    waits = {d.kind for d in desk.case.deadlines}
    assert DeadlineKind.TRIAGE in waits
    assert DeadlineKind.DETAILS_RECEIPT not in waits
    desk.round(days=31)
    assert any("!contact confirm 1" in m.text for m in desk.mail("Taro")[-2:])
    assert desk.items("handover-reminder") == []
    assert "held for approval" in desk.command("!contact confirm 1")
    assert desk.held("handover").hash == item.hash
