"""Months of silence: every way is gone once, with the text for it, and in the end a person is asked for the end."""

from datetime import timedelta

from mailbot.core.messages import OpenedMail
from mailbot.core.model import DeadlineKind, State
from mailbot.core.policy_file import load_edition
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import POLICY, RULE_TEXTS


def command(desk: QuickDesk, line: str) -> None:
    """A command that Taro signs at this moment."""
    desk.people["Taro"].keyring.now = desk.now
    assert "refused" not in desk.command(line)


def days_until(desk: QuickDesk, *templates: str, most: int = 260) -> OpenedMail:
    """Let days go by until coordinators get one of these notices; the notice as Taro reads it."""
    before = {item.item for item in desk.store.items()}
    for _ in range(most):
        desk.round(days=1)
        for item in desk.store.items():
            if item.item not in before and item.template in templates and item.draft:
                return next(mail for mail in desk.mail("Taro")[::-1] if item.draft.subject in mail.subject)
    raise AssertionError(f"no {templates} within {most} days")


def test_an_operator_that_never_answers() -> None:
    """Three mails, a call, a letter; then 取扱不能 is proposed, half a year after the first attempt."""
    desk = QuickDesk()
    desk.until_first_contact()
    began = desk.now
    call = days_until(desk, "notice-channel")
    texts = [mail.text for mail in desk.mail("Shop")]
    assert len(texts) == 3
    assert len(texts[0]) > len(texts[1]) > len(texts[2])
    assert "お電話でご連絡します" in texts[2]
    assert "台本" in call.text
    assert "!contact use 2" in call.text
    command(desk, "!contact use 2")

    letter = days_until(desk, "notice-channel")
    (page,) = letter.attachments
    assert page.filename == "letter.html"
    html = page.content.decode()
    assert desk.case.id in html
    assert "https://shop.example.jp/search" in html
    assert "Hanako" not in html
    command(desk, "!contact use 3")

    given_up = days_until(desk, "notice-problem")
    assert desk.case.state is State.UNREACHABLE
    for attempt in ("first-contact to", "first-contact-reminder to", "2 phone", "3 letter"):
        assert attempt in given_up.text
    end = days_until(desk, "notice-deadline")
    while "!close unreachable" not in end.text:
        end = days_until(desk, "notice-deadline")
    assert desk.now - began >= timedelta(days=180)
    assert "取扱不能" in end.text
    assert len(desk.mail("Shop")) == 3
    command(desk, "!close unreachable")
    assert (desk.case.state, desk.case.deadlines) == (State.CLOSED, ())
    assert [kind for kind in (e.what for e in desk.case.timeline) if kind == "channel"] == ["channel"] * 4


def test_details_that_nobody_answers() -> None:
    """Receipt twice, state four times, each time shorter; then a call about the details, not about who they are."""
    desk = QuickDesk(details="auto")
    first = desk.until_first_contact()
    desk.round(desk.answer("Shop", first, "We are in charge. Please send it here.\n"), hours=1)
    before = len(desk.mail("Shop"))
    call = days_until(desk, "notice-channel")
    subjects = [mail.subject for mail in desk.mail("Shop")[before:]]
    assert len(subjects) == 6
    assert "最後" in subjects[-1]
    assert [subject for subject in subjects[:-1] if "最後" in subject] == []
    assert "詳しい内容をメールで" in call.text
    assert desk.case.state is State.NOTIFIED


def test_a_desk_may_go_by_an_edition_of_its_own() -> None:
    """Other days in the edition are other days for its cases."""
    text = RULE_TEXTS["policy/p-guideline-2022.toml"].replace(
        "contact_answer_business = { value = 5", "contact_answer_business = { value = 20"
    )
    assert text != RULE_TEXTS["policy/p-guideline-2022.toml"]
    usual, slow = QuickDesk(), QuickDesk(waits=load_edition(text).waits)
    ends = []
    for desk in (usual, slow):
        desk.until_first_contact()
        ends.append(next(d.at for d in desk.case.deadlines if d.kind is DeadlineKind.CONTACT_ANSWER))
    assert ends[0] == POLICY.after(usual.now, 5)
    assert ends[1] == POLICY.after(slow.now, 20)
