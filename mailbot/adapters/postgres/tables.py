"""The tables as the queries see them; `migrations/` makes them.

`sealed` holds a row's document; `mark` the keyed hash of something that rows are found by. `number` is the order in
which rows were first stored.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

METADATA = MetaData()


def _id(name: str = "id") -> Column[str]:
    # By code point, as the other stores sort.
    return Column(name, Text(collation="C"), primary_key=True)


def _number() -> Column[int]:
    return Column("number", BigInteger, Identity(always=True), nullable=False, unique=True)


def _sealed() -> Column[bytes]:
    return Column("sealed", LargeBinary, nullable=False)


def _moment(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


META = Table("meta", METADATA, _id("name"), Column("value", LargeBinary, nullable=False))

CASES = Table(
    "cases",
    METADATA,
    _id(),
    _number(),
    Column("track", Text, nullable=False),
    Column("state", Text, nullable=False),
    _moment("due", nullable=True),
    _sealed(),
)
Index("cases_due", CASES.c.due, CASES.c.id, postgresql_where=CASES.c.due.is_not(None))
Index("cases_state", CASES.c.state, CASES.c.number)

CHANGES = Table(
    "changes",
    METADATA,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("case_number", BigInteger),
)
"""One for each case that is stored, and, without its number, each outbox item; only the last ones are kept.

Written within turns only, so who has seen one number has seen all before it.
"""

CASE_MARKS = Table(
    "case_marks",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("mark", LargeBinary, primary_key=True),
    Column("case_number", BigInteger, ForeignKey("cases.number", ondelete="CASCADE"), primary_key=True),
)
Index("case_marks_case", CASE_MARKS.c.case_number)

OUTBOX = Table(
    "outbox",
    METADATA,
    _id(),
    _number(),
    Column("case_id", Text(collation="C")),
    Column("status", Text, nullable=False),
    _moment("created"),
    _moment("next"),
    _moment("settled", nullable=True),
    _sealed(),
)
Index("outbox_created", OUTBOX.c.created, OUTBOX.c.number)
Index("outbox_case", OUTBOX.c.case_id, OUTBOX.c.created, OUTBOX.c.number)
Index("outbox_settled", OUTBOX.c.settled)
Index("outbox_status", OUTBOX.c.status, OUTBOX.c.next, postgresql_where=OUTBOX.c.status.not_in(("sent", "dead")))
Index("outbox_unsent", OUTBOX.c.created, OUTBOX.c.number, postgresql_where=OUTBOX.c.status != "sent")

ITEM_MARKS = Table(
    "item_marks",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("mark", LargeBinary, primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("item_number", BigInteger, ForeignKey("outbox.number", ondelete="CASCADE"), primary_key=True),
)
Index("item_marks_item", ITEM_MARKS.c.item_number)
Index("item_marks_counted", ITEM_MARKS.c.at, postgresql_where=ITEM_MARKS.c.kind != "message")

DISPOSITIONS = Table(
    "dispositions",
    METADATA,
    _id(),
    _number(),
    Column("kind", Text, nullable=False),
    _sealed(),
    _moment("at", nullable=True),  # not there in rows of older tables
)
Index("dispositions_kind", DISPOSITIONS.c.kind, DISPOSITIONS.c.number)

STARTS = Table("starts", METADATA, _id(), _number(), Column("count", Integer, nullable=False))
SIGNATURES = Table("signatures", METADATA, _id(), _number())
SECRETS = Table("secrets", METADATA, _id(), _number(), _sealed())
BROUGHT = Table("brought", METADATA, _id(), _number(), _sealed())

PINS = Table("pins", METADATA, Column("mark", LargeBinary, primary_key=True), _number(), _sealed())

JOURNAL = Table("journal", METADATA, Column("number", BigInteger, primary_key=True, autoincrement=False), _sealed())

MAILS = Table("mails", METADATA, _id("digest"), _sealed())

CLAIMS = Table(
    "claims",
    METADATA,
    _id("what"),
    Column("worker", Integer, nullable=False),
    Column("fence", BigInteger, nullable=False),
    _moment("until"),
)

WORKERS = Table(
    "workers",
    METADATA,
    Column("number", Integer, Identity(always=True), primary_key=True),
    _moment("since"),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
)

KEYRING = Table(
    "keyring",
    METADATA,
    Column("mark", LargeBinary, primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    _sealed(),
)
