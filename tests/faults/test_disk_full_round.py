"""T58: the disk fills up in the middle of a round. It stops and says what to do; with room again all goes on."""

import shutil
import sys
from pathlib import Path

import pytest

from mailbot.adapters.logbook import check
from mailbot.adapters.store import TinyStore
from mailbot.errors import TransientError
from tests.faults.full_disk import fill, on_a_small_disk, room_for, why_no_small_disk
from tests.faults.test_crash_everywhere import STEPS
from tests.faults.world import Bomb, World, ending
from tests.plain_codec import PlainCodec

PLAYED = STEPS[:4]
ADVICE = r"disk full: .* could not be written; free space under .*; nothing was changed"


def play(folder: Path) -> None:
    """As far as the story goes in one process."""
    world = World(folder, Bomb(0))
    try:
        world.play(PLAYED)
    finally:
        world.store.close()


def unmoved(folder: Path) -> int:
    """Mails in the inbox."""
    return sum(1 for part in ("new", "cur") for _ in (folder / "Maildir" / part).iterdir())


def moved(folder: Path) -> int:
    """Mails in the folders of what is done."""
    return sum(1 for path in (folder / "Maildir").glob(".*/*/*") if path.is_file())


def stored(folder: Path) -> int:
    """Mails that the memory knows what became of."""
    state = folder / "state"
    return len([*TinyStore(state, PlainCodec(), read_only=True).dispositions()]) if state.is_dir() else 0


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A story without a fault, and how much it writes."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with room_for(folder / "state", 10**9) as left:
        play(folder)
    return folder, 10**9 - left[0]


@pytest.mark.parametrize("share", [0.0, 0.02, 0.2, 0.45, 0.6, 0.8, 0.97])
def test_t58_a_disk_that_fills_up_in_a_round(tmp_path: Path, undisturbed: tuple[Path, int], share: float) -> None:
    """The round fails with what to do, moves no mail it has not stored, and ends as if nothing had been, later."""
    whole, size = undisturbed
    with room_for(tmp_path / "state", int(size * share)), pytest.raises(TransientError, match=ADVICE):
        play(tmp_path)
    assert moved(tmp_path) <= stored(tmp_path)
    play(tmp_path)
    assert ending(tmp_path) == ending(whole)
    assert unmoved(tmp_path) == 0
    assert check(tmp_path / "state" / "journal.log") == ()


def on_the_small_disk(folder: Path) -> None:
    """What the test below does, in a process that sees the small disk at `folder/state`."""
    failures = 0
    for keep in (0, 4_096, 12_288, 40_960, 81_920):
        ballast = fill(folder / "state", keep)
        try:
            play(folder)
        except TransientError as exc:
            failures += "disk full" in str(exc)
        ballast.unlink()
    assert failures >= 2, failures
    play(folder)
    shutil.copytree(folder / "state", folder / "kept")


def test_t58_a_real_disk_that_is_full(tmp_path: Path, undisturbed: tuple[Path, int]) -> None:
    """The same on a real disk of 2 MB, over and over full at other moments."""
    if why := why_no_small_disk():
        pytest.skip(why)
    (tmp_path / "state").mkdir(mode=0o700)
    call = f"from tests.faults.test_disk_full_round import *; on_the_small_disk(Path({str(tmp_path)!r}))"
    done = on_a_small_disk(tmp_path / "state", "2m", sys.executable, "-c", call)
    assert done.returncode == 0, done.stderr
    (tmp_path / "state").rmdir()
    (tmp_path / "kept").rename(tmp_path / "state")
    assert ending(tmp_path) == ending(undisturbed[0])
