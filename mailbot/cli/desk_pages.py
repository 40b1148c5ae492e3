"""The desk's own pages out of its memory, as `report` writes them beside the public ones' folder, never into it."""

from datetime import datetime
from pathlib import Path

from mailbot.adapters.charts import draw
from mailbot.bootstrap import load_words
from mailbot.config import Config
from mailbot.core.digest import Counted
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


def write_desk_pages(config: Config, store: Store, folder: Path, at: datetime) -> Path:
    """Write the pages as of that moment; where they begin. Raises MailbotError if the disk does not take them."""
    desk = config.desk_value()
    templates, policy = load_words(config)
    said = DeskWords(desk, templates, policy, language_of(desk))
    mails = (Counted(d.digest, d.kind, d.at, d.sender, d.why) for d in store.dispositions())
    cases = sorted(store.cases(), key=lambda case: (case.received, case.id))
    try:
        return write_desk(folder, cases, store.items(), mails, said, at, draw)
    except OSError as exc:
        raise MailbotError(f"{folder}: cannot be written: {exc.strerror}") from None
