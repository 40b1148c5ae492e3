"""What a mail tells by itself: everything that needs the mail, the rules, the limits and the keyring, but no memory."""

from dataclasses import dataclass

from mailbot.core import charset
from mailbot.core.automatic import automatic
from mailbot.core.bounces import find_bounce
from mailbot.core.enclosed_keys import settle_keys
from mailbot.core.extract import FREE_TEXT
from mailbot.core.layers import unmarked
from mailbot.core.limits import Limits
from mailbot.core.messages import OpenedMail, RawMail
from mailbot.core.opening import open_mail
from mailbot.core.parse import parse
from mailbot.core.ruleset import Ruleset
from mailbot.core.understand import Understanding, understand
from mailbot.ports import Keyring, Reading

_FILES = 5  # text files of one mail that are read as if they were its text


def read(raw: RawMail, keyring: Keyring, rules: Ruleset, limits: Limits) -> Reading:
    """Parse the mail, open it, and find out what it says; asks the keyring to decrypt and verify only."""
    opened = settle_keys(open_mail(parse(raw, limits), keyring, limits))
    mail = opened.mail
    return Reading(
        opened=opened,
        understanding=_understood(opened, rules, limits.text_characters),
        bounce=find_bounce(raw.content, mail, rules.bounces),
        signs=automatic(opened, rules),
    )


def _understood(opened: OpenedMail, rules: Ruleset, limit: int) -> Understanding:
    """What the text says; where it lacks what a report needs, also what the text files say that it brings."""
    text = unmarked(opened.text)
    sent = opened.mail.date.date() if opened.mail.date else None
    found = understand(text, opened.subject, rules, opened.attachments, opened.mail.sender, limit, sent)
    files = [a.content for a in opened.attachments if a.media_type == "text/plain" and a.content.strip()][:_FILES]
    if found.form != FREE_TEXT or not found.missing or not files:
        return found
    words = "\n\n".join([text, *(charset.decode(content[: 4 * limit], None)[0] for content in files)])
    fuller = understand(words, opened.subject, rules, opened.attachments, opened.mail.sender, limit, sent)
    return fuller if len(fuller.missing) < len(found.missing) else found


@dataclass(frozen=True)
class InProcessReader:
    """Implements `ports.Reader` right here: nothing ends a reading that goes on for ever."""

    keyring: Keyring
    rules: Ruleset
    limits: Limits

    def read(self, raw: RawMail) -> Reading:
        """What the mail tells."""
        return read(raw, self.keyring, self.rules, self.limits)

    def expect(self, raw: RawMail) -> None:
        """It is read when its turn comes."""

    def forget(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is held open."""
