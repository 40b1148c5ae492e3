"""Whom the desk may answer by itself (RFC 3834).

An answer goes to From, never to Reply-To, which any sender can point at a victim. Its envelope names the desk's own
address, where RFC 3834 3.3 also allows none: delivery reports must reach the case, and what comes there is recognised
as a machine's and never answered. What says nothing of being a machine is stopped by number: see budgets.
"""

import re

from mailbot.core.desk import Desk
from mailbot.core.messages import ParsedMail
from mailbot.core.signs import NO_ANSWER, SignKind, Signs

HAD_RECEIPTS = "nothing was sent to the finder: the address had its receipts for today"
WANTS_NO_ANSWER = "nothing was sent to the finder: the mail asks for no answer, or nobody reads its address"
HINTS = (HAD_RECEIPTS, WANTS_NO_ANSWER)
"""Why a report was not acknowledged, for coordinators; labels.toml puts it into other languages."""

_MACHINES = re.compile(
    r"mailer-?daemon|postmaster|mdaemon|listserv|majordomo|bounces?(?:[-+=].*)?|owner-.*|.*-(?:request|bounces?|owner)"
    r"|(?:.*[-_.+])?(?:no|do[-_.]?not)[-_.]?reply(?:[-_.+0-9].*)?"
    r"|auto[-_.]?(?:reply|responder|respond|answer|mailer|confirm)|nobody|www-data|apache|null|devnull",
    re.ASCII,
)
_LIST_CHARACTERS = 1_000


def may_answer(mail: ParsedMail, desk: Desk) -> bool:
    """Whether an automatic answer may go to the sender of `mail`."""
    if mail.sender is None or is_machine(mail.sender.address):
        return False
    if any(name.lower() == "return-path" and value.strip() == "<>" for name, value in mail.headers):
        return False
    local, _, domain = mail.sender.address.lower().rpartition("@")
    own_local, _, own_domain = desk.address.lower().rpartition("@")
    return not (domain == own_domain and (local == own_local or local.startswith(own_local + "+")))


def is_machine(address: str) -> bool:
    """Whether nobody reads mail to that address, by its name."""
    return bool(_MACHINES.fullmatch(address.lower().rpartition("@")[0]))


def asks_for_no_answer(mail: ParsedMail, signs: Signs, desk: Desk) -> bool:
    """Whether signs of a machine, of mass mail or of a foreign list forbid an automatic answer (RFC 3834 section 2).

    The least sign is enough: an answer too many may start a loop, one too few is noticed by a coordinator.
    """
    if signs.has(SignKind.LIST) and not through_own_list(mail, desk):
        return True
    return bool(signs.of_machine) or (signs.has(*NO_ANSWER) and not signs.has(SignKind.HUMAN))


def through_own_list(mail: ParsedMail, desk: Desk) -> bool:
    """Whether the list that the mail came through is the desk's address itself: a group of its people."""
    own, own_id = desk.address.lower(), desk.address.lower().replace("@", ".")
    for name, value in mail.headers:
        words = re.split(r"[\s<>,;:]+", value[:_LIST_CHARACTERS].lower())
        if name.lower() in ("list-post", "mailing-list", "x-beenthere", "x-mailing-list") and own in words:
            return True
        if name.lower() == "list-id" and own_id in words:
            return True
    return False


def is_addressed_to_desk(mail: ParsedMail, desk: Desk) -> bool:
    """Whether To or Cc names the desk, with or without a token."""
    own_local, _, own_domain = desk.address.lower().rpartition("@")
    for address in (*mail.to, *mail.cc):
        local, _, domain = address.address.lower().rpartition("@")
        if domain == own_domain and (local == own_local or local.startswith(own_local + "+")):
            return True
    return False
