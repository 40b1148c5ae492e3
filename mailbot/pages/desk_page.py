"""The desk's own pages: where it stands, and each case's history. They are private, whoever asked for them.

Of a report they say what it is about and nothing more: what it reveals is sealed in the desk's memory and stays there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup

from mailbot.case_log import case_log
from mailbot.core.charts import NARROW, STEPS, WIDE, Chart, Layer, number
from mailbot.core.desk import Desk
from mailbot.core.desk_figures import AGES, DeskFigures, about, desk_figures
from mailbot.core.digest import Counted
from mailbot.core.lifecycle import waiting_for
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem
from mailbot.core.policy import Policy
from mailbot.core.reminding import MOST
from mailbot.core.statistics.figures import Kind
from mailbot.core.statistics.labels import span_name
from mailbot.core.templates import Templates
from mailbot.pages.engine import LANGUAGES, PRIVATE, page, words, write
from mailbot.pages.statistics_page import Draw
from mailbot.pages.unchanged import Unchanged

INDEX = "index.html"
_PAGE = re.compile(r"case-[0-9A-Za-z-]{1,80}\.html|\.(?:index|case-[0-9A-Za-z-]{1,80})\.html\.new")
"""What is ours to remove: a case's page, and what a write left that was killed."""
_LOG_LIMIT = 200_000
_KEPT = timedelta(days=90)


@dataclass(frozen=True)
class DeskWords:
    """Whose pages they are, and in which words."""

    desk: Desk
    templates: Templates
    policy: Policy
    language: str  # ja or en
    edition: str = ""  # tells these words from those of another time; "": nothing does

    @property
    def labels(self) -> Mapping[str, Mapping[str, str]]:
        """The words for codes."""
        return self.templates.labels.get(self.language) or next(iter(self.templates.labels.values()))


def language_of(desk: Desk) -> str:
    """The first of the desk's languages that there are pages in."""
    return next((language for language in desk.languages if language in LANGUAGES), LANGUAGES[0])


def write_desk(
    folder: Path,
    cases: Sequence[Case],
    items: Iterable[OutboxItem],
    mails: Iterable[Counted],
    said: DeskWords,
    now: datetime,
    draw: Draw,
) -> Path:
    """Write `index.html` and a page for each case that `has_page`; where the first is. `items` are those of these cases
    and all others that `desk_figures` counts.

    The folder is 0700, each page 0600. Pages of cases that are gone, or ended before, are removed. Raises OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    items = tuple(items)
    of_case: dict[str, list[OutboxItem]] = {}
    for item in items:
        of_case.setdefault(item.case or "", []).append(item)
    shown = [case for case in cases if has_page(case, now)]
    pages = {case.id: _file_name(case.id) for case in shown}
    _write_cases(folder, [(case, pages[case.id], of_case.get(case.id, ())) for case in shown], said, now)
    for old in folder.iterdir():
        if _PAGE.fullmatch(old.name) and old.name not in pages.values():
            old.unlink()
    figures = desk_figures(cases, items, mails, now, said.policy)
    ended = [case for case in shown if case.state.ended]
    write(folder / INDEX, desk_page(figures, said, draw, pages, ended), PRIVATE)
    return folder / INDEX


def _write_cases(
    folder: Path, shown: Iterable[tuple[Case, str, Iterable[OutboxItem]]], said: DeskWords, now: datetime
) -> None:
    """A page for each case, but those that say the same as the last time."""
    unchanged = Unchanged(folder) if said.edition else None
    for case, name, items in shown:
        made_of = _made_of(case, items, said, now) if unchanged else ""
        if unchanged and unchanged.still(name, made_of):
            continue
        write(folder / name, case_page(case, items, said, now), PRIVATE)
        if unchanged:
            unchanged.made(name, made_of)
    if unchanged:
        unchanged.keep()


def _made_of(case: Case, items: Iterable[OutboxItem], said: DeskWords, now: datetime) -> str:
    """A digest of all that `case_page` looks at; of the moment that is the day, and which deadlines have passed."""
    days = said.policy.today(now), now.astimezone(said.desk.timezone).date()
    subjects = [(item.message_id, item.draft.subject) for item in items if item.draft]
    parts = (said.edition, said.language, said.desk, days, [d.at < now for d in case.deadlines], subjects, case)
    return sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def has_page(case: Case, now: datetime) -> bool:
    """Whether the case is open, or ended a short while ago."""
    return not case.state.ended or now - (case.since or case.received) <= _KEPT


def desk_page(
    figures: DeskFigures,
    said: DeskWords,
    draw: Draw,
    pages: Mapping[str, str] | None = None,
    ended: Iterable[Case] = (),
) -> str:
    """The page of the whole desk; `pages` tells the file of each case that has a page of its own."""
    own = words(said.language)
    ages = list(zip(_age_names(said.language), STEPS[::2], strict=True))
    last = sorted(ended, key=lambda case: case.since or case.received, reverse=True)
    return page(
        "desk.html.j2",
        said.language,
        labels=said.labels,
        desk=said.desk.name,
        at=figures.at.astimezone(said.desk.timezone).strftime("%Y-%m-%d %H:%M"),
        figures=figures,
        pages=pages or {},
        most=MOST,
        ages=ages,
        age_charts=_drawn(_age_chart(figures, said, ages), draw, own["by_age"]),
        week_charts=_drawn(_week_chart(figures, said.language), draw, own["weeks"]),
        ended=[(c.id, c.state, said.policy.today(c.since or c.received).isoformat()) for c in last],
    )


def case_page(case: Case, items: Iterable[OutboxItem], said: DeskWords, now: datetime) -> str:
    """The page of one case: what it is about, what is due, its history and its contact points."""
    day = said.policy.today
    due = sorted(case.deadlines, key=lambda deadline: deadline.at)
    return page(
        "case.html.j2",
        said.language,
        labels=said.labels,
        desk=said.desk.name,
        case=case,
        subject=about(case),
        type=case.field_text("vulnerability.type"),
        received=day(case.received).isoformat(),
        who=waiting_for(case),
        deadlines=[(day(d.at).isoformat(), d.kind, d.note, d.at < now) for d in due],
        log=case_log(case, items, said.desk, said.templates, said.policy, now, said.language),
        limit=_LOG_LIMIT,
    )


def _file_name(case_id: str) -> str:
    return f"case-{re.sub(r'[^0-9A-Za-z]+', '-', case_id)[:80]}.html"


def _age_names(language: str) -> Iterator[str]:
    for first, after in zip(AGES, (*AGES[1:], 0), strict=True):
        yield span_name(f"{first}-{after - 1 if after else ''}", language)


def _age_chart(figures: DeskFigures, said: DeskWords, ages: Sequence[tuple[str, str]]) -> Chart:
    names = said.labels["states"]
    layers = []
    for n, (name, ink) in enumerate(ages):
        counts = [counts[n] for _, counts in figures.states]
        layers.append(Layer(name, tuple(map(float, counts)), ink, tuple(number(c) if c else "" for c in counts)))
    states = tuple(names.get(state, state) for state, _ in figures.states)
    sums = tuple(number(sum(counts)) for _, counts in figures.states)
    return Chart("ages", Kind.STATUS, states, (), tuple(layers), beside=sums)


def _week_chart(figures: DeskFigures, language: str) -> Chart:
    own = words(language)
    layers = []
    for name, ink, counts in (
        ("mails_in", "k1", [week.mails_in for week in figures.weeks]),
        ("mails_out", "k2", [week.mails_out for week in figures.weeks]),
    ):
        shown = tuple(number(count) if count else "" for count in counts)
        layers.append(Layer(own[name], tuple(map(float, counts)), ink, shown))
    days = tuple(f"{week.monday.month}/{week.monday.day}" for week in figures.weeks)
    return Chart("weeks", Kind.BARS, days, tuple(str(week.monday.year) for week in figures.weeks), tuple(layers))


def _drawn(chart: Chart, draw: Draw, title: str) -> tuple[Markup, ...]:
    if not any(any(layer.values) for layer in chart.layers):
        return ()
    drawn = (draw(chart, width, title, " / ".join(layer.name for layer in chart.layers)) for width in (WIDE, NARROW))
    return tuple(Markup(svg) for svg in drawn)  # an XML writer escaped its texts
