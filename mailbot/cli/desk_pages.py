"""The desk's own pages out of its memory, as `report` writes them beside the public ones' folder, never into it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mailbot.adapters.charts import draw
from mailbot.bootstrap_words import edition_of, load_words
from mailbot.config import Config
from mailbot.core.desk_figures import counted_from
from mailbot.core.digest import Counted
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem
from mailbot.errors import MailbotError
from mailbot.memory import DeskStore
from mailbot.pages.desk_page import DeskWords, has_page, language_of, write_desk

FOLDER = "desk"


def folder_for(config: Config, asked: Path | None, public: Path) -> Path:
    """Where the pages go: where they were asked to, else `desk/` beside the configuration.

    Raises MailbotError where nobody asked and what is published would hold them.
    """
    chosen = asked or config.folder / FOLDER
    if asked is None and chosen.resolve().is_relative_to(public.resolve()):
        raise MailbotError(f"{chosen}: the desk's own pages would lie in what is published; name a folder with --desk")
    return chosen


def cases_of(store: DeskStore, at: datetime) -> tuple[Case, ...]:
    """Every case: those that have a page whole, of the others at least what is counted."""
    return tuple(
        (store.case(case.id) or case) if case.state.ended and has_page(case, at) else case
        for case in store.cases_in_brief()
    )


@dataclass(frozen=True)
class Traffic:
    """What the pages say of mails: those to send, and those received."""

    items: tuple[OutboxItem, ...]
    mails: tuple[Counted, ...]


def traffic_of(store: DeskStore, cases: Iterable[Case], at: datetime) -> Traffic:
    """The mails of the cases that have a page, and all others that a figure counts."""
    since = counted_from(at)
    items = store.items_told(since, {case.id for case in cases if has_page(case, at)})
    mails = (Counted(d.digest, d.kind, d.at, d.sender, d.why) for d in store.dispositions(since=since))
    return Traffic(tuple(items), tuple(mails))


def write_desk_pages(config: Config, folder: Path, at: datetime, cases: Iterable[Case], traffic: Traffic) -> Path:
    """Write the pages as of that moment, of all `cases`; where they begin.

    Raises MailbotError if the disk does not take them.
    """
    desk = config.desk_value()
    templates, policy = load_words(config)
    said = DeskWords(desk, templates, policy, language_of(desk), edition_of(config))
    oldest_first = sorted(cases, key=lambda case: (case.received, case.id))
    try:
        return write_desk(folder, oldest_first, traffic.items, traffic.mails, said, at, draw)
    except OSError as exc:
        raise MailbotError(f"{folder}: cannot be written: {exc.strerror}") from None
