"""The desk's own pages out of its memory, as `report` writes them beside the public ones' folder, never into it."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from mailbot.adapters.charts import draw
from mailbot.adapters.collecting import nothing_collected
from mailbot.bootstrap import load_words
from mailbot.config import Config
from mailbot.core.digest import Counted
from mailbot.core.model import Case
from mailbot.errors import MailbotError
from mailbot.memory import Store
from mailbot.pages.desk_page import DeskWords, language_of, write_desk

FOLDER = "desk"


def folder_for(config: Config, asked: Path | None, public: Path) -> Path:
    """Where the pages go: where they were asked to, else `desk/` beside the configuration.

    Raises MailbotError where nobody asked and what is published would hold them.
    """
    chosen = asked or config.folder / FOLDER
    if asked is None and chosen.resolve().is_relative_to(public.resolve()):
        raise MailbotError(f"{chosen}: the desk's own pages would lie in what is published; name a folder with --desk")
    return chosen


def write_desk_pages(config: Config, store: Store, folder: Path, at: datetime, cases: Iterable[Case]) -> Path:
    """Write the pages as of that moment, of all `cases`; where they begin.

    Raises MailbotError if the disk does not take them.
    """
    desk = config.desk_value()
    templates, policy = load_words(config)
    said = DeskWords(desk, templates, policy, language_of(desk))
    mails = (Counted(d.digest, d.kind, d.at, d.sender, d.why) for d in store.dispositions())
    with nothing_collected():
        items = tuple(store.items())
    oldest_first = sorted(cases, key=lambda case: (case.received, case.id))
    try:
        return write_desk(folder, oldest_first, items, mails, said, at, draw)
    except OSError as exc:
        raise MailbotError(f"{folder}: cannot be written: {exc.strerror}") from None
