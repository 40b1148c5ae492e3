"""The folder in which the mail server keeps what left through it: asked whether a mail in doubt went out after all."""

from typing import Any

from mailbot.adapters.imap_connecting import ImapSettings
from mailbot.adapters.imap_listing import ImapListing
from mailbot.core.limits import Limits
from mailbot.errors import PermanentError


class ImapCopies(ImapListing):
    """A folder of copies that is only looked at. Fails as `ImapMailbox` does."""

    def __init__(self, settings: ImapSettings, limits: Limits, folder: str) -> None:
        super().__init__(settings, limits)
        self._copies = folder

    def holds(self, message_id: str) -> bool:
        """Whether a mail with this Message-ID (with angle brackets) is there; PermanentError if there is no folder."""
        with self._session() as client:
            self._open(client)
            return bool(client.search(["HEADER", "Message-ID", message_id]))

    def check(self) -> str:
        """Log in, open the folder, and say how many mails are in it."""
        with self._session() as client:
            return f"{self._copies} holds {self._open(client)} mails"

    def _open(self, client: Any) -> int:
        if not client.folder_exists(self._copies):
            raise PermanentError(f"[imap].sent_folder: there is no folder {self._copies}")
        return int(client.select_folder(self._copies, readonly=True)[b"EXISTS"])
