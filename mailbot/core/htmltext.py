"""What a person would read in an HTML mail; nothing is fetched, run or laid out."""

import html
import re

from inscriptis.css_profiles import STRICT_CSS_PROFILE  # type: ignore[import-untyped]  # ships no types
from inscriptis.html_engine import Inscriptis  # type: ignore[import-untyped]  # ships no types
from inscriptis.html_properties import Display  # type: ignore[import-untyped]  # ships no types
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]  # ships no types
from inscriptis.model.html_element import HtmlElement  # type: ignore[import-untyped]  # ships no types
from inscriptis.model.tag import CustomHtmlTagHandlerMapping  # type: ignore[import-untyped]  # ships no types
from lxml.etree import LxmlError  # type: ignore[import-untyped]  # ships no types
from lxml.html import Element, document_fromstring  # type: ignore[import-untyped]  # ships no types
from lxml.html import HtmlElement as Tree

from mailbot.core.limits import Limits

_META = re.compile(rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_DEPTH = 10  # marks before a quoted line at the most
_HEAD = 4_096  # bytes in which a page names its charset
_HIDDEN = re.compile(r"display\s{0,9}:\s{0,9}none", re.IGNORECASE)
_CITED = re.compile(r"(?:^|[\s_-])(?:quote|quoted|cite)\b", re.IGNORECASE)
_BEGIN, _END = "\ue0f0", "\ue0f1"  # of a quotation, each on a line of its own until the text is made; private use
_SPACES = re.compile(r"[ \t\xa0]+$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")
_UNSEEN = re.compile(r"<(script|style|head|title)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_LINE_TAG = re.compile(r"</?(?:br|p|div|tr|li|h[1-6])\b[^<>]*>", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}>")
# Rows and items are lines: padded cells and indented lists let a few kilobytes of HTML become gigabytes of spaces.
_CSS = {
    **STRICT_CSS_PROFILE,
    "table": HtmlElement(display=Display.block),
    "tr": HtmlElement(display=Display.block),
    "td": HtmlElement(display=Display.inline, suffix="  "),
    "th": HtmlElement(display=Display.inline, suffix="  "),
    "ul": HtmlElement(display=Display.block),
    "ol": HtmlElement(display=Display.block),
}
_CONFIG = ParserConfig(
    css=_CSS,
    custom_html_tag_handler_mapping=CustomHtmlTagHandlerMapping(
        start_tag_mapping=dict.fromkeys(("table", "tr", "td", "th")),
        end_tag_mapping=dict.fromkeys(("table", "td")),
    ),
)


def declared_charset(data: bytes) -> str:
    """The label that the page itself gives; "" if none."""
    found = _META.search(data[:_HEAD])
    return found[1].decode("ascii") if found else ""


def html_text(source: str, characters: int = Limits.html_characters) -> tuple[str, tuple[str, ...]]:
    """The readable text of so many characters of HTML, newlines as "\\n", and what was odd. Never raises."""
    defects: list[str] = []
    if len(source) > characters:
        source = source[:characters]
        defects.append(f"limit: more than {characters} characters of HTML")
    source = _XML_DECLARATION.sub("", _with_armor_lines(source.replace(_BEGIN, "").replace(_END, "")))
    if not source.strip():
        return "", tuple(defects)
    try:
        laid_out = str(Inscriptis(_unstyled(document_fromstring(source)), _CONFIG).get_text())
        text = _quoted(_BLANK_LINES.sub("\n\n", laid_out))
    except (LxmlError, ValueError, RecursionError):
        text = ""
    if not text.strip(" \t\n>"):
        # The parser silently drops what is nested too deeply.
        text = _stripped(source)
        if text.strip():
            defects.append("HTML read without its structure")
    return _BLANK_LINES.sub("\n\n", _SPACES.sub("", text)).strip("\n"), tuple(defects)


def _unstyled(tree: Tree) -> Tree:
    for element in tree.iter():
        if isinstance(element.tag, str):
            hidden = _HIDDEN.search(element.get("style", ""))
            cited = element.tag == "blockquote" and _is_cited(element)
            element.attrib.clear()
            if cited:
                element.insert(0, _line(_BEGIN, element.text))
                element.text = None
                element.append(_line(_END))
            if hidden:
                element.set("style", "display: none")
    return tree


def _is_cited(element: Tree) -> bool:
    """Whether mail programs mark it as the mail that is answered; people indent with the same element."""
    return element.get("type", "").lower() == "cite" or bool(_CITED.search(element.get("class", "")))


def _line(text: str, tail: str | None = None) -> Tree:
    line = Element("div")
    line.text, line.tail = text, tail
    return line


def _quoted(text: str) -> str:
    """Each line of a quotation behind as many marks as it lies deep."""
    if _BEGIN not in text:
        return text
    lines: list[str] = []
    depth = 0
    for line in text.split("\n"):
        bare = line.strip()
        if bare in (_BEGIN, _END):
            depth = max(0, depth + (1 if bare == _BEGIN else -1))
        else:
            lines.append(f"{'>' * min(depth, _DEPTH)} {line}".rstrip() if depth else line)
    return "\n".join(lines).replace(_BEGIN, "").replace(_END, "")


def _with_armor_lines(source: str) -> str:
    """Line breaks of OpenPGP armor kept, where it was put into HTML as if it were text."""
    pieces = []
    position = 0
    while (begin := source.find("-----BEGIN PGP ", position)) >= 0:
        end = source.find("-----END PGP ", begin)
        if end < 0:
            break
        block = source[begin:end]
        pieces += [source[position:begin], block if "<" in block else block.replace("\n", "<br>\n")]
        position = end
    return "".join(pieces) + source[position:]


def _stripped(source: str) -> str:
    pieces = []
    position = 0
    while unseen := _UNSEEN.search(source, position):
        pieces.append(source[position : unseen.start()])
        end = source.lower().find("</" + unseen.group(1).lower(), unseen.end()) if len(pieces) < 50 else -1
        position = end if end >= 0 else len(source)
    pieces.append(source[position:])
    return html.unescape(_TAG.sub("", _LINE_TAG.sub("\n", "".join(pieces))))
