"""What a delivery report tells in prose: whom it is about, what the server said of them, and whether it is final."""

import re
from dataclasses import dataclass

from mailbot.core.bounce_shapes import BounceRules
from mailbot.core.bounce_status import address_in
from mailbot.core.hits import applies
from mailbot.core.reading import fold, tidy

_TEXT = 16_000
_RECIPIENTS = 50
_DIALOGUE = 4
_SPEC = r"[^\s<>@\",;:()\[\]'|=]{1,64}@[^\s<>@\",;:()\[\]'|]{1,255}"
_AT_LINE_START = re.compile(
    # The address opens a line that says what became of it, or stands on a line of its own.
    rf"^[ \t]*(?:[*・>-]{{1,3}}[ \t]*|[0-9]{{3}}[ \t]+|\[)?[<'\"\[]?(?P<a>{_SPEC})[>'\"\]]?"
    r"(?=[ \t]*(?:$|[:：(\[<]|\.\.\.|,? (?:-|on|invalid|error|delivery|was|has|could|is|\.\.\.)\b|[ \t]+- ))",
    re.IGNORECASE | re.MULTILINE,
)
_LABELLED = re.compile(
    r"(?:recipients?(?: address)?|error-for|undeliverable address|addressed (?:to|'to)|could not be delivered to|"
    r"deliver(?:ing)?(?: your)?(?: the)?(?: mail| message)?(?: from [^\n]{0,80})?(?: to)?|"
    r"your (?:message|mail|e-?mail) to|"
    r"following message, addressed to|userid|failed [0-9]+ attempts|unknown user|(?:mailbox|user) is full|rcpt to|"
    r"mail to|message to|generated from|originally addressed to|"
    r"to (?:this|the following) (?:address|recipient)[^\n]{0,20}|"
    r"could not be delivered to the following|failed recipients?|the user|local mailbox|original address|"
    r"宛先|あて先|送信先|受信者|メールアドレス|宛て先|以下の[^\n]{0,24})"
    rf"[ \t]*(?:アドレス)?[ \t]*[:：]?\s*[<'\"「\[(]?(?P<a>{_SPEC})",
    re.IGNORECASE,
)
_TO = re.compile(r"^[ \t>|]*to[ \t]*:[ \t]*([^\n]{1,400})", re.IGNORECASE | re.MULTILINE)
_SPACES = re.compile(r"[ \t]{3,}")
_SENDER_LINE = re.compile(r"^[ \t]*(?:from|sender|original sender|reply-to|差出人|送信者)[ \t]*[:：]", re.I | re.M)


@dataclass(frozen=True)
class Story:
    """The prose of a report, up to the mail that it returns."""

    text: str
    returned_to: str  # the first address in To of a mail that follows the prose
    sections: tuple[tuple[str, str], ...]  # (address, what is said from there to the next address), in order
    rules: BounceRules

    def said_of(self, address: str) -> str:
        """What is said of this address; "" if the text does not treat it."""
        return next((said for named, said in self.sections if named == address), "")

    def command(self, *texts: str) -> str:
        """The step at which it failed, by the first of these texts that tells; "" if none does."""
        return next((r.command for text in texts for r in self.rules.command if applies(r, _line(text))), "")

    def is_delay(self, subject: str) -> bool:
        """Whether it says that the mail is still on its way."""
        return any(applies(rule, fold(part)) for part in (subject, self.text) for rule in self.rules.delay)


def read_story(text: str, rules: BounceRules, nobody: frozenset[str]) -> Story:
    """The prose in `text`, less the mail that follows it; `nobody` are addresses that are no recipients."""
    text = _SPACES.sub("  ", fold(tidy(text, _TEXT)))
    ends = [
        found.start()
        for rule in rules.original
        if (found := rule.pattern.search(text)) and text[: found.start()].strip()
    ]
    text, rest = text[: min(ends, default=len(text))], text[min(ends, default=len(text)) :]
    to = _TO.search(rest)
    return Story(text, address_in(to.group(1)) if to else "", _sections(text, nobody), rules)


def opens_like_a_report(subject: str, text: str, rules: BounceRules) -> bool:
    """Whether subject or text begin as machines begin their reports."""
    return any(applies(rule, part) for part in (fold(subject), text) for rule in rules.opening)


def _sections(text: str, nobody: frozenset[str]) -> tuple[tuple[str, str], ...]:
    marks: dict[str, int] = {}
    for pattern in (_AT_LINE_START, _LABELLED):
        for found in pattern.finditer(text):
            address = address_in(found.group("a"))
            if address and address not in nobody and not _SENDER_LINE.match(_line_of(text, found.start("a"))):
                marks[address] = min(_with_dialogue(text, found.start()), marks.get(address, len(text)))
        if marks:
            break  # labels are looked at only where no address stands out
    starts = sorted((start, address) for address, start in marks.items())[:_RECIPIENTS]
    ends = [*(start for start, _ in starts[1:]), len(text)]
    return tuple((address, text[start:end]) for (start, address), end in zip(starts, ends, strict=False))


def _with_dialogue(text: str, start: int) -> int:
    """Where the lines of an SMTP dialogue begin that stand right above `start`: they are about the same address."""
    for _ in range(_DIALOGUE):
        above = text.rfind("\n", 0, max(start - 1, 0)) + 1
        if above >= start or not text.startswith((">>>", "<<<"), above):
            break
        start = above
    return start


def _line_of(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1 : at + 80]


def _line(text: str) -> str:
    return " ".join(text.split())
