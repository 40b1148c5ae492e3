"""Clauses of a reply, the concepts in them, and rules that name concepts."""

import pytest

from mailbot.core.concepts import said_in
from mailbot.core.replies import means
from mailbot.core.reply_shapes import ReplyRule
from mailbot.core.ruleset import load_rules
from mailbot.errors import ConfigError
from tests.shipped_rules import rule_files, shipped_rules


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("修正しましたが、報告はまだです。", ["修正しましたが、", "報告はまだです。"]),
        ("調査し、対策を講じました。", ["調査し、", "対策を講じました。"]),
        ("本件については、対応しました。", ["本件については、", "対応しました。"]),
        ("It is fixed, but we will check.", ["It is fixed, but ", "we will check."]),
        ("We looked and we fixed it.", ["We looked and ", "we fixed it."]),
        ("Fixed.", ["Fixed."]),
    ],
)
def test_a_sentence_is_cut_where_the_next_thing_is_said(text: str, clauses: list[str]) -> None:
    """At words that join sentences, not within a thing said."""
    (said,) = said_in(text, {})
    assert [clause.text for clause in said.clauses] == clauses


@pytest.mark.parametrize(
    ("rule", "text", "holds"),
    [
        ({"all": ["mend", "did"]}, "修正しました。", True),
        ({"all": ["mend", "did"]}, "修正します。確認しました。", False),
        ({"all": ["did"], "around": ["mend"]}, "修正し、確認しました。", True),
        ({"all": ["did"], "around": ["mend"]}, "修正します。確認しました。", False),
        ({"all": ["mend", "did"], "none": ["asked"]}, "修正しましたか？", False),
        ({"all": ["mend", "did"], "nowhere": ["still-open"]}, "修正しました。本番はまだです。", False),
        ({"all": ["mend"], "pattern": "コード"}, "コードを修正しました。", True),
        ({"all": ["mend"], "unless": "コード"}, "コードを修正しました。", False),
        ({"all": ["wanted"]}, "お手数ですが", False),
    ],
)
def test_what_a_rule_may_ask(rule: dict[str, object], text: str, holds: bool) -> None:
    """Concepts of the clause, of its sentence and of the mail, and words; courtesy is nothing said."""
    asked = ReplyRule.model_validate({"id": "x", "why": "a test", **rule})
    assert means(asked, text, shipped_rules()) is holds


def test_a_rule_cannot_name_a_concept_that_nobody_defined() -> None:
    """The file, the rule and the name are told."""
    text = 'meaning = "thanks"\n[[rule]]\nid = "x"\nwhy = "y"\nall = ["nowhere-defined"]\nhit = ["z"]\n'
    with pytest.raises(ConfigError) as problem:
        load_rules(rule_files() | {"replies/ours.toml": text})
    assert "rules/replies/ours.toml: rule x: no file in rules/concepts defines nowhere-defined" in str(problem.value)


def test_a_concept_is_defined_once() -> None:
    """Two files that define the same concept are refused."""
    text = '[[concept]]\nid = "mend"\nwhy = "y"\nen = "z"\nhit = ["z"]\n'
    with pytest.raises(ConfigError) as problem:
        load_rules(rule_files() | {"concepts/zz.toml": text})
    assert "rules/concepts/zz.toml: mend is already in work.toml; rename one" in str(problem.value)
