"""Public keys that several hosts share, each with a keyring of its own: sealed, since a key names whose it is."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import insert

from mailbot.adapters.postgres.aside import Aside
from mailbot.adapters.postgres.tables import KEYRING

_NAME = KEYRING.name
_KEY = "key"


class PostgresKeyShelf:
    """Implements `memory.KeyShelf` beside a PostgresStore: a key that was laid there stays when a turn is undone."""

    def __init__(self, aside: Aside) -> None:
        self._session, self._sealer = aside.session, aside.sealer

    def keep_keys(self, fingerprint: str, block: bytes, seen: int | None = None) -> bool:
        """Lay the armored key there, in place of an older form of it, unless that came after `seen`; whether it lies
        there now. The same form again changes nothing."""
        self._session.refuse_to_change()
        mark = self._sealer.mark(_KEY, fingerprint.upper())
        # One at a time: whoever has seen a number must have seen all before it.
        with self._session.alone("keys"):
            row = self._session.run(_LOOK, {"wanted": mark}).first()
            if row is not None and self._block(row.sealed, mark) == block:
                return True
            if row is not None and seen is not None and row.number > seen:
                return False
            self._session.run(_PUT, {"mark": mark, "sealed": self._sealer.seal_bytes(block, _NAME, mark.hex())})
        return True

    def keys_since(self, number: int) -> Sequence[tuple[int, bytes]]:
        """What was laid there after that number, each with its own, in order."""
        rows = self._session.rows(_SINCE, {"after": number})
        return [(row.number, self._block(row.sealed, bytes(row.mark))) for row in rows]

    def close(self) -> None:
        """End the connection; safe to repeat."""
        self._session.close()

    def _block(self, sealed: bytes, mark: bytes) -> bytes:
        return self._sealer.unseal_bytes(sealed, _NAME, mark.hex())


_LOOK = select(KEYRING.c.number, KEYRING.c.sealed).where(KEYRING.c.mark == bindparam("wanted")).with_for_update()
_MICROSECONDS = cast(func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
# Each host remembers the last number that it has seen, also when the desk moves into another schema, or back to an
# earlier day by a backup: what is laid there after that has to be behind it all the same.
_NUMBER = func.greatest(_MICROSECONDS, select(func.coalesce(func.max(KEYRING.c.number), 0) + 1).scalar_subquery())
_PUT = insert(KEYRING).values(number=_NUMBER)
_PUT = _PUT.on_conflict_do_update(
    index_elements=["mark"], set_={name: _PUT.excluded[name] for name in ("number", "sealed")}
)
_SINCE = (
    select(KEYRING.c.number, KEYRING.c.mark, KEYRING.c.sealed)
    .where(KEYRING.c.number > bindparam("after"))
    .order_by(KEYRING.c.number)
)
