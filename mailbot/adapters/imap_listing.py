"""What lies in the mailbox's folders, read without changing anything: for reconciling, never for taking mail in."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from mailbot.adapters.batches import batches
from mailbot.adapters.imap import ImapMailbox

_AT_ONCE = 500
_WINDOW = 10_000  # keeps an answer to a search below imaplib's limit for a line
_MESSAGE_ID = re.compile(rb"<[^<>\r\n]*>")
_ASKED = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"


@dataclass(frozen=True)
class Entry:
    """One mail of a folder; `message_id` is "" if it has none that can be read."""

    folder: str
    uid: int
    size: int
    message_id: str


class ImapListing(ImapMailbox):
    """A mailbox that is only looked at. Fails as `ImapMailbox` does."""

    def entries(self, folder: str) -> Iterator[Entry]:
        """Every mail of the desk's own folder ("INBOX") or of one that mail is filed away to; none if it is not there.

        Not those that are marked deleted: where mail cannot be moved, that is what is left of a copied one.
        """
        with self._session() as client:
            uids = _uids(client, self._look_into(client, folder))
        for start in range(0, len(uids), _AT_ONCE):
            with self._session() as client:
                self._look_into(client, folder)
                answers = client.fetch(uids[start : start + _AT_ONCE], [_ASKED, "RFC822.SIZE"])
            for uid, answer in answers.items():
                header = next((v for k, v in answer.items() if k.startswith(b"BODY[HEADER.FIELDS")), b"") or b""
                found = _MESSAGE_ID.search(header)
                text = found[0].decode("utf-8", "replace") if found else ""
                yield Entry(folder, uid, answer.get(b"RFC822.SIZE", 0), text)

    def digests(self, entries: Collection[Entry]) -> dict[Entry, str]:
        """By what the desk knows these mails: the SHA-256 of all of it, of a large one only of its head."""
        found: dict[Entry, str] = {}
        for folder in {entry.folder for entry in entries}:
            by_uid = {entry.uid: entry for entry in entries if entry.folder == folder}
            for batch in batches(((entry.uid, entry.size) for entry in by_uid.values()), self._limits):
                with self._session() as client:
                    if not self._look_into(client, folder):
                        continue
                    arrivals = self._fetch(client, batch)
                for arrival in arrivals:
                    uid = int(arrival.handle.rpartition(".")[2])
                    content = arrival.mail.content if arrival.mail else arrival.head
                    found[by_uid[uid]] = sha256(content).hexdigest()
        return found

    def _select(self, client: Any) -> dict[bytes, Any]:
        state: dict[bytes, Any] = client.select_folder(self._settings.folder, readonly=True)
        self._validity = state.get(b"UIDVALIDITY", 0)
        return state

    def _look_into(self, client: Any, folder: str) -> int:
        """Open the folder; how many mails are in it."""
        name = self._settings.folder
        if folder != "INBOX":
            name = folder
            if client.has_capability("NAMESPACE") and (personal := client.namespace().personal):
                name = personal[0][0] + folder
            if not client.folder_exists(name):
                return 0
        return int(client.select_folder(name, readonly=True)[b"EXISTS"])


def _uids(client: Any, mails: int) -> list[int]:
    uids: set[int] = set()
    for first in range(1, mails + 1, _WINDOW):
        last = first + _WINDOW - 1
        uids.update(client.search([f"{first}:{last if last < mails else '*'}", "UNDELETED"]))
    return sorted(uids)
