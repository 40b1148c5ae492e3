"""What a mail tells by itself: everything that needs the mail, the rules, the limits and the keyring, but no memory."""

from dataclasses import dataclass

from mailbot.core.automatic import automatic
from mailbot.core.bounces import find_bounce
from mailbot.core.enclosed_keys import settle_keys
from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail
from mailbot.core.opening import open_mail
from mailbot.core.parse import parse
from mailbot.core.ruleset import Ruleset
from mailbot.core.understand import understand
from mailbot.ports import Keyring, Reading


def read(raw: RawMail, keyring: Keyring, rules: Ruleset, limits: Limits) -> Reading:
    """Parse the mail, open it, and find out what it says; asks the keyring to decrypt and verify only."""
    opened = settle_keys(open_mail(parse(raw, limits), keyring, limits))
    mail = opened.mail
    return Reading(
        opened=opened,
        understanding=understand(
            opened.text, opened.subject, rules, opened.attachments, mail.sender, limits.text_characters
        ),
        bounce=find_bounce(raw.content, mail, rules.bounces),
        signs=automatic(opened, rules),
    )


@dataclass(frozen=True)
class InProcessReader:
    """Implements `ports.Reader` right here: nothing ends a reading that goes on for ever."""

    keyring: Keyring
    rules: Ruleset
    limits: Limits

    def read(self, raw: RawMail) -> Reading:
        """What the mail tells."""
        return read(raw, self.keyring, self.rules, self.limits)

    def close(self) -> None:
        """Nothing is held open."""
