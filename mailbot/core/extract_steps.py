"""The steps by which a finder shows a vulnerability: a list, what a sentence tells, or what was seen."""

from mailbot.core.extract_text import SENTENCE_END, is_step, said, said_among
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, sentences, unwrap
from mailbot.core.ruleset import Ruleset

_ONLY_URL = compile_pattern(r"^\s*(?:[-*・]|\(?[0-9]{1,2}[.)）]|[①-⑳])?\s*h[tx]{2}ps?[:\[]\S+\s*$")
_BULLET = compile_pattern(r"^\s{0,8}[-*+・●]\s*\S")
_GOES_BACK = compile_pattern(
    r"^(?:すると|そうすると|そうしたら|その結果|結果|"
    r"then|this|that|it then|the (?:reply|answer|result|response))\b?"
)
_BESIDE = compile_pattern(
    r"(?:^|[\s:：。、(])\(?(?:1[.):]\s?|1 |①\s?|a\)\s)[^\n]{4,200}?[\s。、;,)]\(?(?:2[.):]|2 |②|b\)\s)[^\n]{4,}"
)
_BESIDE_SIGNS = ("2.", "2)", "2:", "②", "b)")
_BLANKS = " \t\n\f\r"
_BULLETS = frozenset("-*+・●")
_MOST_CODE = 12  # lines of one paragraph


def numbered_list(lines: list[str]) -> tuple[int, int] | None:
    """Where the first list of two or more numbered steps begins and ends; its items may have several lines."""
    begin, count, last = -1, 0, -1
    for i, line in enumerate([*lines, ""]):
        if i < len(lines) and is_step(line):
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
    span = _announced(lines, rules) or numbered_list(lines) or _bulleted_steps(lines, rules) or _beside(lines)
    if span is None or _is_no_doing([line for line in lines[span[0] : span[1]] if line.strip()]):
        return None
    begin, end = span
    above = next((i for i in range(begin - 1, -1, -1) if lines[i].strip()), None)
    announced = above if above is not None and said("steps", lines[above], rules) else begin
    rest = [*lines[:announced], *lines[end:]]
    return "\n".join(lines[begin:end]).strip("\n"), "\n".join(rest).strip("\n")


def _is_no_doing(items: list[str]) -> bool:
    """Whether the list is one of sites, or of questions."""
    if all(_ONLY_URL.search(fold(line)) for line in items):
        return True
    return 2 * sum(line.rstrip(_BLANKS).endswith(("?", "？")) for line in items) > len(items)


def _beside(lines: list[str]) -> tuple[int, int] | None:
    """The lines from one on that has the first two steps beside each other to the end of its paragraph."""
    for i, line in enumerate(lines):
        if any(sign in line for sign in _BESIDE_SIGNS) and _BESIDE.search(fold(line)):
            return i, next((j for j in range(i, len(lines)) if not lines[j].strip()), len(lines))
    return None


def _bulleted_steps(lines: list[str], rules: Ruleset) -> tuple[int, int] | None:
    """The first list with bullets that tells somebody what to do."""
    begin = 0
    while begin < len(lines):
        end = begin
        while end < len(lines) and _is_item(lines[end]):
            end += 1
        if end - begin > 1 and 2 * len(said_among("steps-item", lines[begin:end], rules)) > end - begin:
            return begin, end
        begin = end + 1
    return None


def _is_item(line: str) -> bool:
    return line.lstrip()[:1] in _BULLETS and bool(_BULLET.search(line))


def _announced(lines: list[str], rules: Ruleset) -> tuple[int, int] | None:
    """The list or paragraph below a line that announces steps."""
    for i in sorted(said_among("steps", lines, rules)):
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
    flows = [unwrap(paragraph) for paragraph in paragraphs]
    pieces = [(i, piece) for i, flow in enumerate(flows) for piece in sentences(flow)]
    telling = min(said_among("steps-told", [piece for _, piece in pieces], rules), default=None)
    if telling is None:
        return None
    i, first = pieces[telling]
    flow = flows[i]
    begin, end = flow.index(first), i + 1
    finished = bool(SENTENCE_END.search(fold(flow)))
    while end < len(paragraphs) and _goes_on(paragraphs[end].lstrip("\n"), finished or end > i + 1):
        end += 1
    told = "\n\n".join((flow[begin:], *paragraphs[i + 1 : end])).strip("\n")
    rest = (*paragraphs[:i], flow[:begin].rstrip(), *paragraphs[end:])
    return told, "\n\n".join(words for words in rest if words.strip())


def _goes_on(paragraph: str, finished: bool) -> bool:
    """Whether the paragraph belongs to the sentence above it: shown apart, or its second half."""
    return not finished or paragraph[:1].isspace() or paragraph[:1].islower()


def seen_steps(text: str, rules: Ruleset) -> str | None:
    """The sentences, side by side, that say what was done and what came of it, with what they show; None without.

    Commands and requests that are written out anywhere belong to them, also where no sentence says what was done.
    """
    paragraphs = text.split("\n\n")
    code = _code_in(paragraphs, rules)
    pieces = [(i, piece) for i, paragraph in enumerate(paragraphs) for piece in sentences(unwrap(paragraph))]
    telling = sorted(said_among("steps-seen", [piece for _, piece in pieces], rules))
    if not telling:
        return "\n".join(code.values()) or None
    at = pieces[telling[0]][0]
    first = telling[0]
    goes_back = first > 0 and pieces[first - 1][0] == at and bool(_GOES_BACK.search(fold(pieces[first][1])))
    telling = [first - 1, *telling] if goes_back else telling
    told = [pieces[n][1] for n in telling if pieces[n][0] == at]
    shown = next((i for i in range(at + 1, len(paragraphs)) if not _is_shown(paragraphs[i])), len(paragraphs))
    below = (paragraph.strip("\n") for paragraph in paragraphs[at + 1 : shown])
    return "\n".join((*told, *below, *(lines for i, lines in code.items() if not at < i < shown)))


def _code_in(paragraphs: list[str], rules: Ruleset) -> dict[int, str]:
    """Of each paragraph that has one the command or request with what follows it there."""
    lines = [(i, line) for i, paragraph in enumerate(paragraphs) for line in paragraph.split("\n")]
    begins: dict[int, int] = {}
    for n in sorted(said_among("steps-code", [line for _, line in lines], rules)):
        begins.setdefault(lines[n][0], n)
    return {
        i: "\n".join(line for at, line in lines[n : n + _MOST_CODE] if at == i).strip("\n") for i, n in begins.items()
    }


def _is_shown(paragraph: str) -> bool:
    """Whether the paragraph is set apart: indented, or nothing but a URL."""
    return paragraph.lstrip("\n")[:1].isspace() or bool(_ONLY_URL.search(fold(paragraph)))
