"""Names in no wording that a rule knows: whose site it is, and who makes the product.

Theory. Whatever the wording, a name stands in a place. A maker's is written as companies write theirs, begins like the
product's, or stands right beside it; a site's agrees with its host, or stands right beside its address. So the text is
marked once: the product as `¤`, the site's address as `§`, the name in <angle brackets>, with `<=` where it agrees.
What then speaks for a name and against it are signals (rules/routing/maker.toml and site.toml). The most likely name is
taken if enough speaks for it; it is the last resort, and never so sure as to be relied on.
"""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from mailbot.core.extract_urls import host_of, urls_in
from mailbot.core.fields import value_of
from mailbot.core.hits import applies
from mailbot.core.likely_version import likely_version
from mailbot.core.model import Field
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, sentence_span, short
from mailbot.core.romaji import is_kana, romanised
from mailbot.core.ruleset import Ruleset

_NAME = compile_pattern(
    r"[\"「『]([^\"」』「『\n<>:()。、]{2,40})[\"」』]"
    r"|(?-i:(?:^|[^\p{L}0-9_./@§¤-])((?:\p{Lu}[\p{L}0-9&'+-]*|¤)"
    r"(?: (?:(?:of|and|&|de|du|van|the) )?(?:\p{Lu}[\p{L}0-9&'+-]*|¤)){0,4}"
    r"(?:\.?,? (?:Inc|Ltd|Corp|LLC|KK|K\.K|S\.A|B\.V)\b\.?)?))"
    r"|[\s、。「『()はがをにでのと:]?((?:株式会社|有限会社|合同会社|一般社団法人|\(株\)|\(有\)|\(同\)|㈱)\s?"
    r"(?:[^\s、。「」『』()はがをにでとの:<>]|の[ぁ-ん]){2,20}|"
    r"[^\s、。「」『』()はがをにでとの:<>]{2,20}(?:株式会社|有限会社|合同会社|\(株\)|\(有\)))"
    r"|(?-i:(?:^|[\s、。「『()はがをにでのと:])([^\s、。「」『』()はがをにでとの:<>/§¤0-9A-Za-z\"'.,;!?@&=_\[\]{}*#|`+~^%$\\…→←↑↓-]{2,20}))"
)
_MOST = 40
_LOOKED_AT = 2_500  # what a letter is about is named soon
_REACH = 60
_ENOUGH = {"maker": 1.5, "site": 1.5}
_FORBIDDEN = -2.0
_AGAIN, _IN_SUBJECT = 0.2, 0.3
_CONFIDENCE = 0.33
_NO_LABEL = re.compile(
    r"www|com|net|org|jp|co|or|ne|ac|go|ed|gr|lg|example|test|invalid|io|app|dev|info|biz|shop|site|"
    r"members?|api|mail|booking|order|my|portal|online|store|web|cdn|static"
)
_GENERIC = re.compile(r"the|online|shop|store|site|web|portal|members?|booking|mail|api|app|system|service|japan|order")
_PARTS = re.compile(r"[ぁ-ゖー]{2,}|[ァ-ヺー]{2,}|[A-Za-z]{3,}")
_ENTITY = re.compile(r"株式会社|有限会社|合同会社|一般社団法人|\(株\)|\(有\)|\(同\)|㈱")
_LEAST = 4
MAKER, SITE, VERSION = "product.vendor", "target.site_name", "product.version"


def likely_names(flow: str, subject: str, found: tuple[Field, ...], rules: Ruleset) -> tuple[Field, ...]:
    """Maker and version of a named product, the name of a site whose address is known: where they are not stated."""
    product, urls = value_of(found, "product.name"), value_of(found, "target.urls")
    names = []
    if isinstance(product, str) and len(product) > 1 and not value_of(found, MAKER):
        names.append(_likely(MAKER, "maker", flow, subject, _kin_of(product), product, (), found, rules))
    if isinstance(urls, tuple) and not product and not value_of(found, SITE):
        names.append(_likely(SITE, "site", flow, subject, _kin_of_hosts(urls), "", urls, found, rules))
    if isinstance(product, str) and len(product) > 1 and not value_of(found, VERSION):
        names.append(likely_version(flow, subject, product, rules))
    return tuple(name for name in names if name is not None)


def own_maker(fields: tuple[Field, ...], text: str, rules: Ruleset) -> tuple[Field, ...]:
    """The finder's own organisation as the maker of the product, where nobody is named and the letter says so."""
    own = next((field for field in fields if field.name == "reporter.organisation"), None)
    if own is None or not value_of(fields, "product.name") or value_of(fields, MAKER):
        return ()
    folded = fold(text)[:_LOOKED_AT]
    if not any(applies(signal, folded) for signal in rules.signals_of("own-product").hitting(folded)):
        return ()
    return (Field(MAKER, own.value, "name/own-product", _CONFIDENCE, own.quote),)


def _likely(
    field: str, signals: str, flow: str, subject: str, kin: "Kin", product: str, urls: tuple[str, ...],
    found: tuple[Field, ...], rules: Ruleset,
) -> Field | None:  # fmt: skip
    own = {_plain(str(f.value)) for f in found if f.name in ("reporter.name", "reporter.organisation", "credit_name")}
    text, head = _marked(fold(flow)[:_LOOKED_AT], product, urls), _marked(fold(subject), product, urls)
    weights: dict[str, float] = {}
    for start, end in islice(_spans(text), _MOST):
        name = _whole(text[start:end].strip(" ,'"), product)
        plain = _plain(name)
        if len(plain) < 2 or plain in own or plain == _plain(product) or weights.get(name) == _FORBIDDEN:
            continue
        weight = _weight(text, start, end, kin, signals, rules, product)
        if weight <= _FORBIDDEN:
            weights[name] = _FORBIDDEN
        else:
            weights[name] = max(weight, weights[name]) + _AGAIN if name in weights else weight
    for name in weights:
        weights[name] += _IN_SUBJECT if name in head and weights[name] > _FORBIDDEN else 0.0
    best = max(weights, key=lambda name: weights[name], default=None)
    if best is None or weights[best] < _ENOUGH[signals]:
        return None
    return Field(field, best, f"name/{signals}", _CONFIDENCE, short(best))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    for hit in _NAME.finditer(text):
        group = next(i for i in (1, 2, 3, 4) if hit.group(i) is not None)
        yield hit.start(group), hit.end(group)


def _marked(text: str, product: str, urls: tuple[str, ...]) -> str:
    """The text with the product as ¤ and the addresses of the site as §; other addresses as https:."""
    text = text.replace("§", " ").replace("¤", " ").replace("<", " ").replace(">", " ")
    hosts = {host_of(url) for url in urls}
    for url, written in sorted(urls_in(text), key=lambda pair: -len(pair[1])):
        text = text.replace(written, "§" if host_of(url) in hosts else "https:")
    return re.sub(rf"(?<![^\W_]){re.escape(fold(product))}", "¤", text) if len(product) > 1 else text


def _whole(name: str, product: str) -> str:
    return name.replace("¤", product)


def _weight(text: str, start: int, end: int, kin: "Kin", signals: str, rules: Ruleset, product: str) -> float:
    begin, stop = sentence_span(text, start, end)
    before, behind = text[max(begin, start - _REACH) : start], text[end : min(stop, end + _REACH)]
    name = text[start:end]
    mark = "=" if kin.agrees(_whole(name, product)) else ""
    marked = f"{before}<{mark}{name}>{behind}"
    said = [signal.weight for signal in rules.signals_of(signals).hitting(marked) if applies(signal, marked)]
    return _FORBIDDEN if _FORBIDDEN in said else sum(said)


class Kin:
    """Words by which a name agrees with something: a product, or hosts."""

    def __init__(self, words: str, *, within: bool) -> None:
        self._words, self._within = words, within

    def agrees(self, name: str) -> bool:
        """Whether enough of the name is in the words."""
        parts = [part.lower() for part in _PARTS.findall(_ENTITY.sub("", fold(name)))]
        if not self._within:
            return any(len(part) >= _LEAST - 1 and part in self._words for part in parts)
        held = [part for part in parts if not _GENERIC.fullmatch(part) and self._holds(part)]
        return sum(map(len, held)) >= _LEAST or any(is_kana(part) for part in held)

    def _holds(self, part: str) -> bool:
        if not is_kana(part):
            return part in self._words
        pattern = romanised(part)
        return bool(pattern) and len(part) > 1 and re.search(pattern, self._words) is not None


def _kin_of(product: str) -> Kin:
    words = [word.lower() for word in _PARTS.findall(fold(product))]
    return Kin(" ".join(word for word in words if not _GENERIC.fullmatch(word)), within=False)


def _kin_of_hosts(urls: tuple[str, ...]) -> Kin:
    labels = [label for url in urls for label in re.split(r"[.-]", urlsplit(url).hostname or "")]
    return Kin("".join(label for label in dict.fromkeys(labels) if not _NO_LABEL.fullmatch(label)), within=True)


def _plain(name: str) -> str:
    return "".join(c for c in fold(name).casefold() if c.isalnum())
