"""What is left of a mail when courtesy, quotes and signatures are taken away: the report in the finder's own words."""

from mailbot.core.messages import Address
from mailbot.core.model import Field
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, sentences, short, unwrap
from mailbot.core.ruleset import Ruleset

SUMMARY_CHARACTERS = 4_000
_QUOTED = compile_pattern(r"^\s{0,3}>(?:[\s>]|$|[\w])")
_NUMBERED = compile_pattern(
    r"^\s{0,8}(?:\(?[0-9]{1,2}[.)．:、]\s*|\([0-9]{1,2}\)\s*|[①-⑳]\s*|step\s*(?:[0-9]{1,2}\s*[:.]|(?:one|two|three|four|five|six|seven)\s*[,:.])\s*|手順\s*[0-9]{1,2}\s*[:.]?\s*)\S"
)
_ONLY_URL = compile_pattern(r"^\s*(?:[-*・]|\(?[0-9]{1,2}[.)）]|[①-⑳])?\s*h[tx]{2}ps?[:\[]\S+\s*$")
_BULLET = compile_pattern(r"^\s{0,8}[-*+・●]\s*\S")
_SENTENCE_END = compile_pattern(r"(?:[。.!?]|(?:です|ます|した))\s*$")
_HEADING_ONLY = compile_pattern(r"^(?:[■□◆◇●○▼▽▶►◎★☆#]+\s*|[【〔《])[^\s。.][^\n。]{0,40}$")
_AFTER_CLOSING = 8
_AFTER_SEPARATOR = 12
_OPENING_PARAGRAPHS = 3
_UNDERLINE_SLACK = 3


def said(kind: str, line: str, rules: Ruleset) -> bool:
    """Whether a prose rule of that kind finds its words in the line."""
    words = fold(line).strip()
    return bool(words) and rules.prose_like(kind).applies(words)


def without_quotes(text: str, rules: Ruleset) -> str:
    """The text without quoted lines and the lines that introduce them."""
    lines = text.split("\n")
    if not any(_QUOTED.search(fold(line)) for line in lines):
        return text
    return "\n".join(line for line in lines if not _QUOTED.search(fold(line)) and not said("quote", line, rules))


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
    for i in range(max(0, len(lines) - 2 * _AFTER_SEPARATOR), len(lines)):
        if not said("separator", lines[i], rules) or _underlines(lines, i):
            continue
        below = [line for line in lines[i + 1 :] if line.strip()]
        brief = len(below) <= _AFTER_SEPARATOR and not any(map(_is_step, below))
        if brief and (not below or any(said("signature", line, rules) for line in below)):
            return i
    return None


def _underlines(lines: list[str], i: int) -> bool:
    """Whether the ruler belongs to a heading right above it."""
    above = lines[i - 1].strip() if i else ""
    return bool(above) and abs(len(lines[i].strip()) - len(above)) <= _UNDERLINE_SLACK


def _closing(lines: list[str], rules: Ruleset) -> int | None:
    """The closing phrase near the end with nothing but short lines after it."""
    for i in range(max(0, len(lines) - 2 * _AFTER_CLOSING), len(lines)):
        if not said("closing", lines[i], rules):
            continue
        below = [line for line in lines[i + 1 :] if line.strip()]
        brief = all(len(line) <= 80 and not _SENTENCE_END.search(fold(line)) and not _is_step(line) for line in below)
        if len(below) <= _AFTER_CLOSING and brief:
            return i
    return None


def _card(lines: list[str], rules: Ruleset) -> int | None:
    """Where the last paragraph begins, if it is a few short lines with an address or telephone, or below a name."""
    begin = next((i for i in range(len(lines) - 1, 0, -1) if not lines[i].strip()), None)
    if begin is None or len(lines) - begin > _AFTER_CLOSING:
        return None
    brief = all(len(line) <= 60 and not _SENTENCE_END.search(fold(line)) for line in lines[begin:])
    return (
        begin
        if brief and (any(said("card", line, rules) for line in lines[begin:]) or _names(lines[begin + 1 :], rules))
        else None
    )


def _names(lines: list[str], rules: Ruleset) -> bool:
    """Whether the lines begin with somebody's name and are no list of anything."""
    first = lines[0].strip().partition(",")[0].strip() if lines else ""
    return said("name", first, rules) and not any(":" in fold(line) and "@" not in line for line in lines[1:])


def signature_of(text: str, rules: Ruleset) -> str:
    """The lines that end the letter: who wrote it, and how to reach them."""
    written = without_quotes(text, rules).rstrip()
    return written[len(without_signature(written, rules)) :]


def _is_step(line: str) -> bool:
    return bool(_NUMBERED.search(fold(line)))


def section_end(lines: list[str], rules: Ruleset) -> int:
    """How many lines belong to the section: a closing phrase ends it, or a paragraph that begins with courtesy."""
    fenced = False
    for i, line in enumerate(lines):
        fenced ^= line.lstrip().startswith("```")
        if fenced or not line.strip() or line[0].isspace():
            continue
        parted = i > 0 and not lines[i - 1].strip()
        if said("closing", line, rules) or (parted and said("courtesy", line, rules)):
            return i
    return len(lines)


def narrative(text: str, rules: Ruleset) -> str:
    """The paragraphs without greeting, self-introduction and thanks; the finder's name is not part of the report."""
    paragraphs = [p.strip("\n") for p in text.split("\n\n") if p.strip()]
    opening = [_without_courtesy(p, rules, introductions=True) for p in paragraphs[:_OPENING_PARAGRAPHS]]
    later = [_without_courtesy(p, rules, introductions=False) for p in paragraphs[_OPENING_PARAGRAPHS:]]
    return "\n\n".join(p for p in [*opening, *later] if p.strip())


def _without_courtesy(paragraph: str, rules: Ruleset, introductions: bool) -> str:
    kinds = ("courtesy", "introduction") if introductions else ("courtesy",)
    pieces = sentences(unwrap(paragraph))
    kept = [piece for piece in pieces if not _is_aside(piece, kinds, rules)]
    if len(kept) == len(pieces):
        return paragraph
    if len(kept) == 1 and _HEADING_ONLY.search(kept[0]):
        return ""
    return ("\n" if "\n" in paragraph else " ").join(kept)


def _is_aside(sentence: str, kinds: tuple[str, ...], rules: Ruleset) -> bool:
    """Whether the sentence is courtesy, or a remark for the desk."""
    words = fold(sentence)
    return rules.prose_like(*kinds).applies(words.strip()) or rules.remarks.applies(words)


def numbered_list(lines: list[str]) -> tuple[int, int] | None:
    """Where the first list of two or more numbered steps begins and ends; its items may have several lines."""
    begin, count, last = -1, 0, -1
    for i, line in enumerate([*lines, ""]):
        if i < len(lines) and _is_step(line):
            begin, count, last = (i if count == 0 else begin), count + 1, i
        elif count and (i == len(lines) or _breaks_list(lines, i, last)):
            if count >= 2:
                return begin, last + 1
            begin, count = -1, 0
        elif count and line.strip():
            last = i
    return None


def _breaks_list(lines: list[str], i: int, last: int) -> bool:
    """Whether line `i` is no part of the list whose last line so far is `last`."""
    if not lines[i].strip():
        return False
    after_gap = i > last + 1
    return after_gap and not lines[i].startswith((" ", "\t", "　")) and not lines[i].lstrip().startswith("```")


def steps_in(text: str, rules: Ruleset) -> tuple[str, str] | None:
    """The steps that running text gives, and the text without them: a numbered list, or what follows 手順は以下."""
    lines = text.split("\n")
    span = _announced(lines, rules) or numbered_list(lines)
    if span is None or all(_ONLY_URL.search(fold(line)) for line in lines[span[0] : span[1]] if line.strip()):
        return None  # a list of sites is no list of steps
    begin, end = span
    above = next((i for i in range(begin - 1, -1, -1) if lines[i].strip()), None)
    announced = above if above is not None and said("steps", lines[above], rules) else begin
    rest = [*lines[:announced], *lines[end:]]
    return "\n".join(lines[begin:end]).strip("\n"), "\n".join(rest).strip("\n")


def _announced(lines: list[str], rules: Ruleset) -> tuple[int, int] | None:
    """The list or paragraph below a line that announces steps."""
    for i, line in enumerate(lines):
        if not said("steps", line, rules):
            continue
        begin = next((j for j in range(i + 1, len(lines)) if lines[j].strip()), None)
        if begin is not None:
            listed = numbered_list(lines[begin:])
            if listed is not None and listed[0] == 0:
                return begin, begin + listed[1]
            end = next((j for j in range(begin, len(lines)) if not lines[j].strip()), len(lines))
            return begin, end
    return None


def told_steps(text: str, rules: Ruleset) -> tuple[str, str] | None:
    """The steps that a sentence tells ("To reproduce, open …") with what it shows below, and the text without them."""
    paragraphs = text.split("\n\n")
    for i, paragraph in enumerate(paragraphs):
        flow = unwrap(paragraph)
        telling = next((piece for piece in sentences(flow) if said("steps-told", piece, rules)), None)
        if telling is None:
            continue
        begin, end = flow.index(telling), i + 1
        finished = bool(_SENTENCE_END.search(fold(flow)))
        while end < len(paragraphs) and _goes_on(paragraphs[end].lstrip("\n"), finished or end > i + 1):
            end += 1
        told = "\n\n".join((flow[begin:], *paragraphs[i + 1 : end])).strip("\n")
        rest = (*paragraphs[:i], flow[:begin].rstrip(), *paragraphs[end:])
        return told, "\n\n".join(words for words in rest if words.strip())
    return None


def _goes_on(paragraph: str, finished: bool) -> bool:
    """Whether the paragraph belongs to the sentence above it: shown apart, or its second half."""
    return not finished or paragraph[:1].isspace() or paragraph[:1].islower()


def seen_steps(text: str, rules: Ruleset) -> str | None:
    """The sentences, side by side, that say what was done and what came of it; None if there is none."""
    for paragraph in text.split("\n\n"):
        told = [piece for piece in sentences(unwrap(paragraph)) if said("steps-seen", piece, rules)]
        if told:
            return "\n".join(told)
    return None


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
