"""The whole state as it lies in the database, each seal and hash looked at again: what could be read, what is wrong."""

from mailbot.adapters import logbook, records
from mailbot.adapters.inspection import Inspected, values
from mailbot.adapters.postgres.moving import MovingPostgresStore
from mailbot.core.gaps import Gap
from mailbot.errors import PermanentError

_RESTORE = "bring it back from a backup of the database"


def inspect_database(store: MovingPostgresStore) -> Inspected:
    """Read everything. Raises TransientError."""
    found = Inspected()
    try:
        cases, items = dict(store.rows("cases")), dict(store.rows("outbox"))
        dispositions, secrets = dict(store.rows("dispositions")), dict(store.rows("secrets"))
    except PermanentError as exc:
        found.gaps.append(Gap("store", "database", str(exc).partition(";")[0], _RESTORE))
        found.readable = False
        return found
    found.cases = dict(values(cases, records.CASE, "id", found.gaps))
    found.items = dict(values(items, records.ITEM, "item", found.gaps))
    found.dispositions = dict(values(dispositions, records.DISPOSITION, "digest", found.gaps))
    if row := secrets.get("tokens"):
        found.token_secret = bytes.fromhex(row["hex"])
    found.begun = frozenset(digest for digest, _ in store.rows("starts"))
    found.spooled = frozenset(_spooled(store, found.gaps))
    lines = list(store.journal_lines())
    for problem in logbook.problems_in(lines, "journal"):
        found.gaps.append(Gap("journal", "journal", problem.partition(": ")[2], _RESTORE))
    found.log = {logbook.number_of(line): line for line in lines}
    return found


def _spooled(store: MovingPostgresStore, gaps: list[Gap]) -> list[str]:
    digests = []
    for digest, problem in store.checked_mails():
        digests.append(digest)
        if problem:
            gaps.append(Gap("spool", digest[:12], problem, _RESTORE))
    return digests
