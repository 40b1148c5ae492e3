"""How a name in kana is spelled in other letters: as a pattern over folded text.

Hepburn and Kunrei, long vowels written or not (Ono, Ohno, Oono), either kana.
"""

import re

import jaconv

_KANA = re.compile("[ぁ-ゖァ-ヺー]{2,20}")
_SYLLABLES = re.compile(
    r"(?:(?:[kgsztdnhbpmyrwjfv]|sh|ch|ts|[kgnhbpmr]y)?[aiueo]|n(?![aiueo])|m(?=[bmp])|k(?=k)|s(?=s)|t(?=[tc])|p(?=p))+"
)
_SPELLINGS = (
    (r"cch|tch", "(?:cch|tch|tty)"),
    (r"ssh", "(?:ssh|ssy)"),
    (r"sh(?=[auo])", "(?:sh|sy)"),
    (r"shi", "s(?:h)?i"),
    (r"chi", "(?:ch|t)i"),
    (r"ch(?=[auo])", "(?:ch|ty|cy)"),
    (r"tsu", "t(?:s)?u"),
    (r"fu", "[fh]u"),
    (r"ji", "[jzd]i"),
    (r"j(?=[auo])", "(?:j|zy|jy|dy)"),
    (r"ou|oo|o-", "o[uoh]?"),
    (r"uu|u-", "u[uh]?"),
    (r"ei|ee|e-", "e[ieh]?"),
    (r"aa|a-", "a[ah]?"),
    (r"ii|i-", "ii?"),
    (r"n(?=[bmp])", "[nm]"),
    (r"n(?=[iy])", "n'?"),
)
_KUNREI = (
    (r"(?:sy|sh)(?=[auo])", "(?:sh|sy)"),
    (r"(?:ty|cy)(?=[auo])", "(?:ch|ty|cy)"),
    (r"(?:zy|jy|dy)(?=[auo])", "(?:j|zy|jy|dy)"),
    (r"si", "s(?:h)?i"),
    (r"ti", "(?:ch|t)i"),
    (r"tu", "t(?:s)?u"),
    (r"hu", "[fh]u"),
    (r"zi", "[jzd]i"),
    (r"o(?:h(?![aiueoy]))?", "o[uoh]?"),
    (r"u(?:h(?![aiueoy]))?", "u[uh]?"),
)
"""What letters that stand without their kana may be: Kunrei, and vowels that nobody shows to be long."""
_SPELLING = re.compile("|".join(f"({pattern})" for pattern, _ in _SPELLINGS))
_LOOSE = (*_SPELLINGS, *_KUNREI)
_LOOSE_SPELLING = re.compile("|".join(f"({pattern})" for pattern, _ in _LOOSE))


def is_kana(part: str) -> bool:
    """Whether the word is of kana only."""
    return _KANA.fullmatch(part) is not None


def is_romaji(part: str) -> bool:
    """Whether a word of Latin letters can be read as Japanese, so that it is a name rather than an English word."""
    return len(part) >= 5 and _SYLLABLES.fullmatch(part) is not None


def either_kana(part: str) -> str:
    """A pattern for a word of kana in hiragana or katakana."""
    pairs = zip(jaconv.kata2hira(part), jaconv.hira2kata(part), strict=True)
    return "".join(re.escape(one) if one == other else f"[{one}{other}]" for one, other in pairs)


def romanised(part: str) -> str:
    """A pattern for a word of kana in Latin letters; "" if there are too few to tell it from any other word."""
    letters = letters_of(part)
    if not re.fullmatch(r"[a-z'\-]{3,60}", letters):
        return ""
    return _SPELLING.sub(lambda found: _SPELLINGS[(found.lastindex or 1) - 1][1], letters)


def letters_of(part: str) -> str:
    """A word of kana letter by letter, in Hepburn."""
    return str(jaconv.kana2alphabet(jaconv.kata2hira(part))).lower()


def loosened(part: str) -> str:
    """A pattern for a word in Latin letters that can be read as Japanese, in the other ways to spell it."""
    return _LOOSE_SPELLING.sub(lambda found: _LOOSE[(found.lastindex or 1) - 1][1], part)
