"""What a finder keeps for the desk is recognised as a passage and stands in no mail to operator or vendor."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.messages import Address
from mailbot.core.model import Case, Field, Track
from mailbot.core.private import private_spans, without_private
from mailbot.core.redaction import for_others
from mailbot.core.scope import KEPT_PRIVATE
from mailbot.core.show import place_view
from mailbot.core.understand import understand
from tests.shipped_rules import shipped_rules

SECRET = "検証機は取引先のものです"
SECRET_EN = "the device belongs to my employer"

MARKED = {
    "below-ja": (f"検索画面に問題があります。\n以下は貴機構限りでお願いします。\n{SECRET}\n\nまた{SECRET}", SECRET),
    "beside-ja": (f"問題があります。\n・以下は貴窓口限りでお願いします: {SECRET}。\n・回避策はありません。", SECRET),
    "mark-in-sentence": (f"問題があります。\n\n{SECRET}(IPA限り)。\n\n以上です。", SECRET),
    "heading-ja": (f"【概要】\n問題があります。\n【IPA限り】\n{SECRET}\n【影響】\n情報漏えい", SECRET),
    "heading-md": (f"## Summary\nIt is open.\n## For IPA only\n{SECRET_EN}\n## Impact\nData leaks.", SECRET_EN),
    "pair": (f"It is open.\n[PRIVATE]\n{SECRET_EN}\n\n{SECRET_EN}\n[/PRIVATE]\nData leaks.", SECRET_EN),
    "below-en": (f"It is open.\n\nPlease do not forward the following.\n{SECRET_EN}\n\n1. {SECRET_EN}", SECRET_EN),
    "beside-en": (f"It is open.\n\nFor IPA only: {SECRET_EN}.\n\nData leaks.", SECRET_EN),
    "above-en": (f"It is open.\n\n{SECRET_EN}.\nPlease do not share the above.\n\nData leaks.", SECRET_EN),
    "tlp": (f"It is open.\n\nTLP:RED {SECRET_EN}\n\nData leaks.", SECRET_EN),
    "until-said": (
        f"It is open.\nThe following is confidential.\n{SECRET_EN}\n[/confidential]\nData leaks.",
        SECRET_EN,
    ),
}
KEPT = {
    "beside-ja": "回避策",
    "mark-in-sentence": "以上です",
    "heading-ja": "情報漏えい",
    "heading-md": "Data leaks",
} | dict.fromkeys(("pair", "beside-en", "above-en", "tlp", "until-said"), "Data leaks")
OPEN = (
    "秘密鍵(private key)が公開されています。",
    "The private key is exposed at https://a.example/id_rsa.",
    "氏名は運営者に伝えないでください。",
    "以下の手順で再現します。\n1. 開く",
    "非公開のページが見えます。",
    "The confidential files of other customers are listed.",
    "Please do not share my name with the vendor.",
)


@pytest.mark.parametrize("name", MARKED)
def test_a_marked_passage_is_taken_out_whole(name: str) -> None:
    """The passage is in the private half only; what the finder did not mark stays in the other."""
    text, secret = MARKED[name]
    public, private = without_private(text, shipped_rules())
    assert secret not in public
    assert secret in private
    assert KEPT.get(name, "") in public


@pytest.mark.parametrize("text", OPEN)
def test_words_that_sound_private_mark_nothing(text: str) -> None:
    """Private keys and confidential files are what reports are about."""
    assert private_spans(text, shipped_rules()) == ()


@given(
    st.lists(
        st.sampled_from(
            ["[PRIVATE]", "[/PRIVATE]", "words", "", "以下は貴機構限りでお願いします。", "## IPA only", "## x"]
        )
    )
)
def test_spans_are_ordered_and_inside_the_text(lines: list[str]) -> None:
    """Whatever marks stand where, the spans are in order, apart, and within the text; both halves are the whole."""
    text = "\n".join(lines)
    spans = private_spans(text, shipped_rules())
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)
    public, _ = without_private(text, shipped_rules())
    assert len(public) + sum(end - start for start, end in spans) == len(text)


def case_of(text: str, subject: str = "脆弱性の報告") -> Case:
    """The case that a report with that text opens."""
    found = understand(text, subject, shipped_rules(), sender=Address("山田 花子", "hanako@example.com"))
    return Case(id="CASE#12345678", track=found.track, received=datetime(2026, 11, 20, tzinfo=UTC), fields=found.fields)


@pytest.mark.parametrize("name", MARKED)
def test_a_forward_never_holds_a_private_passage(name: str) -> None:
    """What every mail to operator or vendor is written from holds no word of it, on either track."""
    text, secret = MARKED[name]
    for track in Track:
        told = for_others(replace(case_of(text), track=track), shipped_rules().redactions)
        assert secret not in repr(told.fields)
        assert secret not in repr(place_view(told))


def test_what_only_a_private_passage_states_is_kept_back() -> None:
    """Steps below the mark are read for the desk and marked, and are in no view for others."""
    text = (
        "https://shop.example.jp/item の検索欄にXSSがあります。\n\n以下は貴機構限りでお願いします。\n\n"
        "再現手順\n1. 検索画面を開く\n2. 秘密の文字列を入れる\n"
    )
    found = understand(text, "脆弱性の報告", shipped_rules())
    steps = next(field for field in found.fields if field.name == "vulnerability.steps")
    assert steps.private
    assert "秘密の文字列" in str(steps.value)
    assert KEPT_PRIVATE in found.hints
    assert "秘密" not in repr(for_others(case_of(text), ()).fields)


def test_a_wish_in_a_private_passage_counts() -> None:
    """Who asks the desk alone for anonymity is heard."""
    found = understand(
        "https://a.example.jp/ に脆弱性があります。\n\nIPA限り: 匿名を希望します。", "脆弱性の報告", shipped_rules()
    )
    assert [f.value for f in found.fields if f.name == "consent.share_identity"] == [False]


def test_private_fields_do_not_reach_others() -> None:
    """A field that is marked is gone from what others are told, whatever it holds."""
    case = replace(case_of("x"), fields=(Field("vulnerability.steps", "abc", "r", 0.9, "abc", private=True),))
    assert for_others(case, ()).fields == ()
