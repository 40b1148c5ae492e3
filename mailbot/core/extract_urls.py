"""The URLs of a text, and which of them are what the report is about."""

from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from mailbot.core.model import Field
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, short
from mailbot.core.ruleset import Ruleset

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
_TRAIL = ".,;:!?'\"*_`|\\^"
_MOST = 500


def urls_in(text: str) -> Iterator[tuple[str, str]]:
    """Each URL, made whole again if it was defanged, and the words it was written as."""
    folded = fold(text)
    for found in islice(_URL.finditer(folded), _MOST):
        written = _trimmed(found.group() or "")
        scheme = "https" if (found.group(1) or "").lower().endswith("s") else "http"
        rest = written[found.start(2) - found.start() :]
        host_end = next((i for i, c in enumerate(rest) if c in "/?#"), len(rest))
        yield f"{scheme}://{_refanged(rest[:host_end])}{rest[host_end:]}", written


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
    for found in islice(_BARE.finditer(fold(text)), _MOST):
        written = _trimmed(found.group(1) or "")
        host, slash, path = written.partition("/")
        yield f"https://{host.lower()}{slash}{path}", written


def targets(text: str, rules: Ruleset, finder_domain: str = "") -> Field | None:
    """The sites that running text is about: no references, no attacker's hosts, not the finder's own home page."""
    lines = _own_lines(text, rules)
    found = [pair for line in lines for pair in urls_in(line) if _may_be_target(pair[0], rules)]
    rule, confidence = "url/in-text", 0.8
    if not found:
        found = [pair for line in lines for pair in bare_hosts_in(line) if _may_be_target(pair[0], rules)]
        # Where a name points to, who hosts it, who sent it: of names without a scheme only the first is surely meant.
        found = [pair for pair in found if host_of(pair[0]) == host_of(found[0][0])]
        rule, confidence = "url/bare-host", 0.6
    found = [pair for pair in found if not _is_home_of(pair[0], finder_domain, alone=len(found) == 1)]
    if not found:
        return None
    urls = tuple(dict.fromkeys(url for url, _ in found))
    return Field("target.urls", urls, rule, confidence, short(found[0][1]))


def _own_lines(text: str, rules: Ruleset) -> list[str]:
    """The lines that do not point elsewhere: "参考: …" lines and the lists under such a heading are left out."""
    kept, aside = [], False
    for line in fold(text).split("\n"):
        words = line.strip(" \t#*-・■●【】[]")
        if rules.prose_like("aside").applies(words):
            aside = not next(urls_in(line), None)
            continue
        if aside and words and not next(urls_in(line), None):
            aside = False
        if not aside:
            kept.append(line)
    return kept


def _may_be_target(url: str, rules: Ruleset) -> bool:
    host = host_of(url)
    return bool(host) and rules.host_kind(host) is None


def _is_home_of(url: str, domain: str, alone: bool) -> bool:
    """Whether it is the home page of the finder's own mail domain, or, among others, any page of it."""
    if not domain or host_of(url).removeprefix("www.") != domain.lower().removeprefix("www."):
        return False
    return not alone or urlsplit(url).path in ("", "/")
