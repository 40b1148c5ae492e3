"""`report`, `case import` and `case export --format records`: what goes in and out, and what never does."""

import json
import shutil
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailbot.adapters.codec import SealedCodec, the_key_in
from mailbot.adapters.store import TinyStore
from mailbot.cli.app import run
from tests.pgp_home import needs_gpg, new_home, quiet_desk
from tests.statistics_records import FIRST, closed, fixed, many, published

Desk = Callable[..., tuple[int, str, str]]
NOW = ("--now", "2026-12-20T12:00:00+09:00")
WORDS = ("planted-site", "planted-operator", "planted-finder", "planted-product", "planted-path", "埋込花子")
REPORT = """Name: 埋込花子
Organisation: planted-finder Inc.
Affected website: https://www.planted-site.example/planted-path?q=1
Contact of the operator: web@planted-operator.example

Cross-site scripting. Steps: open https://www.planted-site.example/planted-path?q=<script>alert(1)</script>
and see the script run. Seen with planted-product 1.0.
"""


@pytest.fixture(scope="module")
def _made() -> Path:
    """A desk that looks nothing up; making its key takes longest."""
    return quiet_desk()


@pytest.fixture(scope="module")
def _with_a_case(_made: Path) -> Path:
    """The same desk after a report full of names, which was accepted."""
    folder = copy_of(_made)
    mail = EmailMessage()
    mail["From"], mail["To"] = "埋込花子 <planted-finder@finder.example>", "security@our.test"
    mail["Subject"], mail["Message-ID"] = "XSS in planted-site.example", "<1@finder.example>"
    mail["Date"] = "Fri, 20 Nov 2026 09:00:00 +0900"
    mail.set_content(REPORT)
    path = folder / "report.eml"
    path.write_bytes(mail.as_bytes())
    config = ["--config", str(folder / "mailbot.toml")]
    assert run([*config, "ingest", str(path), "--now", "2026-11-20T09:30:00+09:00"]) == 0
    (case,) = stored(folder)
    assert run([*config, "do", case, "accept"]) == 0
    return folder


@pytest.fixture
def folder(_made: Path) -> Path:
    """A new desk."""
    return copy_of(_made)


@pytest.fixture
def desk(capsys: pytest.CaptureFixture[str], folder: Path) -> Desk:
    """Runs a verb on the new desk."""
    return verbs(capsys, folder)


@pytest.fixture
def busy(capsys: pytest.CaptureFixture[str], _with_a_case: Path) -> Desk:
    """Runs a verb on the desk that has a case."""
    return verbs(capsys, copy_of(_with_a_case))


def copy_of(made: Path) -> Path:
    """The desk once more, without the sockets of its agent."""
    folder = new_home()
    shutil.copytree(made, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("S.*", "*.lock"))
    return folder


def stored(folder: Path) -> list[str]:
    """The numbers of the desk's cases."""
    store = TinyStore(folder / "state", SealedCodec(the_key_in(folder / "state.key")), read_only=True)
    try:
        return [case.id for case in store.cases()]
    finally:
        store.close()


def verbs(capsys: pytest.CaptureFixture[str], folder: Path) -> Desk:
    """Runs a verb on that desk: status, stdout, stderr."""

    def verb(*words: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run(["--config", str(folder / "mailbot.toml"), *map(str, words)])
        return status, *capsys.readouterr()

    return verb


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """What the desk did before, as records."""
    made = [*many(4, **fixed(3, type="xss")), *many(3, "product", **published(46)), *many(2, **closed("warned", FIRST))]
    path = tmp_path / "history.jsonl"
    path.write_text("".join(f"{record.line()}\n" for record in reversed(made)), "utf-8")
    return path


def value(said: str, figure: str, series: str, column: str) -> object:
    """A number of `report --json`."""
    found = next(f for f in json.loads(said)["figures"] if f["code"] == figure)
    at = [c["code"] for c in found["columns"]].index(column)
    return next(s for s in found["series"] if s["code"] == series)["values"][at]


@needs_gpg
def test_no_name_in_any_output(busy: Desk, tmp_path: Path) -> None:
    """Page, CSV, JSON and records of a desk with a case name no site, operator, product or finder."""
    desk = busy
    (case_id,) = [case["id"] for case in json.loads(desk("case", "list", "--json")[1])]
    shown = desk("case", "show", case_id, "--json")[1]
    assert all(word in shown for word in ("planted-site", "planted-finder", "planted-path"))  # else nothing is tested
    out = tmp_path / "out"
    status, said, err = desk("report", "--quarter", "2026Q4", "--out", out, *NOW)
    assert (status, err) == (0, "")
    records = desk("case", "export", "--all", "--format", "records")[1]
    assert '"type":"xss"' in records
    assert not [word for word in WORDS if word in records]
    printed = said + desk("report", "--json", *NOW)[1]
    written = [path for path in out.rglob("*") if path.is_file()]
    assert {path.suffix for path in written} >= {".csv", ".json", ".html"}
    for text in (printed, *(path.read_text("utf-8") for path in written)):
        assert not [word for word in (*WORDS, case_id.partition("#")[2]) if word in text]


@needs_gpg
def test_history_comes_along(desk: Desk, history: Path, tmp_path: Path) -> None:
    """Export, import and export again give the same; a second import changes nothing; no case mails for it."""
    status, said, err = desk("case", "import", history)
    assert (status, said, err) == (0, "9 case records: 9 new, 0 changed, 0 as they were\n", "")
    exported = desk("case", "export", "--all", "--format", "records")[1]
    assert sorted(exported.splitlines()) == sorted(history.read_text("utf-8").splitlines())
    again = tmp_path / "again.jsonl"
    again.write_text(exported, "utf-8")
    assert desk("case", "import", again)[1] == "9 case records: 0 new, 0 changed, 9 as they were\n"
    assert desk("case", "export", "--all", "--format", "records")[1] == exported
    assert [json.loads(desk(verb, "list", "--json")[1]) for verb in ("case", "outbox")] == [[], []]
    number = json.loads(exported.splitlines()[0])["id"]
    assert desk("case", "export", number, "--format", "records")[1] == exported.splitlines()[0] + "\n"


@needs_gpg
def test_own_cases_and_history_are_counted_together(busy: Desk, history: Path, tmp_path: Path) -> None:
    """The state's cases and what was brought; `--from` counts the file alone, to the same numbers."""
    desk = busy
    desk("case", "import", history)
    said = desk("report", "--json", *NOW)[1]
    assert value(said, "reports", "total", "cumulative") == 10
    assert value(said, "website_status", "open", "2026Q4") == 1
    whole = tmp_path / "all.jsonl"
    whole.write_text(desk("case", "export", "--all", "--format", "records")[1], "utf-8")
    assert desk("report", "--json", "--from", whole, *NOW)[1] == said
    assert value(desk("report", "--json", "--from", history, *NOW)[1], "reports", "total", "cumulative") == 9


@needs_gpg
def test_a_record_completes_a_case(busy: Desk, tmp_path: Path) -> None:
    """What a case cannot tell is told by importing its record with it."""
    desk = busy
    record = json.loads(desk("case", "export", "--all", "--format", "records")[1])
    (tmp_path / "one.jsonl").write_text(json.dumps(record | {"operator_kind": "company_listed", "closed": None}))
    assert desk("case", "import", tmp_path / "one.jsonl")[0] == 0
    assert value(desk("report", "--json", *NOW)[1], "operators", "count", "company_listed") == 1


@needs_gpg
def test_nothing_of_a_bad_file_is_taken_in(desk: Desk, history: Path) -> None:
    """One bad line, and every problem is told with line and field, the exit status is 2, and nothing was kept."""
    with history.open("a", encoding="utf-8") as file:
        file.write('{"id": "A", "track": "website", "received": "2026-02-30"}\nnonsense\n')
    status, said, err = desk("case", "import", history)
    assert (status, said) == (2, "")
    assert [line.split(": ")[1:3] for line in err.splitlines()] == [
        ["history.jsonl:10", "received"],
        ["history.jsonl:11", "not a JSON object in UTF-8"],
    ]
    assert desk("case", "export", "--all", "--format", "records")[1] == ""
    assert desk("report", "--from", history, "--json")[0] == 2


@needs_gpg
def test_wrong_use_is_explained(desk: Desk, tmp_path: Path) -> None:
    """A quarter that is none, a file that is not there, a case that is not known."""
    for words, said in (
        (("report", "--quarter", "2026-4", "--json"), "--quarter 2026-4: a quarter is written like 2026Q4"),
        (("report", "--from", tmp_path / "none"), "none: cannot be read: No such file or directory"),
        (("case", "import", tmp_path / "none"), "none: cannot be read: No such file or directory"),
        (("case", "export", "12345678", "--format", "records"), "there is no record of CASE#12345678"),
    ):
        status, out, err = desk(*words)
        assert (status, out) == (2, "")
        assert said in err


@needs_gpg
def test_brought_records_are_sealed_and_backed_up(desk: Desk, folder: Path, history: Path, tmp_path: Path) -> None:
    """At rest no number of a record can be read; a backup has them, and a restored desk counts the same."""
    desk("case", "import", history)
    number = json.loads(history.read_text("utf-8").splitlines()[0])["id"].encode()
    assert not [p for p in (folder / "state").rglob("*") if p.is_file() and number in p.read_bytes()]
    exported = desk("case", "export", "--all", "--format", "records")[1]
    assert desk("backup", tmp_path / "desk.backup")[0] == 0
    (folder / "state").rename(folder / "old")
    assert desk("restore", tmp_path / "desk.backup")[0] == 0
    assert desk("case", "export", "--all", "--format", "records")[1] == exported
