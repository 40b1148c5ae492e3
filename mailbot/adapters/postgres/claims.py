"""Who works on which mail or outbox item: claims with a lease, and a number that is new with every holder."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import any_, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.types import BigInteger, Text

from mailbot.adapters.postgres.session import Session
from mailbot.adapters.postgres.tables import CLAIMS, OUTBOX, STARTS
from mailbot.adapters.postgres.workers import UNTIL, Presence, is_alive
from mailbot.core.outbox import Status
from mailbot.errors import LostClaimError

LEASE_SECONDS = 300.0
_FENCE_BITS = 62
_LAZILY = "SET LOCAL synchronous_commit = off"
"""A claim that a crash of the server takes along is none that anybody still builds on: every fence is new."""
_ALL = bindparam("all", type_=ARRAY(Text()))


@dataclass(frozen=True)
class _Held:
    """A claim that somebody has."""

    fence: int
    over: bool
    alive: bool
    sending: bool

    @property
    def may_be_taken(self) -> bool:
        """Never what a living worker sends just now: it may be on the wire, however long that takes."""
        return not self.alive or (self.over and not self.sending)


class Claims:
    """What this process claimed, and what others did."""

    def __init__(self, session: Session, presence: Presence, lease_seconds: float) -> None:
        self._session, self._presence, self._lease = session, presence, lease_seconds
        self._fences: dict[str, int] = {}
        place = session.place
        self._is_alive = select(is_alive(place, bindparam("number", type_=BigInteger())))
        row = select(_IT, _BY, UNTIL, _FENCE).where(is_alive(place, _BY))
        new = insert(CLAIMS).from_select(["what", "worker", "until", "fence"], row)
        self._free = new.on_conflict_do_nothing().returning(CLAIMS.c.what)
        over = (CLAIMS.c.until < func.clock_timestamp()).label("over")
        self._held = (
            select(CLAIMS.c.what, CLAIMS.c.fence, over, is_alive(place, CLAIMS.c.worker).label("alive"))
            .where(CLAIMS.c.what == any_(_ALL))
            .order_by(CLAIMS.c.what)
        )
        self._sending = select(OUTBOX.c.id).where(OUTBOX.c.id == any_(_ALL), OUTBOX.c.status == Status.SENDING.value)

    def claim(self, what: str) -> bool:
        """Whether this process may act on it now."""
        self._session.refuse_to_change()
        with self._session.step(_LAZILY):
            new = secrets.randbits(_FENCE_BITS)
            fence = new if self._take(what, new) else self._take_over(what, new)
        if fence is None:
            self._fences.pop(what, None)
            return False
        self._fences[what] = fence
        return True

    def _take(self, what: str, new: int) -> bool:
        """Whether nobody had it; under a number of ours that is alive."""
        number = self._presence.number()
        while self._session.run(self._free, self._row(what, number, new)).first() is None:
            if self._is_known(number):
                return False
            number = self._presence.anew()
        return True

    def _take_over(self, what: str, new: int) -> int | None:
        """Renew what is ours, or take another's who is gone or kept it too long; under which number, None: neither."""
        # Another's claim that is locked: somebody stores or claims it just now. Ours may be just being renewed.
        had = self._fences.get(what)
        found = self._look([what], skip_locked=had is None).get(what)
        if found is None:
            return None
        ours = found.fence == had
        if not ours and not found.may_be_taken:
            return None
        fence = found.fence if ours else new
        self._session.run(_REPLACE, self._values(what, fence))
        return fence

    def _values(self, what: str, fence: int) -> Mapping[str, Any]:
        """A row, under a number of ours that is alive."""
        number = self._presence.number()
        return self._row(what, number if self._is_known(number) else self._presence.anew(), fence)

    def _row(self, what: str, number: int, fence: int) -> Mapping[str, Any]:
        return {"it": what, "by": number, "lease": self._lease, "fence": fence}

    def _is_known(self, number: int) -> bool:
        return bool(self._session.run(self._is_alive, {"number": number}).scalar())

    def let_go(self, what: str) -> None:
        """Others may act on it."""
        fence = self._fences.get(what)
        if fence is not None:
            with self._session.step(_LAZILY):
                self._session.run(_LET_GO, {"it": what, "fence": fence})
            del self._fences[what]

    def check(self, wanted: Collection[str], digests: Collection[str]) -> None:
        """Raises LostClaimError when one of them is somebody else's. Within a turn; holds until its end.

        `digests` are those of them that are mails: another's claim is respected until it is over, and an item's
        while it is being sent.
        """
        if not wanted:
            return
        held = self._look(wanted, never_sent=digests)
        for what in wanted:
            other, ours = held.get(what), self._fences.get(what)
            if ours is not None and (other is None or other.fence != ours):
                raise LostClaimError(f"{what[:16]}: another worker took it over; nothing was stored")
            busy = other is not None and other.alive and (other.sending or (what in digests and not other.over))
            if ours is not None and other is not None and not other.alive:
                self._session.run(_REPLACE, self._values(what, ours))
            if ours is None and busy:
                raise LostClaimError(f"{what[:16]}: another worker is at it just now; nothing was stored")

    def done(self, digests: Collection[str]) -> None:
        """Nobody need act on these mails any more: claims and starts are over."""
        if digests:
            self._session.run(_DONE, {"all": list(digests)})
        for digest in digests:
            self._fences.pop(digest, None)

    def remembered(self) -> Mapping[str, int]:
        """What is ours, to be given to `restore` if what follows is undone."""
        return dict(self._fences)

    def restore(self, remembered: Mapping[str, int]) -> None:
        """What was claimed or let go since is as it was."""
        self._fences = dict(remembered)

    def _look(
        self, wanted: Collection[str], *, never_sent: Collection[str] = (), skip_locked: bool = False
    ) -> dict[str, _Held]:
        values = {"all": list(wanted)}
        rows = self._session.rows(self._held.with_for_update(of=CLAIMS, skip_locked=skip_locked), values)
        # Asked after the lock was got: what its holder stored before is seen.
        items = [row.what for row in rows if row.what not in never_sent]
        sending = {row.id for row in self._session.rows(self._sending, {"all": items})} if items else set()
        return {row.what: _Held(row.fence, row.over, row.alive, row.what in sending) for row in rows}


_IT = bindparam("it", type_=Text())
_BY, _FENCE = bindparam("by", type_=BigInteger()), bindparam("fence", type_=BigInteger())
_REPLACE = CLAIMS.update().where(CLAIMS.c.what == _IT).values(worker=_BY, until=UNTIL, fence=_FENCE)
_LET_GO = delete(CLAIMS).where(CLAIMS.c.what == _IT, CLAIMS.c.fence == bindparam("fence"))
_DONE = delete(CLAIMS).where(CLAIMS.c.what == any_(_ALL)).add_cte(delete(STARTS).where(STARTS.c.id == any_(_ALL)).cte())
