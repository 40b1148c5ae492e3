"""Which character set bytes are written in, when no label says so or the label cannot be true.

The order is strict where bytes speak for themselves (UTF-8, UTF-16); elsewhere chardet's models of languages judge.
Where those are unsure, Japanese is asked first: a few half-width kana or kanji are what they know least.
"""

import re
from dataclasses import dataclass

import chardet

from mailbot.core import jis

# What mail is written in. UTF-7 is left out: unlabelled, it only hides markup from checks.
_CANDIDATES = (
    *("cp932", "euc_jis_2004", "cp949", "iso2022_kr", "gb18030", "big5hkscs"),
    *("koi8-r", "koi8-u", "cp1251", "iso8859-5", "cp1253", "iso8859-7", "cp1255", "iso8859-8", "cp1256", "iso8859-6"),
    *("cp874", "tis-620", "cp1252", "iso8859-15", "cp1250", "iso8859-2", "cp1254", "iso8859-9", "cp1257", "cp1258"),
)
_OURS = {"euc_jis_2004": "euc_jp", "big5hkscs": "big5", "tis-620": "cp874", "koi8-r": "koi8_r", "koi8-u": "koi8_u"}
_ALIKE = {
    "big5hkscs": "big5",
    "cp850": "cp1252",
    "cp950": "big5",
    "iso8859-1": "cp1252",
    "iso8859-11": "cp874",
    "iso8859-15": "cp1252",
    "iso8859-2": "cp1250",
    "iso8859-7": "cp1253",
    "iso8859-8": "cp1255",
    "iso8859-9": "cp1254",
    "koi8_u": "koi8_r",
    "mac_roman": "cp1252",
}
_EAST_ASIAN = ("cp932", "euc_jp", "gb18030", "cp949", "big5", "big5hkscs")
_WESTERN = ("cp1252", "iso8859-15", "cp1250", "iso8859-2", "cp1254", "iso8859-9", "cp1257", "cp1258")
_RUN = re.compile(rb"[\x80-\xff]+")
_LONG_RUN = re.compile(rb"[\x80-\xff]{3}")
_IN_WORD = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]{1,2}(?![\x80-\xff])|(?<![\x80-\xff])[\x80-\xff]{1,2}(?=[A-Za-z])")
_LATIN = re.compile(rb"[\x91-\x97\xc0-\xff]")
_C1 = re.compile("[\x80-\x9f]")
_THREE_BYTES = re.compile("[^\x00-\u07ff]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_SAMPLE = 32_768  # bytes of lines beyond ASCII that are judged
_DAMAGED = 500_000  # bytes in which damage is weighed
_SURE = 0.1  # below, the models only know that nothing better was found
_OVERRULES = 0.2  # from here on, a label that the models find hopeless is taken for wrong
_HOPELESS = 0.3  # of the best answer's confidence
_FEW = 10  # bytes beyond ASCII that are too little to doubt a label for
# What a codec leaves out of what senders write under its name, in the order to be tried.
_WIDER = {
    "big5": ("cp950", "big5hkscs"),
    "cp1252": ("latin-1",),
    "euc_jp": ("cp51932", "euc_jis_2004"),
    "cp932": ("shift_jis_2004",),
    "gb18030": ("gb18030_2000",),
    "cp874": ("iso8859-11",),
}
# ISO 8859 has control characters where Windows has quotation marks; nobody means the former.
_WINDOWS = {
    "iso8859-13": "cp1257",
    "iso8859-15": "cp1252",
    "iso8859-2": "cp1250",
    "iso8859-4": "cp1257",
    "iso8859-5": "cp1251",
    "iso8859-6": "cp1256",
    "iso8859-7": "cp1253",
    "iso8859-8": "cp1255",
}


@dataclass(frozen=True)
class Judgement:
    """What chardet's models say: the best codec, and each codec's confidence."""

    best: str | None
    confidence: dict[str, float]

    def of(self, codec: str) -> float:
        """The confidence in a codec, or in one that differs from it by a few characters."""
        return max((self.confidence.get(name, 0.0) for name in (codec, _ALIKE.get(codec, codec))), default=0.0)


def strictly(data: bytes, codec: str) -> str | None:
    """The text, if the bytes are nothing but that codec's; None if not."""
    for name in (codec, *_WIDER.get(codec, ())):
        text = _decoded(data, name)
        if text is not None:
            windows = _WINDOWS.get(name.replace("_", "-"))
            better = _decoded(data, windows) if windows and _C1.search(text) else None
            return better or text
    return None


def wide(data: bytes) -> tuple[str, str] | None:
    """UTF-16 by its byte order mark or its zero bytes: text and codec; None if it is none."""
    if len(data) < 4:
        return None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _pair(data[: len(data) & ~1], "utf-16")
    zeros = [data[n:4096:2].count(0) for n in (0, 1)]
    half = min(len(data), 4096) / 2
    for zero, other, codec in ((zeros[1], zeros[0], "utf-16-le"), (zeros[0], zeros[1], "utf-16-be")):
        if zero > 0.04 * half and other <= 0.01 * half and zero > 2 * other + 1:
            return _pair(data[: len(data) & ~1], codec)
    return None


def is_really_utf8(data: bytes, codec: str) -> bool:
    """Whether bytes that another codec also allows are UTF-8: its patterns do not come about by chance."""
    text = _decoded(data, "utf-8")
    if text is None or data.isascii() or _C1.search(text):
        return False
    if codec in ("cp1252", "iso8859-15") or _THREE_BYTES.search(text):
        return True
    # Two bytes in a row are easily two letters of another alphabet, or one of an East Asian one.
    many = 3 if codec not in _EAST_ASIAN else 2 if not _LONG_RUN.search(data) and _IN_WORD.search(data) else 6
    return len(text) - len(text.encode("ascii", "ignore")) >= many


def doubt(data: bytes, codec: str, text: str) -> str | None:
    """The codec that bytes are in rather than in the declared one that reads `text`; None if that may well be right."""
    western = codec in _EAST_ASIAN and _is_western(data) and _beyond_ascii(data) > 2
    if _beyond_ascii(data) < _FEW and not western:
        return None
    found = _judge(data)
    if found.best is None or _ALIKE.get(found.best, found.best) == _ALIKE.get(codec, codec):
        return None
    top, own = found.of(found.best), found.of(codec)
    if western:
        return found.best if found.best not in _EAST_ASIAN and own < _HOPELESS * top else None
    if codec == "cp1252" and top >= _SURE and _is_solid(data):
        return found.best if found.best not in _WESTERN else None
    if codec == "gb18030" and top >= _SURE and _PRIVATE.search(text):
        return found.best
    return found.best if top >= _OVERRULES and own < _HOPELESS * top else None


def guess(data: bytes, hints: tuple[str, ...], is_said_utf8: bool) -> tuple[str, str]:
    """Text and codec of bytes beyond ASCII without a label that fits; `hints` are codecs used elsewhere in the mail."""
    text = _decoded(data, "utf-8")
    if text is not None:
        return text, "utf-8"
    if _is_damaged_utf8(data, is_said_utf8):
        return data.decode("utf-8", "replace"), "utf-8"
    found = _judge(data)
    top = found.of(found.best) if found.best else 0.0
    for hint in hints:
        if (text := strictly(data, hint)) is not None and (top < _SURE or found.of(hint) >= 0.5 * top):
            return text, hint
    if _is_western(data):
        return _western(data, found)
    japanese = _japanese(data)
    if japanese and (top < _SURE or found.best is None):
        return japanese
    if found.best and (text := strictly(data, found.best)) is not None:
        return text, found.best
    return japanese or _least_damage(data, hints)


def _western(data: bytes, found: Judgement) -> tuple[str, str]:
    best = max(_WESTERN, key=lambda codec: found.confidence.get(codec, 0.0))
    text, common = strictly(data, best), strictly(data, "cp1252") or data.decode("latin-1")
    return (common, "cp1252") if text is None or text == common else (text, best)


def _is_western(data: bytes) -> bool:
    """Whether all that is not ASCII are single accented letters and quotation marks within ASCII words."""
    runs = _RUN.findall(data[:_SAMPLE])
    within = sum(1 for _ in _IN_WORD.finditer(data[:_SAMPLE]))
    return bool(runs) and all(_LATIN.fullmatch(run) for run in runs) and 2 * within >= len(runs)


def _is_solid(data: bytes) -> bool:
    """Whether most of what is not ASCII stands in rows, as no western text has them."""
    runs = [len(run) for run in _RUN.findall(data[:_SAMPLE])]
    return sum(run for run in runs if run > 2) > 0.6 * sum(runs)


def _beyond_ascii(data: bytes) -> int:
    return len(data.translate(None, bytes(range(128))))


def _judge(data: bytes) -> Judgement:
    lines = data[: 40 * _SAMPLE].splitlines(keepends=True)
    sample = b"".join(line for line in lines if not line.isascii())[:_SAMPLE]
    answers = chardet.detect_all(
        sample, ignore_threshold=True, compat_names=False, include_encodings=_CANDIDATES, no_match_encoding="cp1252"
    )
    confidence: dict[str, float] = {}
    for answer in answers:
        name = str(answer["encoding"]).lower()
        name = _OURS.get(name, name)
        confidence[name] = max(confidence.get(name, 0.0), float(answer["confidence"]))
    return Judgement(next(iter(confidence), None), confidence)


def _is_damaged_utf8(data: bytes, is_said_utf8: bool) -> bool:
    text = data[:_DAMAGED].decode("utf-8", "replace")
    bad = text.count("\ufffd")
    # Three-byte sequences come about by chance much less often than two-byte ones.
    three = sum(1 for _ in _THREE_BYTES.finditer(text)) - bad
    return (
        three > bad
        or (is_said_utf8 and three == bad and _beyond_ascii(data) < _FEW)
        or len(text) - len(text.encode("ascii", "ignore")) > 6 * bad
    )


def _japanese(data: bytes) -> tuple[str, str] | None:
    euc, windows = strictly(data, "euc_jp"), _decoded(data, "cp932")
    if windows is not None and _damage(windows):
        windows = None
    if euc is not None and not (windows is not None and _is_halfwidth(windows) and _has_rare_lead(data)):
        return euc, "euc_jp"
    return (windows, "cp932") if windows is not None else None


def _is_halfwidth(text: str) -> bool:
    return all(character.isascii() or "\uff61" <= character <= "\uff9f" for character in text)


def _has_rare_lead(data: bytes) -> bool:
    """Whether EUC would mean kanji of level 2 here, which only a voiced half-width kana of CP932 explains."""
    high = bytes(byte for byte in data if byte >= 0x80)
    return any(lead >= 0xD0 for lead in high[::2])


def _damage(text: str) -> int:
    """Characters that are none: replaced ones, and those that CP932 makes of bytes that it leaves undefined."""
    return sum(text.count(character) for character in "\ufffd\uf8f0\uf8f1\uf8f2\uf8f3\x80")


def _least_damage(data: bytes, hints: tuple[str, ...]) -> tuple[str, str]:
    tries = [(data.decode(name, "replace"), name) for name in (*hints, "utf-8", "euc_jp", "cp932")]
    text, name = min(tries, key=lambda pair: _damage(pair[0]))
    western = strictly(data, "cp1252")
    if western is not None and 3 * _damage(text) > _beyond_ascii(data):
        return western, "cp1252"
    return text, name


def _pair(data: bytes, codec: str) -> tuple[str, str] | None:
    text = _decoded(data, codec)
    return None if text is None else (text, codec)


def _decoded(data: bytes, codec: str) -> str | None:
    if codec == "cp51932":
        return jis.decode_euc(data)
    try:
        text = data.decode(codec)
        text.encode("utf-8")
    except (LookupError, ValueError):
        return None
    return text
