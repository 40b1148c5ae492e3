"""Dispositions, starts, pins, signatures, the secret of tokens, and the case records that the desk brought along."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, any_, bindparam, delete, func, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert
from sqlalchemy.types import LargeBinary, Text

from mailbot.adapters import found_by, history
from mailbot.adapters.postgres.rows import Rows, storable
from mailbot.adapters.postgres.sealing import Sealer
from mailbot.adapters.postgres.session import Session
from mailbot.adapters.postgres.tables import BROUGHT, DISPOSITIONS, PINS, SECRETS, SIGNATURES, STARTS
from mailbot.adapters.records import DISPOSITION, PIN, VERSION, Document
from mailbot.memory import Disposition, Pin

_TOKENS = "tokens"
_PIN = "pin"
_IDS = bindparam("ids", type_=ARRAY(Text()))


class Dispositions(Rows[Disposition]):
    """What became of each mail."""

    def __init__(self, session: Session, sealer: Sealer) -> None:
        super().__init__(session, sealer, DISPOSITIONS, DISPOSITION)

    def put(self, done: Sequence[Disposition]) -> None:
        """Store them."""
        self.put_documents((each.digest, self.shape.dump(each)) for each in done)

    def put_documents(self, documents: Iterable[tuple[str, Document]]) -> None:
        """Store them as they are."""
        rows = [
            {
                "id": key,
                "kind": each["kind"],
                "at": found_by.moment(each["at"]),
                "sealed": self.sealed(key, each),
            }
            for key, each in dict(documents).items()
        ]
        if rows:
            self.session.run(_PUT_DISPOSITION, rows)

    def found(self, kind: str | None, since: datetime | None) -> Iterator[Disposition]:
        """All, or those of one kind, or at or after that moment, oldest first."""
        columns = DISPOSITIONS.c
        where = true() if kind is None else columns.kind == kind
        if since is not None:
            where &= or_(columns.at >= since, columns.at.is_(None))
        return (done for done in self.all(where) if since is None or done.at >= since)


class Pins:
    """The keys held for addresses."""

    def __init__(self, session: Session, sealer: Sealer) -> None:
        self._session, self._sealer = session, sealer

    def put(self, pins: Sequence[Pin]) -> None:
        """Store them."""
        self.put_documents((pin.address.lower(), PIN.dump(pin)) for pin in pins)

    def put_documents(self, documents: Iterable[tuple[str, Document]]) -> None:
        """Store them as they are, each under its address in small letters."""
        marked = {self._mark(address): document for address, document in documents}
        rows = [
            {"mark": mark, "sealed": self._sealer.seal(document, PINS.name, mark.hex())}
            for mark, document in marked.items()
        ]
        if rows:
            self._session.run(_PUT_PIN, rows)

    def get(self, address: str) -> Pin | None:
        """The key for that address, in whatever case it is written."""
        row = self._session.run(_PIN_OF, {"wanted": self._mark(address.lower())}).first()
        return None if row is None else PIN.load(self._document(row))

    def all(self) -> Iterator[Pin]:
        """Every pin, in the order in which they came."""
        for row in self._session.rows(_PINS):
            yield PIN.load(self._document(row))

    def documents(self) -> Iterator[tuple[str, Document]]:
        """Every one by its address in small letters."""
        for row in self._session.rows(_PINS):
            document = self._document(row)
            yield str(document["address"]).lower(), document

    def drop(self, addresses: Sequence[str]) -> None:
        """Forget them."""
        self._session.run(_DROP_PINS, {"marks": [self._mark(address) for address in addresses]})

    def _mark(self, address: str) -> bytes:
        return self._sealer.mark(_PIN, address)

    def _document(self, row: Any) -> Document:
        found: Document = self._sealer.unseal(row.sealed, PINS.name, bytes(row.mark).hex())
        return found


class Starts:
    """How often work on a mail was begun and did not come to its end."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(self, digest: str) -> int:
        """One more; how many there are."""
        return int(self._session.run(_BEGIN, {"id": digest, "count": 1}).scalar_one())

    def end(self, digest: str) -> None:
        """One less."""
        self._session.run(_END, {"wanted": digest})
        self._session.run(_FORGET_IF_NONE, {"wanted": digest})

    def unfinished(self) -> int:
        """Of how many mails there are any."""
        return int(self._session.run(select(func.count()).select_from(STARTS)).scalar_one())

    def documents(self) -> Iterator[tuple[str, Document]]:
        """Every one by its digest."""
        for row in self._session.rows(select(STARTS.c.id, STARTS.c.count).order_by(STARTS.c.number)):
            yield row.id, {"v": VERSION, "count": row[1]}

    def put_documents(self, documents: Iterable[tuple[str, Document]]) -> None:
        """Store them as they are."""
        rows = [{"id": key, "count": row["count"]} for key, row in documents]
        if rows:
            self._session.run(insert(STARTS), rows)


class Signatures:
    """Signatures whose commands were taken in."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, signature_ids: Sequence[str]) -> None:
        """Remember them."""
        if signature_ids:
            self._session.run(_PUT_SIGNATURE, [{"id": each} for each in signature_ids])

    def put_documents(self, documents: Iterable[tuple[str, Document]]) -> None:
        """Remember them."""
        self.put([each for each, _ in documents])

    def seen(self, signature_id: str) -> bool:
        """Whether it is one of them."""
        wanted = select(SIGNATURES.c.id).where(SIGNATURES.c.id == bindparam("wanted"))
        return storable(signature_id) and self._session.run(wanted, {"wanted": signature_id}).first() is not None

    def documents(self) -> Iterator[tuple[str, Document]]:
        """Every one."""
        for row in self._session.rows(select(SIGNATURES.c.id).order_by(SIGNATURES.c.number)):
            yield row.id, {"v": VERSION}


class Documents:
    """A table of documents that nobody looks into: secrets, or case records that were brought along."""

    def __init__(self, session: Session, sealer: Sealer, table: Table) -> None:
        self._session, self._sealer, self._table = session, sealer, table
        self._put = _upsert(table, "sealed")

    def put_documents(self, documents: Iterable[tuple[str, Document]]) -> None:
        """Store them as they are."""
        name = self._table.name
        sealed = [{"id": key, "sealed": self._sealer.seal(row, name, key)} for key, row in documents]
        if sealed:
            self._session.run(self._put, sealed)

    def documents(self) -> Iterator[tuple[str, Document]]:
        """Every one, by id."""
        yield from self.all().items()

    def all(self) -> dict[str, Document]:
        """Every one, by id."""
        table = self._table
        rows = self._session.rows(select(table.c.id, table.c.sealed).order_by(table.c.number))
        return {row.id: self._sealer.unseal(row.sealed, table.name, row.id) for row in rows}

    def drop(self, row_ids: Sequence[str]) -> None:
        """Forget them."""
        if row_ids:
            self._session.run(delete(self._table).where(self._table.c.id == any_(_IDS)), {"ids": list(row_ids)})


class Secrets(Documents):
    """The secret of the desk's tokens, when it does not come from the key any more."""

    def __init__(self, session: Session, sealer: Sealer) -> None:
        super().__init__(session, sealer, SECRETS)

    def tokens(self) -> bytes | None:
        """It, if there is one."""
        row = self.all().get(_TOKENS)
        return bytes.fromhex(row["hex"]) if row else None

    def keep_tokens(self, secret: bytes) -> None:
        """Store it, if there is none."""
        if self.tokens() is None:
            self.put_documents([(_TOKENS, {"v": VERSION, "hex": secret.hex()})])


class Brought(Documents):
    """Case records, in groups."""

    def __init__(self, session: Session, sealer: Sealer) -> None:
        super().__init__(session, sealer, BROUGHT)

    def lines(self) -> Iterator[bytes]:
        """Every record."""
        return history.lines_of(self.all())

    def replace(self, groups: Mapping[str, Sequence[str]]) -> None:
        """Keep these groups, and nothing else."""
        operations = history.operations(self.all(), groups)
        self.drop([name for _, name, row in operations if row is None])
        self.put_documents((name, row) for _, name, row in operations if row is not None)


def _upsert(table: Table, *columns: str, key: str = "id") -> Insert:
    statement = insert(table)
    return statement.on_conflict_do_update(
        index_elements=[key], set_={name: statement.excluded[name] for name in columns}
    )


_PUT_DISPOSITION = _upsert(DISPOSITIONS, "kind", "at", "sealed")
_PUT_PIN = _upsert(PINS, "sealed", key="mark")
_PUT_SIGNATURE = insert(SIGNATURES).on_conflict_do_nothing()
_BEGIN = (
    insert(STARTS)
    .on_conflict_do_update(index_elements=["id"], set_={"count": STARTS.c.count + 1})
    .returning(STARTS.c.count)
)
_WANTED = bindparam("wanted", type_=Text())
_END = STARTS.update().where(STARTS.c.id == _WANTED).values(count=STARTS.c.count - 1)
_FORGET_IF_NONE = delete(STARTS).where(STARTS.c.id == _WANTED, STARTS.c.count <= 0)
_PINS = select(PINS.c.mark, PINS.c.sealed).order_by(PINS.c.number)
_PIN_OF = _PINS.where(PINS.c.mark == bindparam("wanted"))
_DROP_PINS = delete(PINS).where(PINS.c.mark == any_(bindparam("marks", type_=ARRAY(LargeBinary()))))
