"""The mail addresses in a line of a page, however they are disguised from machines that collect them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mailbot.core.hosts import registrable_domain
from mailbot.core.securitytxt import mail_address

_HOST = r"[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9][A-Za-z0-9-]{0,62}){1,8}"
_PLAIN = re.compile(rf"(?<![\w.%+@/-])[A-Za-z0-9_][\w.+%&-]{{0,63}}@{_HOST}(?![\w@-])", re.ASCII)
_OPEN, _CLOSE = r"[\[({<「『【〈《]", r"[\])}>」』】〉》]"
_LEFT, _RIGHT = r"(?<=[A-Za-z0-9_])\s?", r"\s?(?=[A-Za-z0-9])"
_HOST_FOLLOWS = rf"\s?(?={_HOST})"
_SPELT = r"(?:at|@|アットマーク|アット|あっとまーく|あっと|atmark)"
_DOT = re.compile(rf"{_LEFT}(?:{_OPEN}\s?(?:dot|\.|ドット|どっと|点)\s?{_CLOSE}|ドット|どっと){_RIGHT}", re.IGNORECASE)
_AT = (
    re.compile(rf"{_LEFT}{_OPEN}\s?{_SPELT}\s?{_CLOSE}{_RIGHT}", re.IGNORECASE),
    re.compile(rf"{_LEFT}{_OPEN}\s?a\s?{_CLOSE}{_HOST_FOLLOWS}", re.IGNORECASE),
    re.compile(rf"{_LEFT}(?:アットマーク|アット|あっとまーく|あっと|[★☆◎●■▲◆♪]|[_*=]at[_*=]){_HOST_FOLLOWS}"),
)
_SENTENCE = re.compile(
    r"(?<![\w.])([A-Za-z0-9_][\w.+-]{0,63})\s(?:at|@)\s([\w-]{1,63}(?:\s(?:dot|\.)\s[\w-]{1,63}){1,4})"
)
_SPACED_DOT = re.compile(r"\s(?:dot|\.)\s")
_SPACED = re.compile(rf"(?<![\w.])([A-Za-z0-9_][\w.+-]{{0,63}})\s?(@|\sat\s)\s?({_HOST})", re.IGNORECASE)
_LABEL = re.compile(r"mail|メール|アドレス", re.IGNORECASE)
_QUOTE = r"[「『【\"'\[(]?\s?"
_UNQUOTE = r"\s?[」』】\"'\])]?"
_STAND_IN = re.compile(
    rf"{_QUOTE}([^\w\s@。、,.:;()「」\[\]]{{1,2}}|(?<![A-Za-z0-9])[A-Za-z_-]{{2,5}}){_UNQUOTE}\s?"
    rf"(?:の?(?:部分|記号|マーク|文字|ところ)?(?:を|は)|→|=>|->|⇒|=)\s?(?:半角の?|小文字の?){{0,2}}\s?{_QUOTE}(?:@|アットマーク|アット)"
)
_STAND_IN_ENGLISH = re.compile(
    rf"\b(?:replace|change|substitute)\s(?:the\s)?{_QUOTE}([^\w\s@]{{1,2}}|[A-Za-z_-]{{2,8}}){_UNQUOTE}\s(?:with|by|to|for|into)"
    rf"\s(?:an?\s|the\s)?{_QUOTE}(?:@|at\b)",
    re.IGNORECASE,
)
_ADDED = re.compile(
    rf"(?<![A-Za-z0-9]){_QUOTE}([A-Za-z_-]{{3,20}}){_UNQUOTE}(?:という)?(?:の)?(?:文字|部分)?を(?:削除|取り?除|除い|消し|外し|はずし)"
    rf"|\b(?:remove|delete|without)\s(?:the\s)?(?:word\s|letters\s)?{_QUOTE}([A-Za-z_-]{{3,20}}){_UNQUOTE}",
    re.IGNORECASE,
)
_NOT_HOSTS = frozenset(
    ("avif", "css", "gif", "htm", "html", "ico", "jpeg", "jpg", "js", "pdf", "php", "png", "svg", "webp")
)
_REACH = 20_000  # characters of a page in which a stand-in may be explained


@dataclass(frozen=True)
class Disguise:
    """What a page says about its addresses: what stands for the at sign, and what was put in to be taken out."""

    stand_ins: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """An address in a line, where it stands, and whether the page wrote it otherwise."""

    address: str
    start: int
    end: int
    disguised: bool = False


def disguise_of(lines: Iterable[str]) -> Disguise:
    """What the page says about how its addresses are written."""
    told = [line[:500] for line in lines if "@" in line or "アット" in line or "を" in line or "re" in line.lower()]
    text = "\n".join(told)[:_REACH]
    stand_ins = [found[1] for pattern in (_STAND_IN, _STAND_IN_ENGLISH) for found in pattern.finditer(text)]
    added = [found[1] or found[2] for found in _ADDED.finditer(text)]
    return Disguise(tuple(dict.fromkeys(stand_ins))[:5], tuple(dict.fromkeys(added))[:5])


def plainly(line: str, disguise: Disguise, domain: str) -> str:
    """The folded line with its addresses written plainly; `domain` is the site's own, in which more is believed."""
    text = _DOT.sub(".", line)
    for pattern in _AT:
        text = pattern.sub("@", text)
    for symbol in disguise.stand_ins:
        text = re.sub(rf"{_LEFT}{_QUOTE}{re.escape(symbol)}{_UNQUOTE}{_HOST_FOLLOWS}", "@", text)
    text = _SENTENCE.sub(lambda found: f"{found[1]}@{_SPACED_DOT.sub('.', found[2] or '')}", text)
    if " @" in text or "@ " in text or " at " in text.lower():
        text = _SPACED.sub(lambda found: _closed(found, text, domain), text)
    return text


def addresses_in(line: str, plain: str, disguise: Disguise) -> tuple[Found, ...]:
    """The addresses in a line that `plainly` was applied to, in order; `line` is how it was."""
    found = []
    for match in _PLAIN.finditer(plain):
        written = match[0].rstrip(".-")
        address = written
        for word in disguise.added:
            if word.lower() in address.lower():
                address = re.sub(rf"[._-]?{re.escape(word)}(?:[._-](?=@)|(?=@)|[.])?", _kept_dot, address, flags=re.I)
        good = mail_address(address)
        if good and good.rpartition(".")[2].lower() not in _NOT_HOSTS:
            found.append(Found(good, match.start(), match.end(), address not in line))
    return tuple(found)


def _kept_dot(found: re.Match[str]) -> str:
    """A word that was put in goes with one of the marks around it."""
    before, after = found[0][:1] in "._-", found[0][-1:] == "."
    return found[0][:1] if before and after else ""


def _closed(found: re.Match[str], text: str, domain: str) -> str:
    """Without the spaces, if the words are surely an address."""
    if " " not in found[0] and "\t" not in found[0]:
        return found[0]
    own = registrable_domain(found[3].lower()) == domain
    labelled = found[2] == "@" and _LABEL.search(text, max(0, found.start() - 30), found.start() + 1)
    return f"{found[1]}@{found[3]}" if own or labelled else found[0]
