"""Whether a mail is a delivery report, about whom, and why (RFC 3464, prose of older mailers, notices of services).

People forward and discuss delivery reports: only what a machine sent is one, and what lies inside a forwarded mail
says nothing about the mail itself. That it was sent automatically is another question, see `automatic`.
"""

import re

from mailbot.core.bounce_notices import read_notice
from mailbot.core.bounce_parts import Report, inner_report, names_report, take_apart
from mailbot.core.bounce_reasons import Evidence, plain, reason_of
from mailbot.core.bounce_shapes import BounceRules
from mailbot.core.bounce_status import Block, address_in
from mailbot.core.bounce_text import Story, opens_like_a_report, read_story
from mailbot.core.messages import ParsedMail
from mailbot.core.sight import Bounce

_DAEMON = re.compile(
    # The last is the address from which every Exchange reports.
    r"\b(?:mailer-?daemon|mdaemon|mail-?delivery[\w-]*|microsoftexchange[0-9a-f]{32})(?:@|>|\s*$|\s*[<(])|<>\s*$",
    re.IGNORECASE,
)
_POSTMASTER = re.compile(r"\bpostmaster\\?@", re.IGNORECASE)
_ROBOT = re.compile(
    r"(?:^|[<\s])[\w.+-]*(?:no-?reply|\bndr\b|mailer|smtp|daemon|-admin|-request|owner-|bounces?\b|system|notif|imss|"
    r"mail-?delivery|administrator)[\w.+-]*@",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"^\s*(?:(?:re|fw|fwd|aw|wg|tr|rv)(?:\[\d+\])?|転送|返信)\s*[:：]", re.IGNORECASE)
_REFUSED = re.compile(
    r"automatically rejected|was rejected|(?:quota|mailbox)[^\n]{0,20}(?:exceeded|full)", re.IGNORECASE
)
_REPORT_TYPES = ("", "delivery-status", "disposition-notification")
_ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")  # RFC 3464 section 2.3.3, the worst first
_BY_CLASS = {"2": "delivered", "4": "delayed"}
_STATUS = re.compile(r"(?<![0-9.])[245]\.[0-9]{1,3}\.[0-9]{1,3}(?![.0-9])")
_OPENING = 1_500
_FIRST_WORDS = 400
_NAMED = 200
_DIAGNOSTIC = 300
_STEP = 500
_HEADER = 500


def find_bounce(content: bytes, mail: ParsedMail, rules: BounceRules) -> Bounce | None:
    """What a delivery report says of the recipient worst off; None if the mail is no delivery report."""
    if _is_from_robot(mail) and (notice := read_notice(mail.text)):
        evidence = Evidence(notice.said, status=notice.status, action=notice.action)
        return _bounce(notice.recipient, evidence, reason_of(evidence, rules), notice.message_id)
    if not _may_be_one(content, mail):
        return None
    report = take_apart(content)
    if report.has("message/feedback-report") or report.report_type not in _REPORT_TYPES:
        return None
    report = inner_report(report) if _is_from_machine(mail) else report
    story = read_story(f"{report.attached_prose}\n{mail.text}", rules, _nobody(mail))
    if not _is_one(report, story, mail):
        return None
    return _from_blocks(report, story, mail) if report.blocks else _from_prose(report, story, mail)


def _may_be_one(content: bytes, mail: ParsedMail) -> bool:
    """Whether it is worth taking apart: most mails of people are not."""
    kind = (mail.header("Content-Type") or "").lower()
    if "report" in kind or _is_from_machine(mail):
        return True
    if mail.in_reply_to or _ANSWER.search(mail.subject):
        return False
    return _is_from_robot(mail) or names_report(content)


def _is_one(report: Report, story: Story, mail: ParsedMail) -> bool:
    """Whether a machine reports here that a mail was not, not yet, or after all delivered."""
    opening = story.text[:_OPENING]
    if report.report_type == "disposition-notification":  # a receipt, unless a mailbox program refuses in its form
        return _is_from_machine(mail) and bool(_REFUSED.search(f"{mail.subject}\n{opening}"))
    if report.is_report and (report.report_type or report.blocks):
        return True
    if report.blocks and not _ANSWER.search(mail.subject) and (_is_from_machine(mail) or _is_from_robot(mail)):
        return True
    if _is_from_machine(mail):
        return opens_like_a_report(mail.subject, opening, story.rules) or any(report.known_failures)
    if mail.in_reply_to or _ANSWER.search(mail.subject) or not _is_from_robot(mail):
        return False
    return opens_like_a_report("", opening[:_FIRST_WORDS], story.rules)


def _is_from_machine(mail: ParsedMail) -> bool:
    """Whether envelope or From belong to a mail system; a postmaster who answers a mail is a person."""
    path, sender = (_head(mail, name) for name in ("Return-Path", "From"))
    if path == "<>" or _DAEMON.search(path) or _DAEMON.search(sender):
        return True
    return bool(_POSTMASTER.search(sender)) and not mail.in_reply_to


def _is_from_robot(mail: ParsedMail) -> bool:
    """Whether the address in From names a task, not a person."""
    return bool(_ROBOT.search(_head(mail, "From"))) or not mail.sender


def _head(mail: ParsedMail, name: str) -> str:
    return (mail.header(name) or "").strip()[-_HEADER:]


def _nobody(mail: ParsedMail) -> frozenset[str]:
    """Addresses that a report names, but not as one that a mail did not reach: its own and the desk's."""
    own = (mail.sender, *mail.to, *mail.cc, *mail.reply_to)
    return frozenset(a.address.lower() for a in own if a) | {address_in(mail.header("Delivered-To") or "")}


def _from_blocks(report: Report, story: Story, mail: ParsedMail) -> Bounce:
    """Of the recipients that a delivery status names, the first of those worst off."""
    block = min(report.blocks, key=lambda block: _ACTIONS.index(_action(block)))
    recipient = block.recipient or _guessed(report, story, mail)
    section = story.said_of(recipient) or story.text
    said = block.diagnostic if _has_words(block.diagnostic) else f"{block.diagnostic} {_without(section, recipient)}"
    evidence = Evidence(
        f"{said} {block.status.partition(' ')[2]}".strip(),
        f"{mail.subject}\n{story.text}",
        block.host,
        f"{report.mailer} {story.text[:_NAMED]}",
        block.status,
        story.command(block.diagnostic, section[:_STEP], section),
        "expired" if block.action == "expired" else _action(block),
    )
    reason = reason_of(evidence, story.rules)
    shown = plain(block.diagnostic or said, _DIAGNOSTIC)
    return Bounce(recipient, _status(block, said), _action(block), reason, report.returned.message_id, shown)


def _from_prose(report: Report, story: Story, mail: ParsedMail) -> Bounce:
    """Of the recipients that the text treats, the first; without one, whom the mail that came back was for."""
    temporary, permanent = (addresses - _nobody(mail) for addresses in report.known_failures)
    delayed = not permanent and (bool(temporary) or story.is_delay(mail.subject))
    treated = [address for address, _ in story.sections]
    named = [a for a in treated if a in permanent] or treated or sorted(permanent | temporary)
    recipient = next(iter(named), "") or _guessed(report, story, mail)
    section = story.said_of(recipient) or story.text
    said = _without(section, recipient)
    evidence = Evidence(
        said if _has_words(said) else story.text,
        f"{mail.subject}\n{story.text}",
        recipient.rpartition("@")[2],
        f"{report.mailer} {story.text[:_NAMED]}",
        command=story.command(section[:_STEP], section, story.text),
        action="delayed" if delayed else "failed",
    )
    return _bounce(recipient, evidence, reason_of(evidence, story.rules), report.returned.message_id)


def _bounce(recipient: str, evidence: Evidence, reason: str, message_id: str | None) -> Bounce:
    codes = [code for text in (evidence.status, evidence.said, evidence.around) for code in _STATUS.findall(text)]
    failed = evidence.action in ("failed", "delayed")
    status = next((code for code in codes if not (failed and code.startswith("2"))), "")
    return Bounce(recipient, status, evidence.action, reason, message_id, plain(evidence.said, _DIAGNOSTIC))


def _guessed(report: Report, story: Story, mail: ParsedMail) -> str:
    """Whom the report is about where no line says so: its own header, the only one treated, or the mail's To."""
    stated = address_in(mail.header("X-Failed-Recipients") or "")
    return stated or next((address for address, _ in story.sections), "") or report.returned.to or story.returned_to


def _has_words(diagnostic: str) -> bool:
    return len(re.findall(r"[^\W\d_]{2,}", diagnostic)) > 1


def _without(section: str, recipient: str) -> str:
    """The section less the address that it begins with, so that what the server said comes first."""
    at = section.lower().find(recipient) if recipient else -1
    begins = at >= 0 and not section[:at].strip(" \t\n<[*'\"->・「")
    return section[at + len(recipient) :].lstrip(" \t\n>:：]\"')") if begins else section


def _action(block: Block) -> str:
    if block.action in _ACTIONS:
        return block.action
    return "failed" if block.action == "expired" else _BY_CLASS.get(block.status[:1], "failed")


def _status(block: Block, said: str) -> str:
    """The stated code, or that of the server where the stated one says only "failed"."""
    stated, inside = _STATUS.search(block.status), _STATUS.search(said)
    if stated and not (stated.group().endswith(".0.0") and inside):
        return stated.group()
    return inside.group() if inside else ""
