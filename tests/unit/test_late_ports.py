"""A port that is made when it is first asked."""

from typing import Any

import pytest

from mailbot.bootstrap import _late


def test_it_is_made_once_and_when_it_is_asked() -> None:
    """Until then nothing of it is loaded."""
    made: list[str] = []

    def make() -> str:
        made.append("one")
        return "the port"

    port = _late(make)
    assert made == []
    assert (port.upper(), port.title()) == ("THE PORT", "The Port")
    assert made == ["one"]


def test_what_keeps_it_from_being_made_is_told_as_it_is() -> None:
    """A name that is missing in what makes it is not looked for in the port itself, again and again."""

    def make() -> Any:
        raise AttributeError("no such module part")

    with pytest.raises(AttributeError, match="no such module part"):
        _ = _late(make).find
