"""What the demo leaves to be looked at: all mails on one page, the quarter's statistics, and the desk's own pages."""

from collections.abc import Sequence
from pathlib import Path

from mailbot.adapters.charts import draw
from mailbot.bootstrap_words import load_words
from mailbot.core.digest import Counted
from mailbot.core.messages import OpenedMail
from mailbot.core.model import Case
from mailbot.core.statistics.from_cases import case_records
from mailbot.demo.desk import DemoDesk
from mailbot.pages.desk_page import DeskWords, language_of, write_desk
from mailbot.pages.engine import PRIVATE, page, write
from mailbot.pages.statistics_page import write_report
from mailbot.statistics import load_counting
from mailbot.statistics_files import write_numbers


def write_pages(
    folder: Path, desk: DemoDesk, cases: Sequence[Case], letters: Sequence[tuple[str, OpenedMail]]
) -> tuple[Path, Path, Path]:
    """Write the three: where the mails, the statistics and the desk's pages begin. Every text in them is escaped."""
    report, own = _report(folder / "report", desk), _desk(folder / "desk", desk, cases)
    others = [
        (name, str(there.relative_to(folder)))
        for name, there in (("The quarter's statistics", report), ("The desk's own page", own))
    ]
    story = folder / "demo.html"
    zone = desk.bot.desk.timezone
    write(story, page("demo.html.j2", "en", cases=cases, letters=letters, zone=zone, others=others), PRIVATE)
    return story, report, own


def _report(folder: Path, desk: DemoDesk) -> Path:
    counting = load_counting(desk.config)
    records = case_records(desk.bot.store.cases(), {}, counting.rules, counting.zone)
    statistics = counting.statistics(records, None, desk.now)
    labels, made = counting.rules.labels, desk.now.astimezone(counting.zone).date()
    files = write_numbers(statistics, labels, folder)
    return write_report(statistics, labels, folder, draw, desk=desk.bot.desk.name, made=made, files=files)[0]


def _desk(folder: Path, desk: DemoDesk, cases: Sequence[Case]) -> Path:
    templates, policy = load_words(desk.config)
    said = DeskWords(desk.bot.desk, templates, policy, language_of(desk.bot.desk))
    store = desk.bot.store
    mails = (Counted(d.digest, d.kind, d.at, d.sender, d.why) for d in store.dispositions())
    return write_desk(folder, cases, store.items(), mails, said, desk.now, draw)
