"""`backup`, `restore` and `rekey` on a desk that has lived for some days, with Dovecot, SMTP and gpg."""

import shutil
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters import resealing
from mailbot.adapters.codec import STORE_NAME
from mailbot.adapters.store import TinyStore
from mailbot.cli import keeping, rekeying
from tests.e2e.lived import codec, damaged, lived, state
from tests.e2e.test_website_story import CANARY
from tests.e2e.town import Town

__all__ = ["damaged", "lived"]


def test_backup_and_back(lived: Town, tmp_path: Path) -> None:
    """One file without the key in it, from which the same desk comes back; nothing readable is in it."""
    file = tmp_path / "desk.backup"
    assert lived.run("backup", str(file)) == 0, lived.errors
    assert "the key is NOT in it" in lived.errors
    assert file.stat().st_mode & 0o777 == 0o600
    content = file.read_bytes()
    secret = next((state(lived) / "gnupg" / "private-keys-v1.d").iterdir()).read_bytes()
    for hidden in (CANARY.encode(), b"hanako@finder", b"lunch", secret, (state(lived) / "journal.log").read_bytes()):
        assert hidden not in content
    cases = lived.json("case", "list")
    status, message = lived.run("restore", str(file)), lived.errors
    assert status == 2
    assert "is not empty" in message
    aside = state(lived).rename(lived.folder / "aside")
    try:
        assert lived.run("restore", str(file)) == 0, lived.errors
        assert lived.run("verify") == 0, lived.printed
        assert lived.json("case", "list") == cases
        assert (state(lived) / "gnupg" / "private-keys-v1.d").is_dir()
        assert "restored by" in (state(lived) / "journal.log").read_text("utf-8").splitlines()[-1]
        assert all(path.stat().st_mode & 0o077 == 0 for path in (state(lived), *state(lived).rglob("*")))
    finally:
        shutil.rmtree(state(lived))
        aside.rename(state(lived))


@pytest.mark.parametrize("with_key", [False, True])
def test_a_backup_with_the_key(lived: Town, tmp_path: Path, with_key: bool) -> None:
    """Only a backup that was told to hold the key brings the desk back on a machine that has none."""
    file = tmp_path / "desk.backup"
    assert lived.run("backup", str(file), *(["--with-key"] if with_key else [])) == 0
    told = lived.json("backup", str(tmp_path / "as-json.backup"), *(["--with-key"] if with_key else []))
    assert told.keys() == {"file", "files", "made", "with_key"}
    assert (told["file"], told["with_key"]) == (str(tmp_path / "as-json.backup"), with_key)
    assert ("THE KEY IS IN IT" in lived.errors) == with_key
    key = (lived.folder / "state.key").read_bytes()
    assert (key.strip() in file.read_bytes()) == with_key
    assert ("THE KEY IS IN IT" in lived.errors) == with_key
    aside, key_aside = (lived.folder / name for name in ("aside", "aside.key"))
    state(lived).rename(aside)
    (lived.folder / "state.key").rename(key_aside)
    try:
        assert lived.run("restore", str(file)) == (0 if with_key else 2), lived.errors
        assert (lived.folder / "state.key").exists() == with_key
        if with_key:
            assert lived.run("verify", "--offline") == 0, lived.printed
        else:
            assert "put it back first" in lived.errors
    finally:
        shutil.rmtree(state(lived), ignore_errors=True)
        aside.rename(state(lived))
        key_aside.replace(lived.folder / "state.key")


def rebuilt(file: Path, change: Callable[[str, bytes], bytes], extra: str = "") -> None:
    """The same tar with changed members, and one more."""
    with tarfile.open(file) as tar:
        members = [(info, tar.extractfile(info).read()) for info in tar.getmembers()]  # type: ignore[union-attr]
    with tarfile.open(file, "w") as tar:
        for name in filter(None, [extra]):
            tar.addfile(tarfile.TarInfo(name))
        for info, content in members:
            info.size = len(changed := change(info.name, content))
            tar.addfile(info, BytesIO(changed))


def newer(name: str, content: bytes) -> bytes:
    """As a mailbot of tomorrow would write it."""
    return content.replace(b'"format": 1', b'"format": 2') if name == "manifest.json" else content


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "changed": (
        lambda f: rebuilt(f, lambda n, c: c[:-1] + b"\0" if n == STORE_NAME else c),
        "desk.journal was changed",
    ),
    "manifest changed": (
        lambda f: rebuilt(f, lambda n, c: c.replace(b'\\"made\\":\\"2', b'\\"made\\":\\"3') if "json" in n else c),
        "its manifest was changed",
    ),
    "foreign file": (lambda f: rebuilt(f, lambda n, c: c, "evil.sh"), "other files than its manifest"),
    "way out": (lambda f: rebuilt(f, lambda n, c: c, "../evil.sh"), "other files than its manifest"),
    "newer": (lambda f: rebuilt(f, newer), "newer mailbot"),
    "cut": (lambda f: f.write_bytes(f.read_bytes()[:-20_000]), "not a whole backup"),
    "no backup": (lambda f: f.write_bytes(b"hello"), "not a whole backup"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_backup_restores_nothing(lived: Town, tmp_path: Path, name: str) -> None:
    """Changed, foreign, newer or cut off: refused before anything is written."""
    file = tmp_path / "desk.backup"
    assert lived.run("backup", str(file)) == 0
    spoil, said = SPOILT[name]
    spoil(file)
    aside = state(lived).rename(lived.folder / "aside")
    try:
        assert lived.run("restore", str(file)) == 2, lived.errors
        assert said in lived.errors
        assert not state(lived).exists() or [*state(lived).iterdir()] == []
    finally:
        shutil.rmtree(state(lived), ignore_errors=True)
        aside.rename(state(lived))


def test_a_backup_under_another_key(lived: Town, tmp_path: Path) -> None:
    """The wrong key is said as such, and nothing is restored."""
    file, key = tmp_path / "desk.backup", lived.folder / "state.key"
    assert lived.run("backup", str(file)) == 0
    right, aside = key.read_bytes(), state(lived).rename(lived.folder / "aside")
    try:
        key.write_bytes(b"ab" * 32 + b"\n")
        assert lived.run("restore", str(file)) == 2
        assert "another key" in lived.errors
        assert not state(lived).exists()
    finally:
        key.write_bytes(right)
        aside.rename(state(lived))


def test_backup_beside_the_daemon(lived: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process waits, it is taken; while one works for too long, it is 75 and no file is left."""
    daemon = TinyStore(state(lived), codec(lived))
    monkeypatch.setattr(keeping, "PATIENCE", 0.0)
    file = tmp_path / "desk.backup"
    assert lived.run("backup", str(file)) == 75
    assert [*tmp_path.iterdir()] == []
    with daemon.lent():
        assert lived.run("backup", str(file)) == 0, lived.errors
    last = (state(lived) / "journal.log").read_text("utf-8").splitlines()[-1]
    assert daemon.journal_head() == " ".join(last.split(" ")[1:3])
    daemon.close()
    assert lived.run("verify", "--offline") == 0, lived.printed


def test_backup_overwrites_nothing(lived: Town, tmp_path: Path) -> None:
    """A file that is there, and one inside the state, are refused."""
    file = tmp_path / "desk.backup"
    file.write_bytes(b"precious")
    assert lived.run("backup", str(file)) == 2
    assert file.read_bytes() == b"precious"
    assert lived.run("backup", str(state(lived) / "b")) == 2
    assert lived.run("verify", "--offline") == 0


@pytest.mark.parametrize("killed_at", [None, 1, 4, 9])
def test_another_key(damaged: Town, monkeypatch: pytest.MonkeyPatch, killed_at: int | None) -> None:
    """After `rekey` the old key opens nothing and all agrees; killed in the middle, doing it again completes it."""
    key = damaged.folder / "state.key"
    old = key.read_bytes()
    cases = damaged.json("case", "list")
    if killed_at is not None:
        with monkeypatch.context() as patch:
            left = iter([None] * killed_at)
            name = "pack" if killed_at == 9 else "write_file"
            real: Any = getattr(resealing, name)

            def work(*values: Any) -> Any:
                if next(left, 1) is not None:
                    raise KeyboardInterrupt
                return real(*values)

            patch.setattr(resealing, name, work)
            with pytest.raises(KeyboardInterrupt):
                rekeying.rekey(_Context(damaged))  # type: ignore[arg-type]
        assert damaged.run("case", "list") == 2
        assert "mailbot rekey completes it" in damaged.errors
        assert damaged.run("verify", "--offline") == 2
        assert "mailbot rekey completes it" in damaged.errors
    assert damaged.run("rekey") == 0, damaged.errors
    new = key.read_bytes()
    assert new != old
    assert len(new.split()) == 1
    assert damaged.run("verify") == 0, damaged.printed + damaged.errors
    assert damaged.json("case", "list") == cases
    key.write_bytes(old)
    assert damaged.run("case", "list") == 2
    assert "another key" in damaged.errors
    assert damaged.run("verify", "--offline") == 2


class _Context:
    """As much of a command line's context as a verb asks for."""

    def __init__(self, town: Town) -> None:
        self.obj = town.folder / "mailbot.toml"

    def find_root(self) -> "_Context":
        """Itself."""
        return self
