"""`mailbot doctor --probe`: a mail to the desk itself, by the way that its mail takes."""

import secrets
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

from mailbot.adapters.imap_probe import ImapProbe
from mailbot.bootstrap import open_probe, open_sender
from mailbot.config import Config
from mailbot.core.auth_results import authentication
from mailbot.core.messages import RawMail
from mailbot.core.parse import parse
from mailbot.core.tokens import plus_address
from mailbot.errors import PermanentError

FOLDERS = ("INBOX", "Processed", "Held", "Quarantine")
"""Where it may lie: a daemon that runs files it away at once."""
_PATIENCE = 120.0  # seconds; grey-listing may take longer, and says so by then
_STEP = 2.0
ADVICE = (
    "look at the relay's log and the spam folder, and that plus-addresses (local+anything@…) reach the same mailbox; "
    "a relay that puts off unknown senders may need some minutes"
)


def probe(config: Config, sleep: Callable[[float], None] = time.sleep) -> str:
    """Send it to a plus-address of the desk and wait for it: what became of it. Raises MailbotError.

    The mail says nothing, and `run` files it away as any mail of the desk's own that comes back.
    """
    address, began = config.desk.address, datetime.now(UTC)
    mark = secrets.token_hex(10)
    message_id = f"<{mark}@{address.rpartition('@')[2]}>"
    with closing(open_sender(config)) as sender:
        sender.probe(address, plus_address(address, f"probe-{mark[:8]}"), message_id, began)
    with closing(open_probe(config)) as mailbox:
        folder, head = _awaited(mailbox, message_id, sleep)
    seconds = (datetime.now(UTC) - began).total_seconds()
    return f"came into {folder} after {seconds:.0f} s{_told(head, config)}"


def _awaited(mailbox: ImapProbe, message_id: str, sleep: Callable[[float], None]) -> tuple[str, bytes]:
    for _ in range(round(_PATIENCE / _STEP)):
        if found := mailbox.find(message_id, FOLDERS):
            return found
        sleep(_STEP)
    raise PermanentError(f"a mail to the desk was taken by the relay and did not come within {_PATIENCE:.0f} s")


def _told(head: bytes, config: Config) -> str:
    """What the desk's own server found of the desk's mail, where it says so."""
    found = authentication(parse(RawMail(head, "probe"), config.limits_value()), config.imap.authserv_id)
    return "".join(f"; {result.method} {result.result}" for result in found.results)
