"""Pieces of patterns that rules of a file share."""

import pytest

from mailbot.core.ruleset import load_rules
from mailbot.errors import ConfigError

FILE = """
[pieces]
digits = '''[0-9]{3}'''
number = '''N-%digits%'''

[[rule]]
id = "number"
why = "A number."
field = "tracking_ids"
pattern = '''\\b%PIECE%\\b'''
convert = "list"
hit = [{ text = "It is N-123.", value = ["N-123"] }]
"""


def test_a_piece_stands_where_its_name_does() -> None:
    """Also within another piece, as one group."""
    rule = load_rules({"fields/a.toml": FILE.replace("PIECE", "number")}).fields["a"][0]
    assert rule.pattern.pattern == r"\b(?:N-(?:[0-9]{3}))\b"


def test_an_unknown_piece_is_named() -> None:
    """The problem says which, and where."""
    with pytest.raises(ConfigError) as caught:
        load_rules({"fields/a.toml": FILE.replace("PIECE", "nummer")})
    assert "%nummer% is none of the pieces" in str(caught.value.args[0])
    assert "rules/fields/a.toml" in str(caught.value.args[0])


def test_a_file_without_pieces_is_left_alone() -> None:
    """A percent sign is a sign like any other."""
    text = FILE.replace("[pieces]", "").replace("digits = '''[0-9]{3}'''\nnumber = '''N-%digits%'''\n", "")
    assert load_rules({"fields/a.toml": text.replace("PIECE", "5")}).fields["a"][0].pattern.pattern == r"\b%5%\b"
