"""The quick desk with its mail on an IMAP server: rounds as `run --once` does them, failures counted."""

from mailbot.adapters.imap import ImapMailbox, ImapSettings
from mailbot.core.limits import Limits
from mailbot.errors import TransientError
from mailbot.round import Round
from mailbot.service import run_round
from tests.faults.quick_desk import QuickDesk


class ImapDesk(QuickDesk):
    """Its mailbox is on the server at that port."""

    def __init__(self, port: int, user: str = "desk", password: str = "x", limits: Limits | None = None) -> None:
        super().__init__(limits)
        self.settings = ImapSettings("localhost", port, "plain", user, password, timeout=20)
        self.imap = ImapMailbox(self.settings, self.limits, sleep=lambda _: None)

    def __enter__(self) -> "ImapDesk":
        return self

    def __exit__(self, *_: object) -> None:
        self.imap.close()

    def restart(self, **changes: object) -> None:
        """Another process goes on: only what is stored is left."""
        self.imap.close()
        settings = ImapSettings(**{**self.settings.__dict__, **changes})
        self.imap = ImapMailbox(settings, self.limits, sleep=lambda _: None)

    def try_round(self) -> TransientError | None:
        """One round; why it failed, if it did."""
        self.done = Round()
        try:
            for _ in run_round(self.bot, self.imap, self.now, self.done):
                pass
        except TransientError as exc:
            return exc
        return None

    def reports(self, count: int) -> list[bytes]:
        """That many reports about different sites."""
        text = "I found a cross-site scripting on https://shop{0}.example.jp/search\n\nSteps: search for a script.\n"
        return [self.write("Hanako", f"XSS {n}", text.format(n)) for n in range(count)]

    def outcome(self) -> tuple[int, int, int]:
        """Cases, mails that are done, and mails that were sent for good."""
        ids = [mail.message_id for mail in self.relay.taken]
        assert len(ids) == len(set(ids)), "a mail was sent twice"
        return len([*self.store.cases()]), len([*self.store.dispositions()]), len(ids)
