"""The first tables: cases, mails, keys, and who works on what."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them in the schema that comes first in the search path."""
    op.execute(sa.schema.CreateSequence(sa.Sequence("changes")))
    op.create_table("meta", _id("name"), sa.Column("value", sa.LargeBinary(), nullable=False))
    _cases()
    _outbox()
    op.create_table("dispositions", _id(), _number(), _text("kind"), _sealed())
    op.create_index("dispositions_kind", "dispositions", ["kind", "number"])
    op.create_table("starts", _id(), _number(), sa.Column("count", sa.Integer(), nullable=False))
    op.create_table("signatures", _id(), _number())
    op.create_table("secrets", _id(), _number(), _sealed())
    op.create_table("brought", _id(), _number(), _sealed())
    op.create_table("pins", _mark(), _number(), _sealed())
    op.create_table("journal", _key("number", sa.BigInteger()), _sealed())
    op.create_table("mails", _id("digest"), _sealed())
    _workers()
    op.create_table("keyring", _mark(), sa.Column("number", sa.BigInteger(), nullable=False, unique=True), _sealed())


def downgrade() -> None:
    """Never: a desk goes back by restoring a backup of its database."""
    raise NotImplementedError("restore a backup of the database")


def _cases() -> None:
    op.create_table(
        "cases",
        _id(),
        _number(),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        _text("track"),
        _text("state"),
        sa.Column("due", sa.DateTime(timezone=True)),
        _sealed(),
    )
    op.create_index("cases_due", "cases", ["due", "id"], postgresql_where=sa.text("due IS NOT NULL"))
    op.create_index("cases_state", "cases", ["state", "number"])
    op.create_index("cases_changed", "cases", ["changed"])
    op.create_table(
        "case_marks",
        _key("kind", sa.Text()),
        _mark(),
        _key("case_number", sa.BigInteger(), sa.ForeignKey("cases.number", ondelete="CASCADE")),
    )
    op.create_index("case_marks_case", "case_marks", ["case_number"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        _id(),
        _number(),
        sa.Column("case_id", sa.Text(collation="C")),
        _text("status"),
        _moment("created"),
        _moment("next"),
        sa.Column("settled", sa.DateTime(timezone=True)),
        _sealed(),
    )
    op.create_index("outbox_created", "outbox", ["created", "number"])
    op.create_index("outbox_case", "outbox", ["case_id", "created", "number"])
    op.create_index("outbox_settled", "outbox", ["settled"])
    open_ones = sa.text("status NOT IN ('sent', 'dead')")
    op.create_index("outbox_status", "outbox", ["status", "next"], postgresql_where=open_ones)
    op.create_table(
        "item_marks",
        _key("kind", sa.Text()),
        _mark(),
        _key("at", sa.DateTime(timezone=True)),
        _key("item_number", sa.BigInteger(), sa.ForeignKey("outbox.number", ondelete="CASCADE")),
    )
    op.create_index("item_marks_item", "item_marks", ["item_number"])


def _workers() -> None:
    op.create_table(
        "claims",
        _id("what"),
        sa.Column("worker", sa.Integer(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        _moment("until"),
    )
    op.create_table(
        "workers",
        sa.Column("number", sa.Integer(), sa.Identity(always=True), primary_key=True),
        _moment("since"),
        _text("host"),
        sa.Column("pid", sa.Integer(), nullable=False),
    )


def _id(name: str = "id") -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), primary_key=True)


def _key(name: str, kind: sa.types.TypeEngine[Any], *more: sa.ForeignKey) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, primary_key=True, autoincrement=False)


def _mark() -> sa.Column[bytes]:
    return sa.Column("mark", sa.LargeBinary(), primary_key=True)


def _number() -> sa.Column[int]:
    return sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False, unique=True)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _sealed() -> sa.Column[bytes]:
    return sa.Column("sealed", sa.LargeBinary(), nullable=False)
