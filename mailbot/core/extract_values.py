"""How the words of a report become the value of a field; words that state nothing become None."""

import re
from collections.abc import Callable

from mailbot.core.extract_types import type_in
from mailbot.core.extract_urls import bare_hosts_in, urls_in
from mailbot.core.model import FieldValue
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, short
from mailbot.core.rule_shapes import Convert
from mailbot.core.ruleset import Ruleset
from mailbot.core.scores import vector_in

_EDGE = " \t\n　:：・、,;*_`|…"
_BRACKETS = "<>()（）「」『』[]\"'-"
_DRAWN = frozenset("-=_*~#─━―ー+|")
_RULE_LINE = compile_pattern(r"^\s*[-=_*~#─━―ー+|]{3,}\s*$")
_CWE = compile_pattern(
    r"(?:\bCW[ES]\s*(?:ID|番号)?\s*(?:[-:_ #=]|は){0,3}|\bcwe\.mitre\.org/data/definitions/)([0-9]{1,4})\b"
)
_CVE = compile_pattern(r"\bCVE\s?[-_ ]\s?([0-9]{4})\s?[-_]\s?([0-9]{4,19})\b")
_BARE_NUMBER = compile_pattern(r"^\s*([0-9]{1,4})\s*$")
_NUMBER = compile_pattern(r"(?:^|[^0-9./:])(10(?:\.0)?|[0-9](?:\.[0-9])?)(?:$|[^0-9.:/]|[.](?:\s|$))")
_EMAIL = compile_pattern(r"[a-z0-9][a-z0-9._%+=-]{0,63}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*\.[a-z]{2,24}")
_AT_SPELT = compile_pattern(
    r"\s?(?:[(\[{<_]\s?(?:at|a|@|アット(?:マーク)?)\s?[)\]}>_]|アットマーク|[★☆●◎])\s?|([a-z0-9]) at ([a-z0-9])"
)
_DOT_SPELT = compile_pattern(r"\s?(?:[(\[{]\s?(?:dot|\.|ドット)\s?[)\]}]|ドット)\s?|([a-z0-9]) dot ([a-z0-9])")
_DATE = compile_pattern(r"((?:19|20)[0-9]{2})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*\.?"
_DAY = r"([0-9]{1,2})(?:st|nd|rd|th)?"
_ENGLISH_DATE = compile_pattern(rf"\b(?:{_DAY}[ .-]+(?:of )?{_MONTH}|{_MONTH} +{_DAY}),?[ -]+((?:19|20)[0-9]{{2}})\b")
_ERA_DATE = compile_pattern(r"(?:令和|R)\s*(元|[0-9]{1,2})\s*[年.]\s*([0-9]{1,2})\s*[月.]\s*([0-9]{1,2})")
_DOTTED_DATE = compile_pattern(r"(?:^|[^0-9.])([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?((?:19|20)[0-9]{2})\b")
_BEFORE_REIWA = 2018
_UNFILLED = compile_pattern(
    r"^\W*(?:yes\s*/\s*no|y\s*/\s*n|有(?:り)?\s*[/・]\s*無(?:し)?|はい\s*/\s*いいえ|あり\s*/\s*なし)\W*$"
)
_NO = compile_pattern(
    r"^[\s\-・:]*(?:no|nope|not\b[^.\n]*|n|false|いいえ|無し?|無い|なし|ない|ありません|否|不可|不要|未[公確悪観].*|"
    r"(?:希望|公開|公表|確認|悪用|観測)(?:は)?(?:して|されて)?(?:いない|いません|しない|しません).*)(?:[\s.,、。;:()(\-].*)?$"
)
_YES = compile_pattern(
    r"^[\s\-・:]*(?:yes|y|true|はい|有り?|有る|あり|ある|あります|可|可能|ok|希望(?:する|します)?|同意(?:する|します)?|"
    r"(?:公開|公表|確認)(?:済み?|されて|して).*)(?:[\s.,、。;:()(\-].*)?$"
)
_VERSION_TAIL = compile_pattern(
    r"^(.*?\S)[\s,、]+(?:(?:version|ver\.?|v\.?|バージョン|rev\.?)\s*:?\s*([0-9][\w.+-]*.*)|([0-9]+(?:\.[0-9]+)+[\w.+-]*.*))$"
)
_VERSION_WORD = compile_pattern(
    r"^((?:firmware|ファームウ[ェエ]ア|バージョン|versions?|ver\.?)\s*:?\s*(?:バージョン|versions?|ver\.?)?\s*)v?[0-9]"
)
_VERSION_AGAIN = compile_pattern(r"\b(?:version|ver|v)\.?\s*[0-9]|バージョン\s*[0-9]")
_ADDRESS_BEHIND = compile_pattern(r"\s*[(<\[]?\s*https?://\S*.*$")
_RANGE_BEHIND = compile_pattern(
    r"[\s,(]+(?:(?:in )?(?:all |any )?(?:versions?|releases?|firmware|ver\.?|v\.?)? ?"
    r"(?:<=?|>=?|≤|up to|before|prior to|through|since|from|below|until)(?: and including)?(?: versions?)? ?"
    r"v?[0-9]+[.0-9x]*\b"
    r"|(?:all )?(?:versions|releases|firmware)\b).*$"
)
_JAPANESE_TAIL = compile_pattern(r"\s*(?:の|に|で|を|が|は|には|では)[^\s0-9]{2,}.*$")
_QUOTED_NAME = compile_pattern(r"^[^「『]{2,}[「『]([^「」『』]{2,60})[」』]")
_NEXT_LABEL = re.compile(r"[、,;；]\s?(?=[^\s、,:：]{1,12}\s?[:：])|\s?\(v?\d[\d.]*\)")
_KINDS_OF_COMPANY = "株式会社|有限会社|合同会社"
_COMPANY_BEFORE = re.compile(
    rf"^(?:(?:{_KINDS_OF_COMPANY}|㈱)\s?[^\s、。「]{{1,20}}|[^\s、。「]{{1,20}}(?:{_KINDS_OF_COMPANY}))(?:製|の)?\s+(?=\S)"
)
_PROSE, _BRIEF = 60, 40
_BOUND = r"(?:<=?|>=?|≤|before|prior to|up to|through|all versions (?:before|prior to))"
_ONE_VERSION = r"v?[0-9]+(?:\.[0-9A-Za-z]+)+"
_VERSION_TOLD = compile_pattern(
    rf"(?:{_BOUND}\s*)?{_ONE_VERSION}(?:\s*(?:through|up to(?: and including)?|to|until|-|~|\.{{2,3}}|and|"
    r"or|,|から|以前|以下|未満)\s*"
    rf"(?:(?:[A-Z][a-z]+ )?{_ONE_VERSION}|earlier|below|older|prior)?)*"
)


def is_blank(text: str, rules: Ruleset) -> bool:
    """Whether the words say that there is nothing to say: なし, 不明, none, N/A."""
    bare = fold(text).strip(_EDGE + _BRACKETS + "。.ー")
    return not bare or rules.prose_like("blank").applies(bare)


def convert(kind: Convert, text: str, rules: Ruleset) -> FieldValue | None:
    """The value that `text` states when read as `kind`, or None."""
    if kind != "flag" and is_blank(text, rules):
        return None
    return _READERS[kind](text, rules)


def block(text: str, rules: Ruleset) -> str | None:
    """The lines without common indent, blank edges and rulers."""
    lines = text.split("\n")
    while lines and _is_edge(lines[0]):
        lines.pop(0)
    while lines and _is_edge(lines[-1]):
        lines.pop()
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[indent:].rstrip() for line in lines) or None


def _is_edge(line: str) -> bool:
    """Whether the line is blank or a ruler."""
    words = line.strip()
    return not words or (words[-1] in _DRAWN and bool(_RULE_LINE.search(line)))


def _line(text: str, rules: Ruleset) -> str | None:
    found = next((line.strip(_EDGE) for line in text.split("\n") if line.strip(_EDGE)), "")
    return short(found, 300) if found and not is_blank(found, rules) else None


def _pieces(text: str, rules: Ruleset, separators: str = "") -> tuple[str, ...] | None:
    table = dict.fromkeys(map(ord, separators), "\n")
    pieces = (piece.strip(" \t・-*　") for piece in text.translate(table).split("\n"))
    return tuple(dict.fromkeys(p for p in pieces if not is_blank(p, rules) and not _RULE_LINE.search(p))) or None


def _ids(text: str, rules: Ruleset) -> tuple[str, ...] | None:
    """Numbers that others gave; the sign in front of one is no part of it, CVE numbers have a field of their own."""
    pieces = _pieces(text, rules, ",、;；，") or ()
    return tuple(piece.lstrip("#") for piece in pieces if not _CVE.search(fold(piece))) or None


def _urls(text: str, rules: Ruleset) -> tuple[str, ...] | None:
    found = [url for url, _ in urls_in(text)] or [url for url, _ in bare_hosts_in(text)]
    return tuple(dict.fromkeys(found)) or None


def _url(text: str, rules: Ruleset) -> str | None:
    """The first URL, as it is written; of a line without one the words."""
    found = next(urls_in(text), None)
    return found[1] if found else _line(text, rules)


def _contact(text: str, rules: Ruleset) -> str | None:
    """What stands on the line; of a sentence only the address in it."""
    line = _line(text, rules)
    address = _EMAIL.search(fold(line)) if line and len(line) > _BRIEF else None
    return address.group() if address else line


def _site(text: str, rules: Ruleset) -> str | None:
    """The first line of a URL item without a URL: the name of the site."""
    lines = (line.strip(_EDGE + _BRACKETS) for line in text.split("\n"))
    return next((_line(words, rules) for words in lines if words and _urls(words, rules) is None), None)


def _type(text: str, rules: Ruleset) -> str | None:
    """The type that an answer names; a name may be wrapped anywhere."""
    named = type_in(text, "", rules) or type_in("".join(line.strip() for line in text.split("\n")), "", rules)
    return str(named.value) if named else "other"


def _cwe(text: str, rules: Ruleset) -> tuple[str, ...] | None:
    folded = fold(text)
    numbers = [found.group(1) or "" for found in _CWE.finditer(folded)]
    bare = _BARE_NUMBER.search(folded)
    if bare and not numbers:
        numbers = [bare.group(1) or ""]
    return tuple(dict.fromkeys(f"CWE-{int(number)}" for number in numbers)) or None


def _cve(text: str, rules: Ruleset) -> tuple[str, ...] | None:
    found = (f"CVE-{hit.group(1)}-{hit.group(2)}" for hit in _CVE.finditer(fold(text)))
    return tuple(dict.fromkeys(found)) or None


def _score(text: str, rules: Ruleset) -> float | None:
    found = _NUMBER.search(fold(text))
    return float(found.group(1) or 0) if found else None


def _date(text: str, rules: Ruleset) -> str | None:
    """ISO 8601 where a whole date is stated, also with the name of a month or of an era; else the words."""
    folded = fold(text)
    if found := _DATE.search(folded):
        year, month, day = (int(found.group(i) or 0) for i in (1, 2, 3))
    elif found := _ENGLISH_DATE.search(folded):
        year, day = int(found.group(5) or 0), int(found.group(1) or found.group(4) or 0)
        month = 1 + _MONTHS.index((found.group(2) or found.group(3) or "").lower())
    elif found := _ERA_DATE.search(folded):
        year = _BEFORE_REIWA + (1 if found.group(1) == "元" else int(found.group(1) or 0))
        month, day = int(found.group(2) or 0), int(found.group(3) or 0)
    elif found := _DOTTED_DATE.search(folded):  # with slashes the order of day and month is anybody's guess
        day, month, year = (int(found.group(i) or 0) for i in (1, 2, 3))
    else:
        return _line(text, rules)
    return f"{year:04}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else _line(text, rules)


def _email(text: str, rules: Ruleset) -> str | None:
    folded = fold(text)
    found = _EMAIL.search(folded) if "@" in folded else None
    if found is None and "@" in (spelt := _AT_SPELT.sub(r"\1@\2", folded)):
        found = _EMAIL.search(_DOT_SPELT.sub(r"\1.\2", spelt))
    return found.group() if found else None


def _flag(text: str, rules: Ruleset) -> bool | None:
    words = next((line.strip() for line in fold(text).split("\n") if line.strip()), "")
    if not words or _UNFILLED.search(words):
        return None
    return False if _NO.search(words) else True if _YES.search(words) else None


def _product(text: str, rules: Ruleset) -> str | None:
    """A product's name, without the version that follows it on the line."""
    line = _line(text, rules)
    if line is None:
        return None
    line = _NEXT_LABEL.split(line)[0]
    company = _COMPANY_BEFORE.search(line)
    line = line[company.end() :] if company else line
    address = _ADDRESS_BEHIND.search(fold(line))
    line = line[: address.start()] if address else line
    range_behind = _RANGE_BEHIND.search(fold(line))
    line = line[: range_behind.start()] if range_behind and range_behind.start() else line
    quoted = _QUOTED_NAME.search(line)
    if quoted is not None:
        return quoted.group(1)
    tail = _VERSION_TAIL.search(fold(line))
    return (line[: tail.end(1)] if tail else line).strip(_EDGE + _BRACKETS + "。") or None


def _version(text: str, rules: Ruleset) -> str | None:
    """A version as it is stated; of a whole sentence only the numbers and what bounds them."""
    line = _line(text, rules)
    if line is None:
        return None
    told = _VERSION_TOLD.search(fold(line)) if len(line) > _PROSE else None
    line = line[told.start() : told.end()] if told else line
    word = _VERSION_WORD.search(fold(line))
    begin = word.end(1) if word and not _VERSION_AGAIN.search(fold(line[word.end(1) :])) else 0
    return line[begin:].strip(_EDGE + "。.") or None


def _version_after_name(text: str, rules: Ruleset) -> str | None:
    """The version at the end of a line that begins with the product's name; None if there is none."""
    line = _line(text, rules)
    tail = _VERSION_TAIL.search(fold(line)) if line else None
    version = (tail.group(2) or tail.group(3) or "") if tail else ""
    told = _JAPANESE_TAIL.search(version)  # a sentence that goes on behind the version
    return (version[: told.start()] if told else version).strip(_EDGE + "。.") or None


_READERS: dict[Convert, Callable[[str, Ruleset], FieldValue | None]] = {
    "text": block,
    "line": _line,
    "sentence": _line,
    "list": _pieces,
    "ids": _ids,
    "urls": _urls,
    "url": _url,
    "contact": _contact,
    "site": _site,
    "type": _type,
    "cwe": _cwe,
    "cve": _cve,
    "vector": lambda text, rules: vector_in(fold(text)),
    "score": _score,
    "date": _date,
    "email": _email,
    "flag": _flag,
    "product": _product,
    "version": _version,
    "version-after-name": _version_after_name,
}
