"""The URLs of a text, and which of them are what the report is about."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from urllib.parse import urlsplit

from mailbot.core.hosts import registrable_domain
from mailbot.core.model import Field
from mailbot.core.patterns import compile_for_lines, compile_pattern
from mailbot.core.reading import fold, short, unwrap
from mailbot.core.ruleset import Ruleset
from mailbot.core.screens import lines_with

_DOT = r"(?:\.|\[\.\]|\(\.\)|\[dot\])"
_LABEL = r"[0-9a-z_\p{Han}\p{Hiragana}\p{Katakana}ー-]{1,63}"
_HOST = rf"(?:{_LABEL}{_DOT}){{1,10}}[a-z][a-z0-9-]{{1,30}}|[0-9]{{1,3}}(?:{_DOT}[0-9]{{1,3}}){{3}}"
_REST = r"""(?::[0-9]{1,5})?(?:[/?#][!#$%&'()*+,./0-9:;=?@A-Z_a-z~\[\]{}|\\^-]*)?"""
_URL = compile_pattern(rf"(h[tx]{{2}}ps?)(?:://|\[:\]//|\[://\]|:\\/\\/)((?:{_HOST}){_REST})")
_BARE = compile_pattern(
    r"(?:^|[^@0-9a-z._/:=-])((?:[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?\.){1,6}"
    r"(?:com|net|org|jp|info|biz|edu|gov|shop|site|online|app|dev|cloud|tokyo|uk|de|fr|us|cn|kr|tw|in|au|eu|example)"
    r"(?:/[!#$%&'()*+,./0-9:;=?@A-Z_a-z~-]*)?|www\.(?:[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?\.){1,6}[a-z]{2,24}"
    r"(?:/[!#$%&'()*+,./0-9:;=?@A-Z_a-z~-]*)?)(?:[^@0-9a-z.-]|\.(?:\s|$)|$)"
)
_BARE_IN_LINES = compile_for_lines((_BARE.pattern,))
_TRAIL = ".,;:!?'\"*_`|\\^"
_MOST = 500
_REACH = 200  # characters before and behind a URL in which something may be said of it
_JOINS = compile_pattern(r"^[)\s,、/・]*(?:and|or|および|及び|と|や)?[(\s,、]*$")
_SENTENCE_BREAK = re.compile(r"(?<!e\.g)(?<!i\.e)(?<!cf)(?<!\d)[.!?](?=\s)|[。!?|]|,? (?:but|whereas|while) |が、")
_BEHIND = re.compile(r"[.!?](?=\s|$)|[。!?]|h[tx]{2}ps?:")
_SOURCE = re.compile(r"/(?:pull|commits?|merge_requests|advisor(?:y|ies)|blob|tree|compare)/|/issues(?:/\d+)?/?$")
_SHOWS = re.compile(
    r"/[^/]*(?<![a-z])(?:poc|exploits?|payloads?|proof[-_]?of[-_]?concept)(?![a-z])[^/]*$", re.IGNORECASE
)
_SAID = ("elsewhere", "beside", "pointer")
_SHORTEST_NAME = 4
_BESIDE_NAME = compile_pattern(
    r"^[\"'」』`*]{0,3}(?: ?[vV]?[0-9][0-9.]*)?\s?[(<\[]\s?(?:[^()\[\]<>\n。]{0,50}[,、:;\s(<]\s?)?(https?://)"
)
_NAMED_MOST = 5
_NO_HOME = re.compile(r"\.(?:php|cgi|jsp|aspx?|do)\b|/(?:login|admin|search|cgi-bin)\b", re.IGNORECASE)


def urls_in(text: str) -> Iterator[tuple[str, str]]:
    """Each URL, made whole again if it was defanged, and the words it was written as."""
    folded = fold(text)
    if not _has_slashes(folded):
        return
    for found in islice(_URL.finditer(folded), _MOST):
        written = _trimmed(found.group() or "")
        scheme = "https" if (found.group(1) or "").lower().endswith("s") else "http"
        rest = written[found.start(2) - found.start() :]
        host_end = next((i for i, c in enumerate(rest) if c in "/?#"), len(rest))
        yield f"{scheme}://{_refanged(rest[:host_end])}{rest[host_end:]}", written


def _has_slashes(folded: str) -> bool:
    return "//" in folded or r"\/\/" in folded


def _refanged(host: str) -> str:
    for defanged in ("[.]", "(.)", "[dot]", "[DOT]"):
        host = host.replace(defanged, ".")
    return host.lower()


def _trimmed(url: str) -> str:
    """Without the punctuation of the sentence, and without a bracket that was opened before the URL."""
    while url:
        last = url[-1]
        opener = {")": "(", "]": "[", "}": "{"}.get(last)
        if last in _TRAIL or (opener and url.count(last) > url.count(opener)):
            url = url[:-1]
        else:
            break
    return url


def host_of(url: str) -> str:
    """The host of a URL in lower case; "" if there is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def bare_hosts_in(text: str) -> Iterator[tuple[str, str]]:
    """Host names that stand without a scheme, as https URLs, and the words they were written as."""
    folded = fold(text)
    if "." not in folded:
        return
    for found in islice(_BARE.finditer(folded), _MOST):
        written = _trimmed(found.group(1) or "")
        host, slash, path = written.partition("/")
        yield f"https://{host.lower()}{slash}{path}", written


def targets(text: str, rules: Ruleset, finder_domain: str = "") -> Field | None:
    """The sites that running text is about: no references, no attacker's hosts, not the finder's own home page."""
    lines = _own_lines(unwrap(text), rules)
    found = [pair for line in lines if _has_slashes(line) for pair in _meant(line, urls_in(line), rules)]
    rule, confidence = "url/in-text", 0.8
    if not found:
        named = sorted(lines_with(_BARE_IN_LINES, lines))
        found = [pair for i in named for pair in _meant(lines[i], bare_hosts_in(lines[i]), rules)]
        # Where a name points to, who hosts it, who sent it: of names without a scheme only the first is surely meant.
        found = [pair for pair in found if host_of(pair[0]) == host_of(found[0][0])]
        rule, confidence = "url/bare-host", 0.6
    found = _likeliest(found)
    found = [pair for pair in found if not _is_home_of(pair[0], finder_domain, alone=len(found) == 1)]
    if not found:
        return None
    urls = tuple(dict.fromkeys(url for url, _, _ in found))
    return Field("target.urls", urls, rule, confidence, short(found[0][1]))


def _likeliest(found: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Without what stands beside, and of the pages that are pointed to only those of a site that is meant anyway."""
    plain = [pair for pair in found if not pair[2] and not _SHOWS.search(urlsplit(pair[0]).path)]
    plain = plain or [pair for pair in found if not pair[2]]
    if not plain:
        return [pair for pair in found if pair[2] != "beside"] or found
    meant = {registrable_domain(host_of(pair[0])) for pair in plain}
    return [pair for pair in found if pair[2] != "beside" and registrable_domain(host_of(pair[0])) in meant]


def _meant(line: str, urls: Iterator[tuple[str, str]], rules: Ruleset) -> Iterator[tuple[str, str, str]]:
    """The URLs of a line that may be what is reported on, how each is written, and what is said against it.

    That is "beside" if more likely it is not, "pointer" for a page to look at or to load something from; else "".

    What is said of one counts for the next too where nothing but "and" stands between them.
    """
    end, said = 0, ""
    for url, written in urls:
        begin = line.find(written, end)
        before, after = line[max(end, begin - _REACH) : begin], line[begin + len(written) :][:_REACH]
        if end == 0 or not _JOINS.search(before):
            said = _said_of(before, after, rules)
        end = begin + len(written)
        if said != "elsewhere" and _may_be_target(url, rules):
            yield url, written, said


def _said_of(before: str, after: str, rules: Ruleset) -> str:
    """Whether the sentence around a URL says that it leads "elsewhere", stands "beside" or is a "pointer"; else ""."""
    left = _SENTENCE_BREAK.split(before)[-1]
    right = _BEHIND.split(after)[0]
    clause = f"{left}<url>{right}"
    return next((kind for kind in _SAID if rules.prose_like(kind).applies(clause)), "")


def home_of(text: str, product: str) -> tuple[str, str] | None:
    """The URL at which a product of that name is found, and how it is written; beside the name, or ending with it."""
    key = _plain(product.rpartition("/")[2])
    if len(key) < _SHORTEST_NAME:
        return None
    beside = beside_name(text, product)
    if beside is not None:
        return beside
    for url, written in urls_in(text):
        parts = urlsplit(url)
        last = _plain(parts.path.rstrip("/").rpartition("/")[2].removesuffix(".git"))
        host = "" if parts.path.strip("/") else _plain(host_of(url).removeprefix("www.").partition(".")[0])
        if not parts.query and key in (last, host):
            return url, written
    return None


def beside_name(text: str, product: str) -> tuple[str, str] | None:
    """The URL in the brackets right behind the product's name; a page that asks for something is no home."""
    folded, name, end = fold(text), fold(product), 0
    for _ in range(_NAMED_MOST):
        begin = folded.find(name, end)
        if begin < 0:
            return None
        end = begin + len(name)
        found = _BESIDE_NAME.search(folded[end : end + _REACH])
        if found is not None:
            pair = next(urls_in(text[end + found.start(1) : end + found.start(1) + _REACH]), None)
            if pair is not None and not urlsplit(pair[0]).query and not _NO_HOME.search(pair[0]):
                return pair
    return None


def _plain(name: str) -> str:
    return "".join(c for c in fold(name).casefold() if c.isalnum())


def without_bystanders(fields: tuple[Field, ...], rules: Ruleset) -> tuple[Field, ...]:
    """The fields, of labelled URLs only those that may be sites: under "URL" people also put tickets and sources."""
    kept = []
    for field in fields:
        if field.name == "target.urls" and isinstance(field.value, tuple):
            urls = tuple(url for url in field.value if _may_be_target(url, rules))
            kept += [replace(field, value=urls)] if urls else []
        else:
            kept.append(field)
    return tuple(kept)


def _own_lines(text: str, rules: Ruleset) -> list[str]:
    """The lines that do not point elsewhere: "参考: …" lines and the lists under such a heading are left out."""
    lines = fold(text).split("\n")
    bare = [line.strip(" \t#*-・■●【】[]") for line in lines]
    pointing = rules.prose_like("aside").among(bare)
    kept, aside = [], False
    for i, line in enumerate(lines):
        if i in pointing:
            aside = not next(urls_in(line), None)
            continue
        if aside and bare[i] and not next(urls_in(line), None):
            aside = False
        if not aside:
            kept.append(line)
    return kept


def _may_be_target(url: str, rules: Ruleset) -> bool:
    host = host_of(url)
    return bool(host) and rules.host_kind(host) is None and not _SOURCE.search(urlsplit(url).path)


def _is_home_of(url: str, domain: str, alone: bool) -> bool:
    """Whether it is the home page of the finder's own mail domain, or, among others, any page of it."""
    if not domain or host_of(url).removeprefix("www.") != domain.lower().removeprefix("www."):
        return False
    return not alone or urlsplit(url).path in ("", "/")
