"""What lets its holder act as someone: cookies, headers, tokens, passwords in requests, commands and logs.

The name of a cookie or parameter stays, so that the request can be made again with one's own. Patterns are matched
against folded text (identity.fold).
"""

import re
from collections.abc import Iterator

from mailbot.core.harmless import is_nobodys, is_payload

Found = tuple[int, int, str]
"""Start and end in folded text, and the kind."""

_COOKIE = re.compile(
    r"(?:(?<![a-z0-9\-])(?:set-)?cookie2?[\"']?\s{0,3}[:=]\s{0,3}[\"']?|(?<=\s)(?:-b|--cookie)[\s=]{1,3}['\"]?"
    r"|document\.cookie\s?=\s?['\"])"
    r"(?P<pairs>(?:=\"[^\"\r\n]{0,4000}\"|[^'\"\r\n]){1,8000})"
)
_PAIR = re.compile(
    r"(?:^|[;,])\s{0,3}(?P<name>[^\s=;,\[\]]{1,200})=(?P<value>\"[^\"]{0,4000}\"|\[[^\]\n]{1,60}\]|[^;,\s]{0,4000})"
)
_ATTRIBUTES = frozenset(("path", "domain", "expires", "max-age", "samesite", "priority", "version"))
_SESSION = re.compile(r"sess|[_.\-]s?id$|^sid|token|auth|login|remember|jwt|csrf|xsrf|ticket")
_AUTHORIZATION = re.compile(
    r"(?<![a-z0-9])(?:proxy-)?authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?"
    r"(?:(?:basic|bearer|digest|negotiate|ntlm|token|apikey"
    r"|aws4-hmac-sha256)\s{1,3})?(?P<secret>[^'\"\r\n\s][^'\"\r\n]{2,8000})"
)
_BEARER = re.compile(r"(?<![a-z0-9])bearer\s{1,3}(?P<secret>[a-z0-9_\-.+/=]{12,4000})")
_HEADER = re.compile(
    r"(?<![a-z0-9\-_])(?:[a-z0-9]{1,30}-){0,6}(?:session(?:[-_]?(?:id|token|key))?|api-?key|token|auth(?:-?key)?"
    r"|secret|"
    r"signature|access-key|client-secret)\s{0,3}:\s{0,3}(?P<secret>(?=[^\s'\"]{0,200}\d)[^\s'\",;}]{8,4000})"
)
_NAMES = (
    (
        "password",
        r"[a-z0-9_.\-]{0,30}(?:passw(?:or)?d|passwd|passphrase|passcode|パスワード|暗証番号)[a-z0-9_]{0,12}|"
        r"(?:[a-z0-9]{1,20}[_.\-])?(?:pass|pwd|pw|pin|otp|totp|mfa_?code)[0-9]?",
    ),
    (
        "api_key",
        r"[a-z0-9_.\-]{0,30}(?:api[_\-]?key|secret(?:[_\-]?key)?|access[_\-]?key(?:[_\-]?id)?|private[_\-]?key|"
        r"client[_\-]?secret|account[_\-]?key)",
    ),
    (
        "cookie",
        r"[a-z0-9_.\-]{0,30}(?:sess(?:ion)?[_\-]?(?:id|key|token)?|sessid|jsessionid|connect\.sid)"
        r"|(?:[a-z0-9]{1,20}_)?sid|"
        r"remember_[a-z0-9_]{1,60}|wordpress_(?:logged_in|sec)_[a-z0-9]{1,64}",
    ),
    (
        "token",
        r"[a-z0-9_.\-]{0,30}(?:token|jwt|csrf|xsrf|nonce|assertion|samlresponse|auth[_\-]?key|authkey|signature|"
        r"credential|magic[_\-]?link|invite[_\-]?code|reset[_\-]?(?:key|code)|verification[_\-]?code)",
    ),
)
_PARAMETER = re.compile(
    rf"(?<![a-z0-9_.\-])(?:{'|'.join(f'(?P<{kind}>{names})' for kind, names in _NAMES)})"
    r"(?:\]|%5d)?(?:=|%3d|[\"']\s{0,4}(?::|=>)\s{0,4}[\"']|\\\"\s{0,4}:\s{0,4}\\\"|[\"']\s{1,3}value\s?=\s?[\"'])"
    r"(?P<value>\[[^\]\n]{1,60}\]|[^\s&;,'\"<>|\\]{1,4000})"
)
_SAID = re.compile(
    r"(?<![a-z0-9_.\-])(?:password|passphrase|passcode|passwd|pass|pwd|pw|pin|パスワード|暗証番号)"
    r"(?:\s(?:for|of|to|on|at)\s[a-z0-9 '@._\-]{1,40}?)?(?:\s{0,2}:|\s{1,2}=(?=\s)|\sis|\swas|は)\s{0,3}[\"'「]?"
    r"(?P<value>(?=[^\s\"'「」]{0,99}[0-9])[^\s\"'「」]{4,100})"
)
"""As one tells it in a sentence: only what has a digit, since words go on as they please."""
_USERINFO = re.compile(r"(?<=://)(?P<user>[^\s/?#@:'\"<>]{1,100}):(?P<secret>[^\s/?#@'\"<>]{1,200})@")
_CURL_USER = re.compile(r"(?<=\s)(?:-u|--user)[\s=]{1,3}['\"]?[^\s:'\"]{1,100}:(?P<secret>[^\s'\"]{1,200})")
_DEFAULT = re.compile(
    r"default|hard-?\s?coded|built-?in|factory|out of the box|shipped with|初期|既定|デフォルト|ハードコード"
    r"|埋め込|工場出荷|固定の|出荷時"
)
_MINE = re.compile(r"\bmy\b|私の|自分の|当方の|弊社の")
_LETTERS = re.compile(r"[a-z]{1,11}")


def credentials(folded: str) -> Iterator[Found]:
    """Every value in folded text that lets its holder act as someone."""
    yield from _cookies(folded)
    for pattern in (_AUTHORIZATION, _BEARER, _HEADER):
        for found in pattern.finditer(folded):
            if not is_payload(found["secret"]) or pattern is _AUTHORIZATION:
                kind = "token" if pattern is _HEADER else "authorization"
                yield (*_trimmed(found, "secret"), kind)
    yield from _passwords(folded)


def _cookies(folded: str) -> Iterator[Found]:
    for header in _COOKIE.finditer(folded):
        for pair in _PAIR.finditer(header["pairs"]):
            if pair["name"] in _ATTRIBUTES or not _is_someones(pair["name"], pair["value"]):
                continue
            start = header.start("pairs")
            yield start + pair.start("value"), start + pair.end("value"), "cookie"


def _is_someones(name: str, value: str) -> bool:
    """Whether the cookie tells who somebody is: by its name any value but an attack's, else one that is no word."""
    if not value.strip('"') or value.startswith("["):
        return False
    return not is_payload(value) if _SESSION.search(name) else len(value) > 2 and not is_nobodys(value)


def _passwords(folded: str) -> Iterator[Found]:
    """Parameters, and what stands before the @ of a URL; what a product ships with is the fault, no secret."""
    found = [*_parameters(folded), *((*m.span("secret"), "password") for m in _CURL_USER.finditer(folded))]
    found += [(*_trimmed(m, "value"), "password") for m in _SAID.finditer(folded)]
    found += [
        (*m.span("secret"), "password")
        for m in _USERINFO.finditer(folded)
        if not (m["secret"].isdigit() and "." in m["user"])  # "https://shop.example:443@evil.example/" is a payload
    ]
    shipped = {folded[start:end] for start, end, kind in found if kind == "password" and is_shipped(folded, start, end)}
    for start, end, kind in found:
        value = folded[start:end]
        if not (kind == "password" and value in shipped) and not is_nobodys(value) and not value.startswith("["):
            yield start, end, kind


def _parameters(folded: str) -> Iterator[Found]:
    for found in _PARAMETER.finditer(folded):
        kind = next(name for name, _ in _NAMES if found[name] is not None)
        value = found["value"]
        if kind == "password" or (len(value) > 3 and not _LETTERS.fullmatch(value)):
            yield (*_trimmed(found, "value"), kind)


def is_shipped(folded: str, start: int, end: int) -> bool:
    """Whether the words around a password say that the product comes with it: then it is what has to be mended."""
    around = folded[max(0, start - 120) : end + 80]
    return _DEFAULT.search(around) is not None and not _MINE.search(folded[max(0, start - 40) : start])


def _trimmed(found: re.Match[str], group: str) -> tuple[int, int]:
    start, end = found.span(group)
    while end > start and found.string[end - 1] in " .。、):]}" and not found.string[start:end].startswith("["):
        end -= 1
    return start, end
