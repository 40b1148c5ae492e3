"""The help of each verb ends with examples that the verb takes."""

import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from mailbot.cli.app import app
from mailbot.cli.examples import EXAMPLES
from mailbot.cli.lazy import VERBS, whole
from tests.unit.test_docs import verb as wrong_in


def leaves() -> Iterator[tuple[str, Any]]:
    """Every verb that does something, by all its words."""
    for name in VERBS:
        command = whole(name)
        below = getattr(command, "commands", {})
        yield from ((f"{name} {each}", sub) for each, sub in below.items())
        if not below:
            yield name, command


LEAVES = dict(leaves())


@pytest.mark.parametrize("name", LEAVES)
def test_each_verb_has_examples(name: str) -> None:
    """At most five lines under their heading, none wider than a terminal of 80 columns shows."""
    lines = (LEAVES[name].epilog or "").splitlines()
    assert lines[:1] == ["Examples:"]
    assert 2 <= len(lines) <= 6
    assert [line for line in lines if len(line) > 78] == []
    assert [line for line in lines[1:] if not line.startswith(f"mailbot {name}")] == []


def test_no_example_is_of_a_verb_that_is_gone() -> None:
    """The table names no other verb."""
    assert set(EXAMPLES) == set(LEAVES)


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, lines in EXAMPLES.items() for line in lines])
def test_the_verb_takes_each_example(name: str, line: str) -> None:
    """Options exist, values are of their kind, no argument is missing."""
    words = shlex.split(line, comments=True)[1:]
    words = words[: next((n for n, word in enumerate(words) if word in ("<", ">")), len(words))]
    assert wrong_in(words) is None
    LEAVES[name].make_context(name, words[len(name.split()) :], parent=_root())


def _root() -> Any:
    command = typer.main.get_command(app)
    return command.context_class(command, info_name="mailbot")


@pytest.mark.parametrize("words", [["--fly"], ["--state", "lost"], ["one", "two"]])
def test_the_check_of_examples_bites(words: list[str]) -> None:
    """What the verb does not take is refused by the same parsing."""
    with pytest.raises(Exception, match=r"No such option|is not one of|unexpected extra"):
        LEAVES["case list"].make_context("case list", words, parent=_root())
