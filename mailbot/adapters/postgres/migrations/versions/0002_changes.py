"""Changes in a list of their own, so that storing a case touches no index of the cases; indexes for what is asked."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SEALED = ("cases", "outbox", "dispositions", "secrets", "brought", "pins", "journal", "mails", "keyring")


def upgrade() -> None:
    """Bring the tables of 0001 there."""
    op.drop_index("cases_changed", "cases")
    op.drop_column("cases", "changed")
    op.execute(sa.schema.DropSequence(sa.Sequence("changes")))
    op.create_table(
        "changes",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("case_number", sa.BigInteger()),
    )
    op.add_column("dispositions", sa.Column("at", sa.DateTime(timezone=True)))
    op.create_index("outbox_unsent", "outbox", ["created", "number"], postgresql_where=sa.text("status <> 'sent'"))
    op.create_index("item_marks_counted", "item_marks", ["at"], postgresql_where=sa.text("kind <> 'message'"))
    # Room for a changed row on the page of the one before it: then no index has to learn a new place.
    op.execute("ALTER TABLE cases SET (fillfactor = 70)")
    for table in _SEALED:
        # What is sealed does not get smaller: the server need not try.
        op.execute(f"ALTER TABLE {table} ALTER COLUMN sealed SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Never: a desk goes back by restoring a backup of its database."""
    raise NotImplementedError("restore a backup of the database")
