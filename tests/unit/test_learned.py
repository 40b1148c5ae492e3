"""What was learnt from marked letters: gaps are filled, consents taken back and never made."""

import pickle
import tomllib
from pathlib import Path

import pytest

from mailbot.core.learned import Model
from mailbot.core.learned_features import VERSION, sentence_features, tokens
from mailbot.core.learned_fields import LEARNED, learned_fields
from mailbot.core.model import Field
from mailbot.core.ruleset import load_rules
from mailbot.core.understand import understand
from mailbot.errors import ConfigError
from tests.rules import bank
from tests.shipped_rules import rule_files, shipped_rules

_ENGLISH = (
    "Hi all, we have been running the Pebblewick scheduler, release 7.2.1, on our intranet for two years.\n"
    "While I was cleaning up old jobs I noticed that it follows symlinks out of the spool folder.\n"
    "Anybody with an account can read the mail of the whole house that way.\n"
    "Until there is a patch, mount the spool with nosymfollow as a workaround.\n"
    "I rang the people at Pebblewick on the third of March and was promised a call that never came.\n"
)


def _stated(text: str, subject: str = "") -> dict[str, Field]:
    return {field.name: field for field in understand(text, subject, shipped_rules()).fields}


def test_a_letter_in_words_of_its_own_is_read() -> None:
    """Version, impact, workaround and who knows of it, none of them in a rule's wording."""
    stated = _stated(_ENGLISH, "symlinks")
    assert stated["product.version"].value == "7.2.1"
    assert "read the mail of the whole house" in str(stated["vulnerability.impact"].value)
    assert "nosymfollow" in str(stated["vulnerability.workaround"].value)
    assert "never came" in str(stated["other_reports"].value)


def test_what_is_learnt_is_not_relied_on() -> None:
    """Its confidence is that of a guess, whatever the model thinks."""
    found = [f for f in learned_fields(_ENGLISH, "", (), shipped_rules()) if f.rule.startswith(LEARNED)]
    assert found
    assert all(field.confidence < 0.4 for field in found)


@pytest.mark.parametrize("letter", list(bank.letters())[::25])
def test_no_consent_is_made(letter: bank.Letter) -> None:
    """Not even from letters in which consents were marked: only rules find those."""
    flow = "\n".join(sentence.words for sentence in letter)
    found = learned_fields(flow, "", (), shipped_rules())
    assert not [field for field in found if field.name.startswith("consent.") and field.value is not False]


_IDENTITY = "consent.share_identity"
_PLAIN = (
    "Hello.\nThe login page of your shop prints the query as it is.\nA quote in it ends the attribute.\n"
    "I saw it with Firefox on Monday.\nThe page runs on PHP.\nNo other page does that.\n"
)


@pytest.mark.parametrize(
    ("more", "confidence", "stays"),
    [
        ("Keep my name out of it when you write to the shop.\nThanks.", 0.9, False),
        ("You may tell the shop who I am.\nThanks.", 0.9, True),
        ("You may tell the shop who I am.\nThanks.", 0.6, True),
        ("Thanks.", 0.7, False),
        ("Thanks.", 0.9, True),
    ],
    ids=["refused", "given", "given in words of its own", "misled by a word", "a rule that is sure"],
)
def test_a_consent_that_the_letter_does_not_give_is_taken_back(more: str, confidence: float, stays: bool) -> None:
    """One that a sentence refuses, though a rule took another one for it; one that nothing in it seems to give."""
    wish = Field(_IDENTITY, True, "agreed/some", confidence)
    found = learned_fields(_PLAIN + more, "XSS", (wish,), shipped_rules())
    assert (wish in found) is stays
    assert not [field for field in found if field.name == _IDENTITY and field is not wish]


def test_of_a_few_words_nothing_is_taken_back() -> None:
    """Too little is said to judge by."""
    wish = Field(_IDENTITY, True, "agreed/some", 0.7)
    assert wish in learned_fields("The login page prints the query.\nIt runs PHP.", "XSS", (wish,), shipped_rules())


def test_a_name_that_a_rule_found_stays() -> None:
    """However unlikely it seems: wordings of programs are in no letter."""
    word = Field("product.name", "from", "product/some", 0.6)
    assert word in learned_fields("It comes from version 2.", "", (word,), shipped_rules())


@pytest.mark.parametrize(
    "said", ["It was corrected in {} 7.2.1.", "{} ran on Python 7.2.1 here.", "{} 7.2.1 は影響を受けません。"]
)
def test_a_number_that_is_no_version_is_not_taken_for_it(said: str) -> None:
    """What is mended, or another program's."""
    product = Field("product.name", "Pebblewick", "product/some", 0.9)
    found = learned_fields(said.format("Pebblewick"), "", (product,), shipped_rules())
    assert "product.version" not in {field.name for field in found}


def test_a_better_sentence_is_as_sure_as_the_rule() -> None:
    """Where a rule only took a line for a word in it: two readers are no less sure than one."""
    rough = Field("vulnerability.impact", "read", "facts/some", 0.45)
    (found,) = [f for f in learned_fields(_ENGLISH, "", (rough,), shipped_rules()) if f.name == rough.name]
    assert (found.rule, found.confidence) == ("learned/impact", 0.45)


def test_only_the_beginning_of_a_letter_is_looked_at() -> None:
    """However long it is (threat T7)."""
    flow = "Nothing here.\n" * 5_000 + _ENGLISH
    assert not [field for field in learned_fields(flow, "", (), shipped_rules()) if field.name == "product.version"]


def test_a_denial_is_neither_plan_nor_report() -> None:
    """That nothing will be published, and that nobody was told."""
    stated = _stated(f"{_ENGLISH.rpartition('I rang')[0]}I have not told anybody.\nI have no plans to publish it.\n")
    assert not {"other_reports", "disclosure_plan"} & stated.keys()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ((f"seen = {VERSION}", "seen = 0"), "another version"),
        (("weights = '''", "weights = '''~~~"), "unpacked"),
        (("weights = '''", "weights = '''c-\n'''\nother = '''"), "no weights|unpacked|Extra"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(change: tuple[str, str], problem: str) -> None:
    """With what to do about it."""
    name = "learned/sentences.toml"
    texts = dict(rule_files())
    texts[name] = texts[name].replace(*change)
    with pytest.raises(ConfigError, match=problem) as raised:
        load_rules(texts)
    assert name in str(raised.value)


def test_the_readers_go_through_a_pipe() -> None:
    """As the rules do that they are part of, also after they were asked."""
    learned = shipped_rules().learned
    before = learned.told(["An attacker can read everything."])
    assert pickle.loads(pickle.dumps(learned)).told(["An attacker can read everything."]) == before


def test_features_are_alike_in_both_languages() -> None:
    """Words with spaces between them, single characters otherwise; katakana stays together."""
    assert [token.text for token in tokens("v2.1のルータ")] == ["v", "2", ".", "1", "の", "ルータ"]
    assert "0attacker" in sentence_features("The attacker", 0, 0)
    assert "0攻" in sentence_features("攻撃", 0, 0)


@pytest.mark.parametrize("line", ["no tab", "nonsense\tx", "-\t<p>a", "-\ta</p>", "-\t<p>a</v>"])
def test_a_line_that_is_badly_marked_is_named(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its file and number."""
    (tmp_path / "some.txt").write_text(f"-\tgood\n{line}\n", "utf-8")
    monkeypatch.setattr(bank, "BANK", tmp_path)
    with pytest.raises(ValueError, match=r"some.txt, line 2"):
        list(bank.letters())


def test_the_bank_is_whole() -> None:
    """Every line is marked as it should be, in both languages."""
    assert len(list(bank.letters())) > 1_500


def test_a_model_knows_its_fields() -> None:
    """One that is of no field of a report is refused."""
    with pytest.raises(ValueError, match="no field of a report"):
        Model(names=("nonsense",), seen=VERSION, weights="")


@pytest.mark.parametrize("told", [{}, {"names": ("product.name",), "tells": {"impact": "vulnerability.impact"}}])
def test_a_model_does_one_of_two_things(told: dict[str, object]) -> None:
    """It names, or it tells."""
    text = rule_files()["learned/sentences.toml"]
    weights = tomllib.loads(text)["model"]["weights"]
    with pytest.raises(ValueError, match="either names or"):
        Model.model_validate({"seen": VERSION, "weights": weights, **told})
