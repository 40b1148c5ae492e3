"""A state that is not as it should be is refused by every verb that works: it says why, and changes nothing at all."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailbot.adapters.codec import STORE_NAME
from mailbot.adapters.frames import frames, pack
from mailbot.adapters.snapshot import SCHEMA, encode
from tests.faults.kept_desk import KeptDesk

VERBS = (
    *(("case", "list"), ("outbox", "list"), ("backup", "{folder}/b"), ("purge", "--closed-before", "2020-01-01")),
    *(("rekey",), ("restore", "{folder}/mailbot.toml"), ("verify", "--offline")),
)
"""`run`, `ingest` and `do` open the state as `purge` does; what they do with one that is wrong is in tests/e2e."""


@pytest.fixture(scope="module")
def made() -> Iterator[KeptDesk]:
    """A desk with an archived case and an open one."""
    desk = KeptDesk()
    desk.round(desk.write("Hanako"))
    desk.command("!reject OUT_OF_SCOPE")
    desk.round(days=40)
    desk.round(desk.write("Hanako", text="I found XSS at https://wiki.example.jp/a"), days=1)
    desk.leave()
    yield desk
    desk.remove()


@pytest.fixture
def desk(made: KeptDesk, tmp_path: Path) -> Iterator[KeptDesk]:
    """The desk, put back afterwards."""
    shutil.copytree(made.state, tmp_path / "state", symlinks=True)
    key = made.key.read_bytes()
    yield made
    shutil.rmtree(made.state)
    shutil.copytree(tmp_path / "state", made.state, symlinks=True)
    made.key.write_bytes(key)
    made.key.chmod(0o600)


def newer(path: Path) -> None:
    """Let the file say that a mailbot of tomorrow wrote it."""
    content = path.read_bytes()
    with path.open("rb") as file:
        first = next(frames(file, "x"))
    path.write_bytes(pack(0, encode({**json.loads(first.payload), "schema": SCHEMA + 1})) + content[first.end :])


def linked(desk: KeptDesk) -> None:
    """Put the store elsewhere, behind a link."""
    store = desk.state / STORE_NAME
    store.rename(desk.folder / "elsewhere")
    store.symlink_to(desk.folder / "elsewhere")


SPOILT: dict[str, tuple[Callable[[KeptDesk], object], str]] = {
    "newer store": (lambda d: newer(d.state / STORE_NAME), "newer mailbot"),
    "foreign file": (lambda d: (d.state / "notes.txt").write_bytes(b"x"), "notes.txt: not a file of mailbot's"),
    "foreign folder": (lambda d: (d.state / "photos").mkdir(), "photos: not a file of mailbot's"),
    "foreign archive": (
        lambda d: (d.state / "archive" / "old.zip").write_bytes(b"x"),
        "old.zip: not an archive of mailbot's",
    ),
    "a link": (linked, "a link, where a file of mailbot's should be"),
    "unfinished restore": (lambda d: (d.state / ".restoring").mkdir(), "a restore did not finish"),
    "unfinished change of the key": (
        lambda d: (d.state / ".rekeying").write_bytes(b"x"),
        "a change of the key did not finish",
    ),
    "another key": (lambda d: d.key.write_bytes(b"ab" * 32 + b"\n"), "another key"),
    "half a key": (lambda d: d.key.write_bytes(b"ab" * 16 + b"\n"), "a key is 64 hex digits"),
    "no key": (lambda d: d.key.unlink(), "the key is missing"),
    "key that others may read": (lambda d: d.key.chmod(0o644), "others may read the key (mode 644); chmod 600 it"),
    "state that others may read": (lambda d: d.state.chmod(0o755), "others may read it (mode 755); chmod 700 it"),
    "store that others may read": (
        lambda d: (d.state / STORE_NAME).chmod(0o644),
        "others may read it (mode 644); chmod 600 it",
    ),
    "journal that the group may change": (
        lambda d: (d.state / "journal.log").chmod(0o660),
        "others may read it (mode 660); chmod 600 it",
    ),
}


def test_a_state_that_is_well_is_worked_on(desk: KeptDesk) -> None:
    """The control: nothing is refused."""
    assert desk.run("case", "list") == 0, desk.errors
    assert desk.run("verify", "--offline") == 0, desk.printed


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_wrong_is_refused_by_every_verb(desk: KeptDesk, name: str) -> None:
    """Exit 2 and the reason with what to do; afterwards every byte, mode and name is what it was."""
    spoil, said = SPOILT[name]
    spoil(desk)
    before = desk.tree()
    for verb in VERBS:
        status = desk.run(*(word.format(folder=desk.folder) for word in verb))
        told = desk.errors + desk.printed
        assert status in ((1, 2) if verb[0] == "verify" else (2,)), (verb, told)
        assert "Traceback" not in told
        if verb[0] != "restore":
            assert said in told, (verb, told)
        assert desk.tree() == before, verb


def test_the_key_lies_outside_of_what_it_seals(desk: KeptDesk) -> None:
    """A key inside the state is refused before anything is read."""
    before = desk.tree()
    assert desk.run("case", "list", key='[state]\nkey_file = "state/key"\n') == 2
    assert "the key must not lie in" in desk.errors
    assert desk.tree() == before
