"""T58: the disk fills up while the memory is archived, purged, compacted, backed up or sealed anew. All stays whole."""

import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from mailbot.adapters import backups
from mailbot.adapters.bundle import opened
from mailbot.adapters.codec import STORE_NAME, SealedCodec
from mailbot.adapters.erasing import ErasingStore
from mailbot.adapters.journal import JournalStorage
from mailbot.adapters.logbook import check
from mailbot.adapters.resealing import reseal
from mailbot.adapters.spool import FileSpool
from mailbot.adapters.store import TinyStore
from mailbot.core.messages import RawMail
from mailbot.errors import PermanentError, TransientError
from tests.contract.test_archives import CODECS, LATER, answers, filled
from tests.faults.full_disk import fill, on_a_small_disk, room_for, why_no_small_disk
from tests.faults.test_erasing import content, purge

CODEC, OTHER = CODECS[1], SealedCodec(b"n" * 32)
MAIL = RawMail(b"Subject: x\r\n\r\n" + b"words of a report\r\n" * 50, "test")
ROOMS = (0, 1, 30, 200, 700, 1_200, 2_000, 3_000, 4_500, 6_000)


def made(state: Path) -> None:
    """Three closed cases, an open one, a mail in the spool."""
    filled(state, CODEC).close()
    FileSpool(state / "mail", CODEC).keep(MAIL)


def read(state: Path, codec: SealedCodec = CODEC) -> list[object]:
    """What a fresh look at the state answers."""
    return answers(TinyStore(state, codec, read_only=True))


def archive(state: Path) -> None:
    """Set the closed cases aside."""
    store = TinyStore(state, CODEC)
    try:
        store.archive(LATER)
    finally:
        store.close()


def erase(state: Path) -> None:
    """Forget the closed cases."""
    eraser = ErasingStore(state, CODEC)
    try:
        purge(eraser)
    finally:
        eraser.close()


def compact(state: Path) -> None:
    """Write the store's file anew."""
    store = JournalStorage(state / STORE_NAME, CODEC)
    try:
        store.compact()
    finally:
        store.close()


def full_at(state: Path, room: int, act: Callable[[Path], object]) -> bool:
    """Whether the disk was full in the middle of it."""
    with room_for(state, room):
        try:
            act(state)
        except (TransientError, PermanentError) as exc:
            if not any(told in str(exc) for told in ("free space", "written anew", "journal.log cannot be written")):
                raise
            return True
    return False


@pytest.mark.parametrize("room", ROOMS)
def test_t58_an_archiving_on_a_full_disk(tmp_path: Path, room: int) -> None:
    """Every look-up answers as before, during and after; the next one archives all the same cases."""
    made(tmp_path)
    before = read(tmp_path)
    full_at(tmp_path, room, archive)
    assert read(tmp_path) == before
    archive(tmp_path)
    assert read(tmp_path) == before
    assert sum(1 for _ in (tmp_path / "archive").iterdir()) == 1
    assert check(tmp_path / "journal.log") == ()


@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("room", ROOMS)
def test_t58_a_purge_on_a_full_disk(tmp_path: Path, room: int, archived: bool) -> None:
    """What is to stay stays, what is not yet purged is there whole, and the next purge leaves nothing."""
    made(tmp_path)
    if archived:
        archive(tmp_path)
    open_case = TinyStore(tmp_path, CODEC, read_only=True).case("CASE#00000004")
    failed = full_at(tmp_path, room, erase)
    store = TinyStore(tmp_path, CODEC, read_only=True)
    assert store.case("CASE#00000004") == open_case
    texts = {case.field_text("vulnerability.summary") for case in store.cases() if case.id != "CASE#00000004"}
    assert texts in ({""}, {f"hidden words {n}" for n in (1, 2, 3)})
    assert failed or texts == {""}
    erase(tmp_path)
    assert TinyStore(tmp_path, CODEC, read_only=True).case("CASE#00000004") == open_case
    assert not (tmp_path / "archive").is_dir() or len([*(tmp_path / "archive").iterdir()]) <= 1
    assert check(tmp_path / "journal.log") == ()


@pytest.mark.parametrize("room", ROOMS)
def test_t58_a_compaction_on_a_full_disk(tmp_path: Path, room: int) -> None:
    """The file is the old one, to the byte, or the new one."""
    made(tmp_path)
    before, old = read(tmp_path), (tmp_path / STORE_NAME).read_bytes()
    if full_at(tmp_path, room, compact):
        assert (tmp_path / STORE_NAME).read_bytes() == old
        assert not [*tmp_path.glob("*.new")]
    assert read(tmp_path) == before
    compact(tmp_path)
    assert read(tmp_path) == before


@pytest.mark.parametrize("room", ROOMS)
def test_t58_another_key_on_a_full_disk(tmp_path: Path, room: int) -> None:
    """Each file is whole under one of the two keys; doing it again completes it."""
    made(tmp_path)
    archive(tmp_path)
    before = read(tmp_path)
    assert full_at(tmp_path, room, lambda state: reseal(state, CODEC, OTHER))
    assert not [*tmp_path.rglob("*.new")]
    reseal(tmp_path, CODEC, OTHER)
    assert read(tmp_path, OTHER) == before
    assert FileSpool(tmp_path / "mail", OTHER).load(MAIL.digest) == RawMail(MAIL.content, "spool")


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """No file may grow beyond that: the system's own limit, which also stops what is written through buffers."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def back_up(state: Path, target: Path) -> None:
    """Write a backup."""
    with ExitStack() as stack:
        backups.write(backups.take(state, stack), state, target, CODEC, LATER.isoformat())


def test_t58_a_backup_on_a_full_disk(tmp_path: Path) -> None:
    """There is no backup, no piece of one, and the state is as it was; later there is one that holds all."""
    state, target = tmp_path / "state", tmp_path / "backup.tar"
    made(state)
    before = content(state)
    for size in (0, 1, 511, 512, 2_000, 4_096, 6_000):
        with no_file_beyond(size), pytest.raises(TransientError, match=r"nothing was changed"):
            back_up(state, target)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["state"], size
    back_up(state, target)
    assert content(state) == before
    with opened(target) as reader:
        reader.check(CODEC)


def test_t58_a_restore_on_a_full_disk(tmp_path: Path) -> None:
    """The state folder is empty as before; with room the backup is brought back whole."""
    state, target, other = tmp_path / "state", tmp_path / "backup.tar", tmp_path / "other"
    made(state)
    back_up(state, target)
    for room in (0, 100, 1_000, 3_000):
        with opened(target) as reader, room_for(other, room), pytest.raises(TransientError, match="disk full"):
            backups.unpack(reader, other, CODEC)
        assert [*other.iterdir()] == []
    with opened(target) as reader:
        backups.unpack(reader, other, CODEC)
    assert read(other) == read(state)


def on_the_small_disk(state: Path) -> None:
    """What the test below does, in a process that sees the small disk at `state`."""
    made(state)
    before, failures = read(state), 0
    for act in (archive, compact, erase):
        ballast = fill(state, 0)
        try:
            act(state)
        except TransientError:
            failures += 1
        assert read(state) == before
        ballast.unlink()
    assert failures == 3, failures


def test_t58_a_real_disk_that_is_full_keeps_what_it_has(tmp_path: Path) -> None:
    """On a real full disk archiving, compaction and purge fail and leave every answer as it was."""
    if why := why_no_small_disk():
        pytest.skip(why)
    call = f"from tests.faults.test_disk_full_keeping import *; on_the_small_disk(Path({str(tmp_path)!r}))"
    done = on_a_small_disk(tmp_path, "1m", sys.executable, "-c", call)
    assert done.returncode == 0, done.stderr
