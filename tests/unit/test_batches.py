"""How many mails are fetched at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.adapters.batches import batches
from mailbot.core.limits import Limits

LIMITS = Limits(mail_bytes=25_000_000, header_bytes=65_536)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], []),
        ([1_000] * 120, [50, 50, 20]),
        ([5_000_000, 5_000_000, 1_000], [1, 2]),
        ([1_000, 25_000_000, 1_000], [1, 1, 1]),
        ([10**9] * 3, [3]),  # only heads of these are fetched
    ],
)
def test_a_batch_is_small(sizes: list[int], expected: list[int]) -> None:
    """At most fifty mails or eight million bytes; one mail that is larger goes alone."""
    assert [len(batch) for batch in batches(enumerate(sizes), LIMITS)] == expected


@given(st.lists(st.integers(min_value=0, max_value=60_000_000)))
def test_every_mail_is_in_one_batch(sizes: list[int]) -> None:
    """Nothing is lost, doubled or put out of order."""
    waiting = list(enumerate(sizes))
    assert [one for batch in batches(waiting, LIMITS) for one in batch] == waiting
