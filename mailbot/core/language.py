"""Which of the desk's languages a text is written in."""

import re

from mailbot.core.patterns import compile_pattern

_NOT_PROSE = compile_pattern(r"(?:https?|hxxps?)://\S+|\S+@\S+|[A-Za-z0-9+/=_%&-]{25,}|<[^<>\n]{1,200}>")
# The standard library's findall makes one list of runs where each hit of the other costs a call.
_KANA = re.compile("[\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fd-\u30ff]+")
_HAN = re.compile("[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_LATIN = re.compile("[A-Za-z]{2,}")
_SENTENCE_WORDS = re.compile(
    r"\b(?:the|an?|is|are|was|were|be|to|of|and|in|on|it|that|this|you|your|i|my|we|with|for|not|can|if|please)\b", re.I
)
_SHARE = 0.1


def language(text: str) -> str:
    """ "ja" if kana and Chinese characters make a tenth of the writing and English sentences do not outweigh them.

    URLs, addresses and code-like runs do not count; a Latin word weighs as much as two Japanese characters. Code and
    names are Latin in Japanese mail too, so English is told by the small words of its sentences. Text without kana is
    not Japanese.
    """
    if text.isascii():
        return "en"
    prose = _NOT_PROSE.sub(" ", text)
    kana = sum(map(len, _KANA.findall(prose)))
    if kana == 0:
        return "en"
    japanese = kana + sum(map(len, _HAN.findall(prose)))
    latin = 2 * len(_LATIN.findall(prose))
    if japanese < _SHARE * (japanese + latin):
        return "en"
    # Japanese sentences have far more kana than a label or a greeting between English ones.
    return "ja" if kana >= len(_SENTENCE_WORDS.findall(prose)) else "en"
