"""What kind of mail this is: an ordered table of questions, the first yes decides.

Every question that was asked is recorded with its answer, so that any decision can be explained afterwards.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from mailbot.core.commands import begins_with_command, buried_command
from mailbot.core.correlate import How, subject_tags
from mailbot.core.etiquette import is_machine, through_own_list
from mailbot.core.messages import Signature
from mailbot.core.sight import Sight
from mailbot.core.signs import NO_ANSWER, Place, SignKind
from mailbot.core.tokens import is_own_message_id

TWO_SENDERS = "two From addresses"
"""The defect of a mail whose From names more than one mailbox: which of them wrote it, nobody can say."""

OVER_A_LIMIT = "limit: "
"""How the defect of a mail begins of which something was left unread."""

REPORT_LIKENESS = 0.5
"""From here on a mail from a stranger is taken for a report."""

_LIST_LIKENESS = 0.8  # announcements, digests and talk on lists are about faults as well, if with fewer marks
_MARKED_LIKENESS = 0.7  # what a filter marked, or what lures, is seldom a report that reads only half like one
_NO_REPORT = 0.2  # a mail that looks less like a report than this may be left to the verdict of a spam filter
_GIVEN_AWAY = -0.9  # words that speak so much for another kind of mail outweigh that it tells of something wrong
_ANSWER = re.compile(r"\s*(?:\[[^\[\]]{1,60}\]\s*)?(?:re|aw|sv)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE)
_RULES_TOLD = 5
_SURE = 2  # so many different marks of an advertisement or fraud leave little doubt


class MailKind(StrEnum):
    """What a mail is to the desk; the words of `rehearse --json`."""

    REPORT = "report"
    REPLY = "reply"
    COMMAND = "command"
    COPY = "copy"
    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    LOOP = "loop"
    LIST = "list"
    SPAM = "spam"
    HELD = "held"


@dataclass(frozen=True)
class Triage:
    """The kind, the question that decided, all that were asked before it, and the rules that saw signs.

    A delivery report has the signs of a machine as well: they are on record beside what it is taken for.
    """

    kind: MailKind
    why: str
    asked: tuple[str, ...]
    signs: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Why, with the rules."""
        return f"{self.why} ({', '.join(self.signs[:_RULES_TOLD])})" if self.signs else self.why


def _is_own(sight: Sight) -> bool:
    mail, own = sight.opened.mail, sight.desk.address.lower()
    local, _, domain = own.rpartition("@")
    from_local, _, from_domain = sight.sender.rpartition("@")
    if from_domain == domain and (from_local == local or from_local.startswith(local + "+")):
        return True
    if any(own in re.split(r"[\s<>,;]+", value.lower()) for name, value in mail.headers if name.lower() == "x-loop"):
        return True
    if sight.bounce is not None:
        return False
    # A list or forwarder may have put itself into From, but it keeps the Message-ID. People of the desk's domain have
    # such Message-IDs as well.
    ours = is_own_message_id(mail.message_id, domain) and sight.coordinator is None
    return ours or (mail.message_id.lower().endswith(f"@{domain}>") and sight.signs.certain)


def _is_from_machine(sight: Sight) -> bool:
    """Whether the signs of a machine outweigh what speaks for a person."""
    signs = sight.signs
    if signs.machine is None:
        return False
    if signs.certain:
        return True
    if sight.coordinator is not None or sight.signed_by_coordinator or _is_through_list(sight):
        return False
    # A report may quote a machine in its text; on a case a machine's answer must not count as one.
    return not signs.only_in_text or _names_case(sight) or sight.likeness < REPORT_LIKENESS


def _is_through_list(sight: Sight) -> bool:
    return sight.signs.has(SignKind.LIST) and not through_own_list(sight.opened.mail, sight.desk)


def _names_case(sight: Sight) -> bool:
    return sight.correlation.case is not None or bool(sight.correlation.ambiguous)


def _has_command(sight: Sight) -> bool:
    if sight.opened.signed and sight.signed_by_coordinator:
        return begins_with_command(sight.opened.signed.text)
    return sight.coordinator is not None and begins_with_command(sight.opened.text)


def _has_buried_command(sight: Sight) -> bool:
    signed = sight.opened.signed
    return signed is not None and sight.signed_by_coordinator and buried_command(signed.text) is not None


def _is_list_noise(sight: Sight) -> bool:
    enough = _LIST_LIKENESS if sight.against < 0 else REPORT_LIKENESS
    return _is_through_list(sight) and sight.likeness < enough


def _is_list_talk(sight: Sight) -> bool:
    mail = sight.opened.mail
    return _is_through_list(sight) and bool(mail.in_reply_to or _ANSWER.match(sight.opened.subject))


def _asks_for_no_answer(sight: Sight) -> bool:
    """Whether its headers say so; words to that effect stand below people's mail, too."""
    told = any(sign.kind in NO_ANSWER and sign.place is Place.HEADER for sign in sight.signs.found)
    return told and not sight.signs.has(SignKind.HUMAN) and sight.likeness < REPORT_LIKENESS


def _strange_on_case(sight: Sight) -> bool:
    return _names_case(sight) and (sight.correlation.how is How.TOKEN or sight.likeness < REPORT_LIKENESS)


def _enough(sight: Sight) -> float:
    """How much like a report a mail must be: a person looks first at what a filter or its own words mark as spam."""
    return _MARKED_LIKENESS if sight.signs.has(SignKind.SPAM, SignKind.LURE) else REPORT_LIKENESS


def _may_be_spam(sight: Sight) -> bool:
    """Whether nothing speaks for a report: spammers see no fault and do not encrypt."""
    opened = sight.opened
    known = opened.crypto.encrypted or opened.signed is not None
    return not known and not _may_be_a_report(sight)


def _may_be_a_report(sight: Sight) -> bool:
    """Whether a person has to see it before it is left alone."""
    given_away = sight.against <= _GIVEN_AWAY or len(sight.signs.rules(SignKind.LURE)) > _SURE
    concerned = sight.signs.has(SignKind.CONCERN) and not given_away
    return sight.likeness >= _NO_REPORT or concerned


def _answers_us(sight: Sight) -> bool:
    """Whether a stranger goes on about a case, or a mail of ours, that is not known here."""
    if sight.coordinator is not None or _names_case(sight):
        return False
    mail, own = sight.opened.mail, f"@{sight.desk.domain}>"
    threaded = any(known.lower().endswith(own) for known in (*mail.in_reply_to, *mail.references))
    tagged = bool(subject_tags(sight.opened.subject, sight.desk))
    return (threaded or tagged) and ((threaded and tagged) or sight.likeness < REPORT_LIKENESS)


def _only_announces(sight: Sight) -> bool:
    """Whether nobody writes letters from its address; without a list only where it does not look like a report."""
    if not sight.signs.has(SignKind.ANNOUNCER):
        return False
    return _is_through_list(sight) or sight.likeness < REPORT_LIKENESS


def _is_over_a_limit(sight: Sight) -> bool:
    defects = (*sight.opened.mail.defects, *sight.opened.defects, *sight.opened.crypto.defects)
    return any(defect.startswith(OVER_A_LIMIT) for defect in defects)


QUESTIONS: tuple[tuple[MailKind, str, Callable[[Sight], bool]], ...] = (
    (MailKind.LOOP, "it comes from our own address", _is_own),
    (MailKind.BOUNCE, "it is a delivery report", lambda s: s.bounce is not None),
    (MailKind.AUTO_REPLY, "a machine wrote it", _is_from_machine),
    (MailKind.HELD, "it has no readable sender", lambda s: not s.sender),
    (MailKind.HELD, "it names two senders", lambda s: TWO_SENDERS in s.opened.mail.defects),
    (MailKind.HELD, "it is over a limit, so that not all of it was read", _is_over_a_limit),
    (
        MailKind.HELD,
        "it is encrypted and cannot be read",
        lambda s: s.opened.crypto.encrypted and s.opened.crypto.failure is not None,
    ),
    (MailKind.COMMAND, "a coordinator's text begins with a command", _has_command),
    (MailKind.COMMAND, "a coordinator signed commands below other text: refused", _has_buried_command),
    (
        MailKind.COPY,
        "a coordinator wrote it and it names a case",
        lambda s: s.coordinator is not None and s.correlation.case is not None,
    ),
    (MailKind.HELD, "it names several cases", lambda s: bool(s.correlation.ambiguous)),
    (
        MailKind.HELD,
        "only its sender's own ticket number names the case",
        lambda s: s.correlation.how is How.TICKET,
    ),
    (
        MailKind.REPLY,
        "a participant of the case wrote it",
        lambda s: s.correlation.case is not None and s.correlation.role is not None,
    ),
    (MailKind.HELD, "it names a case that its sender has no part in", _strange_on_case),
    (MailKind.REPLY, "it answers a mail about a case that is not known here", _answers_us),
    (
        MailKind.SPAM,
        "the mail server marked it as spam",
        lambda s: s.signs.has(SignKind.SPAM) and _may_be_spam(s),
    ),
    (MailKind.LIST, "it came through a mailing list", _is_list_noise),
    (MailKind.LIST, "it is an answer among the readers of a mailing list", _is_list_talk),
    (MailKind.LIST, "it comes from an address that announces", _only_announces),
    (MailKind.AUTO_REPLY, "it asks for no answer", _asks_for_no_answer),
    (
        MailKind.HELD,
        "it came through a mailing list, but it may be a report",
        lambda s: _is_through_list(s) and s.likeness < _LIST_LIKENESS,
    ),
    (
        MailKind.HELD,
        "it comes from an address that announces, but it may be a report",
        lambda s: s.signs.has(SignKind.ANNOUNCER) and s.likeness < _LIST_LIKENESS,
    ),
    (MailKind.REPORT, "it reads like a vulnerability report", lambda s: s.likeness >= _enough(s)),
    (MailKind.HELD, "the mail server marked it as spam, but it may be a report", lambda s: s.signs.has(SignKind.SPAM)),
    (
        MailKind.SPAM,
        "it reads like an advertisement or a fraud in every way",
        lambda s: len(s.signs.rules(SignKind.LURE)) >= _SURE and _may_be_spam(s),
    ),
    (MailKind.HELD, "it reads like an advertisement or a fraud", lambda s: s.signs.has(SignKind.LURE)),
)


def classify(sight: Sight) -> Triage:
    """The kind of a mail; what no question knows is held for a person."""
    asked: list[str] = []
    for kind, question, answer in QUESTIONS:
        if answer(sight):
            return Triage(kind, question, tuple(asked), sight.signs.rules())
        asked.append(question)
    return Triage(MailKind.HELD, "no rule knows what it is", tuple(asked), sight.signs.rules())


def is_worth_a_look(sight: Sight) -> bool:
    """Whether a mail that nothing is done with may be a person's after all: then one must be able to find it.

    A machine's mail that reads like a report may come from a form; what a ticket system sends may be its people's
    words; and where only words tell of a machine, or the mail just asks for no answer, it may be anyone's.
    """
    signs = sight.signs
    if signs.machine is SignKind.NOTICE and signs.certain:
        return False
    if sight.likeness >= REPORT_LIKENESS:
        return True
    if signs.has(SignKind.SPAM, SignKind.ANNOUNCER) or _is_through_list(sight):
        return _may_be_a_report(sight)
    if is_machine(sight.sender):
        return False
    return not signs.certain or (signs.machine is SignKind.AUTO_REPLY and signs.has(SignKind.TICKETS))


def is_verified_copy(sight: Sight) -> bool:
    """Whether a coordinator's copy may stop reminders: signed by them, or an answer to a mail of ours to them."""
    signed = sight.opened.signed
    if signed and sight.opened.crypto.signature is Signature.GOOD:
        return sight.coordinator is not None and sight.coordinator == sight.desk.coordinator_of(signed.fingerprint)
    # The token of another participant proves nothing about who wrote in a coordinator's name.
    return sight.correlation.how is How.TOKEN and sight.correlation.issued_to is not None
