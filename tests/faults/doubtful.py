"""Relays that take a mail and do not say so, and what may then never be seen."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from email import message_from_bytes

from mailbot.core.messages import SealedMail
from mailbot.errors import UncertainError
from tests.faults.quick_desk import QuickDesk, Relay


class Killed(BaseException):
    """The process ends here: nothing that comes after is done, as nothing catches it."""


class SilentRelay(Relay):
    """Takes everything; of mail to `silent_for` the answer is lost, or the process dies before it comes (`killed`)."""

    def __init__(self, silent_for: str, *, killed: bool = False) -> None:
        super().__init__()
        self.silent_for = silent_for
        self.killed = killed

    def send(self, mail: SealedMail) -> None:
        """Take the mail, whatever is said."""
        self.taken.append(mail)
        if mail.to == self.silent_for:
            raise Killed if self.killed else UncertainError("no answer after the last line")


def with_relay(desk: QuickDesk, relay: Relay) -> Relay:
    """From now on the desk sends through this relay, which has all that was sent before."""
    relay.taken = [*desk.relay.taken]
    desk.relay = relay
    desk.bot = replace(desk.bot, sender=relay)
    return relay


def second_ids(mails: Iterable[tuple[str, bytes]]) -> dict[tuple[str, str], set[str]]:
    """Of mails (recipient, content): what went out under more than one Message-ID, though it is one mail.

    Two mails of one case to one recipient differ in their Subject here.
    """
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for to, content in mails:
        head = message_from_bytes(content)
        found[to, str(head["Subject"])].add(str(head["Message-ID"]))
    return {mail: ids for mail, ids in found.items() if len(ids) > 1}
