"""How people write a form by hand: labels, ticked boxes, quoting, brackets, numbers; one line at a time."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold

_QUOTE = compile_pattern(r"^(?:\s{0,3}>)+ ?")
_MARK = compile_pattern(
    r"^(?:#{1,6}\s*|[*・■□●◆◇○▼▽▶►◎★☆\-+]+\s*|\(?[0-9]{1,2}(?:[-.][0-9]{1,2})*[.)．、:]\s*|\([0-9]{1,2}\)\s*|[①-⑳㈠-㈩]\s*|"
    r"[0-9]{1,2}(?:[-.][0-9]{1,2})+\s+|[IVX]{1,4}\.\s+|[A-H][.)]\s+)"
)
_ON = r"[■☑☒✓✔✅◼●]|\[\s*[x✓✔レv○●*]\s*\]|\(\s*[x✓✔レ○●*]\s*\)"
_OFF = r"[□☐◻]|\[\s*\]|\(\s*\)"
_BOX = compile_pattern(rf"^\s*(?:[-*・+]\s+|[0-9]{{1,2}}[.)]\s*)?(?:({_ON})|({_OFF}))\s*(\S.*)$")
_BOX_BEHIND = compile_pattern(r"^\s*(\S.*?\S)\s*(?:([■☑☒✓✔✅◼])|([□☐◻]))\s*$")
_INLINE_BOX = compile_pattern(rf"(?:({_ON})|({_OFF}))\s*([^\[\]()■□☑☐☒/／|\s][^\[\]()■□☑☐☒/／|]{{0,40}})")
_BRACKETED = compile_pattern(r"^[【\[「<《〈〔]\s*([^】\]」>》〉〕]{1,80})\s*[】\]」>》〉〕]\s*[:：]?\s*(.*)$")
_BOLD = compile_pattern(r"^(?:\*\*|__)(.{1,100}?)(?:\*\*|__)\s*:?\s*(.*)$")
_COLON = compile_pattern(r"^([^:：]{1,200}?)\s*[:：]\s*([^:\s].*|)$")
_QUESTION = compile_pattern(r"^([^?？]{3,160}[?？](?:\s*\([^()]{1,120}\))?)\s*[:：]?\s*(.*)$")
_GAP = compile_pattern(r"^(\S[^\t　]{0,60}?)(?:\t+|　+|\s{2,})(\S.*)$")
_ASKED = compile_pattern(r"(?:yes|y)\s*/\s*(?:no|n)\b|はい\s*/\s*いいえ")
_CELLS = compile_pattern(r"^\|\s*([^|]{1,160}?)\s*\|\s*([^|]*?)\s*\|?\s*$")
_PARENTHESES = compile_pattern(r"\([^()]{0,160}\)|\[[^\[\]]{0,60}\]")
_NO_LABEL = compile_pattern(r"^(?:CVSS:[234]|[a-z]{3,6}://|[0-9]{1,2}:[0-9]{2})")
_UNDERLINE = compile_pattern(r"^\s*(?:={3,}|-{3,})\s*$")
_HEADING_MARK = compile_pattern(r"^\s{0,3}(?:([■□◆◇●○▼▽▶►◎★☆])\s*[^\s■□☑☐●○]|([【〔《])[^】〕》]{1,40}[】〕》]\s*$)")
_FULL_STOP = compile_pattern(r"[。.!?、,;]\s*$")
_LONGEST_HEADING = 40


@dataclass(frozen=True)
class Head:
    """One way to read a line: as a label and the beginning of its answer."""

    label: str
    answer: str
    heading: bool  # marked up as a heading: #, **…**, 【…】, a ruler below
    markdown: bool = False


def unquoted(line: str) -> str:
    """The line without mail quoting."""
    return _QUOTE.sub("", line)


def heading_mark(line: str) -> str:
    """The mark that makes a short line a heading (■, 【), "" if there is none."""
    folded = fold(line)
    found = _HEADING_MARK.search(folded) if len(line) <= _LONGEST_HEADING else None
    return (found.group(1) or found.group(2) or "") if found and not _FULL_STOP.search(folded) else ""


def key_of(label: str) -> str:
    """What two spellings of one label have in common: letters and digits only, full-width kana, lower case."""
    plain = unicodedata.normalize("NFKC", label).casefold()
    return "".join(c for c in plain if c.isalnum() or c == "ー")


def keys_of(label: str) -> tuple[str, ...]:
    """Its key, and the key without what stands in brackets and the choice: (必須), (max 1000 chars), YES/NO."""
    bare = _ASKED.sub(" ", _PARENTHESES.sub(" ", fold(label)))
    return tuple(dict.fromkeys(key for key in (key_of(label), key_of(bare)) if key))


def ticked(line: str) -> tuple[bool, str] | None:
    """Whether the box of a checkbox line is ticked, and its words; None for another line."""
    folded = fold(line)
    found = _BOX.search(folded)
    if found:
        return found.group(1) is not None, line[found.start(3) :].strip()
    found = _BOX_BEHIND.search(folded)
    if found:
        return found.group(2) is not None, line[found.start(1) : found.end(1)].strip()
    return None


def chosen(line: str) -> str:
    """Of boxes side by side ("[x] Yes [ ] No") the ticked words; of another line, the line."""
    boxes = list(_INLINE_BOX.finditer(fold(line))) if len(line) <= 120 else []
    if len(boxes) < 2:
        return line
    return " ".join((b.group(3) or "").strip() for b in boxes if b.group(1) is not None)


def answer_lines(lines: list[str]) -> str:
    """An answer without boxes that are not ticked; where all are boxes and none is ticked, nothing."""
    lines = [chosen(line) for line in lines]
    boxes = [ticked(line) for line in lines]
    if not any(box and box[0] for box in boxes):
        bare = any(box is not None for box in boxes) and all(
            box or not line.strip() for line, box in zip(lines, boxes, strict=True)
        )
        kept = [] if bare else lines
    else:
        kept = [box[1] if box else line for line, box in zip(lines, boxes, strict=True) if box is None or box[0]]
    return "\n".join(kept)


@lru_cache(maxsize=8192)
def heads(line: str, below: str = "", above: str = "") -> tuple[Head, ...]:
    """The ways to read the line as a label: whole, before a colon or question mark, in brackets, bold, in a table.

    A whole line without any mark-up is one only where nothing stands above it.
    """
    text = unquoted(line).strip()
    hashed, bulleted = text.startswith("#"), False
    for _ in range(3):
        found = _MARK.search(fold(text))
        if found is None or text.startswith("**"):
            break
        text, bulleted = text[found.end() :].strip(), True
    if not text or len(text) > 400:
        return ()
    heading = hashed or bool(_UNDERLINE.search(below))
    alone = not above.strip() and text[-1] not in ".。!！"
    whole = heading or bulleted or alone or text[-1] in ":：?？"
    ways = [Head(text.rstrip(" #"), "", heading, heading)] if whole else []
    for pattern, marked, markdown in ((_BRACKETED, True, False), (_BOLD, True, True), (_CELLS, False, False)):
        found = pattern.search(text)
        if found:
            ways.append(Head(found.group(1) or "", found.group(2) or "", heading or marked, heading or markdown))
    for pattern in (_COLON, _QUESTION, _GAP):
        found = None if _NO_LABEL.search(fold(text)) else pattern.search(text)
        if found:
            ways.append(Head(found.group(1) or "", found.group(2) or "", heading, heading))
    return tuple(ways)
