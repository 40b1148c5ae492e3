"""How often each mail was begun that is not done."""

from mailbot.adapters import records
from mailbot.adapters.rows import RowTable


class Starts:
    """A row for each such mail, by digest."""

    def __init__(self, table: RowTable) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table.ids())

    def add(self, digest: str, starts: int) -> int:
        """So many more, durably; how many there are now. None is below 0."""
        row = self._table.row(digest)
        count = max(0, (int(row["count"]) if row else 0) + starts)
        if count:
            self._table.put(digest, {"v": records.VERSION, "count": count})
        else:
            self._table.drop(digest)
        return count

    def drop(self, digest: str) -> None:
        """The mail is done."""
        self._table.drop(digest)
