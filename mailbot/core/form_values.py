"""Readings that only an answer to a question allows: a name alone on its line, a key, a site beside its URL."""

import re
from collections.abc import Callable

from mailbot.core.extract_urls import bare_hosts_in, urls_in
from mailbot.core.extract_values import convert, is_blank
from mailbot.core.form_wishes import credit, flag, plan, refusal, reports
from mailbot.core.model import FieldValue
from mailbot.core.party import party
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, short
from mailbot.core.rule_shapes import Take
from mailbot.core.ruleset import Ruleset

_LONGEST_NAME = 60
_LONGEST_KEY = 100
_PHONE_DIGITS = 6
_EDGE = " \t\n　:：・、,;*_`|\"'「」『』…‥→"
_NO_NAME = compile_pattern(
    r"[。!?]|https?:|\b(?:please|credit|pass|share|name|prefer|anonym\w*|withheld)\b|匿名|希望|ください|同上|別紙|添付|"
    r"(?:自|当|弊)社|社内|発見(?:\S|$)|試験(?:で|中|に)|調査で|見つけ"
)
_ALONE = compile_pattern(
    r"^\W*(?:(?:none|no|n/a|なし|無し|無)\W+)?(?:independent|individual|self|self[- ]employed|freelancer?|"
    r"private(?: person)?|independent (?:security )?(?:researcher|consultant)|個人|フリー(?:ランス)?|無所属)\W*$"
)
_COMPOUND = compile_pattern(r"@|[(/,、|<]|\s{2}|\bat\b|\bof\b|\bfrom\b|[\p{Han}]\S* \S+ \S")
_BRACKETED = compile_pattern(r"\([^()]+\)")
_BEHIND_NAME = compile_pattern(r"^(\S.*?)\s*(?:\([^()]*\)|<[^<>]*>|/.*|,\s*(?:handle|aka|a\.k\.a)\b.*)\s*$")
_KANA_FIRST = compile_pattern(r"^[\p{Katakana}\p{Hiragana}ー・ ]+\((\p{Han}[^()]*)\)\s*$")
_NO_KEY = compile_pattern(
    r"^\W*(?:no|none|tbd|todo|not|don't|later|will|nope)\b|^\s*(?:なし|無|未|まだ|ありません|不要)"
)
_NEXT_LABEL = compile_pattern(r"\s*[/;|、]\s*[^\s:=/;|]{1,16}\s?[:=]")
_ARMOR = compile_pattern(r"-----BEGIN PGP [A-Z ]+-----[\s\S]*?-----END PGP [A-Z ]+-----")
_FINGERPRINT = compile_pattern(r"(?:0x)?[0-9a-f]{4}(?: ?[0-9a-f]{4}){3,15}(?: {1,2}[0-9a-f]{4}){0,9}")
_SENTENCE_GOES_ON = compile_pattern(r"[0-9] ?(?:で|が|を|の)[^\s()]{2,}")
_NAMELESS = compile_pattern(r"^\W*(?:トップ(?:ページ)?|top ?page|url|http|例\s*[).:)]|参考|パラメ|ログイン|home ?page)")
_CALLED = compile_pattern(
    r"^[「『]?([^\s「」『』、。]{2,30}(?: [^\s「」『』、。]{1,20})?)[」』]?\s?"
    r"(?:(?:と(?:いう|いった|言う)|っていう|なる)[^。]{0,24}|"
    r"(?:の|様の|さんの)(?:[^。]{0,12})(?:サイト|ホームページ|HP|通販|ショップ|ページ))(?:です|でした|になります|だと思います)?。?$"
)
_SENTENCE = compile_pattern(r"[。!?]|(?:です|ます|ました)$|[のがをにでは]$")

_DAY_FIRST = compile_pattern(
    r"(?:^|[^0-9./-])(?:(3[01]|[12]?[0-9]|0[1-9])[.-](0?[1-9]|1[0-2])[.-]((?:19|20)[0-9]{2}))(?:$|[^0-9-])"
)  # with slashes the order of day and month is anybody's guess
_SOME_DAY = compile_pattern(r"[0-9]|元年|[年月日週]|昨|今|本日|先|week|month|day|year|recent|ago")

_HOST_ALONE = compile_pattern(
    r"^[\s・*-]*((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,6}[a-z]{2,24})(/[!-~]*)?\s*(?:\([^()]*\))?\s*(?:$|[、,;。])"
)
_NO_HOST = compile_pattern(  # names of apps and of files are written with dots too
    r"^[\s・*-]*(?:com|org|net|jp|io|co|app|dev)\.|"
    r"\.(?:php[0-9]?|jsp|aspx?|cgi|pl|py|js|html?|exe|dll|jar|apk|zip|txt|json|xml|go|rb|rs|sh|so)\b"
)
_METRICS = compile_pattern(
    r"(?:CVSS:[234]\.[01]/)?(?:[A-Z][A-Za-z]{0,2}:[A-Z]{1,6}/){3,40}[A-Z][A-Za-z]{0,2}:[A-Z]{1,6}"
)
_NO_SCORE = compile_pattern(
    r"\bCVSS[\s:_-]*(?:v(?:er(?:sion)?)?\.?\s*)?(?:2\.0|3\.0|3\.1|4\.0)\b|\bv[234](?:\.[01])?\b|\bP[1-5]\b"
)
_DECIMAL = compile_pattern(r"(?:^|[^0-9./:])(10(?:\.0)?|[0-9]\.[0-9])(?:$|[^0-9.:]|[.](?:\s|$))")
_WHOLE_SCORE = compile_pattern(r"^\W*(?:score\W*)?([0-9]|10)\s*(?:/\s*10)?\W*$")

_TELLS = compile_pattern(r"。|(?:です|ます|ました|ください|さい)$|^※")
_KEPT_IN = compile_pattern(
    r"\s*\(?(?:npm|pip|pypi|rubygems?|crates\.io|cargo|composer|packagist|go|maven|nuget|rust|python|ruby|hex|pub)\)?$"
)
_OPENS_QUOTED = compile_pattern(r"^\s*[\"「『]\s?([^\"「」『』\n]{2,60}?)\s?[\"」』](?:\W|$)")
_MADE_BY = re.compile(r",? (?:\(?(?:made |developed |sold |published )?by|from) (?=[A-Z])(?!\S+ (?:to|until|through))")
_ASIDE = re.compile(r"[(（,、;]")
_COMPANY = compile_pattern(
    r"\b(?:Inc|Ltd|LLC|GmbH|Corp|Co|AG|AB|AS|Oy|B\.?V|S\.?A|K\.?K|plc|ApS|vendor|by|Networks|Software|Systems)\b"
)
_NO_MAKER = compile_pattern(
    r"送信|反応|返(?:信|事|答)|連絡|問い?合わ?せ|報告|通知|回答|対応|[。!?@]|https?:|"
    r"\b(?:contact(?:ed)?|informed|notified|told|reported|repl(?:y|ied)|answer(?:ed)?|respon\w+|wrote|written|sent|aware)\b"
)
_AFFECTED_VERSION = compile_pattern(
    r"[0-9]|\brev(?:ision|\.)? ?[A-Z]\b|すべて|全て|全バージョン|\ball\b(?: versions| releases)?$|最新|latest"
)

Reader = Callable[[str, str, Ruleset], FieldValue | None]


def _person(text: str, field: str, rules: Ruleset) -> str | None:
    """A name on a line of its own, without what stands in brackets behind it; a sentence is none."""
    if field != "reporter.name":
        return _of_person(text, field, rules)
    line = next((words for words in text.split("\n") if words.strip()), "").strip(_EDGE)
    found = _BEHIND_NAME.search(fold(line))
    reading = _KANA_FIRST.search(fold(line))
    line = line[reading.start(1) : reading.end(1)] if reading else line
    found = None if reading else found
    whole = party(line, rules) if not reading and _COMPOUND.search(fold(line)) else None
    if whole is not None and whole.name and not _NO_NAME.search(fold(line)):
        return " ".join(whole.name.split())
    name = (line[: found.end(1)] if found else line).strip(_EDGE)
    if (
        not name
        or len(name) > _LONGEST_NAME
        or is_blank(line, rules)
        or is_blank(name, rules)
        or _NO_NAME.search(fold(name))
    ):
        return None
    return " ".join(name.split())


def _of_person(text: str, field: str, rules: Ruleset) -> str | None:
    """What else than the name stands in the answer that names the finder."""
    line = next((words for words in text.split("\n") if words.strip()), "")
    found = party(line, rules)
    stated = {
        "reporter.organisation": found.organisation if found.sure or _BRACKETED.search(fold(line)) else "",
        "reporter.email": found.email,
        "reporter.phone": found.phone,
    }
    return stated.get(field) or None


def _organisation(text: str, field: str, rules: Ruleset) -> FieldValue | None:
    """The finder's organisation; who works alone names none."""
    line = convert("line", text, rules)
    if not isinstance(line, str) or _ALONE.search(fold(line)) or is_blank(fold(line).split(",")[0], rules):
        return None
    more = _NEXT_LABEL.search(fold(line))
    return line[: more.start()].strip(_EDGE) if more else line


def _key(text: str, field: str, rules: Ruleset) -> str | None:
    """A key in armor, where it lies, its fingerprint, or one short line about it."""
    lies = next((url for url, _ in urls_in(text)), None)
    if (is_blank(text, rules) and lies is None) or _NO_KEY.search(fold(text)):
        return None
    armor = _ARMOR.search(text)
    if armor is not None:
        return armor.group()
    folded = fold(text)
    fingerprint = _FINGERPRINT.search(folded)
    if fingerprint is not None and (lies is None or fingerprint.start() < text.find(lies)):
        return text[fingerprint.start() : fingerprint.end()]
    line = next((words.strip(_EDGE) for words in text.split("\n") if words.strip(_EDGE)), "")
    return lies or (line if len(line) <= _LONGEST_KEY and not is_blank(line, rules) else None)


def _date(text: str, field: str, rules: Ruleset) -> FieldValue | None:
    """As in running text, also with the day first; None where the first line names no day at all."""
    line = fold(next((words for words in text.split("\n") if words.strip()), ""))
    if not _SOME_DAY.search(line):
        return None
    found = _DAY_FIRST.search(line)
    if found is None:
        return convert("date", text, rules)
    return f"{found.group(3)}-{int(found.group(2) or 0):02}-{int(found.group(1) or 0):02}"


def _urls(text: str, field: str, rules: Ruleset) -> FieldValue | None:
    """The URLs; where the question is for one, a host name alone under any top-level domain too."""
    found = convert("urls", text, rules)
    if found is not None:
        return found
    lines = (fold(line) for line in text.split("\n"))
    hosts = (_HOST_ALONE.search(line) for line in lines if not _NO_HOST.search(line))
    urls = (f"https://{(host.group(1) or '').lower()}{host.group(2) or ''}" for host in hosts if host)
    return tuple(dict.fromkeys(urls)) or None


def _phone(text: str, field: str, rules: Ruleset) -> FieldValue | None:
    """A telephone number: what has too few digits is none."""
    line = convert("line", text, rules)
    if isinstance(line, str) and _SENTENCE_GOES_ON.search(fold(line)):
        return None
    return line if isinstance(line, str) and sum(c.isdigit() for c in fold(line)) >= _PHONE_DIGITS else None


def _score(text: str, field: str, rules: Ruleset) -> FieldValue | None:
    """The score, which is not the number of a CVSS version, of a metric or of a priority."""
    words = _NO_SCORE.sub(" ", _METRICS.sub(" ", fold(text)))
    found = _DECIMAL.search(words) or _WHOLE_SCORE.search(words)
    return float(found.group(1) or 0) if found else None


def _ids(text: str, field: str, rules: Ruleset) -> FieldValue | None:
    """Numbers of cases: what has no digit is none."""
    pieces = convert("ids", text, rules)
    kept = [piece for piece in (pieces if isinstance(pieces, tuple) else ()) if any(c.isdigit() for c in piece)]
    return tuple(kept) or None


def _site(text: str, field: str, rules: Ruleset) -> str | None:
    """The name of the site: a line of a URL item without a URL, or what stands before the URL."""
    for line in text.split("\n"):
        written = next((w for _, w in (*urls_in(line), *bare_hosts_in(line))), "")
        name = (fold(line).partition(written)[0] if written else line).strip(_EDGE + "()（）<>[]【】-→=")
        name = line[line.find(name) :][: len(name)] if name in line else name
        if name and len(name) <= _LONGEST_NAME and not is_blank(name, rules):
            called = _CALLED.search(fold(name))
            name = name[called.start(1) : called.end(1)] if called else name
            return None if _NAMELESS.search(fold(name)) or _SENTENCE.search(fold(name)) else short(name, 100)
    return None


def _product(text: str, field: str, rules: Ruleset) -> str | None:
    """A product's name, without an explanation in brackets behind it; a sentence is none."""
    named = convert("product", text, rules)
    quoted = _OPENS_QUOTED.search(fold(text))
    named = text[quoted.start(1) : quoted.end(1)] if quoted and isinstance(named, str) else named
    if not isinstance(named, str) or _TELLS.search(fold(named)):
        return None
    made = _MADE_BY.search(named)
    named = named[: made.start()] if made else named
    kept_in = _KEPT_IN.search(fold(named))
    named = named[: kept_in.start()] if kept_in else named
    begin = max(named.rfind("("), named.rfind("（"))
    if begin <= 0 or ")" in named[begin:] or "）" in named[begin:]:
        return named
    inner = named[begin + 1 :]
    explains = len(inner.split()) > 2 or any(ord(c) > 0x3000 for c in inner) or _COMPANY.search(inner)
    return named[:begin].strip() if explains else f"{named}{')' if named[begin] == '(' else '）'}"


def _maker(text: str, field: str, rules: Ruleset) -> str | None:
    """Who makes it; what somebody told them, or when, is no name."""
    line = convert("line", text, rules)
    if not isinstance(line, str) or not _NO_MAKER.search(fold(line)):
        return line if isinstance(line, str) else None
    name = _ASIDE.split(line)[0].strip(_EDGE)
    return None if not name or name == line or _NO_MAKER.search(fold(name)) else name


def _version(text: str, field: str, rules: Ruleset) -> FieldValue | None:
    """The versions: an answer that names none, like "all users", states nothing."""
    stated = convert("version", text, rules)
    return stated if isinstance(stated, str) and _AFFECTED_VERSION.search(fold(stated)) else None


READERS: dict[Take, Reader] = {
    "person": _person,
    "organisation": _organisation,
    "credit": credit,
    "flag": flag,
    "refusal": refusal,
    "key": _key,
    "reports": reports,
    "plan": plan,
    "date": _date,
    "phone": _phone,
    "score": _score,
    "ids": _ids,
    "urls": _urls,
    "site": _site,
    "product": _product,
    "version": _version,
    "maker": _maker,
}
"""How an answer is read where it is read otherwise than running text."""
