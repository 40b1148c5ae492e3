"""The words of a letter, all together: what is cut out of them, and what they weigh."""

import pytest

from mailbot.core.understand import understand
from mailbot.core.vocabulary import PieceGroup, Vocabulary, likely, pieces_of
from tests.shipped_rules import shipped_rules

SMALL = Vocabulary(
    why="Talk of doors, and of cakes.",
    start=0.0,
    group=(PieceGroup(weight=3.0, pieces="door|\n扉が|"), PieceGroup(weight=-3.0, pieces="cake|")),
)


@pytest.mark.parametrize(
    ("letter", "side"),
    [("the doors", 1), ("DOOR", 1), ("この扉が開く", 1), ("two cakes", -1), ("door, cake", 0), ("", 0), ("zzz", 0)],
)
def test_a_letter_leans_to_the_words_it_has(letter: str, side: int) -> None:
    """Inflected and unspaced words are known by their pieces; what has none, or as many of both, leans to no side."""
    lean = SMALL.lean("", letter)
    assert (lean > 0) - (lean < 0) == side
    assert -0.5 <= lean <= 0.5


def test_the_subject_counts_as_well() -> None:
    """A letter may say in its subject alone what it is about."""
    assert SMALL.lean("Door", "see below") > 0


@pytest.mark.parametrize(
    "name", ["https://kyoto.example.jp", "hxxp://kyoto.example", "kyoto@mail.example", "www.kyoto.example.jp"]
)
def test_names_of_hosts_and_people_are_no_words(name: str) -> None:
    """Where somebody writes from says nothing of what they write; the rest of a URL does."""
    assert not any("yo" in piece for piece in pieces_of("", f"see {name} now"))
    assert "/adm" in pieces_of("", "https://kyoto.example.jp/admin")


def test_numbers_are_alike() -> None:
    """No number is learnt by heart."""
    assert pieces_of("", "port 8080") == pieces_of("", "port 443")


def test_t7_a_long_letter_costs_no_more_than_its_beginning() -> None:
    """What is looked at is bounded."""
    assert pieces_of("", "ab " * 500) == pieces_of("", "ab " * 500 + "other words " * 100_000)


@pytest.mark.parametrize(("weight", "share"), [(0.0, 0.5), (1_000.0, 1.0), (-1_000.0, 0.0)])
def test_a_weight_is_a_likelihood(weight: float, share: float) -> None:
    """However much it is."""
    assert likely(weight) == pytest.approx(share)


def test_a_letter_of_words_that_nobody_learnt_is_no_more_a_report_than_not() -> None:
    """There is other mail without end, so the vocabulary of reports starts in the middle."""
    assert shipped_rules().vocabulary["report"].start == 0.0


@pytest.mark.parametrize("words", ["the doors of the house", "door door door"])
def test_words_alone_make_no_report(words: str) -> None:
    """Where nothing speaks for a report, no likeness of the rest to one makes it one."""
    rules = shipped_rules()
    learnt = rules.model_copy(update={"vocabulary": {**rules.vocabulary, "report": SMALL}})
    assert SMALL.lean("", words) > 0.4
    assert understand(words, "", learnt).likeness == 0.0


@pytest.mark.parametrize("name", ["report", "product"])
def test_shipped_vocabulary_knows_both_sorts(name: str) -> None:
    """No piece stands twice, none is empty, and both sorts have their own."""
    vocabulary = shipped_rules().vocabulary[name]
    pieces = [piece for group in vocabulary.group for piece in group.pieces.replace("\n", "").split("|")[:-1]]
    assert len(pieces) == len(set(pieces)) == len(vocabulary.weights) > 1_000
    assert {2, 3, 4} == {len(piece) for piece in pieces}
    assert min(vocabulary.weights.values()) < 0 < max(vocabulary.weights.values())
