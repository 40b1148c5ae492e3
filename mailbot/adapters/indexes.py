"""What the store looks up besides by id: built from the rows at the start, kept up row by row, never stored."""

from array import array
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from operator import itemgetter

from mailbot.adapters import found_by
from mailbot.adapters.records import Document
from mailbot.core.mailboxes import mailbox
from mailbot.core.outbox import Status

_SLACK = 1_000
_MOMENT = itemgetter(0)
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def _sign(message_id: str) -> int:
    """The Message-ID in half the memory: 64 bits with a secret of this process in them."""
    return hash(message_id)


def _number(at: datetime) -> int:
    """The moment as a number that lies in an array."""
    return (at - _EPOCH) // _MICROSECOND


class Agenda:
    """Which key is due when. A heap whose outdated entries are thrown away when they come up."""

    def __init__(self) -> None:
        self._at: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []

    def put(self, key: str, at: datetime | None) -> None:
        """`key` is due at `at` and at no other time; None: never."""
        if at is None:
            self._at.pop(key, None)
        elif self._at.get(key) != at:
            self._at[key] = at
            heappush(self._heap, (at, key))
            if len(self._heap) > 2 * len(self._at) + _SLACK:
                self._heap = sorted((when, name) for name, when in self._at.items())

    def until(self, now: datetime) -> tuple[str, ...]:
        """The keys due at or before `now`, in order of time."""
        due: list[tuple[datetime, str]] = []
        while self._heap and self._heap[0][0] <= now:
            entry = heappop(self._heap)
            if self._at.get(entry[1]) == entry[0] and entry not in due[-1:]:
                due.append(entry)
        for entry in due:
            heappush(self._heap, entry)
        return tuple(key for _, key in due)


class CaseIndex:
    """Cases by Message-ID, by the addresses of their contact points while they are open, and by their next deadline."""

    def __init__(self) -> None:
        self._order: dict[str, int] = {}
        self._named: dict[str, tuple[int, ...]] = {}  # the signs of the Message-IDs
        # Of most mails one case knows: 100,000 sets of one would take 20 MB, tuples 5.
        self._cases: dict[int, str | tuple[str, ...]] = {}
        self._addresses: dict[str, frozenset[str]] = {}
        self._written_to: defaultdict[str, set[str]] = defaultdict(set)
        self.agenda = Agenda()
        self.ended = Agenda()
        """Cases that lie here whole, by the moment in which they ended."""

    def put(self, case_id: str, row: Document) -> None:
        """Take in a new or changed case."""
        self._order.setdefault(case_id, len(self._order))
        before, after = set(self._named.get(case_id, ())), set(map(_sign, row["message_ids"]))
        for sign in after - before:
            self._cases[sign] = (*known, case_id) if (known := self._naming(sign)) else case_id
        for sign in before - after:
            self._cases[sign] = tuple(other for other in self._naming(sign) if other != case_id)
        self._named[case_id] = tuple(after)
        self._put_addresses(case_id, row)
        self.agenda.put(case_id, found_by.deadline_of(row))
        over = found_by.has_ended(row) and "archived" not in row
        self.ended.put(case_id, found_by.moment(row.get("since") or row["received"]) if over else None)

    def of_message(self, message_id: str) -> str | None:
        """The case that names it; of several the oldest, so that a later mail cannot take a thread over."""
        return min(self._naming(_sign(message_id)), key=self._order.__getitem__, default=None)

    def of_contact(self, address: str) -> Sequence[str]:
        """The open cases with a contact point of that address, oldest first."""
        return sorted(self._written_to.get(address.lower(), ()), key=self._order.__getitem__)

    def _naming(self, sign: int) -> tuple[str, ...]:
        known = self._cases.get(sign, ())
        return (known,) if isinstance(known, str) else known

    def _put_addresses(self, case_id: str, row: Document) -> None:
        before = self._addresses.get(case_id, frozenset())
        after = found_by.addresses_of(row)
        for address in after - before:
            self._written_to[address].add(case_id)
        for address in before - after:
            self._written_to[address].discard(case_id)
        if after:
            self._addresses[case_id] = after
        else:
            self._addresses.pop(case_id, None)  # of a case that is over: 16,000 empty sets would take 4 MB


class SubjectIndex:
    """Cases by what they are about. Made when it is first asked: reading keys out of 20,000 cases takes a moment."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._order: dict[str, int] = {}
        self._keys: dict[str, tuple[str, ...]] = {}
        self._read: dict[str, int] = {}  # sign of the fields that the keys are of: most changes of a case leave them
        self._about: defaultdict[str, list[int]] = defaultdict(list)  # key to the numbers of its cases, rising

    def put(self, case_id: str, row: Document) -> None:
        """Take in a new or changed case."""
        if case_id not in self._order:
            self._order[case_id] = len(self._ids)
            self._ids.append(case_id)
        sign = found_by.sign(row["fields"])
        if self._read.get(case_id) == sign:
            return
        self._read[case_id] = sign
        after = found_by.subjects_of(row)
        before, number = self._keys.get(case_id, ()), self._order[case_id]
        if before == after:
            return
        for key in before:
            numbers = self._about[key]
            del numbers[bisect_left(numbers, number)]
        for key in after:
            insort(self._about[key], number)
        self._keys[case_id] = after

    def about(self, key: str, limit: int) -> tuple[str, ...]:
        """The cases with that key, the newest first, `limit` at most."""
        return tuple(self._ids[number] for number in reversed(self._about.get(key, [])[-limit:]))


class TraceIndex:
    """Open cases by the pieces of their reports. Made when it is first asked, as the one above."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, ...]] = {}
        self._read: dict[str, int] = {}  # sign of the fields that the pieces are of, while the case is open
        self._telling: dict[int, tuple[str, ...]] = {}

    def put(self, case_id: str, row: Document) -> None:
        """Take in a new or changed case; one that has ended is forgotten."""
        sign = 0 if found_by.has_ended(row) else found_by.sign(row["fields"])
        if self._read.get(case_id) == sign:
            return
        self._read[case_id] = sign
        after = found_by.pieces_of(row)
        before = self._kept.get(case_id, ())
        if before == after:
            return
        for piece in before:
            left = tuple(each for each in self._telling[piece] if each != case_id)
            if left:
                self._telling[piece] = left
            else:
                del self._telling[piece]
        for piece in after:
            self._telling[piece] = (*self._telling.get(piece, ()), case_id)
        if after:
            self._kept[case_id] = after
        else:
            del self._kept[case_id]

    def telling(self, wanted: Collection[int]) -> dict[int, tuple[str, ...]]:
        """Which of these pieces are told, and by which cases."""
        return {piece: self._telling[piece] for piece in wanted if piece in self._telling}


class ItemIndex:
    """Outbox items by case, Message-ID, time, for receipts by address, and for what left by what it counts for."""

    def __init__(self) -> None:
        self._order: dict[str, int] = {}
        self._created = array("q")  # in that order
        self._of_message: dict[int, str] = {}
        self._of_case: defaultdict[str | None, list[str]] = defaultdict(list)
        # By address, in order of time, as numbers of the order: 20,000 lists of pairs would take three times as much.
        self._receipts: dict[str, list[int]] = {}
        self._receipt: dict[int, str] = {}
        self._spent: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
        self._left: dict[str, tuple[datetime, tuple[str, ...]]] = {}
        self._agenda = Agenda()
        self._held: set[str] = set()
        self._uncertain: set[str] = set()

    def put(self, item_id: str, row: Document) -> None:
        """Take in a new or changed item; its case and time of creation never change."""
        if item_id not in self._order:
            self._order[item_id] = len(self._order)
            self._created.append(_number(found_by.moment(row["created"])))
            self._of_case[row["case"]].append(item_id)
        if row["message_id"]:
            self._of_message[_sign(row["message_id"])] = item_id
        self._put_receipt(item_id, row)
        self._put_left(item_id, row)
        self._agenda.put(item_id, found_by.moment(row["next"]) if row["status"] in found_by.TO_SEND else None)
        for status, known in ((Status.HELD, self._held), (Status.UNCERTAIN, self._uncertain)):
            if row["status"] == status.value:
                known.add(item_id)
            else:
                known.discard(item_id)

    def of_message(self, message_id: str) -> str | None:
        """The last item that had that Message-ID; it may have another one by now."""
        return self._of_message.get(_sign(message_id))

    def of_case(self, case_id: str) -> Sequence[str]:
        """The items of one case, oldest first."""
        return self.oldest_first(self._of_case.get(case_id, ()))

    def due(self, now: datetime) -> Sequence[str]:
        """What is to be sent at `now`, oldest first."""
        return self.oldest_first(self._agenda.until(now))

    def held(self) -> Sequence[str]:
        """What waits for a person, oldest first."""
        return self.oldest_first(self._held)

    def uncertain(self) -> Sequence[str]:
        """Of what nobody knows whether it went out, oldest first."""
        return self.oldest_first(self._uncertain)

    def receipts(self, address: str, since: datetime, until: datetime | None = None) -> int:
        """How many receipts to the mailbox of the address, made at or after `since` and not after `until`, are not
        dead."""
        made = self._receipts.get(mailbox(address), [])
        end = bisect_right(made, _number(until), key=self._created.__getitem__) if until else len(made)
        return max(0, end - bisect_left(made, _number(since), key=self._created.__getitem__))

    def spent(self, account: str, since: datetime) -> Sequence[datetime]:
        """The moments after `since` at which mail left that counts for the account, oldest first."""
        left = self._spent.get(account, [])
        return tuple(map(_MOMENT, left[bisect_right(left, since, key=_MOMENT) :]))

    def oldest_first(self, item_ids: Iterable[str]) -> Sequence[str]:
        """By time of creation; those of one moment as they were stored."""
        return sorted(item_ids, key=lambda item_id: (self._created[number := self._order[item_id]], number))

    def _put_receipt(self, item_id: str, row: Document) -> None:
        number, address = self._order[item_id], found_by.receipt_to(row)
        before = self._receipt.get(number)
        if before == address:
            return
        if before is not None:
            self._receipts[before].remove(number)
            del self._receipt[number]
        if address is not None:
            insort(self._receipts.setdefault(address, []), number, key=self._created.__getitem__)
            self._receipt[number] = address

    def _put_left(self, item_id: str, row: Document) -> None:
        """An archived mail left too long ago to count."""
        at, of = self._left.pop(item_id, (None, ()))
        for account in of if at else ():
            spent = self._spent[account]
            del spent[bisect_left(spent, (at, item_id))]
        left = None if "archived" in row else found_by.spent_by(row)
        if left is None:
            return
        after, of = left
        entry = (after, item_id)
        for account in of:
            insort(self._spent[account], entry)
        self._left[item_id] = (after, of)
