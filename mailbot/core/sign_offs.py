"""Where a letter is signed: the lines that say who wrote it, below a closing phrase, a ruler, or only at the end."""

from functools import lru_cache
from typing import NamedTuple

from mailbot.core.extract_text import SENTENCE_END, is_step, said, signature_of, without_quotes
from mailbot.core.party import party, phone_in
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold
from mailbot.core.ruleset import Ruleset

_MOST_LINES = 15
_END_LINES = 8
_LONGEST = 90
_ENGLISH = (
    r"(?:many |kind |best |warm |with |yours |all |the |most |your )*"
    r"(?:regards|thanks|thank you|thank u|thx|ta|cheers|sincerely|respectfully|wishes|best|faithfully|truly|greetings|"
    r"cordially|yours|see you|take care|signed|bye)\b"
    r"(?: (?:in advance|and regards|again|very much|so much|from|for (?:your|the) [\w ]{1,20}))?"
)
_OTHERS = (
    r"(?:ciao|mvh|mfg|vg|gr(?:ü|ue)(?:ße|sse|ß)|gruß|hochachtungsvoll|herzlich(?:e grüße|st)?|(?:viele|beste) grüße|"
    r"mit (?:freundlichen|besten|vielen|lieben) (?:grüßen|grüssen|gruessen|dank)|danke|merci|cordialement|"
    r"bien (?:à vous|cordialement)|bises|gracias|saludos|un saludo|atentamente|abrazos|saluti|distinti saluti|"
    r"cordiali saluti|met vriendelijke groet(?:en)?|med vennlig hilsen|med vänlig hälsning|venlig hilsen|pozdrawiam|"
    r"s pozdravem|ystävällisin terveisin)"
)
_JAPANESE = (
    r"(?:以上|(?:それ)?では(?:また)?|じゃあ?|敬具|草々|拝具|かしこ|(?:どうぞ|何卒|以上、?|では、?)?(?:よろ|宜)し(?:く|ゅう)"
    r"(?:お願い(?:(?:いた|致)?します|申し上げます))?|此致|敬礼|谢谢|謝謝)"
)
_PHRASE = compile_pattern(
    rf"^\s*(?:(?:(?:{_ENGLISH}|{_OTHERS})(?:[,.!:]+\s*|\s+|$))+|(?:{_JAPANESE}(?:[。.!、,]+\s*|\s+|$))+)"
)
_DASH = compile_pattern(r"^\s*(?:[-–—―~]{1,3}|/|_{2,3})\s*(?:[^\s\W]|[\p{L}])")
_LONG_DASHES = ("–", "—", "―")  # never a bullet
_DASHES = " -–—―~/_"
_BEHIND = compile_pattern(r"(?:[.!?)]|。)\s+(?:--?|―|~)\s?([^\s-][^.!?。]{1,60})$")
_DASHED_NAME = compile_pattern(
    r"(?-i:^\s*[-~] ?\p{Lu}[\p{L}'.-]{1,20}(?: \p{Lu}[\p{L}'.-]{0,20}){0,3}\s*$)|^\s*[~/] ?[\w.'-]{2,20}\s*$"
)
_LABELLED = compile_pattern(r"^[^:\n]{1,30}:(?:\s|$)|^[^:\n]{1,30}\s=\s")
_OWN_LABEL = compile_pattern(
    r"^\W*(?:tel|phone|mobile|cell|e-?mail|mail|web|url|pgp|gpg|openpgp|key|fpr|fingerprint|signal|twitter|mastodon|github|"
    r"fax|hp)\b|^\W{0,3}(?:電話|携帯|メール|直通|内線|公開鍵|指紋)"
)
_REACHED = compile_pattern(
    r"@|\[at\]|\(at\)|://|www\.|〒|[都道府県].{1,20}[市区町村]|電話|携帯|内線|直通|指紋|公開鍵|"
    r"\b(?:street|road|avenue|tel|fax|phone|mobile|pgp|gpg|openpgp|fpr|key|fingerprint|twitter|github|mastodon|signal|matrix)\b"
)
_ABBREVIATED = compile_pattern(r"(?:\s|\.)[\p{L}]{1,4}\.\s*$")
_BULLET = compile_pattern(r"^\s*(?:[-*+・●■□◆>|#]\s|[•→{}<$]|```)")


class Signed(NamedTuple):
    """Lines of a signature; `sure` where a closing phrase or the like stands above them."""

    lines: tuple[str, ...] = ()
    sure: bool = True


def signed(text: str, rules: Ruleset) -> Signed:
    """The lines in which the letter says who wrote it."""
    below = [line for line in signature_of(text, rules).split("\n") if line.strip()]
    if below and any(_tells(line) for line in below):
        closed = bool(_PHRASE.search(fold(below[0]))) or _is_ruler(below[0], rules)
        known = closed or any(map(_reaches, below)) or all(_is_known(line, rules) for line in below)
        return Signed(tuple(below[:_MOST_LINES]), closed) if known else Signed()
    return _at_end(without_quotes(text, rules).rstrip().split("\n"), rules)


@lru_cache(maxsize=64)  # the lines of a signature are looked at from several sides
def phrase_of(line: str) -> tuple[str, str]:
    """The closing phrase or dash that the line begins with, and the words behind it."""
    folded = fold(line)
    found = _PHRASE.search(folded)
    begin = found.end() if found else 0
    dash = _DASH.search(folded[begin:])
    rest = line[begin:]
    return line[:begin] or ("-" if dash else ""), (rest.lstrip(_DASHES) if dash else rest).strip()


def _tells(line: str) -> bool:
    return any(c.isalnum() for c in phrase_of(line)[1])


def _is_ruler(line: str, rules: Ruleset) -> bool:
    return line.strip() == "--" or said("separator", line, rules)


def _at_end(lines: list[str], rules: Ruleset) -> Signed:
    """The short lines at the end of a text, if they name somebody."""
    behind = _BEHIND.search(fold(lines[-1]))
    if behind is not None:
        return Signed((lines[-1][behind.start(1) :],))
    dash = _DASHED_NAME.search(fold(lines[-1]))
    if dash is not None and not (len(lines) > 1 and _BULLET.search(fold(lines[-2]))):
        return Signed((lines[-1],))
    begin = len(lines)
    for i in range(len(lines) - 1, max(-1, len(lines) - 1 - 2 * _END_LINES), -1):
        if lines[i].strip() and not _may_sign(lines[i]):
            break
        begin = i if lines[i].strip() else begin
    block = [line for line in lines[begin:] if line.strip()][-_END_LINES:]
    while block and not _begins(block[0], rules):
        block = block[1:]
    if not block:
        return Signed()
    phrase = phrase_of(block[0])[0]
    if phrase.strip(_DASHES) or (phrase and len(block) <= 2):
        return Signed(tuple(block))
    alone = begin == 0 or not lines[begin - 1].strip() or bool(SENTENCE_END.search(fold(lines[begin - 1])))
    known = all(_is_known(line, rules) for line in block)
    return Signed(tuple(block), False) if alone and known else Signed()


def _may_sign(line: str) -> bool:
    folded = fold(line)
    dashed = line.lstrip()[:1] in _LONG_DASHES
    if is_step(line) or (_BULLET.search(folded) and not dashed):
        return False
    if len(line) > _LONGEST:
        return len(line) <= 2 * _LONGEST and "://" in line
    if _LABELLED.search(folded):
        return bool(_OWN_LABEL.search(folded))
    return not SENTENCE_END.search(folded) or bool(_ABBREVIATED.search(folded) or phrase_of(line)[0])


def _begins(line: str, rules: Ruleset) -> bool:
    """Whether a signature may begin with the line: it names somebody, or is the phrase above a name."""
    phrase, rest = phrase_of(line)
    found = party(rest, rules)
    return bool(phrase.strip(_DASHES) or found.name or (found.organisation and found.sure))


def _is_known(line: str, rules: Ruleset) -> bool:
    """Whether the line is one of a signature: a name, a company, a post, a way to reach somebody."""
    return _reaches(line) or not party(phrase_of(line)[1], rules, (), line).rest


def _reaches(line: str) -> bool:
    return bool(phone_in(line) or _REACHED.search(fold(line)))
