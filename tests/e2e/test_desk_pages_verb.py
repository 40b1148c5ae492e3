"""`report` from the desk's memory also writes the desk's own pages: private, and never into what is published."""

import stat
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace

import pytest

from mailbot.bootstrap import build
from mailbot.cli.app import run
from mailbot.config import load
from mailbot.demo.page import write_pages
from tests.builders import opened
from tests.page_checks import assert_sound
from tests.pgp_home import needs_gpg, quiet_desk

NOW = ("--now", "2026-12-20T12:00:00+09:00")
REPORT = """Name: 埋込花子
Affected website: https://www.planted-site.example/planted-path?q=1

Cross-site scripting. Steps: open https://www.planted-site.example/planted-path?q=<script>alert(1)</script>
and see the script run.
"""

pytestmark = needs_gpg


@pytest.fixture(scope="module")
def folder() -> Path:
    """A desk that looks nothing up, with one case."""
    made = quiet_desk("Ours & Desk")
    mail = EmailMessage()
    mail["From"], mail["To"] = "finder@finder.example", "security@our.test"
    mail["Subject"], mail["Message-ID"] = "XSS in planted-site.example", "<1@finder.example>"
    mail["Date"] = "Fri, 20 Nov 2026 09:00:00 +0900"
    mail.set_content(REPORT)
    (made / "report.eml").write_bytes(mail.as_bytes())
    assert verb(made, "ingest", str(made / "report.eml"), "--now", "2026-11-20T09:30:00+09:00") == 0
    return made


def verb(folder: Path, *words: str) -> int:
    """Run a verb on that desk; its exit status."""
    return run(["--config", str(folder / "mailbot.toml"), *words])


def test_report_writes_both(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The public pages go to --out, the desk's own beside mailbot.toml, for its owner alone; each is named."""
    public = folder / "public"
    assert verb(folder, "report", "--out", str(public), *NOW) == 0
    own = folder / "desk"
    said = capsys.readouterr().out.split()
    assert said == [str(each) for each in (public / "index.html", public / "en.html", own / "index.html")]
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    (case,) = own.glob("case-*.html")
    for page in (own / "index.html", case):
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
        text = page.read_text("utf-8")
        assert_sound(text)
        assert "www[.]planted-site[.]example/planted-path" in text
        assert "alert(1)" not in text
    for page in public.glob("*.html"):
        text = page.read_text("utf-8")
        assert_sound(text)
        assert "planted" not in text
        assert "Ours &amp; Desk" in text


def test_private_pages_do_not_fall_into_what_is_published(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where --out holds the usual folder, nothing is written until somebody names another, or this very one."""
    before = set(folder.iterdir())
    assert verb(folder, "report", "--out", str(folder), *NOW) != 0
    assert "--desk" in capsys.readouterr().err
    assert set(folder.iterdir()) == before
    elsewhere = folder / "elsewhere"
    assert verb(folder, "report", "--out", str(folder / "both"), "--desk", str(elsewhere), *NOW) == 0
    assert (elsewhere / "index.html").is_file()


def test_the_demo_leaves_three_pages(folder: Path, tmp_path: Path) -> None:
    """All mails on one page, the statistics and the desk's pages; the first names the others."""
    config = load(folder / "mailbot.toml")
    letter = opened("a@x.example", "<b>subject</b>", "text </pre><script>alert(1)</script>")
    with build(config, read_only=True) as bot:
        desk = SimpleNamespace(config=config, bot=bot, now=datetime(2026, 12, 20, 3, tzinfo=UTC))
        cases = tuple(bot.store.cases())
        pages = write_pages(tmp_path, desk, cases, [("A <reader>", letter)])  # type: ignore[arg-type]  # what it needs
    assert pages == tuple(tmp_path / name for name in ("demo.html", "report/index.html", "desk/index.html"))
    story, *others = (page.read_text("utf-8") for page in pages)
    for page in (story, *others):
        assert_sound(page)
    assert 'href="report/index.html"' in story
    assert 'href="desk/index.html"' in story
    assert cases[0].id in story


def test_records_of_a_file_have_no_private_page(folder: Path, tmp_path: Path) -> None:
    """With --from nothing is read of the desk's memory, and nothing of it is written."""
    records = tmp_path / "records.jsonl"
    records.write_text('{"id": "CASE#1", "track": "website", "received": "2026-11-01"}\n', "utf-8")
    out, own = tmp_path / "out", tmp_path / "own"
    assert verb(folder, "report", "--from", str(records), "--out", str(out), "--desk", str(own), *NOW) == 0
    assert (out / "index.html").is_file()
    assert not own.exists()
