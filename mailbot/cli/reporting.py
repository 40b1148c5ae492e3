"""The verb `report`: the statistics of a quarter as a page, CSV and JSON."""

from pathlib import Path
from typing import Annotated

import typer

from mailbot.adapters.charts import draw
from mailbot.adapters.collecting import kept_to_the_end, nothing_collected
from mailbot.cli.common import Json, Now, config_of, moment, store_of
from mailbot.cli.desk_pages import Traffic, cases_of, folder_for, traffic_of, write_desk_pages
from mailbot.cli.output import put, put_json
from mailbot.core.model import Case
from mailbot.errors import MailbotError
from mailbot.pages.statistics_page import write_report
from mailbot.statistics import load_counting, records_in, records_of
from mailbot.statistics_files import write_numbers
from mailbot.statistics_shapes import statistics_shape


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command("report")(report)


def report(
    context: typer.Context,
    quarter: Annotated[str | None, typer.Option(help="Such as 2026Q4; default: the present one so far.")] = None,
    out: Annotated[Path | None, typer.Option(help="The folder to write to; default: report-QUARTER here.")] = None,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="RECORDS", help="Count the case records of this file alone.")
    ] = None,
    desk: Annotated[
        Path | None, typer.Option(help="The folder of the desk's own pages; default: desk/ beside mailbot.toml.")
    ] = None,
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Write the statistics of a quarter: a page with charts, CSV and JSON.

    Nothing in it names a site, an operator or a finder. From the desk's memory come private pages as well: what is
    open, overdue and waited for, and each case's history. With --json numbers are printed; files come with --out only.
    """
    config, at = config_of(context), moment(now)
    counting = load_counting(config)
    cases: tuple[Case, ...] = ()
    traffic = Traffic((), ())
    if source is not None:
        records = records_in(source, counting)
    else:
        with store_of(context) as (_, store), kept_to_the_end():
            cases = cases_of(store, at)
            records = records_of(store, counting, cases)
            if out or not as_json:
                traffic = traffic_of(store, cases, at)
    statistics, labels = counting.statistics(records, quarter, at), counting.rules.labels
    if as_json:
        put_json(statistics_shape(statistics, labels))
    if as_json and out is None:
        return
    folder = out or Path(f"report-{statistics.quarter}")
    own = folder_for(config, desk, folder) if source is None else None
    files = write_numbers(statistics, labels, folder)
    made = at.astimezone(counting.zone).date()
    try:
        with nothing_collected():  # drawings are full of cycles, and small beside what was read
            pages = write_report(statistics, labels, folder, draw, desk=config.desk.name, made=made, files=files)
    except OSError as exc:
        raise MailbotError(f"{folder}: cannot be written: {exc.strerror}") from None
    if own is not None:
        pages = (*pages, write_desk_pages(config, own, at, cases, traffic))
    if not as_json:
        for page in pages:
            put(str(page))
