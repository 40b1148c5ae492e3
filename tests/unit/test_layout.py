"""What may lie in the state folder."""

from pathlib import Path

import pytest

from mailbot.adapters.codec import SealedCodec
from mailbot.adapters.inspection import inspect
from mailbot.adapters.layout import check_state
from mailbot.errors import ConfigError


def problems(state: Path, *homes: Path) -> str:
    """What is said against the state; "" if nothing is."""
    try:
        check_state(state, homes)
    except ConfigError as exc:
        return "\n".join(exc.problems)
    return ""


@pytest.mark.parametrize(
    "name",
    [
        *("README.md", "desk.journal", "desk.journal.new", "journal.log", "journal.log.1", "journal.log-20261120.gz"),
        *("lock", "lost+found", "mail", "archive", "gnupg", "oauth", "keys"),
    ],
)
def test_what_is_ours(tmp_path: Path, name: str) -> None:
    """Everything that mailbot or a log's rotation makes, what a kill leaves behind, and the keyring wherever it is."""
    tmp_path.chmod(0o700)
    (tmp_path / name).mkdir() if "." not in name and name != "lock" else (tmp_path / name).touch(0o600)
    assert problems(tmp_path, tmp_path / "keys" / "gpg") == ""


@pytest.mark.parametrize("name", ["desk.journal~", "notes", "desk.journal.bak", ".DS_Store", "archive/2026.tar"])
def test_what_is_foreign(tmp_path: Path, name: str) -> None:
    """Copies, notes and leftovers of other programs are named, each with what to do."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    assert f"{tmp_path / name}: not a" in problems(tmp_path)
    assert "move it out" in problems(tmp_path)


def test_a_link_in_the_place_of_a_file(tmp_path: Path) -> None:
    """The store is a file, not a way to somebody else's."""
    (tmp_path / "elsewhere").mkdir()
    state = tmp_path / "state"
    state.mkdir()
    (state / "desk.journal").symlink_to(tmp_path / "elsewhere" / "x")
    assert "desk.journal: a link" in problems(state)


def test_others_may_not_read_it(tmp_path: Path) -> None:
    """Once there are cases, every part that others may read is named with its mode; an empty folder is not refused."""
    tmp_path.chmod(0o755)
    assert problems(tmp_path) == ""
    (tmp_path / "desk.journal").touch(0o644)
    (tmp_path / "desk.journal").chmod(0o644)
    said = problems(tmp_path).splitlines()
    assert [line.partition("; ")[2].split(" it")[0] for line in said] == ["chmod 700", "chmod 600"]
    tmp_path.chmod(0o700)
    (tmp_path / "desk.journal").chmod(0o600)
    assert problems(tmp_path) == ""


def test_no_state_yet(tmp_path: Path) -> None:
    """A folder that is not there is fine: it is made."""
    assert problems(tmp_path / "none") == ""


def test_what_is_not_there_cannot_agree(tmp_path: Path) -> None:
    """A check of everything where no state is says so, and how one comes back."""
    with pytest.raises(ConfigError, match=r"there is no state; mailbot restore"):
        inspect(tmp_path / "state", SealedCodec(bytes(32)))
