"""Verbs that are imported when they are used: most of a start is the import of what other verbs need."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from mailbot.cli.examples import epilog
from mailbot.cli.progress import busy

VERBS: Mapping[str, tuple[str, str]] = {
    "demo": ("setting_up", "See the whole main job on this machine: no account, no server, no root."),
    "init": ("setting_up", "Write mailbot.toml, state/, rules/, templates/ and the desk's key; never overwrites."),
    "doctor": ("setting_up", "Check everything that a run needs, each with what to do."),
    "health": ("setting_up", "Say whether `run` goes on, for a container's or a monitor's probe; exit 1 if not."),
    "auth": (
        "setting_up",
        "Sign the desk in where its mail server wants OAuth 2; prints what to open, and keeps what it gives, sealed.",
    ),
    "run": ("working", "Take in mail, act on deadlines, deliver; with --once a single round."),
    "ingest": (
        "working",
        "Take in mail from files, on the same path as polled mail; `run` delivers the answers.",
    ),
    "rehearse": ("working", "Show what would happen to mail; changes nothing."),
    "case": ("exporting", "Read cases."),
    "do": ("working", "Run coordinators' commands from the local shell; they are logged as such."),
    "outbox": ("reading", "What waits to go out, and what became of it."),
    "quarantine": ("reading", "Mail that a person must look at."),
    "contacts": ("knowing", "Contact points of sites and vendors."),
    "report": ("reporting", "Write the statistics of a quarter: a page with charts, CSV and JSON."),
    "kit": (
        "setting_up",
        "Write what a site's operator needs to open a window of their own: security.txt, guide, page, answers.",
    ),
    "key": ("setting_up", "The desk's key and pinned keys of others."),
    "rules": ("knowing", "The rules that reports are read by."),
    "schema": ("knowing", "Print the JSON Schema of what a verb prints with --json."),
    "verify": (
        "keeping",
        "Reconcile mailbox, spool, cases, outbox and journal; every gap is named. Exit 1 if there is one.",
    ),
    "backup": ("keeping", "Write the whole state to FILE, also while the daemon works; what is sealed stays sealed."),
    "restore": (
        "keeping",
        "Bring the state back from FILE into an empty state folder; everything in FILE is checked first.",
    ),
    "purge": (
        "keeping",
        "Forget reports, people and mail of cases that ended before DATE; number, dates and codes stay.",
    ),
    "rekey": (
        "keeping",
        "Make a new at-rest key and seal everything with it; the old one opens nothing afterwards. Stop `run` before.",
    ),
    "store": ("storing", "Where the desk's memory lies: move it to a database, or back to files."),
}
"""Every verb in the order of the help: the module of mailbot.cli that has it, and what it does in a line."""


LONG: Mapping[str, str] = {
    "report": "counting and drawing",
    "verify": "reconciling",
    "backup": "packing the state",
    "restore": "checking and unpacking",
    "rekey": "sealing anew",
}
"""Verbs that may take long on a large state, and what a terminal shows meanwhile."""


class LazyGroup(TyperGroup):
    """The verbs of `VERBS`: by name and line for the help and completion, whole once one is called."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        for name, (_, line) in VERBS.items():
            self.commands.setdefault(name, TyperCommand(name, help=line))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The verb that is called, as its module made it."""
        if args and args[0] in VERBS:
            self.commands[args[0]] = whole(args[0])
        return super().resolve_command(ctx, args)


def whole(verb: str) -> Any:
    """The command of that name with all its options."""
    module = import_module(f"mailbot.cli.{VERBS[verb][0]}")
    made = typer.Typer()
    made.callback()(lambda: None)  # a group also where the module has one verb
    module.add_to(made)
    command = get_group(made).commands[verb]
    command.epilog = epilog(verb)
    if verb in LONG and command.callback:
        command.callback = busy(LONG[verb])(command.callback)
    for name, below in getattr(command, "commands", {}).items():
        below.epilog = epilog(f"{verb} {name}")
    return command
