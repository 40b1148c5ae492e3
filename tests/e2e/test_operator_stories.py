"""What operators do: mend it, doubt us, mend it badly, say that it is nothing, or take the page away."""

from tests.e2e.stories import CANARY, WEBSITE_TYPE, Story
from tests.e2e.town import Town

_DETAILS = (CANARY, WEBSITE_TYPE, "search?q")


def test_a_website_is_mended(quarter: Town) -> None:
    """The happy path: whom each mail went to, what the clocks were at each step, and that nobody hears more."""
    story = Story(quarter, "flower")
    story.reported()
    assert story.got(story.finder) == ["receipt"]
    assert story.got(story.operator) == []
    assert story.clocks() == {"triage"}

    story.order("!accept")
    assert (story.held(), story.got(story.operator)) == (["first-contact"], [])
    story.approve()
    assert story.is_in("contacting")
    assert "contact_answer" in story.clocks()
    (first,) = story.letters(story.operator)
    assert not [word for word in _DETAILS if word in first.text]

    story.says(story.operator, "① 担当です。詳しい内容を受け取ります。\n田中\n", days=1)
    assert story.is_in("contact_confirmed")
    assert story.held() == ["details"]
    story.approve()
    assert story.is_in("notified")
    assert {"details_receipt", "status_request", "fix"} <= story.clocks()
    assert CANARY in story.letters(story.operator)[-1].text
    assert story.got(story.finder) == ["receipt", "acceptance", "handling-started"]

    story.says(story.operator, "受領しました。確認します。\n田中\n", days=1)
    assert story.is_in("fixing")
    assert "details_receipt" not in story.clocks()
    story.waits(12, 18)
    assert story.got(story.operator) == ["first-contact", "details", "status-request"]

    story.says(story.operator, "プログラムを修正しました。\n田中\n", days=3)
    assert story.is_in("fix_reported")
    assert not {"status_request", "fix"} & story.clocks()
    assert story.got(story.operator)[-1] == "fix-thanks"
    assert story.got(story.finder)[-1] == "fix-check"
    story.says(story.finder, "直っています\n", days=2)
    story.order("!fix confirmed corrected", "!close fixed")
    assert story.got(story.finder) == [
        "receipt",
        "acceptance",
        "handling-started",
        "fix-check",
        "closure-finder",
    ]
    assert story.got(story.operator)[-1] == "closure-counterpart"
    story.ended("fixed")


def test_an_operator_suspects_fraud_then_answers(quarter: Town) -> None:
    """The doubt is met by how to make sure of us, once, and confirms nobody; the details wait for the next answer."""
    story = Story(quarter, "cake")
    story.reported()
    story.accepted()
    story.says(story.operator, "これは詐欺メールではありませんか。どちら様でしょうか。\n", days=1)
    assert "reassurance" in story.held()
    story.ordered(*(f"!approve {i['hash']}" for i in quarter.held() if i["template"].endswith("reassurance")))
    doubt = story.letters(story.operator)[-1]
    assert story.got(story.operator) == ["first-contact", "reassurance"]
    assert "03-0000-0000" in doubt.text
    assert "https://desk.example.jp/verify" in doubt.text
    assert not [word for word in _DETAILS if word in doubt.text]
    story.says(story.operator, "電話で確かめました。① 担当です。詳しい内容を受け取ります。\n", days=2)
    story.approve()
    assert story.is_in("notified")
    assert story.got(story.operator) == ["first-contact", "reassurance", "details"]
    story.says(story.operator, "修正しました。\n", days=5)
    story.order("!fix confirmed corrected", "!close fixed")
    story.ended("fixed")


def test_a_fix_that_is_reported_but_does_not_hold(quarter: Town) -> None:
    """The finder sees it still: a person agrees, the operator is asked again, the next fix is checked anew."""
    story = Story(quarter, "lamp")
    story.notified()
    story.says(story.operator, "修正しました。\n", days=6)
    story.says(story.finder, "直っていません\nまだ記号が出ます。\n", days=1)
    assert story.is_in("fix_reported")
    assert story.held() == ["fix-incomplete"]
    story.approve()
    assert story.is_in("fixing")
    again = story.letters(story.operator)[-1]
    assert "まだ" in again.text
    assert {"fix", "status_request"} & story.clocks()
    story.says(story.operator, "今度こそ修正しました。\n", days=4)
    assert story.is_in("fix_reported")
    story.says(story.finder, "直っています\n", days=1)
    story.order("!fix confirmed corrected", "!close fixed")
    assert story.got(story.operator) == [
        "first-contact",
        "details",
        "fix-thanks",
        "fix-incomplete",
        "fix-thanks",
        "closure-counterpart",
    ]
    assert story.got(story.finder).count("fix-check") == 2
    story.ended("fixed")


def test_an_operator_says_that_it_is_nothing(quarter: Town) -> None:
    """「該当しません」 is a person's matter: to review, no more requests; the end says why, to both."""
    story = Story(quarter, "radio")
    story.notified()
    story.says(story.operator, "確認しましたが、該当しません。\n", days=3)
    assert story.is_in("review")
    assert not {"details_receipt", "status_request", "fix"} & story.clocks()
    before = story.got(story.finder)
    story.order("!close not_a_vulnerability 入力は別のところで無害にされていました。")
    assert story.got(story.finder) == [*before, "closure-finder"]
    assert "別のところで無害に" in story.letters(story.finder)[-1].text
    assert story.got(story.operator)[-1] == "closure-counterpart"
    story.ended("not_a_vulnerability")


def test_a_page_is_taken_away(quarter: Town) -> None:
    """当該ページ削除 ends as mended, and says by which way."""
    story = Story(quarter, "tea")
    story.notified()
    story.says(story.operator, "該当のページを削除しました。\n", days=3)
    assert story.is_in("fix_reported")
    story.order("!fix confirmed page_removed", "!close fixed")
    assert "削除" in story.letters(story.finder)[-1].text
    assert story.now["closing_code"] == "fixed"
    story.ended("fixed")


def test_the_quarter_is_quiet_at_last(quarter: Town) -> None:
    """A year after every story of the town has ended, nothing goes out to anybody."""
    quiet = len(quarter.sink.messages)
    quarter.round(days=366)
    assert len(quarter.sink.messages) == quiet
