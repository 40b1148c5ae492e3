"""What a web page consists of, as it is read for contact points."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A line of a page, folded (see `reading.fold`), the heading above it, whether visitors may have written it, and
    whether it is nothing but links.
    """

    text: str
    heading: str = ""
    strangers: bool = False
    menu: bool = False


@dataclass(frozen=True)
class PageLink:
    """A link with the words that stand for it; `line` is the number of the line in which it begins."""

    url: str
    words: str
    line: int = 0


@dataclass(frozen=True)
class PageForm:
    """A form: what it asks for, where it leads, what it is called and under which heading it stands."""

    messages: int = 0  # fields for longer text
    fields: int = 0  # fields for a line of text
    mail: bool = False  # asks for a mail address
    action: str = ""
    names: str = ""
    heading: str = ""


@dataclass(frozen=True)
class Page:
    """A page as it was read; `url` is where it lies."""

    url: str
    title: str = ""
    language: str = "en"
    lines: tuple[Line, ...] = ()
    links: tuple[PageLink, ...] = ()
    forms: tuple[PageForm, ...] = ()
    frames: tuple[str, ...] = ()
    forward: str = ""  # where it sends its visitors by itself
    pictures: bool = False  # there are pictures that seem to show a mail address
