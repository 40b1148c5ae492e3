"""What a mail that reports on several sites or products is about, one by one.

Only what is plainly several is split: numbered sections that each name a site or product of their own, sites or
products in the answer to a form's question, or a list of nothing but URLs. Where it may be so, coordinators get a hint
and decide.
A part keeps what all have in common; words that name another part's site or product stay out of it, as they must not
reach who runs this one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from mailbot.core.extract_urls import host_of, urls_in
from mailbot.core.extract_values import convert
from mailbot.core.fields import missing, value_of
from mailbot.core.hosts import normalised_host, registrable_domain
from mailbot.core.model import Field, Track
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold
from mailbot.core.ruleset import Ruleset

MOST_PARTS = 10
"""A mail that is about more opens one case; a person decides what becomes of the rest."""

TOO_MANY = "it is about more sites or products than are taken apart by themselves"
MAY_BE_SITES = "it names several sites and may be about each of them"
MAY_BE_BOTH = "it names a site and a product and may be about both"
HINTS = (TOO_MANY, MAY_BE_SITES, MAY_BE_BOTH)
"""Every hint there is; labels.toml puts them into other languages."""

Read = Callable[[str], tuple[Field, ...]]
"""The fields that a stretch of text states."""

_PLACES = ("target.", "product.")
_OWN = (*_PLACES, "vulnerability.")
_LONGEST = 50_000  # characters that are looked at for sections; reading each costs as much as reading a mail
_LONGEST_HEAD = 300  # of a section
_NUMBERED_AT = 40  # so early stands its number
_COMMON = 4_000  # of what belongs to all sections
_PASSAGES = tuple(f"vulnerability.{n}" for n in ("summary", "steps", "reason", "impact", "workaround", "discovery"))
_NUMBER = compile_pattern(r"[1-9][0-9]?|[①-⑳]|[一二三四五六七八九十]")
_ALONE = compile_pattern(r"^[\s*・●○■□>-]*(?:h[tx]{2}ps?)\S+\s*(?:\([^()]{1,40}\))?$")
_PRODUCT_LINE = compile_pattern(
    r"^\s*(?:[^:\s][^:]{0,30}:\s*)?([-*・•●○■]|\(?[0-9]{1,2}[.)]|[①-⑳]|\([0-9]{1,2}\))?\s*([^\s:。※(][^:。]{1,70})$"
)
_VERSION_ALONE = compile_pattern(r"^v?[0-9][0-9.x]*(?:\s*(?:-|~|から|to)\s*[0-9.x]+)?\s*(?:以前|以下|未満|まで)?$")
_PRODUCT_LABEL = compile_pattern(r"^\s*[^:\s][^:]{0,30}:")


@dataclass(frozen=True)
class Part:
    """What one case of a report is about."""

    track: Track
    fields: tuple[Field, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Split:
    """The parts, none where the report stays whole, and what coordinators should look at."""

    parts: tuple[Part, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class _Section:
    subject: str  # "site example.jp" or "product foo"; "" if it names none, or several
    text: str


def split(text: str, stated: tuple[Field, ...], rules: Ruleset, read: Read) -> Split:
    """Take the report in tidied `text` apart; `stated` are all its fields."""
    sections, common = _sections(text, rules, read)
    subjects = tuple(dict.fromkeys(section.subject for section in sections))
    if len(sections) > MOST_PARTS and len(subjects) > 1:
        return Split(hint=TOO_MANY)
    if len(subjects) > 1 and all(subjects):
        return Split(tuple(_part_of(subject, sections, common, stated, read) for subject in subjects))
    sites = _sites(value_of(stated, "target.urls"))
    if len(sites) > 1:
        if not _is_list_of_sites(text, stated, sites):
            return Split(hint=MAY_BE_SITES)
        if len(sites) > MOST_PARTS:
            return Split(hint=TOO_MANY)
        return Split(tuple(_part_at(site, sites, stated) for site in sites))
    products = _products(text, stated, rules)
    if len(products) > MOST_PARTS:
        return Split(hint=TOO_MANY)
    if len(products) > 1:
        return Split(tuple(_part_for(name, version, products, stated) for name, version in products.items()))
    asked = any(field.name == "target.urls" and not field.rule.startswith("url/") for field in stated)
    product = value_of(stated, "product.name") and value_of(stated, "product.version")
    return Split(hint=MAY_BE_BOTH if asked and product else "")


def _sections(text: str, rules: Ruleset, read: Read) -> tuple[tuple[_Section, ...], str]:
    """The numbered sections, from 1 up without a gap (none, if there are fewer than two), and what follows them."""
    if len(text) > _LONGEST:
        return (), ""
    lines, starts, folded = text.split("\n"), list[int](), fold(text).split("\n")
    heads = rules.prose_like("part").among([line.strip() if len(line) <= _LONGEST_HEAD else "" for line in folded])
    for i in sorted(heads):
        found = _NUMBER.search(folded[i]) if any(c.isnumeric() for c in folded[i][:_NUMBERED_AT]) else None
        if found and _value(found.group() or "") == len(starts) + 1:
            starts.append(i)
    if len(starts) < 2:
        return (), ""
    starts = starts[: MOST_PARTS + 1]  # one too many is enough to know
    texts = ["\n".join(lines[a:b]).rstrip() for a, b in zip(starts, (*starts[1:], len(lines)), strict=True)]
    common = ""
    if not any("\n\n" in section for section in texts[:-1]):  # then the last is one paragraph, too
        texts[-1], _, common = texts[-1].partition("\n\n")
    return tuple(_section(section, read) for section in texts), common[:_COMMON]


def _value(numeral: str) -> int:
    if numeral.isdecimal():
        return int(numeral)
    return "一二三四五六七八九十".find(numeral) + 1 or ord(numeral) - ord("①") + 1


def _section(text: str, read: Read) -> _Section:
    own = read(text)
    sites, product = _sites(value_of(own, "target.urls")), value_of(own, "product.name")
    if isinstance(product, str) and (not sites or value_of(own, "product.version")):
        return _Section(f"product {''.join(product.casefold().split())}", text)
    return _Section(f"site {next(iter(sites))}" if len(sites) == 1 else "", text)


def _part_of(subject: str, sections: Sequence[_Section], common: str, stated: tuple[Field, ...], read: Read) -> Part:
    """What the sections about `subject` state, and of the rest what belongs to all."""
    track = Track.PRODUCT if subject.startswith("product ") else Track.WEBSITE
    mine = "\n".join(section.text for section in sections if section.subject == subject)
    theirs = "".join("".join(section.text.split()) for section in sections if section.subject != subject)
    others = tuple(dict.fromkeys(s.subject.partition(" ")[2] for s in sections if s.subject != subject))
    left_out = ("reporter.", "target." if track is Track.PRODUCT else "product.")
    own = {
        f.name: f for f in read(f"{mine}\n\n{common}") if f.name.startswith(_OWN) and not f.name.startswith(left_out)
    }
    fields = [_without(field, others) for field in own.values()]
    for field in stated:
        passage = field.name in _PASSAGES
        if field.name in own or field.name.startswith(_PLACES) or (passage and _is_from(field, theirs)):
            continue
        fields.append(_without(field, others))
    return _part(track, tuple(field for field in fields if field))


def _is_from(field: Field, text: str) -> bool:
    """Whether a line of the passage stands in `text`, which has no spaces."""
    lines = ("".join(line.split()) for line in str(field.value).split("\n"))
    return any(line and line in text for line in lines)


def _without(field: Field, others: Sequence[str]) -> Field | None:
    """The field less the URLs of other parts and the lines that name them; None if nothing is left."""
    if field.name == "target.urls" and isinstance(field.value, tuple):
        urls = tuple(url for url in field.value if _site(url) not in others)
        return replace(field, value=urls, quote=field.quote if urls == field.value else urls[0]) if urls else None
    if field.name not in _PASSAGES:
        return field
    lines = str(field.value).split("\n")
    kept = [line for line in lines if not any(other in "".join(line.casefold().split()) for other in others)]
    rest = "\n".join(kept).strip("\n")
    return field if kept == lines else replace(field, value=rest, quote=rest[:200]) if rest else None


def _part_at(site: str, sites: Sequence[str], stated: tuple[Field, ...]) -> Part:
    """One of several sites that share the report."""
    others = tuple(other for other in sites if other != site)
    # Which of the sites a name or window is of, nobody can tell.
    shared = (field for field in stated if field.name not in ("target.site_name", "target.operator_contact"))
    return _part(Track.WEBSITE, tuple(field for each in shared if (field := _without(each, others))))


def _products(text: str, stated: tuple[Field, ...], rules: Ruleset) -> dict[str, str | None]:
    """The products that the answer to a form's question lists one a line, each with its own version.

    Lines count that all have a mark, or all a version; models on one line, or an explanation below a name, are none.
    """
    asked = next((field for field in stated if field.name == "product.name"), None)
    if asked is None or asked.rule.startswith("product"):
        return {}
    lines = fold(text[:_LONGEST]).split("\n")
    begin = next((i for i, line in enumerate(lines) if fold(str(asked.value)) in line), len(lines))
    listed: dict[str, str | None] = {}
    marks: set[bool] = set()
    for line in lines[begin : begin + MOST_PARTS + 1]:
        found = _PRODUCT_LINE.search(line)
        if found is None or (listed and _PRODUCT_LABEL.search(line)):
            break
        words = found.group(2) or ""
        name, version = convert("product", words, rules), convert("version-after-name", words, rules)
        marked = bool(found.group(1))
        plain = marked or (
            isinstance(version, str) and bool(_VERSION_ALONE.search(version)) and words.endswith(version)
        )
        if not isinstance(name, str) or name in listed or not plain or {marked} != (marks or {marked}):
            break
        marks.add(marked)
        listed[name] = version if isinstance(version, str) else None
    return listed


def _part_for(name: str, version: str | None, products: dict[str, str | None], stated: tuple[Field, ...]) -> Part:
    """One of several products that share the report."""
    others = tuple("".join(other.casefold().split()) for other in products if other != name)
    fields: list[Field] = []
    for field in stated:
        if field.name == "product.name":
            fields.append(replace(field, value=name, quote=name))
        elif field.name == "product.version" and any(products.values()):
            fields += [replace(field, value=version, quote=f"{name} {version}")] if version else []
        elif field.name == "product.vendor" and field.quote != field.value:
            continue  # of several makers nobody can tell whose product it is
        elif not field.name.startswith("target."):
            fields += [kept for kept in (_without(field, others),) if kept]
    if version and not any(field.name == "product.version" for field in fields):
        fields.append(Field("product.version", version, "product/of-list", 0.8, f"{name} {version}"))
    return _part(Track.PRODUCT, tuple(fields))


def _part(track: Track, fields: tuple[Field, ...]) -> Part:
    return Part(track, fields, missing(track, fields))


def _sites(urls: object) -> tuple[str, ...]:
    """The sites of these URLs, each once: hosts of one registered domain are one site."""
    found = (_site(url) for url in urls) if isinstance(urls, tuple) else ()
    return tuple(dict.fromkeys(filter(None, found)))


def _site(url: str) -> str:
    host = normalised_host(host_of(url))
    return registrable_domain(host) if host else ""


def _is_list_of_sites(text: str, stated: tuple[Field, ...], sites: Sequence[str]) -> bool:
    """Whether a form asked for the sites, or the text lists their URLs one a line with nothing between."""
    field = next(field for field in stated if field.name == "target.urls")
    if not field.rule.startswith("url/"):
        return True
    lines = [line for line in fold(text).split("\n") if line.strip()]
    for alone, run in groupby(lines, key=lambda line: _ALONE.search(line) is not None):
        if alone and set(sites) <= {_site(url) for line in run for url, _ in urls_in(line)}:
            return True
    return False
