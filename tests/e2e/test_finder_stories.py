"""What finders do on their own: they ask how it stands, take their report back, or publish before the day."""

from tests.e2e.stories import CANARY, Story
from tests.e2e.town import Town


def test_a_finder_asks_how_it_stands(quarter: Town) -> None:
    """Once a day they are told, in their words, by the bot alone; never a word of the operator's."""
    story = Story(quarter, "pond")
    story.notified()
    story.says(story.operator, "受領しました。社長が怒っております。来月の改修で直す予定です。\n", days=3)
    asked = len(story.letters(quarter.coordinator))
    story.says(story.finder, "状況確認\n", days=4)
    told = story.letters(story.finder)[-1]
    assert story.got(story.finder)[-1] == "progress-finder"
    assert story.id in told.text
    assert "社長" not in told.text
    assert len(story.letters(quarter.coordinator)) == asked
    story.says(story.finder, "状況確認\n", hours=1)
    assert story.got(story.finder).count("progress-finder") == 1
    assert len(story.letters(quarter.coordinator)) == asked + 1
    story.says(story.operator, "状況確認\n", answers=story.letters(story.operator)[-1], hours=1)
    assert story.got(story.operator)[-1] == "progress-counterpart"
    assert CANARY not in story.letters(story.operator)[-1].text
    story.says(story.operator, "修正しました。\n", days=9)
    story.order("!fix confirmed corrected", "!close fixed")
    story.ended("fixed")


def test_a_finder_takes_the_report_back(quarter: Town) -> None:
    """A person is shown it with the command that ends the case; the operator was asked nothing and hears nothing."""
    story = Story(quarter, "hill")
    story.reported()
    story.says(story.finder, "こちらの勘違いでした。届出を取り下げます。\n", days=1)
    assert story.is_in("triage")
    assert "!close withdrawn" in story.told("notice-reply").text
    story.order("!close withdrawn")
    assert story.got(story.finder) == ["receipt", "closure-finder"]
    assert story.got(story.operator) == []
    story.ended("withdrawn")


def test_a_finder_takes_the_report_back_when_the_operator_has_it(quarter: Town) -> None:
    """It goes on until a person ends it; then both hear the reason, and the operator not by whom."""
    story = Story(quarter, "wood")
    story.notified()
    story.says(story.finder, "事情により、届出を取り下げます。\n", days=2)
    assert story.is_in("notified")
    assert "!close withdrawn" in story.told("notice-reply").text
    story.order("!close withdrawn")
    assert story.got(story.finder)[-1] == "closure-finder"
    assert story.got(story.operator) == ["first-contact", "details", "closure-counterpart"]
    story.ended("withdrawn")


def test_a_finder_publishes_early(quarter: Town) -> None:
    """The request for silence is over; the operator is told by a mail that a person released, the work goes on."""
    story = Story(quarter, "rain")
    story.notified()
    assert story.now["embargo"]["state"] == "active"
    story.says(story.finder, "待てないので、昨日ブログで公開しました。\n", days=20)
    case = story.now
    assert (case["embargo"]["state"], case["state"]) == ("exited", "notified")
    assert "公開しました" in story.told("notice-reply").text
    assert story.held() == ["embargo-counterpart"]
    story.approve()
    assert story.got(story.operator)[-1] == "embargo-counterpart"
    assert "公になっている" in story.letters(story.operator)[-1].text
    story.says(story.operator, "急ぎ修正しました。\n", days=1)
    story.order("!fix confirmed corrected", "!close fixed")
    assert "お願いは本日で終わります" not in story.letters(story.finder)[-1].text
    story.ended("fixed")
