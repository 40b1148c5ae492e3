"""What a rule may ask of the clause around its words."""

import pytest

from mailbot.core.clauses import clause_of
from mailbot.core.hits import applies
from mailbot.core.rule_shapes import PatternRule

SHARED = {"pattern": "my name", "also": [r"\byou may\b", r"\bshare\b"], "but": r"\bnot\b"}


@pytest.mark.parametrize(
    ("sentence", "words", "clause"),
    [
        ("You may share the report, but not my name.", "my name", "not my name."),
        ("You may pass on my name, and I like credit.", "my name", "You may pass on my name, "),
        ("My name and my address may be given to them.", "address", "My name and my address may be given to them."),
        ("名前は伝えて構いませんが、連絡は貴機構を通してください。", "名前", "名前は伝えて構いませんが、"),
        ("氏名は伏せて、社名だけ伝えてください。", "氏名", "氏名は伏せて、"),
        ("ぼくの名前はないしょでおねがいします。", "名前", "ぼくの名前はないしょでおねがいします。"),
    ],
)
def test_a_clause_says_one_thing(sentence: str, words: str, clause: str) -> None:
    """It ends where the next thing begins to be said."""
    begin = sentence.index(words)
    assert clause_of(sentence, begin, begin + len(words)) == clause


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("You may share my name.", True),
        ("My name: you may share it.", True),
        ("You may share the report, but do not tell my name.", False),
        ("You may share my name, but do not tell my age.", True),
        ("You may not share my name.", False),
        ("You may share it. My name is Ana.", False),
    ],
)
def test_also_and_but_look_at_the_clause(text: str, found: bool) -> None:
    """All of `also` must stand in it in any order, `but` must not; other clauses do not count."""
    rule = PatternRule.model_validate({"id": "x", "why": "a test", **SHARED})
    assert applies(rule, text) is found
