"""What a sentence of a letter states of a vulnerability, in words that people choose themselves."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mailbot.core.extract import extract
from mailbot.core.model import Field
from tests.shipped_rules import shipped_rules

_TABLE: dict[str, dict[str, list[Any]]] = tomllib.loads(
    (Path(__file__).resolve().parents[1] / "mails" / "told-in-letters.toml").read_text(encoding="utf-8")
)
_JAPANESE = (
    "お世話になっております。調査員の佐藤です。\n\nhttps://shop.example.jp/ について報告します。\n\n{}\n\n"
    "よろしくお願いします。\n佐藤 一"
)
_ENGLISH = "Hello,\n\nthis is about https://shop.example.com/.\n\n{}\n\nKind regards,\nJane Doe"
_WHOLE = ("cvss_vector",)


def _stated(sentence: str, field: str) -> Field | None:
    """The field that a letter with that sentence states."""
    letter = _JAPANESE if any("\u3000" < c < "\uff00" for c in sentence) else _ENGLISH
    found = extract(letter.format(sentence), "Report", shipped_rules()).fields
    return next((each for each in found if each.name == f"vulnerability.{field}" and not each.derived), None)


def _bare(words: object) -> str:
    return "".join(str(words).split())


_HITS = [(name, hit) for name, table in _TABLE.items() for hit in table["hit"]]
_MISSES = [(name, miss) for name, table in _TABLE.items() for miss in table.get("miss", ())]


@pytest.mark.parametrize(("field", "hit"), _HITS)
def test_a_sentence_states_it(field: str, hit: str | list[Any]) -> None:
    """Passages are stated in the finder's own words, everything else by its value."""
    pair: list[Any] = hit if isinstance(hit, list) else [hit, None]
    sentence, value = reversed(pair) if field == "type" else pair
    found = _stated(sentence, field)
    assert found is not None
    if value is not None:
        assert found.value == value
    elif field not in _WHOLE:
        assert _bare(found.value)[:12] in _bare(sentence) or _bare(sentence)[:12] in _bare(found.value)


@pytest.mark.parametrize(("field", "sentence"), _MISSES)
def test_a_near_miss_states_nothing(field: str, sentence: str) -> None:
    """Wishes, denials, plans and other people's doings are no facts of the vulnerability."""
    assert _stated(sentence, field) is None
