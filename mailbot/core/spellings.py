"""How a word of a name is spelled: in kana, Latin or Cyrillic letters, as a pattern over folded text."""

import re
import unicodedata

from mailbot.core.romaji import either_kana, is_kana, is_romaji, letters_of, loosened, romanised

_LONG_ENOUGH = 5  # shorter words mean too much else with a vowel less
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe", "þ": "th"})
_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_UMLAUT = re.compile("(?<=[aou])e")
_CYRILLIC = re.compile("[а-яёєіїґўј]{2,40}")
_LATIN = {
    **dict(zip("абгдзклмнопртэґј", "abgdzklmnoprtegj", strict=True)),
    "і": "(?:[yj]?i)",
    "ў": "[uw]",
    "в": "[vw]",
    "е": "(?:[yji]?[eo])",
    "ж": "(?:zh|[jz])",
    "и": "[iyj]",
    "с": "ss?",
    "у": "(?:ou|u|w)",
    "ф": "(?:f|ph)",
    "х": "(?:kh|ch|h|x)",
    "ц": "(?:ts|tz|[cz])",
    "ч": "(?:t?ch|c)",
    "ш": "(?:s(?:c?h)?)",
    "щ": "(?:shch|sch|sh|sc)",
    "ъ": "",
    "ы": "[yi]",
    "ь": "'?",
    "ю": "(?:[yij]?u)",
    "я": "(?:[yij]?a)",
    "є": "(?:[yij]?e)",
}
_USUAL = str.maketrans(
    {
        **dict(zip("абвгдезийклмнопрстуфъьыэі", "abvgdeziyklmnoprstuf__yei", strict=True)),
        "ж": "zh",
        "х": "kh",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "shch",
        "ю": "yu",
        "я": "ya",
    }
)
_LONG_VOWEL = re.compile(r"o[uo-]|u[u-]")
_PAIRS = (("кс", "(?:ks|x)"), ("ии", "(?:[iyj]{1,2})"), ("ыи", "(?:[iyj]{1,2})"), ("дж", "(?:dzh|dj|j)"))


def forms(name: str) -> tuple[str, ...]:
    """The name, and as it is written where there are no letters with marks: Jürgen is Juergen as well as Jurgen."""
    if name.isascii():
        return (name,)
    lower = unicodedata.normalize("NFC", name).lower()  # not folded: that has no ß, of which there is no more to say
    return tuple(dict.fromkeys((name, lower.translate(_SPELLED_OUT), lower.translate(_PLAIN))))


def readings(name: str) -> tuple[str, ...]:
    """How a name in kana or Cyrillic letters is most often written in Latin ones; () for any other."""
    words = unicodedata.normalize("NFKC", name).lower().replace("ё", "е").split()
    if not words or not all(is_kana(word) or _CYRILLIC.fullmatch(word) for word in words):
        return ()
    whole = " ".join(letters_of(word) if is_kana(word) else word.translate(_USUAL) for word in words)
    return tuple(dict.fromkeys((whole, _LONG_VOWEL.sub(lambda found: found.group()[0], whole))))


def spelled(part: str) -> str:
    """The word in the letters it is written in, and in Latin ones where they are Cyrillic."""
    if is_kana(part):
        return either_kana(part)
    if _CYRILLIC.fullmatch(part):
        return f"(?:{re.escape(part)}|{_from_cyrillic(part)})"
    if is_romaji(part):
        return loosened(part)
    if part.isascii() and len(part) >= _LONG_ENOUGH:
        return _UMLAUT.sub("e?", re.escape(part))
    return re.escape(part)


def in_latin(part: str) -> str:
    """The word in Latin letters; "" where there is no telling how it is read."""
    if is_kana(part):
        return romanised(part)
    if _CYRILLIC.fullmatch(part):
        return _from_cyrillic(part)
    return spelled(part) if part.isascii() else ""


def _from_cyrillic(part: str) -> str:
    pairs = "|".join(pair for pair, _ in _PAIRS)
    letters = {**_LATIN, **dict(_PAIRS)}
    return "".join(letters.get(found, re.escape(found)) for found in re.findall(f"{pairs}|.", part))
