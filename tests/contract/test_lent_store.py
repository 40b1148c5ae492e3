"""The desk's memory lent to other processes: nothing is lost, nothing goes stale, two never write at once."""

import errno
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.adapters.codec import STORE_NAME, Codec, SealedCodec
from mailbot.adapters.layout import LOGBOOK_NAME
from mailbot.adapters.lock import hold
from mailbot.adapters.logbook import check
from mailbot.adapters.store import TinyStore
from mailbot.core.outbox import Status
from mailbot.errors import PermanentError, TransientError
from mailbot.memory import Change, Pin
from tests.contract.test_store import CASES, CODEC, HOUR, KINDS, NOW, STATUSES, TIMES, answers, case, done, item, make
from tests.fakes_store import MemoryStore
from tests.plain_codec import PlainCodec


@pytest.fixture(params=[PlainCodec(), CODEC], ids=lambda codec: codec.name)
def codec(request: pytest.FixtureRequest) -> Codec:
    found: Codec = request.param
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_store_that_was_lent_is_as_before(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    """What it knew before it was lent it knows afterwards, and it takes changes."""
    store = make(request, kind, tmp_path / "state")
    store.apply(Change((case(),), (item("1"),), (done("d"),)))
    before = answers(store)
    with store.lent():
        pass
    assert answers(store) == before
    store.apply(Change((case("B"),)))
    assert [found.id for found in store.cases()] == ["CASE#00000001", "B"]
    store.close()


def _other(state: Path, codec: Codec, *changes: Change, **how: Any) -> None:
    """Another process stores these changes and ends."""
    store = TinyStore(state, codec, **how)
    for change in changes:
        store.apply(change)
    store.close()


def _whole(store: TinyStore, state: Path, codec: Codec) -> bool:
    """Whether the store gives the answers that one opened anew gives."""
    fresh = TinyStore(state, codec, read_only=True)
    same = answers(store) == answers(fresh) and list(store.dispositions()) == list(fresh.dispositions())
    return same and list(store.pins()) == list(fresh.pins())


@pytest.mark.parametrize("compact_from", [8_000_000, 1], ids=["appended", "compacted"])
def test_changes_of_others_are_seen(tmp_path: Path, codec: Codec, compact_from: int) -> None:
    """Changed, new and forgotten rows are there after the loan, also when the other process rewrote the file."""
    store = TinyStore(tmp_path, codec)
    opened = case(message_ids=("<a@x>",))
    store.apply(Change((opened,), (item("1", message_id="<1@desk>"),), (done("h", "held", "Held"),), journal=("one",)))
    assert store.begin("h") == 1
    assert store.case(opened.id) == opened
    inode = (tmp_path / STORE_NAME).stat().st_ino
    with store.lent():
        other = TinyStore(tmp_path, codec, compact_from=compact_from)
        other.end("h")
        pin = Pin("a@b", "A" * 40, NOW, "mail")
        changed = case(message_ids=("<b@x>",), priority="high")
        sent = item("1", status=Status.SENT, message_id="<2@desk>")
        other.apply(Change((changed, case("B")), (sent, item("2")), (done("d"),), (pin,), ("sig",), ("two", "three")))
        other.close()
    assert ((tmp_path / STORE_NAME).stat().st_ino != inode) == (compact_from == 1)
    assert store.case(opened.id) == changed
    assert [store.case_of_message(f"<{name}@x>") for name in "ab"] == [None, opened.id]
    assert store.item_of_message("<2@desk>") == sent
    assert [found.item for found in store.items_due(NOW)] == ["2"]
    assert store.begin("h") == 1
    assert store.signature_seen("sig")
    assert _whole(store, tmp_path, codec)
    store.apply(Change((case("C"),), journal=("four",)))
    store.close()
    lines = (tmp_path / LOGBOOK_NAME).read_text().splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == ["one", "two", "three", "four"]
    assert check(tmp_path / LOGBOOK_NAME) == ()
    assert [found.id for found in TinyStore(tmp_path, codec, read_only=True).cases()] == ["CASE#00000001", "B", "C"]


TURNS = st.lists(
    st.tuples(
        st.booleans(),
        st.lists(CASES, max_size=2),
        st.lists(st.tuples(st.integers(0, 3), STATUSES, TIMES), max_size=2),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=TURNS, compact_from=st.sampled_from([1_000, 3_000, 8_000_000]))
def test_two_that_take_turns_agree_with_one(
    tmp_path_factory: pytest.TempPathFactory, turns: list[Any], compact_from: int
) -> None:
    """Two processes that lend the state to each other know at every turn what a single one would."""
    state = tmp_path_factory.mktemp("state")
    fake, loans = MemoryStore(), dict[bool, AbstractContextManager[None]]()
    stores = {}
    for who in (False, True):
        stores[who] = TinyStore(state, PlainCodec(), compact_from=compact_from)
        loans[who] = stores[who].lent()
        loans[who].__enter__()
    for number, (who, cases, items) in enumerate(turns):
        loans[who].__exit__(None, None, None)
        made = [item(str(n), case="ABC?"[n], created=NOW + n * HOUR, status=s, next=at) for n, s, at in items]
        for store in (fake, stores[who]):
            store.apply(Change(tuple(cases), tuple(made), journal=(f"turn {number}",)))
        assert answers(stores[who]) == answers(fake)
        loans[who] = stores[who].lent()
        loans[who].__enter__()
    assert answers(TinyStore(state, PlainCodec(), read_only=True)) == answers(fake)
    if turns:
        assert check(state / LOGBOOK_NAME) == ()
        assert len((state / LOGBOOK_NAME).read_text().splitlines()) == len(turns)
    for who, store in stores.items():
        loans[who].__exit__(None, None, None)
        store.close()


def test_the_lock_is_free_only_during_the_loan(tmp_path: Path) -> None:
    """While it is lent another process may work on the state, before and after not."""
    store = TinyStore(tmp_path, CODEC)
    for _ in range(2):
        with pytest.raises(TransientError, match="another mailbot"):
            TinyStore(tmp_path, CODEC)
        with store.lent():
            _other(tmp_path, CODEC)
    with pytest.raises(TransientError, match="another mailbot"):
        TinyStore(tmp_path, CODEC)
    store.close()


def test_an_error_ends_the_loan(tmp_path: Path) -> None:
    """An error while it is lent goes on, and the state is held again."""
    store = TinyStore(tmp_path, CODEC)

    def wait() -> None:
        _other(tmp_path, CODEC, Change((case("A"),)))
        raise TransientError("the server is away")

    with pytest.raises(TransientError, match="the server"), store.lent():
        wait()
    assert store.case("A") is not None
    with pytest.raises(TransientError, match="another mailbot"):
        TinyStore(tmp_path, CODEC)
    store.close()


def _lend_without_return(store: TinyStore, state: Path) -> TinyStore:
    """Another process takes the state and keeps it: the loan ends with an error."""
    others: list[TinyStore] = []
    with pytest.raises(TransientError, match="another mailbot"), store.lent():
        others.append(TinyStore(state, CODEC))
    return others[0]


def test_a_state_that_is_not_given_back_is_not_written(tmp_path: Path) -> None:
    """While another process keeps the state nothing can be stored; after one more loan everything is as it left it."""
    store = TinyStore(tmp_path, CODEC)
    store.apply(Change((case("A"),)))
    other = _lend_without_return(store, tmp_path)
    size = (tmp_path / STORE_NAME).stat().st_size
    for refused in (lambda: store.apply(Change((case("B"),))), lambda: store.begin("d")):
        with pytest.raises(TransientError, match="is lent to other processes"):
            refused()
    assert (tmp_path / STORE_NAME).stat().st_size == size
    with pytest.raises(TransientError, match="another mailbot"), store.lent():
        pass
    other.apply(Change((case("C"),)))
    with store.lent():
        other.close()
    store.apply(Change((case("D"),)))
    assert [found.id for found in store.cases()] == ["A", "C", "D"]
    assert _whole(store, tmp_path, CODEC)
    store.close()


def test_a_store_whose_state_is_not_given_back_can_be_closed(tmp_path: Path) -> None:
    """Closing it takes nothing from the process that has the state."""
    store = TinyStore(tmp_path, CODEC)
    other = _lend_without_return(store, tmp_path)
    store.close()
    with pytest.raises(TransientError, match="another mailbot"):
        TinyStore(tmp_path, CODEC)
    other.close()


def test_a_torn_write_of_another_process_is_cut_off(tmp_path: Path, codec: Codec) -> None:
    """What a process that was killed in the middle of a write left behind is gone after the loan."""
    store = TinyStore(tmp_path, codec)
    path = tmp_path / STORE_NAME
    with store.lent():
        _other(tmp_path, codec, Change((case("A"),)))
        confirmed = path.stat().st_size
        _other(tmp_path, codec, Change((case("B"),)))
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size - 5)
    assert path.stat().st_size == confirmed
    store.apply(Change((case("C"),)))
    store.close()
    assert [found.id for found in TinyStore(tmp_path, codec, read_only=True).cases()] == ["A", "C"]


def test_a_damaged_file_is_not_taken_back(tmp_path: Path) -> None:
    """A record that was damaged during the loan is an error that names it, and nothing is written behind it."""
    store = TinyStore(tmp_path, CODEC)
    path = tmp_path / STORE_NAME
    start = path.stat().st_size

    def spoil() -> bytes:
        _other(tmp_path, CODEC, Change((case("A"),)))
        data = bytearray(path.read_bytes())
        data[start + 40] ^= 0x55
        path.write_bytes(data)
        return bytes(data)

    with pytest.raises(PermanentError, match=f"damaged at byte {start}"), store.lent():
        data = spoil()
    with pytest.raises(TransientError, match="is lent"):
        store.apply(Change((case("B"),)))
    assert path.read_bytes() == data
    store.close()


@pytest.mark.parametrize("longer", [False, True])
def test_a_backup_copied_over_the_file(tmp_path: Path, longer: bool) -> None:
    """A file of another history in the place of ours is read whole, whether or not it is longer."""
    backup = tmp_path / "backup"
    _other(backup, CODEC, *(Change((case(f"X{n}"),)) for n in range(9 if longer else 1)))
    store = TinyStore(tmp_path / "state", CODEC)
    for n in range(3):
        store.apply(Change((case(f"A{n}"),)))
    with store.lent():
        (tmp_path / "state" / STORE_NAME).write_bytes((backup / STORE_NAME).read_bytes())
    assert {found.id[0] for found in store.cases()} == {"X"}
    assert _whole(store, tmp_path / "state", CODEC)
    store.close()


def test_a_file_that_is_gone_is_not_begun_anew(tmp_path: Path) -> None:
    """A file that was removed during the loan is an error; put back, it is read and written again."""
    store = TinyStore(tmp_path, CODEC)
    store.apply(Change((case("A"),)))
    path, aside = tmp_path / STORE_NAME, tmp_path / "aside"
    with pytest.raises(TransientError, match="No such file"), store.lent():
        path.rename(aside)
    assert not path.exists()
    with store.lent():
        aside.rename(path)
    store.apply(Change((case("B"),)))
    assert [found.id for found in store.cases()] == ["A", "B"]
    assert _whole(store, tmp_path, CODEC)
    store.close()


def test_a_write_that_was_not_confirmed_is_nothing_to_build_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a write of unknown fate the state is not lent: another process would go on from what may not be there."""

    def failing(fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    store = TinyStore(tmp_path, CODEC)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", failing)
        with pytest.raises(TransientError, match="did not confirm"):
            store.apply(Change((case("A"),)))
    with store.lent(), pytest.raises(TransientError, match="another mailbot"):
        TinyStore(tmp_path, CODEC)
    with pytest.raises(TransientError, match="nothing more is written"):
        store.apply(Change((case("B"),)))
    store.close()


def test_journal_lines_that_wait_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that the journal could not take before the loan are in it once, and in order, after it."""
    store = TinyStore(tmp_path, CODEC)
    path = tmp_path / LOGBOOK_NAME
    path.mkdir()
    store.apply(Change(journal=("one",)))
    path.rmdir()
    with store.lent():
        _other(tmp_path, CODEC, Change(journal=("two",)))
    store.apply(Change(journal=("three",)))
    store.close()
    assert [line.rpartition(" ")[2] for line in path.read_text().splitlines()] == ["one", "two", "three"]
    assert check(path) == ()


def test_a_rotated_journal_goes_on(tmp_path: Path) -> None:
    """A journal that was moved away during the loan is numbered on, not begun anew."""
    store = TinyStore(tmp_path, CODEC)
    store.apply(Change(journal=("one",)))
    path = tmp_path / LOGBOOK_NAME
    with store.lent():
        path.rename(tmp_path / "old")
    store.apply(Change(journal=("two",)))
    store.close()
    assert path.read_text().splitlines()[-1].split(" ")[1] == "#2"
    assert check(path) == ()


def test_a_reader_lends_nothing(tmp_path: Path) -> None:
    """A store opened for reading only has no lock to give."""
    writer = TinyStore(tmp_path, CODEC)
    reader = TinyStore(tmp_path, CODEC, read_only=True)
    with reader.lent(), pytest.raises(TransientError, match="another mailbot"):
        TinyStore(tmp_path, CODEC)
    writer.close()
    TinyStore(tmp_path, SealedCodec(b"k" * 32)).close()


def _release_at(step: int, release: Callable[[], None]) -> tuple[list[float], Callable[[float], None]]:
    """A way to sleep that lets the lock go at that step, and what was slept."""
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == step:
            release()

    return slept, sleep


@pytest.mark.parametrize("step", [1, 7])
def test_patience_ends_when_the_lock_is_free(tmp_path: Path, step: int) -> None:
    """Whoever waits gets the lock at the first step after it was let go."""
    first = hold(tmp_path / "lock")
    slept, sleep = _release_at(step, first.release)
    second = hold(tmp_path / "lock", 30, sleep)
    assert len(slept) == step
    with pytest.raises(TransientError):
        hold(tmp_path / "lock")
    second.release()


def test_patience_has_an_end(tmp_path: Path) -> None:
    """After as many seconds as allowed the wait ends with the process that has the lock; nothing stays open."""
    first = hold(tmp_path / "lock")
    slept, sleep = _release_at(0, first.release)
    open_before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(TransientError, match=rf"\(pid {os.getpid()}\) and did not let go of it for 30 s"):
        hold(tmp_path / "lock", 30, sleep)
    assert sum(slept) == pytest.approx(30)
    assert len(os.listdir("/proc/self/fd")) == open_before
    first.release()
