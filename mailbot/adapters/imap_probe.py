"""Whether a mail that the desk sent to itself has come, and in which folder it lies."""

from collections.abc import Sequence

from mailbot.adapters.imap_listing import ImapListing


class ImapProbe(ImapListing):
    """A mailbox in which one mail is looked for. Fails as `ImapMailbox` does."""

    def find(self, message_id: str, folders: Sequence[str]) -> tuple[str, bytes] | None:
        """The first of the folders that has a mail with this Message-ID (with angle brackets), and the mail's head."""
        for folder in folders:
            with self._session() as client:
                if not self._look_into(client, folder):
                    continue
                if uids := client.search(["HEADER", "Message-ID", message_id]):
                    answer = client.fetch(uids[-1:], ["BODY.PEEK[HEADER]"]).get(uids[-1], {})
                    return folder, bytes(answer.get(b"BODY[HEADER]") or b"")
        return None
