"""Another at-rest key, from whatever place, cut off at whatever moment: nothing is lost, one key opens it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters import resealing
from mailbot.adapters.codec import SealedCodec
from mailbot.adapters.grants import Grant, GrantFile
from mailbot.adapters.lookups import SealedLookups
from mailbot.cli import rekeying
from tests.fakes_keyring import NOW
from tests.faults.kept_desk import KEY, KeptDesk
from tests.faults.test_planted_corruptions import OTHER_REPORT

ENV = '[state]\nkey_env = "KEPT_DESK_KEY"\n'
FROM_FILE = "\n"
WRITES = (
    *((rekeying, name) for name in ("write_keys", "reseal", "sync_folder")),
    *((resealing, name) for name in ("write_file", "write_stream")),
)
"""Each durable step of the change."""


class Killed(BaseException):
    """The process has ended."""


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[KeptDesk]:
    """A desk with an archived case, an open one and a sign-in; its key is in the environment too."""
    made = KeptDesk()
    made.round(made.write("Hanako"))
    made.command("!reject OUT_OF_SCOPE")
    made.round(made.write("Hanako", text=OTHER_REPORT), days=40)
    made.round(days=1)
    made.leave()
    GrantFile(made.state, "account", SealedCodec(KEY)).save(_grant())
    SealedLookups(made.state, SealedCodec(KEY)).keep(b"shop.example.jp")
    monkeypatch.setenv("KEPT_DESK_KEY", KEY.hex())
    yield made
    made.remove()


def _grant() -> Grant:
    return Grant("the access token", NOW, NOW, "the refresh token")


def killed_at(step: int, patch: pytest.MonkeyPatch, after: bool) -> list[int]:
    """Let the process end before or after that durable step; how many there were is the length of the list."""
    seen: list[int] = []

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*values: Any) -> Any:
            seen.append(len(seen))
            last = len(seen) == step
            if last and not after:
                raise Killed
            result = real(*values)
            if last:
                raise Killed
            return result

        return call

    for module, name in WRITES:
        patch.setattr(module, name, watched(getattr(module, name)))
    return seen


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("way", [FROM_FILE, ENV], ids=["file", "environment"])
@pytest.mark.parametrize("step", range(1, 15))
def test_a_change_that_is_cut_off_is_completed(
    desk: KeptDesk, monkeypatch: pytest.MonkeyPatch, step: int, way: str, after: bool
) -> None:
    """Before or after any step: nothing else works meanwhile, done again it comes to its end, nothing is lost."""
    words = ("rekey",) if way is FROM_FILE else ("rekey", "--new-key-file", str(desk.folder / "new.key"))
    with monkeypatch.context() as patch:
        seen = killed_at(step, patch, after)
        try:
            assert desk.run(*words, key=way) == 0, desk.errors
            assert len(seen) < step
        except Killed:
            pass
    if len(seen) < step:
        return
    status = desk.run("verify", key=way)
    assert status == 0 or "a change of the key did not finish" in desk.errors or "another key" in desk.errors
    if way is FROM_FILE or desk.run("verify", key=f'[state]\nkey_file = "{desk.folder}/new.key"\n') != 0:
        assert desk.run(*words, key=way) == 0, desk.errors
    _opens_with_the_new_key_alone(desk, way)


def _opens_with_the_new_key_alone(desk: KeptDesk, way: str) -> None:
    file = desk.key if way is FROM_FILE else desk.folder / "new.key"
    key = f'[state]\nkey_file = "{file}"\n'
    assert desk.run("verify", key=key) == 0, desk.printed + desk.errors
    codec = SealedCodec(bytes.fromhex(file.read_text("ascii")))
    assert GrantFile(desk.state, "account", codec).load() == _grant()
    assert SealedLookups(desk.state, SealedCodec(KEY)).load() == b""
    if way is ENV:
        assert desk.run("verify", key=way) == 2
        assert "another key" in desk.errors


def test_the_steps_are_all_there_are(desk: KeptDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a whole change takes fewer durable steps than the test above cuts off, and more than a few."""
    with monkeypatch.context() as patch:
        seen = killed_at(0, patch, after=False)
        assert desk.run("rekey") == 0, desk.errors
    assert 8 <= len(seen) < 15


def test_a_key_that_a_program_prints(desk: KeptDesk) -> None:
    """As with the environment: the new key lies in the file that was named, private, and the program has to give it."""
    program = desk.folder / "print-key"
    program.write_text(f"#!{sys.executable}\nprint(open({str(desk.folder / 'vault')!r}).read())\n")
    program.chmod(0o700)
    (desk.folder / "vault").write_text(KEY.hex())
    way, new = f'[state]\nkey_command = ["{program}"]\n', desk.folder / "new.key"
    assert desk.run("rekey", "--new-key-file", str(new), key=way) == 0, desk.errors
    assert "let [state].key give that key now" in desk.errors
    assert new.stat().st_mode & 0o777 == 0o600
    assert desk.run("verify", key=way) == 2
    (desk.folder / "vault").write_text(new.read_text("ascii"))
    assert desk.run("verify", key=way) == 0, desk.errors


def test_a_third_key_in_the_middle_is_refused(desk: KeptDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither another old key nor another new one changes anything: part of the state would open with neither."""
    new = desk.folder / "new.key"
    with monkeypatch.context() as patch:
        killed_at(5, patch, after=True)
        with pytest.raises(Killed):
            desk.run("rekey", "--new-key-file", str(new), key=ENV)
    before, right = desk.tree(), new.read_bytes()
    for verb in (("case", "list"), ("backup", str(desk.folder / "b")), ("verify", "--offline"), ("run", "--once")):
        assert desk.run(*verb, key=ENV) == 2, verb
        assert "a change of the key did not finish" in desk.errors
    new.write_bytes(b"ef" * 32 + b"\n")
    assert desk.run("rekey", "--new-key-file", str(new), key=ENV) == 2
    assert f"{new}: not the key that the unfinished change was begun with" in desk.errors
    new.write_bytes(right)
    monkeypatch.setenv("KEPT_DESK_KEY", right.decode().strip())
    assert desk.run("rekey", "--new-key-file", str(new), key=ENV) == 2
    assert "[state].key: not the key" in desk.errors
    assert desk.tree() == before
    monkeypatch.setenv("KEPT_DESK_KEY", KEY.hex())
    assert desk.run("rekey", "--new-key-file", str(new), key=ENV) == 0, desk.errors
    _opens_with_the_new_key_alone(desk, ENV)


@pytest.mark.parametrize(
    ("words", "way", "said"),
    [
        (("rekey",), ENV, "name a file with --new-key-file"),
        (("rekey", "--new-key-file", "{folder}/new.key"), FROM_FILE, "mailbot rekey changes that file itself"),
        (("rekey", "--new-key-file", "{folder}/state/new.key"), ENV, "the key must not lie in"),
        (("rekey", "--new-key-file", "{folder}/state.key"), ENV, "holds the key that [state].key gives already"),
        (("rekey", "--new-key-file", "{folder}/mailbot.toml"), ENV, "others may read the key"),
    ],
)
def test_wrong_use_changes_nothing(desk: KeptDesk, words: tuple[str, ...], way: str, said: str) -> None:
    """Exit 2 and a reason; the state is as it was."""
    before = desk.tree()
    assert desk.run(*(word.format(folder=desk.folder) for word in words), key=way) == 2
    assert said in desk.errors
    assert desk.tree() == before
