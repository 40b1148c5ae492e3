"""What a web page shows, line by line, with its links and forms; nothing is fetched, run or laid out."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from lxml.etree import LxmlError, iterwalk  # type: ignore[import-untyped]  # ships no types
from lxml.html import HtmlElement, document_fromstring  # type: ignore[import-untyped]  # ships no types

from mailbot.core import charset
from mailbot.core.htmltext import declared_charset
from mailbot.core.language import language
from mailbot.core.page_marks import Looks, extra_text, image_text, linked_address
from mailbot.core.page_parts import Line, Page, PageForm, PageLink
from mailbot.core.page_scripts import stated_contacts, written_addresses
from mailbot.core.reading import fold, tidy

MAX_BYTES = 1_000_000
MAX_LINES = 20_000
MAX_LINKS = 1_000
_MAX_TEXT = 400_000  # characters of all lines together
_MAX_LINE = 4_000
_MAX_URL = 2_048
_MAX_FORMS = 20

_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}>")
_HTML = re.compile(r"html|\A\s*\Z", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_REFRESH = re.compile(r"\A\s*\d{1,3}(?:\.\d*)?\s*[;,]\s*url\s*=\s*[\"']?([^\"'\s]{1,2000})", re.IGNORECASE)
_DROPPED = frozenset(("script", "style", "template", "svg", "object", "math", "head", "select", "textarea"))
_WITHIN_LINES = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img input ins kbd label mark nobr q s samp small "
    "span strike strong sub sup td th time tt u var wbr"
)
_INLINE = frozenset(_WITHIN_LINES.split())
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption", "summary"))
_SCOPES = frozenset(("section", "article", "aside", "nav", "footer", "header", "main", "fieldset", "table", "form"))
_FOOT = re.compile(r"(?:^|[\s_-])(?:foot(?:er)?|copy(?:right)?)(?:$|[\s_-])")
_STRANGERS = re.compile(
    r"(?:^|[\s_-])(?:comment(?:s|list|-?body|-?area)?|trackbacks?|bbs|guestbook|reviews?)(?:$|[\s_-])"
)


def page_of(body: bytes, headers: Mapping[str, str], url: str) -> Page | None:
    """The page that these bytes are, at most the first million; None if it is none. Never raises."""
    content_type = headers.get("content-type", "")[:500]
    if not _HTML.search(content_type.partition(";")[0]):
        return None
    source = _XML_DECLARATION.sub("", _decoded(body[:MAX_BYTES], content_type))
    if not source.strip():
        return None
    try:
        tree = document_fromstring(source)
        return _Reader(url, tree).read()
    except (LxmlError, ValueError, RecursionError):
        return None


def _decoded(body: bytes, content_type: str) -> str:
    """The page's text. What the page says itself comes first: servers send the same charset for all their pages."""
    said = _CHARSET.search(content_type)
    label = declared_charset(body) or (said[1] if said else None)
    text, _ = charset.decode(body, label, (said[1],) if said else ())
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass
class _Open:
    """A link that is being read."""

    href: str
    line: int
    start: int
    words: list[str] = field(default_factory=list)


class _Reader:
    """Walks through a page's elements once."""

    def __init__(self, url: str, tree: HtmlElement) -> None:
        self._tree = tree
        self._base = self._based(url)
        self._page = url
        self._looks = Looks("".join(style.text or "" for style in tree.iter("style"))[:100_000])
        self._lines: list[Line] = []
        self._parts: list[str] = []
        self._length = self._total = self._linked = 0
        self._heading, self._head_depth = "", 0
        self._head_parts: list[str] = []
        self._strangers = self._pre = 0
        self._scopes: list[str] = []
        self._open: list[_Open] = []
        self._links: list[PageLink] = []
        self._turned: list[tuple[int, int]] = []

    def read(self) -> Page:
        """The page."""
        self._walk()
        self._break()
        text = "\n".join(line.text for line in self._lines)
        titles = [title.text_content() for title in self._tree.iter("title")][:1]
        said = str(self._tree.get("lang") or "").strip().lower()[:2]
        return Page(
            self._page,
            title=" ".join(fold(tidy(" ".join(titles)[:500], 500)).split()),
            language=said if said.isalpha() else language(text[:20_000]),
            lines=tuple(self._lines),
            links=tuple(self._links),
            forms=self._forms(),
            frames=self._frames(),
            forward=self._forward(),
            pictures=any(self._looks.shows_address(image) for image in self._tree.iter("img")),
        )

    def _walk(self) -> None:
        walk = iterwalk(self._tree, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            if event == "start":
                if element.tag == "script":
                    self._run(element)
                if element.tag in _DROPPED or self._looks.hides(element):
                    walk.skip_subtree()
                else:
                    self._begin(element)
            elif event == "end" and element.tag not in _DROPPED and not self._looks.hides(element):
                self._end(element)
            if event != "start":
                self._add(element.tail or "")
            if self._total > _MAX_TEXT or len(self._lines) >= MAX_LINES:
                return

    def _run(self, script: HtmlElement) -> None:
        """Take in what a script writes at its place, or what linked data states, on a line of its own."""
        text = str(script.text or "")
        if "ld+json" in str(script.get("type") or ""):
            self._break()
            self._add(stated_contacts(text))
            self._break()
        else:
            self._add("".join(f" {address} " for address in written_addresses(text)))

    def _begin(self, element: HtmlElement) -> None:
        tag = str(element.tag).lower()
        if tag not in _INLINE:
            self._break()
        elif tag in ("td", "th"):
            self._add("  ")
        if tag in _HEADINGS:
            self._head_depth += 1
            self._head_parts.clear()
        if tag in _SCOPES:
            self._scopes.append(self._heading)
        if tag == "footer" or _FOOT.search(_names(element)):
            self._heading = ""
        self._strangers += _by_strangers(element)
        self._pre += tag == "pre"
        if tag == "a" and element.get("href"):
            self._open.append(_Open(str(element.get("href"))[:_MAX_URL], len(self._lines), self._length))
        if self._looks.turned(element):
            self._turned.append((len(self._lines), len(self._parts)))
        self._add(extra_text(element) or element.text or "")
        if tag in ("img", "area", "input"):
            self._add(image_text(element))
            if tag == "area" and element.get("href"):
                self._link(str(element.get("href"))[:_MAX_URL], image_text(element), len(self._lines))

    def _end(self, element: HtmlElement) -> None:
        tag = str(element.tag).lower()
        if self._looks.turned(element) and self._turned:
            line, part = self._turned.pop()
            if line == len(self._lines):
                self._parts[part:] = ["".join(self._parts[part:])[::-1]]
        if tag == "a" and element.get("href") and self._open:
            self._close(self._open.pop(), str(element.get("title") or element.get("aria-label") or ""))
        if tag in _HEADINGS:
            self._head_depth -= 1
            self._heading = " ".join("".join(self._head_parts).split())[:200]
        if tag in _SCOPES and self._scopes:
            self._break()
            self._heading = self._scopes.pop()
        self._strangers -= _by_strangers(element)
        self._pre -= tag == "pre"
        if tag not in _INLINE:
            self._break()

    def _close(self, link: _Open, title: str) -> None:
        words = "".join(link.words) or title
        if address := linked_address(link.href, words):
            self._linked = 0
            self._add(f" {address} ")
        else:
            self._link(link.href, words, link.line)

    def _link(self, href: str, words: str, line: int) -> None:
        url = self._resolved(href)
        if url and len(self._links) < MAX_LINKS:
            self._links.append(PageLink(url, " ".join(fold(words[:300]).split())[:120], line))

    def _add(self, text: str) -> None:
        if not text or self._length > _MAX_LINE:
            return
        if self._pre and "\n" in text:
            for n, piece in enumerate(text.split("\n")[:MAX_LINES]):
                if n:
                    self._break()
                self._append(piece)
        else:
            self._append(text)

    def _append(self, text: str) -> None:
        text = text[:_MAX_LINE]
        text = fold(unicodedata.normalize("NFKC", tidy(text, _MAX_LINE).replace("\n", " ")))
        self._parts.append(text)
        self._length += len(text)
        self._linked += len(text.strip()) if self._open else 0
        self._total += len(text)
        for link in self._open[-1:]:
            if len(link.words) < 50:
                link.words.append(text)
        if self._head_depth and len(self._head_parts) < 50:
            self._head_parts.append(text)

    def _break(self) -> None:
        text = " ".join("".join(self._parts).split())
        menu = self._linked > 0.6 * len(text)
        self._parts.clear()
        self._length = self._linked = 0
        if text:
            self._lines.append(Line(text[:_MAX_LINE], self._heading, self._strangers > 0, menu))

    def _based(self, url: str) -> str:
        base = next((b.get("href") for b in self._tree.iter("base") if b.get("href")), "")
        try:
            return urljoin(url, str(base)[:_MAX_URL])
        except ValueError:
            return url

    def _resolved(self, href: str) -> str:
        """The link's whole URL without its fragment; "" if it leads to no other page of the web."""
        try:
            url = urljoin(self._base, href.strip()).partition("#")[0]
            known = urlsplit(url).scheme in ("http", "https") and url.isprintable() and " " not in url
        except ValueError:
            return ""
        return url if known and len(url) <= _MAX_URL else ""

    def _forms(self) -> tuple[PageForm, ...]:
        headings = (line.heading for line in self._lines if line.heading)
        heading = next(headings, "")
        forms = (form for form in self._tree.iter("form") if not self._looks.hides(form))
        return tuple(_form(form, heading) for form, _ in zip(forms, range(_MAX_FORMS), strict=False))

    def _frames(self) -> tuple[str, ...]:
        sources = (str(frame.get("src") or "") for frame in self._tree.iter("frame", "iframe"))
        found = (self._resolved(source[:_MAX_URL]) for source in sources if source)
        return tuple(dict.fromkeys(url for url in found if url))[:20]

    def _forward(self) -> str:
        metas = (m for m in self._tree.iter("meta") if str(m.get("http-equiv") or "").lower() == "refresh")
        found = (_REFRESH.search(str(meta.get("content") or "")[:_MAX_URL]) for meta in metas)
        return next((self._resolved(refresh[1]) for refresh in found if refresh), "")


def _form(form: HtmlElement, heading: str) -> PageForm:
    kinds = [(str(i.get("type") or "text").lower(), str(i.get("name") or "")[:100].lower()) for i in form.iter("input")]
    lines = [(kind, name) for kind, name in kinds if kind in ("text", "email", "tel")]
    return PageForm(
        messages=sum(1 for _ in form.iter("textarea")),
        fields=len(lines),
        mail=any(kind == "email" or "mail" in name for kind, name in lines),
        action=str(form.get("action") or "")[:_MAX_URL],
        names=" ".join(str(form.get(name) or "")[:100] for name in ("id", "class", "name")).lower(),
        heading=heading,
    )


def _names(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"[:300].lower()


def _by_strangers(element: HtmlElement) -> bool:
    return element.tag not in ("body", "html", "form") and bool(_STRANGERS.search(_names(element)))
