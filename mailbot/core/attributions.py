"""The line or lines that say who wrote what is quoted below: "On … wrote:", "… さんは書きました:".

The words differ with language and mail program; the shape does not: a moment, a name or mailbox, often a verb of
writing, and a colon at the end. Mail programs wrap the sentence over up to four lines.
"""

import re
from collections.abc import Iterator

from mailbot.core.reply_headers import LINE, header_kind

_LINES = 4
_LENGTH = 400  # characters of them all

_SOFT_BREAK = re.compile(r"=[ \t]{0,3}$")  # quoted-printable that nobody decoded
_ENCODED = re.compile(r"(?:=[0-9A-F]{2}){1,6}")
_MONTH = r"[^\W\d_]{3,12}\.?"  # in any language
_DATE = re.compile(
    r"\d{2,4} ?年 ?\d{1,2} ?月 ?\d{1,2} ?日|\d{1,2} ?月 ?\d{1,2} ?日|\d{4}년 ?\d{1,2}월 ?\d{1,2}일"
    r"|(?<!\d)\d{4}[/.-] ?\d{1,2}[/.-] ?\d{1,2}(?!\d)|(?<!\d)\d{1,2}[/.-] ?\d{1,2}[/.-] ?\d{2,4}(?!\d)"
    rf"|(?<!\d)\d{{1,2}}(?:st|nd|rd|th|\.|er)?(?: de|[ -])? ?{_MONTH},?(?: de)?[ -]\d{{4}}"
    rf"|(?<!\w){_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? ?\d{{4}}"
    r"|(?<!\d)\d{1,2}\.? (?:de )?(?:jan|f[eé]b|m[aä]r|apr|ma[yji]|ju[nl]|aug|se[pt]|o[ck]t|nov|de[czs])",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?<![\d.])\d{1,2}[:：.h時]\d{2}(?!\d)|午[前後] ?\d{1,2}時|오[전후] ?\d{1,2}", re.IGNORECASE)
_MAILBOX = re.compile(r"[\w.+'-]{1,64}@[\w.-]{1,100}")
_VERB = (
    r"wrote|writes|schrieb|geschrieben|a écrit|escribió|escribio|ha scritto|scrive|schreef|skrev|"
    r"napisał(?:\(a\)|a|/a)?|"
    r"pisze|nadesłał|napsal(?:\(a\)|a|/a)?|napísal(?:\(a\)|a)?|escreveu|kirjoitti|yazdı|написала?|пишет|"
    r"a scris|ezt írta|"
    r"έγραψε|menulis|đã viết|写道|寫道|写到|님이 (?:작성|쓴)|書きました|書いています|書かれました|のたまいました"
)
_VERB_LAST = re.compile(
    rf"(?:(?:{_VERB})[^\w\n]{{0,12}}(?:\([^()]{{0,60}}\))?|작성(?:하였습니다|했습니다)?|님의 말|のメール|のメッセージ|"
    rf"(?:さん|様|氏|殿)?から(?:の|いただいた|頂いた)?(?:メール|メッセージ)|の(?:発言|書き込み|記事)(?:で|より|から)?)"
    r" ?(?:です|で|より|は)?\W{0,6}$",
    re.IGNORECASE,
)
_VERB_INSIDE = re.compile(rf"(?<!\w)(?:{_VERB})(?!\w)", re.IGNORECASE)
_MAILBOX_LAST = re.compile(r"[\w.+'-]{1,64}@[\w.-]{1,100}(?:[>)\]\"']|>?さん|様){0,4} ?[:：]$")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_END = (":", "：")
_WROTE = "書きました。"
_TAIL = 8  # characters: a colon, and the marks that may stand behind it
_SENTENCE_END = ("。", "！", "？", "!", "?")
_LEAD = 30  # characters before the moment
_ONE_LINE = 120


class Attributions:
    """The attributions in one text. Most lines are told from one without looking at their words."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._ends = frozenset(_possible_ends(lines))
        self._begins = frozenset(end - back for end in self._ends for back in range(_LINES))
        self._may_begin: dict[int, bool] = {}
        self._found: dict[tuple[int, bool], int] = {}

    def may_stand(self, number: int) -> bool:
        """Whether one may begin at this line, by the shape of the lines."""
        return number in self._begins

    def at(self, number: int, quote_below: bool) -> int:
        """How many lines from this one on introduce a quotation; 0 if none.

        `quote_below`: marked lines follow, so less is asked of the words.
        """
        if number not in self._begins:
            return 0
        asked = (number, quote_below)
        if asked not in self._found:
            self._found[asked] = self._count(number, quote_below)
        return self._found[asked]

    def _count(self, number: int, quote_below: bool) -> int:
        window: list[str] = []
        for last, line in enumerate(self._lines[number : number + _LINES], number):
            if not line.strip() or len(line) > LINE:
                return 0
            window.append(line)
            if last not in self._ends:
                continue
            if last > number and not self._opens(number):
                return 0
            if not _may_end(line):
                continue
            if _introduces(_joined(window), quote_below) and not _begins_later(window, quote_below):
                return len(window)
        return 0

    def _opens(self, number: int) -> bool:
        if number not in self._may_begin:
            self._may_begin[number] = _may_begin(self._lines[number].strip())
        return self._may_begin[number]


def _possible_ends(lines: list[str]) -> Iterator[int]:
    """The lines that may be the last of one: a colon stands at their end, a verb, or a mailbox in or above them."""
    named = -_LINES
    soft = False
    for number, line in enumerate(lines):
        named = number if "@" in line else named
        tail = line.rstrip()[-_TAIL:]
        if number - named < _LINES or ":" in tail or "：" in tail or _WROTE in line or (soft and "。" in tail):
            yield number
        soft = tail.endswith("=")


def _may_begin(line: str) -> bool:
    """Whether a first line can be one of several: it names a moment or a mailbox, and does not end a sentence."""
    if line.endswith(_SENTENCE_END) or header_kind(line) is not None:
        return False
    return "@" in line or any(pattern.search(line) for pattern in (_DATE, _CLOCK, _YEAR))


def _may_end(line: str) -> bool:
    """Whether a last line can be one: most lines are told from it without looking at the words."""
    return line.rstrip(" *_")[-1:] in (":", "：", "。") or _VERB_LAST.search(line[-60:]) is not None


def _joined(window: list[str]) -> str:
    text = ""
    for line in window:
        soft = _SOFT_BREAK.search(line)
        text += line[: soft.start()] if soft else line.strip() + " "
    return _ENCODED.sub(" ", text).strip()


def _begins_later(window: list[str], quote_below: bool) -> bool:
    """Whether the same sentence is whole, with its moment, without the first line, which is then an answer's last."""
    rests = (_joined(window[first:]) for first in range(1, len(window)))
    return any(_DATE.search(rest) is not None and _introduces(rest, quote_below) for rest in rests)


def _introduces(line: str, quote_below: bool) -> bool:
    if len(line) > _LENGTH:
        return False
    date, clock, mailbox = _DATE.search(line), _CLOCK.search(line), _MAILBOX.search(line)
    verb_last = _VERB_LAST.search(line) is not None
    if not (line.endswith(_END) or (verb_last and mailbox) or (verb_last and line.endswith(_WROTE))):
        return False
    written = verb_last or _VERB_INSIDE.search(line) is not None
    told = mailbox is not None or clock is not None or quote_below
    if date is None:
        # Without a moment only who wrote is left: "Name <mailbox> wrote:", or a name and quoted lines below.
        return verb_last and (mailbox is not None or (quote_below and len(line) <= _ONE_LINE))
    if date.start() > _LEAD and not (mailbox is not None and written):
        return False
    if written:
        return told
    if _MAILBOX_LAST.search(line):
        return True
    return clock is not None and quote_below and len(line) <= _ONE_LINE and "。" not in line
