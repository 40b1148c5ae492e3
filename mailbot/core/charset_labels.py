"""Which codec a charset label stands for, as its senders mean it and however they write it."""

import codecs
import re

UNSAID = None
"""The codec of a label that says nothing."""

_LABEL = re.compile(r"[^\w.:+-]*([\w.:+-]{1,60})", re.ASCII)
_QUOTED = re.compile(r"charset\s{0,9}=\s{0,9}|[\"'<>()\[\]{},;]", re.IGNORECASE)
_SQUEEZED = re.compile(r"[^a-z0-9]")
_CODE_PAGE = re.compile(r"(?:x|cs)?(?:windows|win|cp|ibm|dos|msdos|ms|microsoftcp|codepage)0?(\d{3,5})")
_ISO_8859 = re.compile(r"(?:x|cs)?(?:iso|isoir)?8859(1[0-6]|[1-9])(?:19\d\d|[ie])?")
_SAYS_NOTHING = (
    "usascii ascii ansix341968 ansix341986 isoir6 iso646us us 646 cp367 csascii unknown8bit xunknown unknown default "
    "none null binary 7bit 8bit xuserdefined userdefined auto text html"
)
_NOTHING = frozenset(_SAYS_NOTHING.split())
# What senders mean by a label: the vendor's superset (WHATWG Encoding Standard, section 4.2).
_MEANT = {
    "cp932": "shiftjis shiftjisms sjis xsjis xmssjis mskanji windows31j cswindows31j ms932 cp943 cp943c csshiftjis "
    "cp942 cp932 xshiftjis xwindows31j windows932 jisx0208sjis mscp932 jsjis shiftjisx0213",
    "euc_jp": "eucjp xeucjp eucjpms eucjpwin eucjpopen cp51932 xeuc cseucpkdfmtjapanese ujis eucjpwindows cp20932 "
    "cp33722 eucjis eucjapan",
    "jis": "iso2022jp csiso2022jp iso2022jpms iso2022jp1 iso2022jp2 iso2022jp3 iso2022jpext iso2022jp2004 cp50220 "
    "cp50221 cp50222 windows50220 windows50221 jis iso2022 csjisencoding xiso2022jp iso2022jpmobile iso2002jp",
    "gb18030": "gb2312 gb231280 csgb2312 gbk xgbk cp936 ms936 windows936 xeuccn euccn gb23121980 gb hzgb18030 "
    "chinese csiso58gb231280 isoir58 eucgb2312cn gb18030 gb180302000 cp54936",
    "hz": "hzgb2312 hzgb hz",
    "big5": "big5 big5tw csbig5 cnbig5 xxbig5 big5eten xbig5 cp950 ms950 windows950 bigfive",
    "big5hkscs": "big5hkscs big5hk hkscs",
    "cp949": "ksc56011987 ksc5601 ksc56011989 euckr ksc5601 cseuckr windows949 xwindows949 cp949 ms949 uhc korean "
    "csksc56011987 isoir149 kscs56011987 kscc56011987",
    "iso2022_kr": "iso2022kr csiso2022kr",
    "cp1252": "iso88591 latin1 l1 cp819 ibm819 isoir100 csisolatin1 xansi ansi cp1252 iso885911987 western",
    "iso8859_2": "latin2 l2 isoir101 csisolatin2",
    "cp1254": "iso88599 latin5 l5 isoir148 csisolatin5 iso885991989",
    "iso8859_15": "latin9 latin0 csisolatin9 iso885915euro",
    "cp874": "tis620 tis62025291 iso885911 windows874 cp874 thai",
    "koi8_r": "koi8r koi8 koi cskoi8r",
    "koi8_u": "koi8u koi8ru",
    "mac_roman": "macintosh mac xmacroman macroman csmacintosh",
    "mac_cyrillic": "xmaccyrillic maccyrillic xmacukrainian",
    "utf-8": "utf8 unicode11utf8 utf8mac utf8mb4 unicode20utf8 xunicode20utf8 utf8unicode unicodeutf8 utf utf8n "
    "utf8bom utf8utf8",
    "utf-7": "utf7 unicode11utf7 unicode20utf7 csunicode11utf7 xunicode20utf7",
    "utf-16": "utf16 unicode ucs2 iso10646ucs2 csunicode unicodefeff",
}
_SUPERSET = {"shift_jis": "cp932", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949"}
_CODEC = {label: codec for codec, labels in _MEANT.items() for label in labels.split()}
# Encodings of other things than text, or which cost more than their length.
_NEVER = ("unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined", "mbcs", "oem", "charmap")


def declared(label: str | None) -> tuple[str, str | None]:
    """The label as we may show it, and its codec ("jis" for all of ISO-2022-JP); None if it says nothing we know."""
    if not label or not label.strip():
        return "none", UNSAID
    found = _LABEL.match(_QUOTED.sub(" ", label[:200]).strip())
    name = found.group(1).lower() if found else "unreadable"
    squeezed = _SQUEEZED.sub("", name)
    if not squeezed or squeezed in _NOTHING:
        return name, UNSAID
    return name, _CODEC.get(squeezed) or _numbered(squeezed) or _known(name)


def _numbered(squeezed: str) -> str | None:
    page = _CODE_PAGE.fullmatch(squeezed)
    part = _ISO_8859.fullmatch(squeezed)
    if page:
        return _known({"65001": "utf-8", "28591": "cp1252"}.get(page[1], f"cp{page[1]}"))
    return _CODEC.get(f"iso8859{part[1]}") or _known(f"iso8859-{part[1]}") if part else None


def _known(name: str) -> str | None:
    try:
        codec = codecs.lookup(name).name
        b"a".decode(codec)
    except UnicodeDecodeError:
        return codec
    except (LookupError, ValueError):
        return UNSAID
    return UNSAID if codec in _NEVER or codec == "ascii" else _SUPERSET.get(codec, codec)
