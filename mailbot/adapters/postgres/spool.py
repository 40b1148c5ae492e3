"""The bytes of every mail received, sealed, in the database: every worker can read what another one fetched."""

from collections.abc import Iterator
from hashlib import sha256

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from mailbot.adapters.postgres.aside import Aside
from mailbot.adapters.postgres.rows import storable
from mailbot.adapters.postgres.tables import MAILS
from mailbot.core.messages import RawMail
from mailbot.errors import PermanentError

_NAME = MAILS.name


class PostgresSpool:
    """Implements `memory.Spool` beside a PostgresStore: what it keeps is no part of a turn, and stays when that is
    undone."""

    def __init__(self, aside: Aside) -> None:
        self._session, self._sealer = aside.session, aside.sealer

    def keep(self, mail: RawMail) -> None:
        """Durable when it returns. Raises TransientError."""
        self._session.refuse_to_change()
        digest = mail.digest
        if self._session.run(_IS_THERE, {"wanted": digest}).first() is None:
            sealed = self._sealer.seal_bytes(mail.content, _NAME, digest)
            self._session.run(_KEEP, {"digest": digest, "sealed": sealed})

    def load(self, digest: str) -> RawMail | None:
        """The mail, its digest checked; None if it was never kept. Raises PermanentError for a damaged row."""
        row = self._session.run(_LOAD, {"wanted": digest}).first() if storable(digest) else None
        if row is None:
            return None
        content = self._sealer.unseal_bytes(row.sealed, _NAME, digest)
        if sha256(content).hexdigest() != digest:
            raise PermanentError(f"mail {digest[:12]} is not the one it is named for; restore a backup of the database")
        return RawMail(content, "spool")

    def remove(self, digest: str) -> None:
        """Forget the bytes of that mail; safe to repeat."""
        self._session.refuse_to_change()
        if storable(digest):
            self._session.run(_REMOVE, {"wanted": digest})

    def digests(self) -> Iterator[str]:
        """Of all mails that are kept, in their order."""
        after = ""
        while found := list(self._session.run(_FOLLOWING, {"after": after}).scalars()):
            yield from found
            after = found[-1]

    def close(self) -> None:
        """End the connection; safe to repeat."""
        self._session.close()


_IS_WANTED = MAILS.c.digest == bindparam("wanted")
_IS_THERE = select(MAILS.c.digest).where(_IS_WANTED)
_LOAD = select(MAILS.c.sealed).where(_IS_WANTED)
_REMOVE = delete(MAILS).where(_IS_WANTED)
_KEEP = insert(MAILS).on_conflict_do_nothing()
_FOLLOWING = select(MAILS.c.digest).where(MAILS.c.digest > bindparam("after")).order_by(MAILS.c.digest).limit(1_000)
