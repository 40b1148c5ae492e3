"""The tables as they became: one script of Alembic's for each step, never changed once it was published."""
