"""What people see of the command line: plain words, what is worth looking at, no tracebacks."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailbot import __version__, setup
from mailbot.adapters.codec import SealedCodec, keys_in
from mailbot.adapters.store import TinyStore
from mailbot.cli.app import run
from tests.e2e.reports import WEBSITE_EN
from tests.e2e.town import Town
from tests.pgp_home import needs_gpg, new_home, quiet_desk

Desk = Callable[..., tuple[int, str, str]]


@pytest.fixture
def desk(capsys: pytest.CaptureFixture[str]) -> Desk:
    """Runs a verb on a new desk that looks nothing up: status, stdout, stderr."""
    folder = quiet_desk()

    def verb(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run(["--config", str(folder / "mailbot.toml"), *words])
        return status, *capsys.readouterr()

    return verb


@pytest.fixture
def report(tmp_path: Path) -> str:
    """A report in a file, with a consent and a text of several lines."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Alex <alex@finder.test>", "security@our.test", "XSS in your site"
    mail["Date"], mail["Message-ID"] = "Fri, 20 Nov 2026 09:00:00 +0900", "<1@finder.test>"
    mail.set_content(WEBSITE_EN)
    path = tmp_path / "report.eml"
    path.write_bytes(mail.as_bytes())
    return str(path)


@needs_gpg
def test_values_are_shown_as_people_write_them(desk: Desk, report: str) -> None:
    """Neither quotes nor brackets nor escapes of Python in `rehearse` and `case show`."""
    _, rehearsed, _ = desk("rehearse", report)
    desk("ingest", report)
    (case,) = json.loads(desk("case", "list", "--json")[1])
    _, shown, _ = desk("case", "show", case["id"])
    for text in (rehearsed, shown):
        assert "vulnerability.steps" in text
        assert not any(literal in text for literal in ("\\n", "['", "True", ": '"))


@needs_gpg
def test_without_a_coordinator_each_round_says_so(desk: Desk, report: str) -> None:
    """Nobody waits in vain for questions that go to nobody; the JSON stays clean."""
    _, out, err = desk("ingest", "--json", report)
    assert json.loads(out)["arrived"] == 1
    assert "there is no [[coordinator]]: nobody is asked or told" in err


@needs_gpg
def test_the_local_user_behind_sudo_is_logged(desk: Desk, report: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The history names the person, not only the account of the desk."""
    desk("ingest", report)
    (case,) = json.loads(desk("case", "list", "--json")[1])
    monkeypatch.setenv("SUDO_USER", "taro\n")
    assert desk("do", case["id"], "note by phone")[0] == 0
    assert "(sudo by taro, local shell)" in desk("case", "show", case["id"])[1]


@needs_gpg
def test_held_mail_becomes_a_case_by_a_persons_word(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`quarantine retry --as report`: the case is named; a mail that no case can be made of is exit status 1."""
    path = tmp_path / "odd.eml"
    path.write_bytes(b"From: Alex <alex@finder.test>\nTo: security@our.test\nSubject: hm\n\nLook at your page.\n")
    nobody = tmp_path / "nobody.eml"
    nobody.write_bytes(b"Subject: hm\n\nLook at your page.\n")
    desk("ingest", str(path), str(nobody))
    by_sender = {held["from"]: held["id"] for held in json.loads(desk("quarantine", "list", "--json")[1])}
    assert desk("quarantine", "retry", by_sender["alex@finder.test"], "--as", "spam")[0] == 2
    monkeypatch.setenv("SUDO_USER", "taro")
    status, out, _ = desk("quarantine", "retry", by_sender["alex@finder.test"], "--as", "report")
    (case,) = json.loads(desk("case", "list", "--json")[1])
    assert (status, case["id"] in out) == (0, True)
    assert "(sudo by taro, local shell)" in desk("case", "show", case["id"])[1]
    assert desk("quarantine", "retry", by_sender[""], "--as", "report")[0] == 1


@needs_gpg
def test_a_mail_over_the_limit_is_rehearsed_by_its_head(desk: Desk, tmp_path: Path) -> None:
    """One object a mail, also for this one; that it would be held is no failure."""
    path = tmp_path / "large.eml"
    path.write_bytes(b"From: Alex <alex@finder.test>\nSubject: large\n\n" + b"x" * 25_000_001)
    status, out, _ = desk("rehearse", "--json", str(path))
    (shown,) = map(json.loads, out.splitlines())
    assert (status, shown["kind"], shown["outcome"]) == (0, "held", "hold")
    assert (shown["source"], shown["message"]["from"]) == (str(path), "alex@finder.test")
    assert shown["why"].startswith("it is larger than the limit")


@needs_gpg
def test_a_key_as_json(desk: Desk) -> None:
    """`key show --json`: the desk's own and, by address, another's are read alike."""
    (own,) = json.loads(desk("key", "show", "--json")[1])
    assert own["user_ids"] == ["Our Desk <security@our.test>"]
    assert own["usable"]
    assert json.loads(desk("key", "show", own["fingerprint"], "--json")[1]) == [own]


@needs_gpg
def test_a_shell_offers_case_ids(report: str) -> None:
    """As they are typed, from the desk that the command line names; where there is none, nothing and no word."""
    folder = new_home()
    list(setup.init(folder, "Our Desk", "security@our.test", None))
    config = str(folder / "mailbot.toml")
    assert run(["--config", config, "ingest", report]) == 0
    store = TinyStore(folder / "state", SealedCodec(keys_in(folder / "state.key")[0]), read_only=True)
    (case,) = (case.id for case in store.cases())
    store.close()
    number = case.removeprefix("CASE#")
    typed = ((config, "", case), (config, number[:3], number), (config, "x", ""), ("nowhere.toml", "", ""))
    for named, word, offered in typed:
        environ = os.environ | {"_MAILBOT_COMPLETE": "complete_bash", "COMP_CWORD": "5"}
        environ["COMP_WORDS"] = f"mailbot --config {named} case show {word}"
        done = subprocess.run(
            [sys.executable, "-m", "mailbot"], env=environ, capture_output=True, text=True, check=False
        )
        assert (done.stdout.strip(), done.stderr) == (offered, "")


@needs_gpg
def test_nothing_found_is_said(desk: Desk) -> None:
    """An empty answer to `contacts find` is an answer."""
    assert desk("contacts", "find", "nowhere.invalid") == (
        0,
        "",
        "mailbot: no contact point found at nowhere.invalid\n",
    )


@needs_gpg
def test_the_outbox_by_status_and_case(desk: Desk, report: str) -> None:
    """The list can be narrowed; a status that does not exist is refused."""
    desk("ingest", report)
    items = json.loads(desk("outbox", "list", "--json")[1])
    case, queued = items[0]["case"], [i["item"] for i in items if i["status"] == "queued"]
    assert [i["item"] for i in json.loads(desk("outbox", "list", "--status", "queued", "--json")[1])] == queued
    assert len(desk("outbox", "list", "--case", case)[1].splitlines()) == len(items)
    assert desk("outbox", "list", "--case", "00000000")[0] == 2
    assert desk("outbox", "list", "--status", "lost")[0] == 2
    assert desk("outbox", "retry")[0] == 2
    assert desk("outbox", "retry", "--all")[1].splitlines() == [f"{item} is queued" for item in queued]


def test_mail_that_stays_queued_says_when_it_is_tried_again(town: Town) -> None:
    """A relay that is away: `run --once` and `outbox list` tell the time; what was sent is hidden unless asked for."""
    alex = town.person("Alex", "alex@finder.example.org")
    path = town.folder / "mailbot.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace(f"port = {town.sink.tls_port}", "port = 1"), "utf-8")
    town.write(alex, "report", WEBSITE_EN)
    town.run("run", "--once", "--now", town.now.isoformat())
    assert "queued, next try 09:01" in town.printed
    town.run("outbox", "list")
    assert town.printed
    assert all("09:01" in line for line in town.printed.splitlines())
    path.write_text(text, "utf-8")
    town.round(minutes=2)
    town.run("outbox", "list")
    assert "\tsent\t" not in town.printed
    town.run("outbox", "list", "--all")
    assert "\tsent\t" in town.printed


def test_the_version_needs_no_verb(capsys: pytest.CaptureFixture[str]) -> None:
    """`mailbot --version` prints it."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def test_ctrl_c_during_the_start_is_a_word() -> None:
    """An interrupt while modules are loaded ends with 130, not with a traceback."""
    code = (
        "import builtins, signal; real = builtins.__import__\n"
        "def load(name, *more):\n"
        "    if name == 'typer': signal.raise_signal(signal.SIGINT)\n"
        "    return real(name, *more)\n"
        "builtins.__import__ = load\n"
        "from mailbot.cli import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "mailbot: stopped\n")
