"""The tables made, or brought to what this program knows, by one worker at a time; and the key compared with theirs."""

from pathlib import Path

from sqlalchemy import Connection, text

from mailbot.adapters.postgres.place import Place
from mailbot.adapters.postgres.sealing import Sealer
from mailbot.errors import ConfigError, PermanentError

HEAD = "0002"
"""The newest script in migrations/versions/."""
_VERSIONS = "alembic_version"
_PROOF = "proof"
MOVED = "moved"
"""Says that what lies there went elsewhere, so that nobody goes on with it."""
IS_MOVED = f"SELECT name FROM meta WHERE name = '{MOVED}'"  # noqa: S608 -- a name of ours


def prepare(connection: Connection, place: Place, sealer: Sealer, *, read_only: bool) -> None:
    """Make sure of the tables and the key. Raises ConfigError for newer ones, or another key; to a reader for none."""
    version = _version(connection, place)
    if version is None or version < HEAD:
        if read_only:
            raise ConfigError((f"{place}: {_unready(version)}",))
        _upgrade(connection, place, sealer)
        version = _version(connection, place)
    if version != HEAD:
        known = f"schema {version}, this one knows {HEAD}"
        raise ConfigError((f"{place}: written by a newer mailbot ({known}): upgrade",))
    _compare_key(connection, place, sealer)
    if connection.exec_driver_sql(IS_MOVED).first() is not None:
        raise moved(place)


def _unready(version: str | None) -> str:
    """Why nothing can be read, and what to do: whoever only looks makes no tables and changes none."""
    if version is None:
        fill = "`mailbot store migrate --to postgresql` moves one there"
        return f"there is no desk's memory; `mailbot run --once` makes an empty one, {fill}"
    return f"written by an older mailbot (schema {version}): stop every worker, then start one of this version"


def moved(place: Place) -> ConfigError:
    """What is said where `IS_MOVED` finds anything."""
    advice = 'set [store].backend = "tinydb"; to come back, name another [store].schema_name, or drop this one'
    return ConfigError((f"{place}: the desk's memory was moved out of it: {advice}",))


def _version(connection: Connection, place: Place) -> str | None:
    """Which tables are there; None: none."""
    name = f"{place.schema}.{_VERSIONS}"
    if connection.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar() is None:
        return None
    found = connection.exec_driver_sql(f"SELECT version_num FROM {name}").scalar()  # noqa: S608 -- a checked name
    return None if found is None else str(found)


def _upgrade(connection: Connection, place: Place, sealer: Sealer) -> None:
    """In one transaction, after whoever does the same just now."""
    lock = place.lock("upgrade")
    connection.exec_driver_sql(f"BEGIN; SELECT pg_advisory_xact_lock({lock})")
    try:
        if connection.execute(text("SELECT to_regnamespace(:name)"), {"name": place.schema}).scalar() is None:
            connection.exec_driver_sql(f"CREATE SCHEMA {place.schema}")
        version = _version(connection, place)
        if version is None or version < HEAD:
            _run_scripts(connection, place)
        if version is None:
            proof = sealer.seal_bytes(_PROOF.encode(), "meta", _PROOF)
            statement = text("INSERT INTO meta (name, value) VALUES (:name, :value)")
            connection.execute(statement, {"name": _PROOF, "value": proof})
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise


def _run_scripts(connection: Connection, place: Place) -> None:
    # Only who makes tables needs the library.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection, "schema": place.schema})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")


def _compare_key(connection: Connection, place: Place, sealer: Sealer) -> None:
    statement = text("SELECT value FROM meta WHERE name = :name")
    proof = connection.execute(statement, {"name": _PROOF}).scalar()
    try:
        if proof is None:
            raise PermanentError("no proof")
        sealer.unseal_bytes(bytes(proof), "meta", _PROOF)
    except PermanentError as exc:
        advice = "put back the right one ([state].key_file)"
        raise ConfigError((f"{place}: sealed with another key; {advice}",)) from exc
