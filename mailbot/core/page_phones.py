"""The telephone and fax numbers in a line of a page, told apart by their labels."""

import re
from dataclasses import dataclass

_LABEL = re.compile(
    r"(?P<both>(?:tel|電話|phone)(?:番号)?\s?[/・&,、+.]\s?(?:fax|ファックス|ファクス)|fax\s?(?:兼用|兼)|電話兼)"
    r"|(?P<fax>fax|ファックス|ファクシミリ|ファクス|\bf[.:])"
    r"|(?P<tel>tel|電話|☎|📞|フリーダイヤル|フリーコール|ナビダイヤル|phone|\bcall\b|代表|直通|内線|携帯|\bt[.:])",
    re.IGNORECASE,
)
_GLUED = re.compile(r"(?<=[A-Za-z])(?=[+(]?0\d)")
_NUMBER = re.compile(
    r"(?<![0-9@=?&%#+/_.-])(?:\+\d{1,3}[ .()-]{0,3}(?:\(0\) ?)?\d[\d .()-]{6,15}\d"
    r"|\(?0\d{1,4}\)?[ .()-]{0,2}\d{1,4}[ .()-]{0,2}\d{3,4})(?![0-9A-Za-z@_-])"
)
_DASHES = re.compile(r"(?<=[0-9)])\s?[‐‑‒–—―−ーｰ─]\s?(?=[0-9(])")
_BEHIND = re.compile(r"\A\s?[(\[]\s?(fax|tel|電話|ファックス|ファクス)", re.IGNORECASE)
_BETWEEN = re.compile(r"\A[\s/・,、~()-]{0,6}\Z")
_REACH = 60


@dataclass(frozen=True)
class Phone:
    """A number as "tel:…" or "fax:…", and where it stands."""

    address: str
    start: int
    end: int


def phones_in(line: str, before: str = "") -> tuple[Phone, ...]:
    """The numbers of a folded line that are labelled or international.

    `before` is the line above, for a label that stands there alone.
    """
    if not any(character.isdigit() for character in line):
        return ()
    found: list[Phone] = []
    kinds: tuple[str, ...] = _kinds(before) if len(before) <= 12 else ()
    last = 0
    for match in _NUMBER.finditer(line):
        between = line[max(last, match.start() - _REACH) : match.start()]
        behind = _BEHIND.search(line[match.end() : match.end() + 12])
        said = _kinds(behind[1]) if behind else _kinds(between)
        if said or (last and not _BETWEEN.search(between)):
            kinds = said
        number = _normalised(match[0])
        named = kinds or (("tel",) if match[0].startswith("+") else ())  # nothing else is written like that
        found += [Phone(f"{kind}:{number}", match.start(), match.end()) for kind in named if number]
        last = match.end()
    return tuple(found)


def with_dashes(line: str) -> str:
    """The line with the dashes and labels of its numbers written in one way."""
    return _GLUED.sub(" ", _DASHES.sub("-", line)) if any(c.isdigit() for c in line) else line


def _kinds(words: str) -> tuple[str, ...]:
    """What the last label in these words says that the number is."""
    labels = tuple(_LABEL.finditer(words))
    if not labels:
        return ()
    last = labels[-1]
    return ("tel", "fax") if last["both"] else ("fax",) if last["fax"] else ("tel",)


def _normalised(number: str) -> str:
    """The number with hyphens, in Japan's own form for a Japanese one; "" if nobody could dial it."""
    # The tables of numbers take a tenth of a second to load, and most mails never need them.
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, "JP")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed) or len(str(parsed.national_number)) < 8:
        return ""
    form = phonenumbers.PhoneNumberFormat
    national = parsed.country_code == 81
    text = phonenumbers.format_number(parsed, form.NATIONAL if national else form.INTERNATIONAL)
    return re.sub(r"[ ()]+", "-", text).strip("-")
