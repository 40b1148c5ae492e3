"""Why a mail was not delivered: one word for what servers say in a thousand ways.

The rules in rules/bounces/ know words, the codes of RFC 3463 and RFC 5248, and what single providers mean by theirs.
What the server said of the recipient counts most; the rest of the report counts only where that says little, and the
words that a mailer has around the server's ("Remote host said") never do.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from mailbot.core.bounce_shapes import BounceRules, ReasonRule
from mailbot.core.reading import fold, tidy

_SAID = 2_000
_AROUND = 6_000
_LESS_SURE = 0.35  # what stands elsewhere in the report may be about anything
_CONTINUED = re.compile(r"(?<!\S)[245][0-9]{2}-(?:[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![.0-9]))?\s*")
_STATUS = re.compile(r"(?<![0-9.])[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![.0-9])")
_REPLY = re.compile(r"(?<![0-9A-Za-z.:#_-])[245][0-9]{2}(?=[\s:;,.-]|$)(?!\.[0-9])")
_FRAME = re.compile(
    # The words around the server's, in the reports of Exim, Postfix, qmail, Sendmail and Google: not about the reason.
    r"remote host said:|smtp error from remote (?:mail ?)?(?:server|er) (?:after|for) [^:]{1,40}"
    r"(?::<[^>]{0,300}>)?[^:]{0,40}:"
    r"|\bhost \S{1,255} ?\[[^\]]{1,80}\](?: said)?:?|\(in reply to [^)]{1,40}\)|\.\.\. while talking to \S{1,255}"
    r"|giving up on \S{1,80}"
    r"|554 5\.0\.0 service unavailable|503 5\.0\.0 need rcpt \(recipient\)"
    r"|google tried to deliver [^:]{0,300} other server returned was:",
    re.IGNORECASE,
)
_MAILBOX = re.compile(r"[^\s<>()\[\]:;,\"'=/]{1,64}@(?=[^\s@])")  # "no-spam@…" says nothing of spam
_OF_ADDRESS = re.compile(r"[45]\.1\.(?:[0-35]|10)(?![0-9])")


@dataclass(frozen=True)
class Evidence:
    """What a report says of one recipient."""

    said: str  # by the server, or by the program that gave up
    around: str = ""  # the rest of the report that a person reads
    host: str = ""
    mailer: str = ""
    status: str = ""  # as the report states it
    command: str = ""  # of `Command`; "" if nobody knows
    action: str = ""

    @cached_property
    def statuses(self) -> str:
        """All enhanced status codes, that of the server first: the report's own is often only "failed"."""
        return " ".join(dict.fromkeys((*_STATUS.findall(self.said), *_STATUS.findall(self.status))))

    @cached_property
    def reply(self) -> str:
        """The SMTP reply code in the server's words; "" without one."""
        found = _REPLY.search(self.said)
        return found.group() if found else ""


def reason_of(evidence: Evidence, rules: BounceRules) -> str:
    """The reason class. An address that was refused after the server saw the mail was filtered, not unknown."""
    if evidence.action in ("delivered", "relayed", "expanded"):
        return "delivered"
    evidence = replace(evidence, said=_bare(evidence.said, _SAID), around=_bare(evidence.around, _AROUND))
    elsewhere = replace(evidence, said=evidence.around)
    here = next(_hits(evidence, rules), None)
    there = next((rule for rule in _hits(elsewhere, rules) if rule.pattern), None)
    if there and (here is None or _weight(there) > here.confidence):
        return _meant(there, elsewhere)
    if here is None:
        return "onhold" if evidence.statuses or evidence.reply else "undefined"
    return _meant(here, evidence)


def holds(rule: ReasonRule, evidence: Evidence) -> bool:
    """Whether all that the rule states is so."""
    if (rule.command and evidence.command not in rule.command) or evidence.command in rule.not_at:
        return False
    looks = (
        (rule.status, evidence.statuses),
        (rule.reply, evidence.reply),
        (rule.action, evidence.action),
        (rule.host, evidence.host),
        (rule.mailer, evidence.mailer),
        (rule.pattern, evidence.said),
    )
    if any(pattern is not None and not pattern.search(value) for pattern, value in looks):
        return False
    return rule.unless is None or not rule.unless.search(evidence.said)


def plain(text: str, limit: int) -> str:
    """One line of folded text, without the codes that the lines of a long SMTP reply repeat."""
    words = " ".join(fold(tidy(text, 2 * limit)).split())
    return _CONTINUED.sub("", words, count=0)[:limit] if _CONTINUED.search(words, 4) else words[:limit]


def _bare(text: str, limit: int) -> str:
    """The words without those that every report of a program has around them, and without the names of mailboxes."""
    return " ".join(_MAILBOX.sub("a@", _FRAME.sub(" ", plain(text, limit))).split())


def from_example(example: str) -> Evidence:
    """The evidence that an example of a rule describes."""
    known, bar, said = example.partition(" | ")
    pairs = dict(pair.split("=", 1) for pair in known.split() if "=" in pair) if bar else {}
    unknown = set(pairs) - {"host", "mailer", "status", "command", "action"}
    if unknown:
        raise ValueError(f"unknown in an example: {', '.join(sorted(unknown))}")
    return Evidence(plain(said if bar else example, _SAID), **pairs)


def _hits(evidence: Evidence, rules: BounceRules) -> Iterator[ReasonRule]:
    return (rule for rule in rules.reason if holds(rule, evidence))


def _weight(rule: ReasonRule) -> float:
    """How sure a rule is of words elsewhere in the report; one that knows whose report it is knows the whole of it."""
    return rule.confidence if rule.mailer else rule.confidence - _LESS_SURE


def _meant(rule: ReasonRule, evidence: Evidence) -> str:
    if rule.later and evidence.command == "mail":
        return "rejected"  # the address that was refused there is the sender's
    if rule.later and evidence.command != "rcpt" and not _OF_ADDRESS.search(evidence.statuses):
        return rule.later
    return rule.reason
