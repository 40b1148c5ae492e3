"""How mail programs introduce the mail that is answered or forwarded."""

import re
from functools import cache

from mailparser_reply import EmailReplyParser  # type: ignore[import-untyped]  # ships no types

_LANGUAGES = ["en", "ja", "de", "fr", "es", "it", "nl", "pl", "sv", "da", "cs", "zh", "ko"]
_LINE = 200  # longer lines introduce nothing
_BLOCK = 12  # lines of a header block

_FROM = "from 差出人 送信者 送信元 发件人 von de fra van od från"
_SENT = "sent date 送信日時 日時 日付 送信日 发送时间 gesendet datum envoyé sendt dato verzonden wysłano data skickat"
_OTHER = (
    "to cc subject reply-to 宛先 件名 返信先 收件人 主题 an betreff à objet til emne aan onderwerp do temat till ämne"
)
_KINDS = {word: kind for kind, words in enumerate((_FROM, _SENT, _OTHER)) for word in words.split()}
_LABEL = re.compile(r"[ \u3000>*]{0,9}([\w-]{1,12})\*?[ \u3000]{0,3}[:：]\*?")
_SEPARATOR = re.compile(
    r"[ \u3000>]{0,9}(?:[-_=－―━*]{2,40} ?(?:original message|original appointment|forwarded message|reply message|"
    r"元のメッセージ|元のメール|オリジナルメッセージ|転送メッセージ|転送されたメッセージ|引用元メール|"
    r"forwarded by .{1,80}|ursprüngliche nachricht|oprindelig meddelelse|message d'origine) ?[-_=－―━*]{2,40}"
    r"|begin forwarded message:|転送されたメッセージ[:：])[ \u3000]{0,9}",
    re.IGNORECASE,
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = re.compile(
    r"\d{4}年 ?\d{1,2}月 ?\d{1,2}日|\d{4}[/.-]\d{1,2}[/.-]\d{1,2}"
    rf"|\d{{1,2}}[ -]{_MONTH},?[ -]\d{{4}}|{_MONTH} \d{{1,2}}, ?\d{{4}}",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"wrote\W*$|さん(?:は|が)[^。]{0,10}書きました[:：。]?$|のメール(?:で|より)?[:：。]?$|writes:$", re.IGNORECASE
)
_MAILBOX = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,100}")
_ENDS_WITH_MAILBOX = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,100}[>)\]]{0,3} ?[:：]$")


def starts_old_mail(lines: list[str], number: int) -> bool:
    """Whether an old mail follows from this line on without marks: a separator, or a block of its headers."""
    line = lines[number]
    if len(line) > _LINE:
        return False
    return _SEPARATOR.fullmatch(line) is not None or (_kind(line) == 0 and _is_header_block(lines, number))


def attribution_lines(lines: list[str], number: int) -> int:
    """How many lines from this one on say who wrote what is quoted below; 0 if this one does not."""
    if not lines[number].strip() or len(lines[number]) > _LINE:
        return 0
    for count in (1, 2, 3):
        window = [line.strip() for line in lines[number : number + count]]
        if len(window) < count or not all(window) or any(len(line) > _LINE for line in window):
            return 0
        if window[-1].endswith((":", "：", "。")) and (_is_attribution(" ".join(window)) or _is_known(window)):
            return count
    return 0


def _kind(line: str) -> int | None:
    label = _LABEL.match(line)
    return _KINDS.get(label.group(1).lower()) if label else None


def _is_header_block(lines: list[str], number: int) -> bool:
    """From, when, and to whom or what about, on lines that follow one another (or are one blank line apart)."""
    kinds: set[int | None] = set()
    blanks = 0
    for line in lines[number : number + _BLOCK]:
        if not line.strip():
            blanks += 1
            if blanks > 1:
                break
            continue
        kind = _kind(line[:_LINE])
        if kind is None and not line.startswith((" ", "\t")):
            break
        blanks = 0
        kinds.add(kind)
    return {0, 1, 2} <= kinds


def _is_attribution(line: str) -> bool:
    """A date first, a mailbox or a verb of writing last."""
    if len(line) > _LINE:
        return False
    wrote = _WROTE.search(line) is not None
    date = _DATE.search(line)
    if date is None:
        return wrote and _MAILBOX.search(line) is not None
    return date.start() <= 20 and (wrote or _ENDS_WITH_MAILBOX.search(line) is not None)


def _is_known(window: list[str]) -> bool:
    if _kind(window[0]) is not None or sum(map(len, window)) > _LINE:
        return False
    found = _patterns().match("\n".join(window))
    return found is not None and found.end() >= sum(map(len, window))


@cache
def _patterns() -> re.Pattern[str]:
    pattern: re.Pattern[str] = EmailReplyParser(languages=_LANGUAGES).read("").HEADER_REGEX
    return pattern
