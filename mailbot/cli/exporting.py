"""The verb that hands cases to people and programs outside: `case export`."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mailbot import overview
from mailbot.adapters.csaf_check import csaf_problems
from mailbot.adapters.durable import write_file
from mailbot.bootstrap import load_knowledge
from mailbot.bootstrap_memory import open_store
from mailbot.cli import completing
from mailbot.cli.cases import case_app, case_show
from mailbot.cli.common import Now, case_id_of, config_of, local_user, moment, store_of
from mailbot.cli.output import put, put_json, safe_block, say
from mailbot.core.advisory import unfit
from mailbot.core.csaf import file_name
from mailbot.core.lifecycle import Refusal
from mailbot.core.model import Case
from mailbot.errors import MailbotError, PermanentError
from mailbot.publishing import Desktop, advisory_paper, csaf
from mailbot.statistics import bring, load_counting, records_in, records_of


class Format(StrEnum):
    """What a case is handed out as."""

    DOSSIER = "dossier"
    CSAF = "csaf"
    JSON = "json"
    RECORDS = "records"


def add_to(app: typer.Typer) -> None:
    """Register the verb `case`, with what `cases` has of it."""
    app.add_typer(case_app, name="case")


@case_app.command("export")
def case_export(
    context: typer.Context,
    case_ids: Annotated[list[str] | None, typer.Argument(metavar="ID…", autocompletion=completing.case_ids)] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every case that the format fits.")] = False,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="dossier: advisory drafts and history; csaf: CSAF 2.0, validated; json: as case show; records: what "
            "statistics need, one JSON object a line, also of cases that were brought.",
        ),
    ] = Format.DOSSIER,
    language: Annotated[str | None, typer.Option(help="Of csaf; default: the desk's first.")] = None,
    out: Annotated[Path | None, typer.Option(help="A folder for csaf: one file a case.")] = None,
    now: Now = None,
) -> int:
    """Hand cases out: as a paper to edit, as CSAF, or as JSON. The dossier and JSON are for coordinators only."""
    if bool(case_ids) == everything:
        raise typer.BadParameter("name one case or more, or give --all")
    if form is Format.RECORDS:
        return _records(context, case_ids or ())
    config, at = config_of(context), moment(now)
    knowledge = load_knowledge(config)
    with store_of(context) as (desk, store):
        table = Desktop(desk, knowledge.templates, knowledge.types, knowledge.rules.redactions)
        wanted = [case_id_of(desk, text) for text in case_ids or ()]
        known = {case.id: case for case in sorted(store.cases(), key=lambda c: (c.received, c.id))}
    if missing := [case_id for case_id in wanted if case_id not in known]:
        raise PermanentError(f"there is no case {', '.join(missing)}; see mailbot case list")
    cases = [known[case_id] for case_id in wanted] or list(known.values())
    if language and language not in table.templates.languages:
        raise typer.BadParameter(f"--language {language}: there are texts in {', '.join(table.templates.languages)}")
    match form:
        case Format.JSON:
            shown = [overview.in_full(case, at) for case in cases]
            put_json(shown[0] if len(wanted) == 1 else shown)
            return 0
        case Format.CSAF:
            return _csaf(cases, table, language or table.languages[0], out, at, everything)
        case Format.DOSSIER:
            return max((_dossier(context, case, table, at, now) for case in cases), default=0)


@case_app.command("import")
def case_import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Case records, one JSON object a line.")],
) -> None:
    """Bring the records of cases that another system had: they count in statistics and send no mail.

    All of the file is taken in or, with every problem told, nothing. Again the same file changes nothing; a record with
    another's number takes its place, and one with the number of a case here adds what that case cannot tell.
    """
    config = config_of(context)
    counting = load_counting(config)
    records = records_in(file, counting)
    said = f"{datetime.now(UTC).isoformat(timespec='seconds')} by {local_user()}:"
    with open_store(config) as store:
        taken = bring(store, records, said)
    put(f"{len(records)} case records: {taken.new} new, {taken.changed} changed, {taken.same} as they were")


def _records(context: typer.Context, case_ids: Sequence[str]) -> int:
    counting = load_counting(config_of(context))
    with store_of(context) as (desk, store):
        known = {record.id: record for record in records_of(store, counting)}
    wanted = [text if text in known else case_id_of(desk, text) for text in case_ids]
    if missing := [case_id for case_id in wanted if case_id not in known]:
        raise PermanentError(f"there is no record of {', '.join(missing)}; see mailbot case export --all")
    for record in [known[case_id] for case_id in wanted] or known.values():
        put(record.line())
    return 0


def _csaf(cases: list[Case], table: Desktop, language: str, out: Path | None, at: datetime, everything: bool) -> int:
    if everything:
        cases = [case for case in cases if unfit(case) is None]
    if out is None and len(cases) > 1:
        raise typer.BadParameter(f"{len(cases)} documents: name a folder for them with --out")
    status, written = 0, dict[str, str]()
    for case in cases:
        document = csaf(case, table, language, at)
        problems = (document.reason,) if isinstance(document, Refusal) else csaf_problems(document)
        name = "" if isinstance(document, Refusal) else file_name(document)
        if not problems and name in written:
            problems = (f"{written[name]} is in {name} already: two cases have one number",)
        for problem in problems:
            say(f"{case.id}: {problem}; nothing was written")
        if problems or isinstance(document, Refusal):
            status = 1
        elif out is None:
            put_json(document)
        else:
            written[name] = case.id
            put(str(_write(out / name, json.dumps(document, ensure_ascii=False, indent=2) + "\n")))
    return status


def _write(path: Path, text: str) -> Path:
    """A draft may be read by nobody else on this machine."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_file(path, text.encode())
    except OSError as exc:
        raise MailbotError(f"{path}: cannot be written: {exc.strerror}") from None
    return path


def _dossier(context: typer.Context, case: Case, table: Desktop, at: datetime, now: str | None) -> int:
    """The advisory in each language, then the case as it is shown."""
    status = 0
    if unfit(case) is None:
        for language in table.languages:
            paper = advisory_paper(case, table, language, at)
            if isinstance(paper, Refusal):
                say(f"{case.id}: no advisory: {paper.reason}")
                status = 1
                break
            put(f"=== advisory.{language}.txt ===\n")
            put(safe_block(paper))
            put("")
    put(f"=== {case.id}: the file, for coordinators only ===\n")
    case_show(context, case.id, now)
    put("")
    return status
