"""Run by Alembic: the connection is the one that `migrating.py` has, in the middle of its transaction."""

from alembic import context

_given = context.config.attributes
context.configure(connection=_given["connection"], version_table_schema=_given["schema"], transactional_ddl=False)
context.run_migrations()
