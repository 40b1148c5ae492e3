"""What is left of a mail when courtesy, quotes and signatures are taken away: the report in the finder's own words."""

from collections.abc import Sequence
from itertools import accumulate

from mailbot.core.messages import Address
from mailbot.core.model import Field
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, sentences, short, unwrap
from mailbot.core.ruleset import Ruleset

SUMMARY_CHARACTERS = 4_000
_QUOTES = (">", "＞")
_QUOTED = compile_pattern(r"^\s{0,3}>(?:[\s>]|$|[\w])")
_NUMBERED = compile_pattern(
    r"^\s{0,8}(?:\(?[0-9]{1,2}[.)．:、]\s*|\([0-9]{1,2}\)\s*|[一二三四五六七八九十]、\s*|\(?(?-i:[a-j])\)\s+|[①-⑳]\s*|step\s*(?:[0-9]{1,2}\s*[:.]|(?:one|two|three|four|five|six|seven)\s*[,:.])\s*|手順\s*[0-9]{1,2}\s*[:.]?\s*)\S"
)
_STEP_BEGINS = frozenset("(（0123456789０１２３４５６７８９①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳一二三四五六七八九十sSｓＳſ手abcdefghij")
SENTENCE_END = compile_pattern(r"(?:[。!?]|(?-i:(?:^|\s)[^\sA-Z]\S*\.)|(?:です|ます|した))\s*$")  # not "Ltd."
_HEADING_ONLY = compile_pattern(r"^(?:[■□◆◇●○▼▽▶►◎★☆#]+\s*|[【〔《])[^\s。.][^\n。]{0,40}$")
_AFTER_CLOSING = 8
_AFTER_SEPARATOR = 12
_OPENING_PARAGRAPHS = 3
_UNDERLINE_SLACK = 3


def said(kind: str, line: str, rules: Ruleset) -> bool:
    """Whether a prose rule of that kind finds its words in the line."""
    words = fold(line).strip()
    return bool(words) and rules.prose_like(kind).applies(words)


def said_among(kind: str, lines: Sequence[str], rules: Ruleset) -> frozenset[int]:
    """The lines of which that may be said; asked of all at once, it takes a fraction of the time."""
    words = [line.strip() for line in fold("\n".join(lines)).split("\n")]
    return frozenset(i for i in rules.prose_like(kind).among(words) if words[i])


def without_quotes(text: str, rules: Ruleset) -> str:
    """The text without quoted lines and the lines that introduce them."""
    if not any(sign in text for sign in _QUOTES):
        return text
    lines = text.split("\n")
    own = [line for line in lines if not _is_quoted(line)]
    if len(own) == len(lines):
        return text
    introducing = said_among("quote", own, rules)
    return "\n".join(line for i, line in enumerate(own) if i not in introducing)


def _is_quoted(line: str) -> bool:
    return line.lstrip()[:1] in _QUOTES and bool(_QUOTED.search(fold(line)))


def without_signature(text: str, rules: Ruleset) -> str:
    """The text up to the signature: "-- ", a ruler followed by an address or telephone, or a closing phrase."""
    lines = text.rstrip().split("\n")
    for i, line in enumerate(lines):
        if line.rstrip() == "--" and len(lines) - i <= 30:
            lines = "\n".join(lines[:i]).rstrip().split("\n")
            return "\n".join(lines[: _closing(lines, rules)]).rstrip()
    cut = _separator(lines, rules)
    if cut is not None:
        lines = lines[:cut]
    cut = _closing(lines, rules)
    cut = _card(lines, rules) if cut is None else cut
    return "\n".join(lines if cut is None else lines[:cut]).rstrip()


def _separator(lines: list[str], rules: Ruleset) -> int | None:
    """The first ruler near the end below which stand an address, a telephone or the like."""
    begin = max(0, len(lines) - 2 * _AFTER_SEPARATOR)
    for i in sorted(begin + n for n in said_among("separator", lines[begin:], rules)):
        if _underlines(lines, i):
            continue
        below = [line for line in lines[i + 1 :] if line.strip()]
        brief = len(below) <= _AFTER_SEPARATOR and not any(map(is_step, below))
        if brief and (not below or said_among("signature", below, rules)):
            return i
    return None


def _underlines(lines: list[str], i: int) -> bool:
    """Whether the ruler belongs to a heading right above it."""
    above = lines[i - 1].strip() if i else ""
    return bool(above) and abs(len(lines[i].strip()) - len(above)) <= _UNDERLINE_SLACK


def _closing(lines: list[str], rules: Ruleset) -> int | None:
    """The closing phrase near the end with nothing but short lines after it."""
    begin = max(0, len(lines) - 2 * _AFTER_CLOSING)
    for i in sorted(begin + n for n in said_among("closing", lines[begin:], rules)):
        below = [line for line in lines[i + 1 :] if line.strip()]
        brief = all(len(line) <= 80 and not SENTENCE_END.search(fold(line)) and not is_step(line) for line in below)
        if len(below) <= _AFTER_CLOSING and brief:
            return i
    return None


def _card(lines: list[str], rules: Ruleset) -> int | None:
    """Where the last paragraph begins, if it is a few short lines with an address or telephone, or below a name."""
    begin = next((i for i in range(len(lines) - 1, 0, -1) if not lines[i].strip()), None)
    if begin is None or len(lines) - begin > _AFTER_CLOSING:
        return None
    brief = all(len(line) <= 60 and not SENTENCE_END.search(fold(line)) for line in lines[begin:])
    return begin if brief and (said_among("card", lines[begin:], rules) or _names(lines[begin + 1 :], rules)) else None


def _names(lines: list[str], rules: Ruleset) -> bool:
    """Whether the lines begin with somebody's name and are no list of anything."""
    first = lines[0].strip().partition(",")[0].strip() if lines else ""
    return said("name", first, rules) and not any(":" in fold(line) and "@" not in line for line in lines[1:])


def signature_of(text: str, rules: Ruleset) -> str:
    """The lines that end the letter: who wrote it, and how to reach them."""
    written = without_quotes(text, rules).rstrip()
    return written[len(without_signature(written, rules)) :]


def is_step(line: str) -> bool:
    """Whether the line begins with the number of a step."""
    return line.lstrip()[:1] in _STEP_BEGINS and bool(_NUMBERED.search(fold(line)))


def section_ends(sections: Sequence[list[str]], rules: Ruleset) -> list[int]:
    """How many lines belong to each section: a closing phrase ends it, or a paragraph that begins with courtesy."""
    lines = [line for section in sections for line in section]
    closing, courtesy = said_among("closing", lines, rules), said_among("courtesy", lines, rules)
    begins = accumulate((len(section) for section in sections), initial=0)
    return [_section_end(section, begin, closing, courtesy) for section, begin in zip(sections, begins, strict=False)]


def _section_end(section: list[str], begin: int, closing: frozenset[int], courtesy: frozenset[int]) -> int:
    fenced = False
    for i, line in enumerate(section):
        fenced ^= line.lstrip().startswith("```")
        if fenced or not line.strip() or line[0].isspace():
            continue
        parted = i > 0 and not section[i - 1].strip()
        if begin + i in closing or (parted and begin + i in courtesy):
            return i
    return len(section)


def narrative(text: str, rules: Ruleset) -> str:
    """The paragraphs without greeting, self-introduction and thanks; the finder's name is not part of the report."""
    paragraphs = [p.strip("\n") for p in text.split("\n\n") if p.strip()]
    pieces = [sentences(unwrap(paragraph)) for paragraph in paragraphs]
    asides = _asides(pieces, rules)
    kept = [_without_asides(*each) for each in zip(paragraphs, pieces, asides, strict=True)]
    return "\n\n".join(paragraph for paragraph in kept if paragraph.strip())


def _asides(paragraphs: list[tuple[str, ...]], rules: Ruleset) -> list[frozenset[int]]:
    """Of each paragraph the sentences that are courtesy, an introduction at the beginning, or a remark for the desk."""
    flat = [fold(sentence) for paragraph in paragraphs for sentence in paragraph]
    opening = sum(len(paragraph) for paragraph in paragraphs[:_OPENING_PARAGRAPHS])
    found = rules.asides.among(flat) | rules.prose_like("introduction").among(flat[:opening])
    begins = accumulate((len(paragraph) for paragraph in paragraphs), initial=0)
    return [
        frozenset(i for i in range(len(paragraph)) if begin + i in found)
        for paragraph, begin in zip(paragraphs, begins, strict=False)
    ]


def _without_asides(paragraph: str, pieces: tuple[str, ...], asides: frozenset[int]) -> str:
    if not asides:
        return paragraph
    kept = [piece for i, piece in enumerate(pieces) if i not in asides]
    if len(kept) == 1 and _HEADING_ONLY.search(kept[0]):
        return ""
    return ("\n" if "\n" in paragraph else " ").join(kept)


def summary(text: str, rules: Ruleset, finder: Address | None = None) -> Field | None:
    """The report's own paragraphs as its summary, so that nothing of the substance is lost."""
    words = _unsigned(narrative(text, rules), finder)[:SUMMARY_CHARACTERS].strip()
    if not any(character.isalnum() for character in words):
        return None
    return Field("vulnerability.summary", words, "summary/free-text-body", 0.5, short(words))


def _unsigned(text: str, finder: Address | None) -> str:
    """The text without a last line that is only the finder's name."""
    lines = text.rstrip().split("\n")
    names = (
        {name.casefold() for name in (finder.name, *finder.name.split(), finder.address.partition("@")[0])}
        if finder
        else set()
    )
    last = fold(lines[-1]).strip(" -/,.").casefold()
    return "\n".join(lines[:-1] if last and last in names else lines)
