"""Whom the desk may answer by itself (RFC 3834)."""

import re

from mailbot.core.desk import Desk
from mailbot.core.messages import ParsedMail

_MACHINES = re.compile(
    r"mailer-?daemon|postmaster|mdaemon|listserv|majordomo|bounces?(?:[-+=].*)?|owner-.*|.*-(?:request|bounces?|owner)"
    r"|(?:.*[-_.+])?(?:no|do[-_.]?not)[-_.]?reply(?:[-_.+0-9].*)?",
    re.ASCII,
)


def may_answer(mail: ParsedMail, desk: Desk) -> bool:
    """Whether an automatic answer may go to the sender of `mail`."""
    if mail.sender is None or (mail.header("Return-Path") or "").strip() == "<>":
        return False
    local, _, domain = mail.sender.address.lower().rpartition("@")
    if _MACHINES.fullmatch(local):
        return False
    own_local, _, own_domain = desk.address.lower().rpartition("@")
    return not (domain == own_domain and (local == own_local or local.startswith(own_local + "+")))


def is_addressed_to_desk(mail: ParsedMail, desk: Desk) -> bool:
    """Whether To or Cc names the desk: RFC 3834 section 2 asks for that before answering list mail."""
    own_local, _, own_domain = desk.address.lower().rpartition("@")
    for address in (*mail.to, *mail.cc):
        local, _, domain = address.address.lower().rpartition("@")
        if domain == own_domain and (local == own_local or local.startswith(own_local + "+")):
            return True
    return False
