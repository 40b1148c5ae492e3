"""The store under torn writes, damage, a full disk, a failing disk, SIGKILL and a second process."""

import errno
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailbot.adapters.codec import STORE_NAME, Codec, SealedCodec
from mailbot.adapters.frames import pack
from mailbot.adapters.layout import LOGBOOK_NAME
from mailbot.adapters.logbook import check
from mailbot.adapters.snapshot import SCHEMA, encode
from mailbot.adapters.store import TinyStore
from mailbot.core.model import Case, Track
from mailbot.errors import ConfigError, PermanentError, TransientError
from mailbot.memory import Change
from tests.faults.writer import CODEC, NOW, change
from tests.plain_codec import PlainCodec

CODECS: list[Codec] = [PlainCodec(), CODEC]
NO_SPACE = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(params=CODECS, ids=lambda codec: codec.name)
def codec(request: pytest.FixtureRequest) -> Codec:
    found: Codec = request.param
    return found


def small(number: int) -> Change:
    """A change of a few hundred bytes."""
    return Change((Case(f"CASE#{number:08}", Track.WEBSITE, NOW),), journal=(f"change {number}",))


def build(state: Path, codec: Codec, numbers: range) -> list[int]:
    """Store those changes; the size of the file after each."""
    store, sizes = TinyStore(state, codec), []
    for number in numbers:
        store.apply(small(number))
        sizes.append((state / STORE_NAME).stat().st_size)
    store.close()
    return sizes


def head(state: Path) -> bytes:
    """The beginning of the file, with the random name that each compaction gives it anew."""
    return (state / STORE_NAME).read_bytes()[:100]


def numbers(state: Path, codec: Codec, *, read_only: bool = False) -> list[int]:
    """The numbers of the cases that a newly opened store holds."""
    store = TinyStore(state, codec, read_only=read_only)
    found = [int(case.id[-8:]) for case in store.cases()]
    store.close()
    return found


def test_torn_last_frame(tmp_path: Path, codec: Codec) -> None:
    """Cut anywhere in its last frame, the store opens as it was before it, and takes the change again."""
    sizes = build(tmp_path, codec, range(3))
    path = tmp_path / STORE_NAME
    whole = path.read_bytes()
    for length in range(sizes[1], sizes[2]):
        path.write_bytes(whole[:length])
        assert numbers(tmp_path, codec, read_only=True) == [0, 1]
        assert path.stat().st_size == length
        assert numbers(tmp_path, codec) == [0, 1]
        assert path.stat().st_size == sizes[1]
    build(tmp_path, codec, range(2, 3))
    assert numbers(tmp_path, codec) == [0, 1, 2]


def test_power_cut_leaves_nuls(tmp_path: Path, codec: Codec) -> None:
    """A last frame that ends in NULs, as a power cut can leave it, is cut like a torn one."""
    sizes = build(tmp_path, codec, range(3))
    path = tmp_path / STORE_NAME
    whole = path.read_bytes()
    for kept in (0, 10, 30, sizes[2] - sizes[1] - 1):
        path.write_bytes(whole[: sizes[1] + kept].ljust(sizes[2], b"\0"))
        assert numbers(tmp_path, codec) == [0, 1]
    path.write_bytes(whole + bytes(5000))
    assert numbers(tmp_path, codec) == [0, 1, 2]


def test_flipped_byte(tmp_path: Path, codec: Codec) -> None:
    """A changed byte anywhere is an error that names file and offset, and the file stays as it is."""
    sizes = build(tmp_path, codec, range(3))
    path = tmp_path / STORE_NAME
    whole = path.read_bytes()
    for at in range(len(whole)):
        spoilt = bytearray(whole)
        spoilt[at] ^= 0x55
        path.write_bytes(spoilt)
        start = max((end for end in sizes if end <= at), default=None)
        with pytest.raises(PermanentError, match=f"{STORE_NAME}: damaged at byte {'' if start is None else start}"):
            TinyStore(tmp_path, codec)
        assert path.read_bytes() == spoilt
    path.write_bytes(whole)
    assert numbers(tmp_path, codec) == [0, 1, 2]


def test_frame_taken_out_or_swapped(tmp_path: Path, codec: Codec) -> None:
    """Whole frames that are missing, doubled or in another order are damage."""
    ends = build(tmp_path, codec, range(3))
    path = tmp_path / STORE_NAME
    whole = path.read_bytes()
    head, first, second = whole[: ends[0]], whole[ends[0] : ends[1]], whole[ends[1] :]
    for spoilt in (head + second, head + second + first, head + first + first + second, whole[10:]):
        path.write_bytes(spoilt)
        with pytest.raises(PermanentError, match="damaged"):
            TinyStore(tmp_path, codec)


def test_frame_of_another_file(tmp_path: Path) -> None:
    """A sealed frame does not open in another file, though it has the same key and number."""
    first = build(tmp_path / "a", CODEC, range(2))
    second = build(tmp_path / "b", CODEC, range(2))
    foreign = (tmp_path / "a" / STORE_NAME).read_bytes()[first[0] :]
    path = tmp_path / "b" / STORE_NAME
    path.write_bytes(path.read_bytes()[: second[0]] + foreign)
    with pytest.raises(PermanentError, match=f"damaged at byte {second[0]}"):
        TinyStore(tmp_path / "b", CODEC)


def test_emptied_file_is_not_a_new_store(tmp_path: Path, codec: Codec) -> None:
    """A file of no bytes is damage: a store that was there is not silently begun anew."""
    build(tmp_path, codec, range(1))
    (tmp_path / STORE_NAME).write_bytes(b"")
    with pytest.raises(PermanentError, match="damaged at byte 0"):
        TinyStore(tmp_path, codec)


def test_newer_schema(tmp_path: Path) -> None:
    """A file of a newer mailbot is refused and left alone."""
    head = pack(0, encode({"schema": SCHEMA + 1, "codec": "plain", "file": "f", "proof": ""}))
    (tmp_path / STORE_NAME).write_bytes(head)
    with pytest.raises(ConfigError, match="newer mailbot"):
        TinyStore(tmp_path, PlainCodec())
    assert (tmp_path / STORE_NAME).read_bytes() == head


@pytest.mark.parametrize(("made", "opened"), [(CODEC, SealedCodec(b"x" * 32)), (CODEC, CODECS[0]), (CODECS[0], CODEC)])
def test_wrong_key(tmp_path: Path, made: Codec, opened: Codec) -> None:
    """Another key, or none, is a fault of the setting and said as such; the lock is free again afterwards."""
    build(tmp_path, made, range(1))
    with pytest.raises(ConfigError, match="key_file"):
        TinyStore(tmp_path, opened)
    assert numbers(tmp_path, made) == [0]


def partial_writer(room: int) -> Callable[[int, bytes], int]:
    """An os.write for a disk with room for that many bytes."""
    real, left = os.write, room

    def write(fd: int, data: bytes) -> int:
        nonlocal left
        if left == 0:
            raise NO_SPACE
        written = real(fd, bytes(data)[:left])
        left -= written
        return written

    return write


@pytest.mark.parametrize("room", [0, 1, 23, 24, 25, 100, 300])
def test_full_disk(tmp_path: Path, codec: Codec, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """A change that the disk does not take whole changes nothing; the store answers, and stores once there is room."""
    build(tmp_path, codec, range(2))
    store = TinyStore(tmp_path, codec)
    before = (tmp_path / STORE_NAME).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", partial_writer(room))
        with pytest.raises(TransientError, match=r"disk full.*free space under .*nothing was changed"):
            store.apply(small(2))
    assert (tmp_path / STORE_NAME).read_bytes() == before
    assert [case.id[-1] for case in store.cases()] == ["0", "1"]
    assert store.case("CASE#00000002") is None
    store.apply(small(3))
    store.close()
    assert numbers(tmp_path, codec) == [0, 1, 3]
    assert check(tmp_path / LOGBOOK_NAME) == ()


def test_disk_that_does_not_confirm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When fdatasync fails nothing more is written, though the disk would take it; what was stored can be read."""
    build(tmp_path, CODEC, range(2))
    store = TinyStore(tmp_path, CODEC)

    def failing(fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", failing)
        with pytest.raises(TransientError, match="did not confirm"):
            store.apply(small(2))
    size = (tmp_path / STORE_NAME).stat().st_size
    with pytest.raises(TransientError, match="nothing more is written"):
        store.apply(small(3))
    assert (tmp_path / STORE_NAME).stat().st_size == size
    assert [case.id[-1] for case in store.cases()] == ["0", "1"]


def test_failing_compaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compaction that finds no room leaves the old file in use, and nothing of its own."""
    store = TinyStore(tmp_path, CODEC, compact_from=1_000)
    store.apply(small(0))
    first = head(tmp_path)
    attempts: list[int] = []

    def full(source: object, target: object) -> None:
        attempts.append(1)
        raise NO_SPACE

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        for number in range(1, 20):
            store.apply(small(number))
    assert attempts
    assert head(tmp_path) == first
    assert not list(tmp_path.glob("*.new"))
    for number in range(20, 40):
        store.apply(small(number))
    store.close()
    assert head(tmp_path) != first
    assert numbers(tmp_path, CODEC) == list(range(40))
    assert check(tmp_path / LOGBOOK_NAME) == ()


def test_compaction_keeps_everything(tmp_path: Path, codec: Codec) -> None:
    """After many compactions the file is small, and the last change of each case is there."""
    store = TinyStore(tmp_path, codec, compact_from=20_000)
    first = head(tmp_path)
    for number in range(200):
        store.apply(change(number))
    store.close()
    assert head(tmp_path) != first
    assert (tmp_path / STORE_NAME).stat().st_size < 40 * 3_500 * 2
    again = TinyStore(tmp_path, codec)
    assert sorted(case.sequence for case in again.cases()) == list(range(180, 200))
    assert sorted(int(item.key) for item in again.items()) == list(range(180, 200))
    assert check(tmp_path / LOGBOOK_NAME) == ()
    again.close()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Callable[[int], "subprocess.Popen[str]"]]:
    started: list[subprocess.Popen[str]] = []

    def start(number: int) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.faults.writer", str(tmp_path), str(number), "30000"]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_sigkill(tmp_path: Path, writer: Callable[[int], "subprocess.Popen[str]"]) -> None:
    """Killed 15 times amid writes and compactions, the store opens each time with every write that was confirmed."""
    chance, last = random.Random(20261120), 0
    for _ in range(15):
        process = writer(last)
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 60)):
            confirmed = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        confirmed = max([confirmed, *map(int, process.stdout.read().split("\n")[:-1])])
        process.wait()
        store = TinyStore(tmp_path, CODEC)
        found = max(case.sequence for case in store.cases())
        assert found in (confirmed, confirmed + 1)
        assert sorted(case.sequence for case in store.cases()) == list(range(max(1, found - 19), found + 1))
        assert sorted(int(item.key) for item in store.items()) == list(range(max(1, found - 19), found + 1))
        store.close()
        last = found
    assert check(tmp_path / LOGBOOK_NAME) == ()
    lines = (tmp_path / LOGBOOK_NAME).read_text().splitlines()
    assert [int(line.rpartition(" ")[2]) for line in lines] == list(range(1, last + 1))


def test_second_process(tmp_path: Path, writer: Callable[[int], "subprocess.Popen[str]"]) -> None:
    """While one process works on the state another is refused, told which one it is, and may read."""
    process = writer(0)
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(TransientError, match=rf"another mailbot works on .*\(pid {process.pid}\)"):
        TinyStore(tmp_path, CODEC)
    for _ in range(20):
        assert list(TinyStore(tmp_path, CODEC, read_only=True).cases())
    process.kill()
    process.wait()
    TinyStore(tmp_path, CODEC).close()


@pytest.mark.parametrize("kept", [0, 10, 100, -1, -40])
def test_journal_lines_that_a_crash_kept_back(tmp_path: Path, kept: int) -> None:
    """Lines missing from the end of the journal are written when the store is next opened; a half line goes first."""
    build(tmp_path, CODEC, range(5))
    path = tmp_path / LOGBOOK_NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:kept])
    TinyStore(tmp_path, CODEC).close()
    assert path.read_bytes() == whole


def test_altered_journal_line(tmp_path: Path) -> None:
    """A journal line that was changed, taken out or added is named."""
    build(tmp_path, CODEC, range(4))
    path = tmp_path / LOGBOOK_NAME
    lines = path.read_text().splitlines(keepends=True)
    for spoilt in (
        [lines[0], lines[1].replace("change", "chance"), *lines[2:]],
        [lines[0], *lines[2:]],
        [lines[0], lines[0], *lines[1:]],
        [*lines, "2026-11-20 something else\n"],
    ):
        path.write_text("".join(spoilt))
        assert check(path)


def test_journal_line_stays_one_line(tmp_path: Path) -> None:
    """Line breaks and control characters in a journal line become spaces."""
    store = TinyStore(tmp_path, CODEC)
    store.apply(Change(journal=("a\r\nb\x1b[31m\u2028c\ud800",)))
    store.close()
    assert (tmp_path / LOGBOOK_NAME).read_text().endswith(" a b [31m c \n")
    assert check(tmp_path / LOGBOOK_NAME) == ()


def test_nothing_readable_in_a_sealed_file(tmp_path: Path) -> None:
    """No word of a case stands in the sealed file, not even after a compaction."""
    store = TinyStore(tmp_path, CODEC)
    store.apply(change(1))
    store.close()
    data = (tmp_path / STORE_NAME).read_bytes()
    assert not [word for word in ("CASE#", "長い話", "timeline") if word.encode() in data]
