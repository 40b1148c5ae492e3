"""The verbs put together, and what their failures mean as exit status."""

from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from mailbot import __version__
from mailbot.cli import INTERRUPTED
from mailbot.cli.lazy import LazyGroup
from mailbot.cli.logs import LogForm, begin
from mailbot.cli.output import say
from mailbot.errors import AccessError, ConfigError, MailbotError, PermanentError, TransientError

DONE, FAULT, WRONG_USE, UNREACHABLE = 0, 1, 2, 75
"""Exit status: 75 is EX_TEMPFAIL of sysexits.h, which makes an MTA keep a mail that it pipes to `ingest -`."""

app = typer.Typer(
    cls=LazyGroup,
    help="The mailbox of a vulnerability desk: reports in, cases, receipts, reminders and notices out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="The configuration; default mailbot.toml here.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more to stderr.")] = False,
    log_form: Annotated[
        LogForm, typer.Option("--log", envvar="MAILBOT_LOG", help="How log lines look.")
    ] = LogForm.TEXT,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Options of every verb."""
    begin(verbose=verbose, form=log_form)
    context.obj = config


def run(arguments: list[str]) -> int:
    """Run one command line; its exit status. Every expected failure ends in a sentence, never a traceback."""
    try:
        result = app(args=arguments, prog_name="mailbot", standalone_mode=False)
    except ConfigError as exc:
        for problem in exc.problems:
            say(problem)
        return WRONG_USE
    except typer.Abort:
        return FAULT
    except TyperException as exc:
        at = getattr(exc, "ctx", None)
        verb = at.command_path if at else "mailbot"
        say(f"{exc.format_message().replace('Value error, ', '').rstrip('.')}; {verb} --help shows how")
        return WRONG_USE
    except AccessError as exc:
        say(f"{exc}; nothing is lost")
        return FAULT
    except TransientError as exc:
        say(f"{exc}; nothing is lost, try again later")
        return UNREACHABLE
    except PermanentError as exc:
        say(str(exc))
        return WRONG_USE
    except MailbotError as exc:
        say(str(exc))
        return FAULT
    except BrokenPipeError:
        return FAULT
    if result == INTERRUPTED:  # what typer makes of Ctrl-C
        say("stopped")
    return result if isinstance(result, int) else DONE
