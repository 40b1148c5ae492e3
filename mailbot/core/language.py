"""Which of the desk's languages a text is written in."""

from mailbot.core.patterns import compile_pattern

_NOT_PROSE = compile_pattern(r"(?:https?|hxxps?)://\S+|\S+@\S+|[A-Za-z0-9+/=_%&-]{25,}|<[^<>\n]{1,200}>")
_KANA = compile_pattern(r"[\p{Hiragana}\p{Katakana}]")
_HAN = compile_pattern(r"\p{Han}")
_LATIN = compile_pattern(r"[a-z]{2,}")
_SHARE = 0.1


def language(text: str) -> str:
    """ "ja" if kana and Chinese characters make a tenth of the writing, else "en".

    URLs, addresses and code-like runs do not count; a Latin word weighs as much as two Japanese characters.
    Text without kana is not Japanese.
    """
    prose = _NOT_PROSE.sub(" ", text)
    kana = sum(1 for _ in _KANA.finditer(prose))
    if kana == 0:
        return "en"
    japanese = kana + sum(1 for _ in _HAN.finditer(prose))
    latin = 2 * sum(1 for _ in _LATIN.finditer(prose))
    return "ja" if japanese >= _SHARE * (japanese + latin) else "en"
