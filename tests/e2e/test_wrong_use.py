"""Wrong use of each kind: a sentence that says what to do, the contract's exit status, and nothing is touched."""

import os
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailbot import setup
from mailbot.cli.app import run
from tests.pgp_home import needs_gpg, new_home

WRONG = (
    ("frobnicate", "No such command 'frobnicate'; mailbot --help shows how"),
    ("case shw", "Did you mean 'show'?"),
    ("--nope", "No such option: --nope"),
    ("case show", "Missing argument 'ID'; mailbot case show --help shows how"),
    ("case show 00000000", "there is no case CASE#00000000; see mailbot case list"),
    ("case show OTHER#12345678", "“OTHER#12345678” is not a case like CASE#12345678"),
    ("case show ''", "“” is not a case like CASE#12345678"),
    ("case list --state lost", "'lost' is not one of 'triage', 'asking'"),
    ("case list --track x", "'x' is not one of 'website', 'product'"),
    ("case list --now yesterday", "not a moment like 2026-12-24T09:00:00+09:00"),
    ("case list --now 2026-12-24", "say the zone, as in"),
    ("case export", "name one case or more, or give --all"),
    ("case export --all --format pdf", "'pdf' is not one of"),
    ("case export 1 2", "there is no case CASE#1, CASE#2; see mailbot case list"),
    ("case import {missing}", "missing: cannot be read: No such file or directory"),
    ("case import {folder}", "cannot be read: Is a directory"),
    ("case import {text}", "not a JSON object"),
    ("outbox list --case 00000000", "there is no case CASE#00000000; see mailbot case list"),
    ("outbox list --status lost", "'lost' is not one of 'queued'"),
    ("outbox show zzz", "no item of the outbox begins with zzz; see mailbot outbox list --all"),
    ("outbox show ''", "an empty word names no item of the outbox"),
    ("outbox retry", "name one item, or give --all"),
    ("outbox drop 1", "Missing option '--why'"),
    ("outbox drop 1 --why ' '", "say why, for whoever asks later"),
    ("quarantine show ff", "no held or quarantined mail begins with ff; see mailbot quarantine list"),
    ("quarantine retry ff", "no held or quarantined mail begins with ff"),
    ("ingest", "Missing argument 'PATH…'"),
    ("ingest {missing}", "missing: no such file or folder"),
    ("ingest {folder}", "neither a Maildir nor a folder with .eml files"),
    ("ingest {pipe}", "neither a file nor a folder; one mail from a pipe is named -"),
    ("ingest /dev/null", "neither a file nor a folder"),
    ("rehearse {missing}", "missing: no such file or folder"),
    ("do 12345678", "Missing argument 'COMMAND…'"),
    ("do x accept", "“x” is not a case like CASE#12345678"),
    ("contacts find 'no domain'", "“no domain” is neither a URL nor a domain like www.example.jp"),
    ("report --quarter 2026Q5", "--quarter 2026Q5: a quarter is written like 2026Q4"),
    ("report --from {missing}", "missing: cannot be read: No such file or directory"),
    ("kit 'no domain'", "no domain: not a domain like www.example.jp"),
    ("key show nobody@x.test", "no key of nobody@x.test is held; see mailbot key list"),
    ("key export zz", "the key zz is not held; see mailbot key list"),
    ("key import {missing}", "missing: cannot be read: No such file or directory"),
    ("key import {folder}", "cannot be read: Is a directory"),
    ("key import {text}", "text"),
    ("key refresh nobody", "nobody: not a mail address"),
    ("schema nothing", "there is no schema nothing; there are: rehearse, case-list"),
    ("backup {missing}/file", "missing: no such folder"),
    ("backup {text}", "is there already; name a new file"),
    ("restore {missing}", "is not empty"),
    ("purge", "Missing option '--closed-before'"),
    ("purge --closed-before 2024-13-01", "not a day like 2024-04-01"),
    ("purge --closed-before 2999-01-01", "that day has not come"),
    ("run --now 2026-12-24T09:00:00Z", "--now goes with --once"),
    ("health --within 0", "greater than or equal to 1"),
    ("auth pop3", "'pop3' is not one of 'imap', 'smtp'"),
    ("--log xml case list", "'xml' is not one of 'text', 'json'"),
    ("--config {missing} case list", "--config names a file that is not there; `mailbot init` makes one"),
    ("--config {folder} case list", "--config names a folder; give the file: "),
    ("--config {pipe} case list", "--config names a pipe; give the file"),
    ("--config {text} case list", "not valid TOML"),
    ("init {text}", "cannot be written: File exists"),
    ("demo --keep {text}", "cannot be made: File exists"),
)


@pytest.fixture(scope="module")
def places() -> Iterator[dict[str, Path]]:
    """A desk, and things that are not what a verb wants."""
    home = new_home()
    list(setup.init(home, "Our Desk", "security@our.test", None))
    run(["--config", str(home / "mailbot.toml"), "outbox", "retry", "--all"])  # the first write makes the files
    odd = {name: home / name for name in ("missing", "folder", "pipe", "text")}
    odd["folder"].mkdir()
    os.mkfifo(odd["pipe"])
    odd["text"].write_text("hello\n", "utf-8")
    yield odd | {"home": home}
    shutil.rmtree(home, ignore_errors=True)


def state_of(home: Path) -> dict[str, bytes]:
    """What the desk remembers."""
    files = [path for path in (home / "state").iterdir() if path.is_file() and "lock" not in path.name]
    return {path.name: path.read_bytes() for path in files}


@needs_gpg
@pytest.mark.parametrize(("line", "said"), WRONG, ids=[line for line, _ in WRONG])
def test_wrong_use_ends_in_a_sentence(
    line: str, said: str, places: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, the sentence on stderr, no traceback, an empty stdout, and the desk as it was."""
    words = shlex.split(line.format(**places))
    before = state_of(places["home"])
    capsys.readouterr()
    own = [] if "--config" in words else ["--config", str(places["home"] / "mailbot.toml")]
    status = run([*own, *words])
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert said in err
    sentences = [each for each in err.splitlines() if "nobody is asked or told" not in each]
    assert all(each.startswith("mailbot: ") for each in sentences)
    assert len(sentences) == 1
    assert state_of(places["home"]) == before


def test_without_a_configuration_it_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a folder without mailbot.toml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAILBOT_CONFIG", raising=False)
    assert run(["case", "list"]) == 2
    said = "there is no mailbot.toml in this folder; `mailbot init` makes one, --config FILE names another"
    assert capsys.readouterr() == ("", f"mailbot: {said}\n")


@needs_gpg
def test_every_path_that_names_nothing_is_told(places: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Before the first mail is taken in: `ingest` of a good and two bad paths takes in nothing."""
    good = places["home"] / "good.eml"
    good.write_bytes(b"From: a@finder.test\nSubject: hm\n\nLook at your page.\n")
    config = str(places["home"] / "mailbot.toml")
    assert run(["--config", config, "ingest", str(good), str(places["missing"]), str(places["folder"])]) == 2
    assert capsys.readouterr().err.count("neither a Maildir nor") == 1
    run(["--config", config, "quarantine", "list"])
    assert capsys.readouterr().out == ""
