"""Texts made comparable: how, whatever is in them."""

import unicodedata

import pytest

from mailbot.core.disguises import bare

ASCII = "".join(map(chr, range(128)))


def test_plain_letters_come_out_as_among_others() -> None:
    """A text of ASCII alone is read by a shorter way, and the same."""
    assert bare(ASCII) + bare("名") == bare(f"{ASCII}名")
    assert bare(ASCII) == "0123456789" + 2 * "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Ｈａｎａｋｏ　Ｔ", "hanakot"),
        ("Zoë-Müller", "zoemuller"),
        ("ha\u200bnako", "hanako"),
        ("ＡＢ_c", "abc"),
    ],
)
def test_letters_that_look_alike_are_the_same(text: str, read: str) -> None:
    """Width, accents, what is invisible, and what is no letter do not count."""
    assert bare(text) == read
    assert bare(unicodedata.normalize("NFD", text)) == read
