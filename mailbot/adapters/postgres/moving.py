"""The whole of what lies in the database, to be moved elsewhere, and a whole state laid into an empty schema."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from typing import Any, Protocol

from sqlalchemy import bindparam, func, insert, select

from mailbot.adapters.logbook import number_of
from mailbot.adapters.moving import State
from mailbot.adapters.postgres.erasing import ErasingPostgresStore
from mailbot.adapters.postgres.migrating import MOVED
from mailbot.adapters.postgres.tables import CASES, DISPOSITIONS, JOURNAL, MAILS, META, OUTBOX, WORKERS
from mailbot.adapters.postgres.workers import is_alive
from mailbot.adapters.records import Document
from mailbot.core.messages import RawMail
from mailbot.errors import ConfigError, PermanentError

_AT_ONCE = 200


class _Table(Protocol):
    def documents(self) -> Iterator[tuple[str, Document]]: ...
    def put_documents(self, documents: Iterable[tuple[str, Document]]) -> None: ...


class MovingPostgresStore(ErasingPostgresStore):
    """Implements `moving.State`; to be read within `still()`."""

    @contextmanager
    def still(self) -> Iterator[None]:
        """Within it nobody changes anything, however long it takes."""
        with self.turn():
            self._session.plainly("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0")
            # A plan made for tables that were empty is not to be kept while they are filled.
            self._session.plainly("SET LOCAL plan_cache_mode = force_custom_plan")
            yield

    def rows(self, table: str) -> Iterator[tuple[str, Document]]:
        """The rows of that table with their ids, in the order in which they were first stored."""
        return self._tables()[table].documents()

    def mails(self) -> Iterator[RawMail]:
        """Every mail, in order of digest. Raises PermanentError for a damaged one."""
        for digest, sealed in self._sealed_mails():
            yield self._opened(digest, sealed)

    def checked_mails(self) -> Iterator[tuple[str, str]]:
        """The digest of every mail, and what is wrong with it; "" for a good one."""
        for digest, sealed in self._sealed_mails():
            try:
                self._opened(digest, sealed)
            except PermanentError as exc:
                yield digest, str(exc).partition(";")[0]
            else:
                yield digest, ""

    def workers(self) -> int:
        """How many others work with this memory now."""
        return int(self._session.value(select(func.count()).where(is_alive(self._session.place, WORKERS.c.number))))

    def leave(self) -> None:
        """Let nobody open this memory any more: what lies in it went elsewhere."""
        self._session.run(insert(META), {"name": MOVED, "value": b""})

    def load(self, source: State) -> None:
        """Take over all of it in one transaction. Raises ConfigError when the schema is not empty."""
        self._session.refuse_to_change()
        with self.still():
            for filled in (CASES, OUTBOX, DISPOSITIONS, JOURNAL, MAILS):
                if self._session.value(select(func.count()).select_from(filled)):
                    raise ConfigError((f"{self._session.place}: there is a state already; name an empty schema",))
            for name, table in self._tables().items():
                for some in _batches(source.rows(name)):
                    table.put_documents(some)
            for mail in source.mails():
                sealed = self._sealer.seal_bytes(mail.content, MAILS.name, mail.digest)
                self._session.run(insert(MAILS), {"digest": mail.digest, "sealed": sealed})
            for lines in _batches(source.journal_lines()):
                if not all(map(number_of, lines)):
                    raise PermanentError("the journal holds lines that mailbot did not write; see mailbot verify")
                self._journal.append(lines)
        self._session.plainly("ANALYZE")

    def _sealed_mails(self) -> Iterator[tuple[str, bytes]]:
        after = ""
        while (row := self._session.run(_NEXT_MAIL, {"after": after}).first()) is not None:
            after = row.digest
            yield row.digest, row.sealed

    def _opened(self, digest: str, sealed: bytes) -> RawMail:
        content = self._sealer.unseal_bytes(sealed, MAILS.name, digest)
        if sha256(content).hexdigest() != digest:
            raise PermanentError(f"mail {digest[:12]} is not the one it is named for; restore a backup")
        return RawMail(content, "spool")

    def _tables(self) -> Mapping[str, _Table]:
        return {
            "cases": self._cases,
            "outbox": self._items,
            "dispositions": self._dispositions,
            "pins": self._pins,
            "starts": self._starts,
            "signatures": self._signatures,
            "secrets": self._secrets,
            "brought": self._brought,
        }


def _batches(found: Iterator[Any]) -> Iterator[list[Any]]:
    while some := list(islice(found, _AT_ONCE)):
        yield some


_NEXT_MAIL = (
    select(MAILS.c.digest, MAILS.c.sealed).where(MAILS.c.digest > bindparam("after")).order_by(MAILS.c.digest).limit(1)
)
