"""Pages of cases that say the same are not made again; whatever could make them say something else is looked at."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mailbot.core.charts import Chart
from mailbot.core.messages import Address, Draft
from mailbot.core.model import Case, Deadline, DeadlineKind, Entry, Role, State
from mailbot.core.outbox import OutboxItem, Status
from mailbot.pages import desk_page
from mailbot.pages.desk_page import DeskWords, write_desk
from mailbot.pages.unchanged import NAME
from tests.builders import DESK, NOW, POLICY, SHOP, case
from tests.sample_cases import templates

SAID = DeskWords(DESK, templates(), POLICY, "ja", "one")
DUE = Deadline(DeadlineKind.COORDINATOR, NOW + timedelta(hours=2))
SENT = Entry(NOW, "sent", "mailbot", "first-contact to web@shop.example.jp", "<1@desk>")
CASE = case(State.CONTACTING, SHOP, deadlines=(DUE,), timeline=(SENT,))
DRAFT = Draft("ja/first-contact", Address("", SHOP.address), Role.OPERATOR, "件名 one", "本文")
MAIL = OutboxItem("1" * 16, CASE.id, "1", "first-contact", Status.SENT, NOW, NOW, DRAFT, message_id="<1@desk>")
PAGE = "case-CASE-12345678.html"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cases whose page was made."""
    found: list[str] = []
    real = desk_page.case_page

    def case_page(case: Case, items: object, said: DeskWords, now: datetime) -> str:
        found.append(case.id)
        return real(case, items, said, now)  # type: ignore[arg-type]

    monkeypatch.setattr(desk_page, "case_page", case_page)
    return found


def no_chart(chart: Chart, width: int, title: str, description: str) -> str:
    """In place of a drawing."""
    return f'<svg id="{chart.code}-{width}"></svg>'


def written(
    folder: Path, a_case: Case = CASE, mail: OutboxItem = MAIL, said: DeskWords = SAID, now: datetime = NOW
) -> str:
    """The page as it lies there after a report."""
    write_desk(folder, (a_case,), (mail,), (), said, now, no_chart)
    return (folder / PAGE).read_text("utf-8")


def test_nothing_new_makes_no_page(tmp_path: Path, made: list[str]) -> None:
    """Not later on the same day either, as long as no deadline passes; what is kept of it is private."""
    before = written(tmp_path)
    assert written(tmp_path, now=NOW + timedelta(hours=1)) == before
    assert made == [CASE.id]
    assert {path.name for path in tmp_path.iterdir()} == {"index.html", NAME, PAGE}
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "news",
    [
        {"a_case": replace(CASE, assigned="Somebody")},
        {"a_case": replace(CASE, timeline=())},
        {"mail": replace(MAIL, draft=replace(DRAFT, subject="件名 two"))},
        {"said": replace(SAID, edition="two")},
        {"said": replace(SAID, language="en")},
        {"said": replace(SAID, desk=replace(DESK, name="Another Desk"))},
        {"now": NOW + timedelta(hours=3)},
        {"now": NOW + timedelta(days=1)},
    ],
    ids=["case", "history", "mail", "edition", "language", "desk", "hour", "day"],
)
def test_news_make_the_page_anew(tmp_path: Path, made: list[str], news: dict[str, object]) -> None:
    """Of the case, its mails, the words, the day, or a deadline: the page is what it would be in an empty folder."""
    written(tmp_path / "a")
    after = written(tmp_path / "a", **news)  # type: ignore[arg-type]
    assert made == [CASE.id] * 2
    assert after == written(tmp_path / "b", **news)  # type: ignore[arg-type]


def _longer(folder: Path) -> None:
    (folder / PAGE).write_text("something else")


def _as_long(folder: Path) -> None:
    page = folder / PAGE
    found = page.stat()
    page.write_bytes(b"x" * found.st_size)
    os.utime(page, ns=(found.st_atime_ns, found.st_mtime_ns))


def _open_to_all(folder: Path) -> None:
    (folder / PAGE).chmod(0o644)


def _linked(folder: Path) -> None:
    (folder / PAGE).rename(folder / "elsewhere")
    (folder / PAGE).symlink_to(folder / "elsewhere")


def _gone(folder: Path) -> None:
    (folder / PAGE).unlink()


def _spoiled(folder: Path) -> None:
    (folder / NAME).write_text('{"case-CASE-12345678.html": 7}')


def _a_link(folder: Path) -> None:
    (folder / NAME).rename(folder / "elsewhere")
    (folder / NAME).symlink_to(folder / "elsewhere")


@pytest.mark.parametrize("meddle", [_longer, _as_long, _open_to_all, _linked, _gone, _spoiled, _a_link])
def test_a_page_that_somebody_touched_is_made_anew(
    tmp_path: Path, made: list[str], meddle: Callable[[Path], None]
) -> None:
    """It is a file of ours again, with what belongs there."""
    before = written(tmp_path)
    meddle(tmp_path)
    assert written(tmp_path) == before
    assert made == [CASE.id] * 2
    assert not (tmp_path / PAGE).is_symlink()
    assert (tmp_path / PAGE).stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / NAME).is_symlink()


def test_nothing_is_kept_of_a_case_that_is_gone(tmp_path: Path) -> None:
    """Neither its page nor its name."""
    written(tmp_path)
    write_desk(tmp_path, (), (), (), SAID, NOW, no_chart)
    assert not (tmp_path / PAGE).exists()
    assert "12345678" not in (tmp_path / NAME).read_text()
