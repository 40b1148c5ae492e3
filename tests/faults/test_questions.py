"""What a report lacks is asked for once, in one mail, in the finder's language, by the form that they used."""

import pytest

from mailbot.core.messages import OpenedMail
from mailbot.core.model import DeadlineKind, State
from mailbot.core.outbox import Status
from tests.faults.quick_desk import QuickDesk

SECRET = "zzx-parameter"
FREE = f"Hello,\n\nI found a cross-site scripting vulnerability in your shop, in {SECRET}.\n\nRegards,\nHanako\n"
PRODUCT = (
    f"Hello,\n\nI found that the product Example Viewer 2.1 has a SQL injection in {SECRET}. I tested it.\n\nHanako\n"
)
FORM = """ウェブアプリケーション脆弱性関連情報届出様式
1. 届出者情報
 1) 届出者情報
   氏名*:例示 花子
   電子メールアドレス*:hanako@finder.example.org
 2) 届出者情報の取り扱いについて
   □ 届出者情報をウェブサイト運営者に知らせても良い
   ■ 届出者情報をウェブサイト運営者には知らせず、すべてのやりとりを IPA とのみ行う
2. 脆弱性関連情報
 1) 脆弱性を確認したウェブサイトのURL
    https://shop.example.jp/search
 2) 脆弱性の種類
 3) 脆弱性の発見に至った経緯
 4) 脆弱性であると判断した理由
 5) 脆弱性により発生しうる脅威
    会員の情報が盗まれるおそれ。
3. IPA以外の組織への届出について
    なし
"""


def asked(desk: QuickDesk, text: str, subject: str = "A vulnerability") -> OpenedMail:
    """Hanako reports this; the question as they got it."""
    desk.round(desk.write("Hanako", subject, text))
    assert desk.case.state is State.ASKING
    return desk.mail("Hanako")[-1]


def questions(desk: QuickDesk) -> int:
    """How many questions and reminders of them went out or wait."""
    return len(desk.items("question")) + len(desk.items("question-reminder"))


def test_free_text_is_asked_about_in_one_mail() -> None:
    """Everything that is missing and nothing that is optional; in the report's language, without its words."""
    desk = QuickDesk()
    question = asked(desk, FREE)
    assert desk.case.missing == ("target.urls", "vulnerability.steps")
    assert len(desk.items("question", Status.SENT)) == 1
    assert "\n  1. Affected website (URL)\n      the address of the page" in question.text
    assert "\n  2. Steps to reproduce\n" in question.text
    for absent in (SECRET, "cross-site", "yes/no", "name", "CVSS", "phone"):
        assert absent not in question.text.partition("\n-- \n")[0]


def test_a_form_is_asked_about_by_its_own_numbers() -> None:
    """As on the paper that the finder has before them, and in Japanese."""
    desk = QuickDesk()
    question = asked(desk, FORM, "ウェブアプリケーション脆弱性関連情報の届出")
    assert desk.case.missing == ("vulnerability.type", "vulnerability.steps")
    assert "\n  2-2) 脆弱性の種類\n" in question.text
    assert "\n  2-3) 脆弱性の発見に至った経緯（再現手順）\n" in question.text
    assert "例示" not in question.text
    assert "会員の情報" not in question.text


def test_an_answer_by_the_forms_numbers_completes_the_case() -> None:
    """With the words that each field was read from; nothing more is asked and the coordinators decide."""
    desk = QuickDesk()
    question = asked(desk, FORM, "ウェブアプリケーション脆弱性関連情報の届出")
    text = "2-2) SQLインジェクション\n2-3) 検索欄に記号を入れて押すとエラーが出ます。\n\n花子\n"
    desk.round(desk.answer("Hanako", question, text), days=1)
    assert (desk.case.state, desk.case.missing) == (State.TRIAGE, ())
    fields = {f.name: f for f in desk.case.fields}
    assert (fields["vulnerability.type"].value, fields["vulnerability.type"].rule) == ("sqli", "answer/numbered")
    assert fields["vulnerability.steps"].quote == "検索欄に記号を入れて押すとエラーが出ます。"
    desk.round(days=60)
    assert questions(desk) == 1


def test_who_answered_in_part_is_not_asked_the_same_again() -> None:
    """The rest stays on the case's list for a coordinator; no reminder goes out; the other part may come later."""
    desk = QuickDesk()
    question = asked(desk, FREE)
    desk.round(desk.answer("Hanako", question, "It is https://shop.example.jp/search\n"), days=1)
    assert (desk.case.state, desk.case.missing) == (State.TRIAGE, ("vulnerability.steps",))
    desk.round(days=30)
    assert questions(desk) == 1
    later = "Steps to reproduce: put a script into the search field and press enter.\n"
    desk.round(desk.answer("Hanako", question, later), days=1)
    assert desk.case.missing == ()
    assert desk.case.field("vulnerability.steps") == "put a script into the search field and press enter."


def test_who_does_not_know_is_not_asked_again() -> None:
    """The history tells the coordinator which item it was."""
    desk = QuickDesk()
    question = asked(desk, FREE)
    text = "Affected website (URL): https://shop.example.jp/search\nSteps to reproduce: unknown\n"
    desk.round(desk.answer("Hanako", question, text), days=1)
    assert desk.case.state is State.TRIAGE
    assert any(e.what == "reply" and "unknown vulnerability.steps" in e.text for e in desk.case.timeline)
    desk.round(days=30)
    assert questions(desk) == 1


@pytest.mark.parametrize("text", ["Thank you very much.\n", "Thank you. I need a little more time, sorry.\n"])
def test_thanks_are_no_answer(text: str) -> None:
    """The desk still waits, and reminds as if nothing had come."""
    desk = QuickDesk()
    desk.round(desk.answer("Hanako", asked(desk, FREE), text), days=1)
    assert desk.case.state is State.ASKING
    assert DeadlineKind.FINDER_ANSWER in {d.kind for d in desk.case.deadlines}
    desk.round(days=30)
    assert len(desk.items("question-reminder")) == 1


def test_a_reminder_asks_what_the_last_question_asked() -> None:
    """Not what was asked, and left unanswered, before."""
    desk = QuickDesk()
    question = asked(desk, FREE)
    desk.round(desk.answer("Hanako", question, "It is https://shop.example.jp/search\n"), days=1)
    desk.command("!ask vulnerability.impact")
    desk.round(days=30)
    reminder = desk.mail("Hanako")[-1].text
    assert "1. Impact" in reminder
    assert "Steps" not in reminder


def test_little_information_is_asked_about_in_plain_words() -> None:
    """One polite question that says what kind of thing is wanted."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", "Vulnerability report", PRODUCT))
    desk.command("!ask product.name product.version vulnerability.steps")
    text = desk.mail("Hanako")[-1].text
    assert "From what you sent we cannot tell yet" in text
    assert "where and how you tested, what you did, and what happened" in text
    assert SECRET not in text


def test_a_quoted_question_answers_nothing() -> None:
    """A reply that only quotes us leaves the case as it was."""
    desk = QuickDesk()
    question = asked(desk, FREE)
    quoted = "\n".join(f"> {line}" for line in question.text.split("\n"))
    desk.round(desk.answer("Hanako", question, f"What do you mean by that?\n\n{quoted}\n"), days=1)
    assert desk.case.missing == ("target.urls", "vulnerability.steps")
    assert desk.case.field("target.urls") is None
