"""The shapes of the rules in rules/bounces/: how machines report, and which reason their words and codes stand for."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, model_validator

from mailbot.core.rule_shapes import Compiled, Confidence, PatternRule, Rule, Shape

Reason = Literal[
    "authfailure", "badreputation", "blocked", "contenterror", "delivered", "exceedlimit", "expired",
    "failedstarttls", "feedback", "filtered", "hasmoved", "hostunknown", "mailboxfull", "mailererror", "mesgtoobig",
    "networkerror", "norelaying", "notaccept", "notcompliantrfc", "onhold", "policyviolation", "rejected",
    "requireptr", "securityerror", "spamdetected", "speeding", "suppressed", "suspend", "syntaxerror", "systemerror",
    "systemfull", "toomanyconn", "undefined", "userunknown", "vacation", "virusdetected",
]  # fmt: skip
Command = Literal["conn", "helo", "mail", "rcpt", "data"]


class CommandRule(PatternRule):
    """Words that tell at which step of the SMTP dialogue a mail was refused."""

    command: Command


class ReasonRule(Rule):
    """Words or codes that stand for one reason; whatever is stated here must hold, all of it.

    Examples may begin with what is known besides the words, up to a bar: "status=5.1.1 command=rcpt | No such user".
    """

    reason: Reason
    pattern: Compiled | None = None
    unless: Compiled | None = None
    host: Compiled | None = None  # the refusing server and the recipient's domain
    mailer: Compiled | None = None  # who reports, and what kind of report it is
    status: Compiled | None = None
    reply: Compiled | None = None
    action: Compiled | None = None
    command: tuple[Command, ...] = ()
    not_at: tuple[Command, ...] = ()  # steps at which the words are about the sender
    later: Reason | None = None  # the reason if the address itself was not what the server refused, see `reason_of`
    confidence: Confidence = 0.8
    hit: Annotated[tuple[str, ...], Field(min_length=1)]
    miss: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _looks_at_something(self) -> "ReasonRule":
        if not any((self.pattern, self.host, self.mailer, self.status, self.reply, self.action, self.command)):
            raise ValueError("say pattern, host, mailer, status, reply, action or command")
        return self


class BounceFile(Shape):
    """One file of rules/bounces/."""

    opening: tuple[PatternRule, ...] = ()
    delay: tuple[PatternRule, ...] = ()
    original: tuple[PatternRule, ...] = ()
    command: tuple[CommandRule, ...] = ()
    reason: tuple[ReasonRule, ...] = ()


class BounceRules(Shape):
    """All files together.

    opening: the words in which a machine says that a mail did not arrive; delay: that it did not arrive yet;
    original: where the mail that is sent back begins.
    """

    files: Mapping[str, BounceFile] = {}

    @cached_property
    def opening(self) -> tuple[PatternRule, ...]:
        """The rules of all files."""
        return tuple(rule for file in self.files.values() for rule in file.opening)

    @cached_property
    def delay(self) -> tuple[PatternRule, ...]:
        """The rules of all files."""
        return tuple(rule for file in self.files.values() for rule in file.delay)

    @cached_property
    def original(self) -> tuple[PatternRule, ...]:
        """The rules of all files."""
        return tuple(rule for file in self.files.values() for rule in file.original)

    @cached_property
    def command(self) -> tuple[CommandRule, ...]:
        """The rules of all files."""
        return tuple(rule for file in self.files.values() for rule in file.command)

    @cached_property
    def reason(self) -> tuple[ReasonRule, ...]:
        """The rules of all files, the surest first."""
        rules = (rule for file in self.files.values() for rule in file.reason)
        return tuple(sorted(rules, key=lambda rule: -rule.confidence))
