"""Safeguards against a crash, each with a switch that takes it away: what the rounds of kills have to notice."""

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from mailbot.adapters.imap import ImapMailbox
from mailbot.adapters.smtp import SmtpSender
from mailbot.adapters.store import TinyStore
from mailbot.memory import Change

_MESSAGE_ID = re.compile(rb"(?im)^(Message-ID:\s*<)")


def _anew_at_each_attempt() -> None:
    real = SmtpSender._send

    async def send(self: SmtpSender, sender: str, recipient: str, content: bytes) -> None:
        new = _MESSAGE_ID.sub(rb"\g<1>" + secrets.token_hex(4).encode(), content, count=1)
        await real(self, sender, recipient, new)

    SmtpSender._send = send  # type: ignore[method-assign]


def _done_mark_apart() -> None:
    real = TinyStore.apply

    def apply(self: TinyStore, change: Change) -> None:
        real(self, replace(change, done=(), signatures=()))
        real(self, Change(done=change.done, signatures=change.signatures))

    TinyStore.apply = apply  # type: ignore[method-assign]


def _moved_before_it_is_handled() -> None:
    real = ImapMailbox.arrivals

    def arrivals(self: ImapMailbox) -> Iterator[Any]:
        for arrival in real(self):
            self.file_away(arrival, "Processed")
            yield arrival

    ImapMailbox.arrivals = arrivals  # type: ignore[method-assign]


SWITCHES: dict[str, Callable[[], None]] = {
    "one Message-ID for all attempts": _anew_at_each_attempt,
    "what a mail caused and that it is done are one step": _done_mark_apart,
    "a mail is moved when it is done": _moved_before_it_is_handled,
}
