"""What the rows of an older state need to become those of today; `tests/states/` has a state of every version.

| schema | since then |
|---|---|
| 1 | cases, outbox, dispositions, pins, starts and signatures, each row with its own version |
| 2 | a row may say that the rest of it lies in an archive |
"""

from collections.abc import Callable, Mapping

from mailbot.adapters.snapshot import SCHEMA, Tables


def _from_1(tables: Tables) -> None:
    """Nothing was archived: every row is whole, as it may still be. Only an older mailbot must not read schema 2."""


STEPS: Mapping[int, Callable[[Tables], None]] = {1: _from_1}
"""Schema to what makes its rows those of the next one, in place."""


def upgrade(tables: Tables, schema: int) -> None:
    """Make the rows of that schema today's."""
    for older in range(schema, SCHEMA):
        STEPS[older](tables)
