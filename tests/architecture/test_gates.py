"""No way leads round the gates: who makes what only one may make, and who may hand a mail to the outside."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.test_imports import calls, imports, is_in, modules

MAKERS = {
    "SanitisedDraft": {"mailbot.core.sanitise"},
    "CheckedDraft": {"mailbot.core.egress"},
    "SealedMail": {"mailbot.core.seal"},
    "Hit": {"mailbot.core.egress", "mailbot.core.egress_rules"},
}
"""Who makes the types that a mail goes through on its way out."""

STAMPS = {"STAMP_OF_EGRESS": "mailbot.core.egress", "STAMP_OF_SEAL": "mailbot.core.seal"}
"""What it takes to make one of the last two, and who holds it."""

CALLERS = {
    "admit": {"mailbot.gate"},
    "seal": {"mailbot.gate"},
    "prepare": {"mailbot.dispatch"},
}

SENDERS = {"mailbot.dispatch", "mailbot.delivering", "mailbot.bootstrap", "mailbot.adapters.smtp"}
"""dispatch.py sends; delivering.py's and bootstrap.py's senders pass on what they are given; the adapter sends."""

RELAYS = ("smtplib", "aiosmtplib", "aiosmtpd", "sendmail", "nntplib", "telnetlib")
FORGERS = (
    "object.__new__",
    "object.__setattr__",
    "setattr",
    "pickle.loads",
    "pickle.load",
    "copy.copy",
    "copy.deepcopy",
)


def named(name: str) -> Iterator[tuple[str, int]]:
    """Every name that the module uses, also as a member or as what it imports."""
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.Name):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        elif isinstance(node, ast.ImportFrom):
            yield from ((alias.name, node.lineno) for alias in node.names)


def callers(function: str) -> set[str]:
    """The modules that call a function of that name, not a method of something else."""
    return {name for name in modules() for call, _ in calls(name) if call.rpartition(".")[2] == function}


@pytest.mark.parametrize("kind", MAKERS)
def test_t54_each_stage_of_a_mail_has_one_maker(kind: str) -> None:
    """Whatever wrote it, a mail is redacted, looked at and sealed by the one module that does it."""
    assert callers(kind) == MAKERS[kind]


@pytest.mark.parametrize("stamp", STAMPS)
def test_a_stamp_is_held_by_one(stamp: str) -> None:
    """Besides the module that asks for it."""
    holders = {name for name in modules() if stamp in {word for word, _ in named(name)}}
    assert holders == {STAMPS[stamp], "mailbot.core.messages"}


@pytest.mark.parametrize("function", CALLERS)
def test_the_gate_is_passed_in_one_place(function: str) -> None:
    """Nothing else looks at a mail on its way out, seals it, or takes it there."""
    of_mail = {name for name in callers(function) if not is_in(name, "mailbot.adapters")}
    assert of_mail == CALLERS[function]


def test_mail_is_sent_in_one_place() -> None:
    """Who has a sender at all: the one who sends, and who makes it."""
    sending = {
        name
        for name in modules()
        for call, _ in calls(name)
        if call.endswith(("sender.send", "SmtpSender", "_sender.send"))
    }
    assert sending <= SENDERS
    assert {name for name in modules() for call, _ in calls(name) if call == "bot.sender.send"} == {"mailbot.dispatch"}


@pytest.mark.parametrize("library", RELAYS)
def test_no_other_way_out_speaks_smtp(library: str) -> None:
    """One adapter, one library; the demonstration plays the other people's mailers."""
    users = {name for name in modules() if any(is_in(imported, library) for imported in imports(name))}
    assert {name for name in users if not is_in(name, "mailbot.demo")} <= {"mailbot.adapters.smtp"}


def test_no_frozen_value_is_forged() -> None:
    """Nothing goes past the constructors of our types; what the reader's child sends back is no mail of ours."""
    forging = {(name, call) for name in modules() for call, _ in calls(name) if call in FORGERS}
    assert forging - {("mailbot.adapters.child_reader", "pickle.loads")} == set()
