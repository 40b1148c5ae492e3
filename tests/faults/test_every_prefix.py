"""Every prefix of what a working desk writes opens to a state that was acknowledged.

The desk works a case off, with archives, compactions and the journal that people read. Its frames are cut at every
byte; the whole state is opened as it was at four places of every write, and after everything else done to a file.
"""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters.codec import STORE_NAME, SealedCodec
from mailbot.adapters.frames import frames
from mailbot.adapters.layout import LOGBOOK_NAME
from mailbot.adapters.logbook import check
from mailbot.adapters.store import TinyStore
from mailbot.errors import PermanentError
from mailbot.memory import Change
from mailbot.round import Round
from mailbot.service import run_round
from tests.fakes_keyring import NOW
from tests.faults import world
from tests.faults.kill_prefixes import Answers, Deed, Tape, answers, copied, replay
from tests.faults.test_crash_everywhere import STEPS

CODEC = SealedCodec(b"k" * 32)
CLOCK = datetime(2026, 11, 20, tzinfo=UTC)
_HEADER = 24


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("ERROR", "mailbot.adapters.journal")  # it says of each torn write that it was cut


def work(folder: Path, compact_from: int, change_store: Callable[[pytest.MonkeyPatch], None] | None = None) -> Tape:
    """The tape of a desk that took in reports, decisions and answers, and archived the case weeks later."""
    tape = Tape(folder / "state")
    with pytest.MonkeyPatch.context() as patch:
        if change_store:
            change_store(patch)
        tape.watch(patch)
        made = partial(TinyStore, codec=CODEC, compact_from=compact_from, clock=lambda: CLOCK)
        patch.setattr(world, "TinyStore", lambda state, _: made(state))
        desk = world.World(folder, world.Bomb(0))
        tape.acknowledge(desk.store, patch)
        for number, step in enumerate(STEPS):
            desk._put_once(number, step)
            _round(desk, timedelta(hours=number))
        for days in (40, 80):
            _round(desk, timedelta(days=days))
        desk.store.close()
    return tape


def _round(desk: world.World, later: timedelta) -> None:
    for _ in run_round(desk.bot, desk.mailbox, NOW + later, Round()):
        pass


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Tape:
    """A desk that compacts often."""
    return work(tmp_path_factory.mktemp("desk"), compact_from=20_000)


def stops(deed: Deed) -> tuple[int, ...]:
    """Where a write is cut: at its ends, behind its header, in its middle; what has no name yet is read by nobody."""
    size = len(deed.data)
    if deed.path.startswith("mail/") or deed.path.endswith(".new"):
        return (size // 2,)
    return tuple(sorted({n for n in (0, 1, _HEADER - 1, _HEADER, _HEADER + 1, size // 2, size - 1) if n < size}))


def judged(deeds: list[Deed], folder: Path) -> Iterator[str]:
    """What opens to something else than what was acknowledged last, or is acknowledged next."""
    coming = [deed.answers for deed in deeds if deed.kind == "acknowledged"]
    last: Answers | None = None
    shadow, copy = folder / "shadow", folder / "copy"
    for deed, length in replay(deeds, shadow, stops):
        if deed.kind == "acknowledged":
            last = coming.pop(0)
        if last is None or not deed.path or deed.path.startswith("mail/"):
            continue  # before the first file has its name there is no store
        allowed = [last, *coming[:1]]
        if deed.kind == "write" and deed.path == STORE_NAME and length < len(deed.data):
            allowed = [last]
        where = f"{deed.kind} {deed.path} at {length} of {len(deed.data)}"
        yield from (f"{where}: {fault}" for fault in faults(shadow, copy, allowed))


def faults(shadow: Path, copy: Path, allowed: list[Answers]) -> Iterator[str]:
    """The state as it lies, opened for reading and for writing; in between the file is as a crash left it."""
    reading = TinyStore(shadow, CODEC, read_only=True)
    if answers(reading) not in allowed:
        yield "reads as something else"
    reading.close()
    writing = TinyStore(copied(shadow, copy), CODEC)
    if answers(writing) not in allowed:
        yield "opens as something else"
    writing.archive(CLOCK + timedelta(days=400))
    writing.apply(Change(journal=("opened again",)))
    if answers(writing) not in allowed:
        yield "is something else once archived"
    writing.close()
    yield from check(copy / LOGBOOK_NAME)


def test_every_state_of_the_disk_opens_to_one_that_was_acknowledged(tape: Tape, tmp_path: Path) -> None:
    """Within and after each write to store, archive and journal; archiving and journal then go on without a gap."""
    kinds = {(deed.kind, deed.path.partition("/")[0]) for deed in tape.deeds}
    assert {
        ("write", STORE_NAME),
        ("write", LOGBOOK_NAME),
        ("write", "archive"),
        ("rename", f"{STORE_NAME}.new"),
    } <= kinds
    assert sum(deed.kind == "rename" and deed.to == STORE_NAME for deed in tape.deeds) > 2  # compactions
    assert list(judged(tape.deeds, tmp_path)) == []


def test_a_step_in_two_writes_is_found(tmp_path: Path) -> None:
    """The control: what a mail caused and that it is done, stored one after the other, is noticed."""
    whole = TinyStore.apply

    def apart(self: TinyStore, change: Change) -> None:
        whole(self, Change(change.cases, change.items, journal=change.journal))
        whole(self, Change(done=change.done, pins=change.pins, signatures=change.signatures))

    (tmp_path / "desk").mkdir()
    deeds = work(tmp_path / "desk", 8_000_000, lambda patch: patch.setattr(TinyStore, "apply", apart)).deeds
    assert any("as something else" in fault for fault in judged(deeds, tmp_path))


@pytest.fixture(scope="module")
def one_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of the same desk, its store never written anew."""
    folder = tmp_path_factory.mktemp("desk")
    work(folder, compact_from=8_000_000)
    return folder / "state"


def test_every_byte_of_the_store(one_file: Path) -> None:
    """Cut at any byte, the file holds the whole frames before it, nothing of a torn one, and is no damage."""
    content = (one_file / STORE_NAME).read_bytes()
    start = number = 0
    for frame in list(frames(io.BytesIO(content), "whole")):
        for end in range(start, frame.end):
            assert list(frames(io.BytesIO(content[start:end]), "cut", number=number)) == []
        (found,) = frames(io.BytesIO(content[start : frame.end]), "whole", number=number)
        assert found.payload == frame.payload
        start, number = frame.end, number + 1
    assert number > 30


def test_a_byte_that_was_changed_in_any_frame_is_an_error(one_file: Path, tmp_path: Path) -> None:
    """In the store, the archive or the journal: named with a way out, never cut away; the file stays as it is."""
    state = copied(one_file, tmp_path / "state")
    path = state / STORE_NAME
    content, start = path.read_bytes(), 0
    for frame in list(frames(io.BytesIO(content), "whole")):
        middle, start = (start + frame.end) // 2, frame.end
        spoilt = content[:middle] + bytes([content[middle] ^ 0x40]) + content[middle + 1 :]
        path.write_bytes(spoilt)
        with pytest.raises(PermanentError, match=r"damaged at byte \d+; nothing was changed: restore a backup"):
            TinyStore(state, CODEC)
        assert path.read_bytes() == spoilt
    path.write_bytes(content)
    (archived,) = (state / "archive").iterdir()
    _flip(archived)
    store = TinyStore(state, CODEC)
    with pytest.raises(PermanentError, match=r"damaged at byte \d+; nothing was changed: restore a backup"):
        list(store.cases())
    store.close()
    _flip(state / LOGBOOK_NAME)
    assert check(state / LOGBOOK_NAME)


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 0x01
    path.write_bytes(content)


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.8, 0.99])
def test_a_compacted_file_that_lost_its_end_is_damage(tmp_path: Path, kept: float) -> None:
    """It was whole when it got its name, so a part of it is no torn write: an error, not a smaller desk."""
    store: Any = TinyStore(tmp_path, CODEC)
    for number in range(450):
        store.apply(Change(signatures=(f"signature {number}",)))
    store._journal.compact()
    store.close()
    path = tmp_path / STORE_NAME
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(PermanentError, match="damaged at byte"):
        TinyStore(tmp_path, CODEC)
