"""What the marks of a web page do to its text: hide it, turn it round, hold an address in an attribute."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from lxml.html import HtmlElement  # type: ignore[import-untyped]  # ships no types

_HIDDEN = re.compile(r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden", re.IGNORECASE)
_TURNED = re.compile(r"direction\s{0,9}:\s{0,9}rtl", re.IGNORECASE)
_OVERRIDE = re.compile(r"unicode-bidi\s{0,9}:\s{0,9}(?:bidi-)?override", re.IGNORECASE)
_CLASS = re.compile(r"\.([A-Za-z_][\w-]{0,60})")
_SMALL = frozenset(("span", "i", "b", "em", "small", "font", "s"))
_PICTURE = re.compile(r"(?:\A|[/_-])(?:e?-?mail|address|addr|adrs|m_?add?r?)[\w-]{0,20}\.(?:gif|png|jpe?g|webp|svg)\Z")
_NO_PICTURE = re.compile(r"ico|btn|button|banner|bnr|logo|form|navi|menu|footer|header|mark")
_AT_SIGN = re.compile(r"(?:\A|[/_-])at(?:-?_?mark)?\.(?:gif|png|jpe?g|webp|svg)\Z")
_PROTECTED = re.compile(r"/cdn-cgi/l/email-protection#([0-9a-fA-F]{6,200})\Z")
_NUMBER = re.compile(r"(?:[0-9][\s().-]{0,2}){9}")
_RULES = 2_000  # of a page's own style sheets


class Looks:
    """What a page's own style sheets and attributes do to an element."""

    def __init__(self, css: str) -> None:
        rules = tuple(_rules(css))
        self._hidden = frozenset(name for names, style in rules if _HIDDEN.search(style) for name in names)
        self._turned = frozenset(
            name for names, style in rules if _TURNED.search(style) and _OVERRIDE.search(style) for name in names
        )

    def hides(self, element: HtmlElement) -> bool:
        """Whether nobody sees it. What a class hides may be shown by a script, but not a few words within a line."""
        if element.get("hidden") is not None or _HIDDEN.search((element.get("style") or "")[:500]):
            return True
        return element.tag in _SMALL and not self._hidden.isdisjoint(_classes(element))

    def turned(self, element: HtmlElement) -> bool:
        """Whether its text is shown from right to left."""
        style = (element.get("style") or "")[:500]
        if element.tag == "bdo" and (element.get("dir") or "").lower() == "rtl":
            return True
        return bool(_TURNED.search(style) and _OVERRIDE.search(style)) or not self._turned.isdisjoint(_classes(element))

    def shows_address(self, image: HtmlElement) -> bool:
        """Whether the image is likely to be a picture of a mail address."""
        name = (image.get("src") or "")[-200:].lower()
        if not _PICTURE.search(name) or _NO_PICTURE.search(name.rpartition("/")[2]) or "@" in (image.get("alt") or ""):
            return False
        return not any(above.tag == "a" for above, _ in zip(image.iterancestors(), range(5), strict=False))


def extra_text(element: HtmlElement) -> str:
    """The address that an attribute holds in place of the element's text; "" if none."""
    if hexadecimal := element.get("data-cfemail"):
        return protected_address(hexadecimal)
    local = element.get("data-user") or element.get("data-local") or element.get("data-name")
    domain = element.get("data-domain") or element.get("data-host")
    if local and domain:
        return f"{local[:64]}@{domain[:253]}"
    whole = element.get("data-email") or element.get("data-mail") or ""
    return whole[:320] if "@" in whole else ""


def image_text(element: HtmlElement) -> str:
    """What stands in place of a picture; a picture of an at sign is one."""
    alt = (element.get("alt") or "")[:500]
    return "@" if not alt and _AT_SIGN.search((element.get("src") or "")[-200:].lower()) else alt


def linked_address(href: str, words: str) -> str:
    """The mail address or the labelled number that a link of that kind leads to; "" if it is another kind of link."""
    scheme, _, rest = href.strip().partition(":")
    match scheme.strip().lower():
        case "mailto":
            return unquote(rest.partition("?")[0]).partition(",")[0].strip()[:320]
        case "tel" | "fax" as kind:
            return "" if _NUMBER.search(words) else f"{kind.upper()}: {unquote(rest)[:40]}"
        case _:
            found = _PROTECTED.search(href[-300:])
            return protected_address(found[1]) if found else ""


def protected_address(hexadecimal: str) -> str:
    """The address that Cloudflare put into digits: each byte is mixed with the first one; "" if it is none."""
    try:
        data = bytes.fromhex(hexadecimal[:400])
    except ValueError:
        return ""
    text = bytes(byte ^ data[0] for byte in data[1:]).decode("utf-8", "replace") if data else ""
    return text.partition("?")[0] if "@" in text else ""


def _classes(element: HtmlElement) -> list[str]:
    return (element.get("class") or "")[:300].split()


def _rules(css: str) -> Iterator[tuple[list[str], str]]:
    """The classes of each rule's selectors with its declarations."""
    for rule in css.split("}", _RULES)[:_RULES]:
        selectors, brace, style = rule.rpartition("{")
        if brace and "@media" not in selectors:
            yield _CLASS.findall(selectors[-500:]), style[:1_000]
