"""The journal that people read, line by line: chained as the one on the disk is, and sealed."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from mailbot.adapters.logbook import BEFORE_THE_FIRST, chained, position
from mailbot.adapters.postgres.sealing import Sealer
from mailbot.adapters.postgres.session import Session
from mailbot.adapters.postgres.tables import JOURNAL

_NAME = JOURNAL.name
_AT_ONCE = 1_000


class Journal:
    """Its lines, numbered from 1."""

    def __init__(self, session: Session, sealer: Sealer, clock: Callable[[], datetime]) -> None:
        self._session, self._sealer, self._clock = session, sealer, clock

    def add(self, texts: Sequence[str]) -> None:
        """A line for each text, behind the others; in a turn."""
        if texts:
            self.append(chained(self._last(), self._clock(), texts))

    def append(self, lines: Sequence[str]) -> None:
        """Lines that are numbered already."""
        rows = [{"number": position(line)[0], "sealed": self._seal(line)} for line in lines]
        if rows:
            self._session.run(insert(JOURNAL), rows)

    def head(self) -> str:
        """Number and hash of the last line."""
        number, chain = self._last()
        return f"#{number} {chain}"

    def lines(self) -> Iterator[str]:
        """Every line."""
        after = 0
        while rows := self._session.rows(_FOLLOWING, {"after": after}):
            for number, sealed in rows:
                after = number
                yield self._line(number, sealed)

    def _last(self) -> tuple[int, str]:
        row = self._session.run(_LAST).first()
        return BEFORE_THE_FIRST if row is None else position(self._line(row.number, row.sealed))

    def _seal(self, line: str) -> bytes:
        return self._sealer.seal_bytes(line.encode(), _NAME, str(position(line)[0]))

    def _line(self, number: int, sealed: bytes) -> str:
        return self._sealer.unseal_bytes(sealed, _NAME, str(number)).decode()


_LAST = select(JOURNAL.c.number, JOURNAL.c.sealed).order_by(JOURNAL.c.number.desc()).limit(1)
_FOLLOWING = (
    select(JOURNAL.c.number, JOURNAL.c.sealed)
    .where(JOURNAL.c.number > bindparam("after"))
    .order_by(JOURNAL.c.number)
    .limit(_AT_ONCE)
)
