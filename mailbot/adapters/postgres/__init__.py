"""The desk's memory in PostgreSQL, for several workers on several hosts; needs the extra `mailbot[postgresql]`.

Theory. One row for each case, mail and key, sealed as in the files; beside it stand only what is looked up, and of
everything personal only a keyed hash. Turns are transactions that begin with one advisory lock, so what a worker
decides by is what it changes. Claims say who handles a mail or an item meanwhile: each has a lease, and a number that
is new with every holder, so that one who was taken for gone and comes back stores nothing. A worker's connection holds
an advisory lock for as long as it lives: whoever is killed is known to be gone at once.
"""

from importlib.util import find_spec

from mailbot.errors import ConfigError

_LIBRARIES = ("sqlalchemy", "psycopg", "alembic")


def require_libraries() -> None:
    """Raises ConfigError where the extra is not installed: to be called before any other module of this package."""
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        advice = "install them with: pip install 'mailbot[postgresql]'"
        raise ConfigError((f'[store].backend = "postgresql" needs {", ".join(missing)}; {advice}',))
