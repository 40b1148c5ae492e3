"""Whether the two versions of a mail, plain text and HTML, tell a person the same."""

import re

ONLY_HTML = "---------- Only in the HTML version ----------"

_COMPARED = 50_000  # characters of each that are compared
_TELLING = 40  # three-letter runs that only one has, before we speak of a difference
_SHARE = 0.4  # of all its runs
_LETTERS = re.compile(r"[^\w]|_")
_ADDRESS = re.compile(r"<?\bhttps?://\S{1,2000}|\[[^\[\]]{0,200}\]", re.IGNORECASE)


def says_more(rich: str, plain: str) -> bool:
    """Whether `rich` says much that `plain` does not: by runs of three letters, so that wrapping does not matter."""
    runs, known = _runs(_letters(rich)), _runs(_letters(plain))
    extra = len(runs - known)
    return extra > _TELLING and extra > _SHARE * len(runs)


def only_in(rich: str, plain: str) -> str:
    """The lines of `rich` that `plain` does not hold, in order."""
    known = _letters(plain, len(plain))
    lines = rich.split("\n")
    missing = [line for line in lines if _letters(line) and _letters(line) not in known]
    return "\n".join(missing)


def _letters(text: str, most: int = _COMPARED) -> str:
    return _LETTERS.sub("", _ADDRESS.sub(" ", text[:most]))


def _runs(letters: str) -> set[str]:
    return {letters[i : i + 3] for i in range(len(letters) - 2)}
