"""What an answer says of the finder's wishes, of reports to others and of plans; one word may be all of it."""

from mailbot.core.extract_values import convert, is_blank
from mailbot.core.model import FieldValue
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold
from mailbot.core.ruleset import Ruleset

_EDGE = " \t\n　:：・、,;*_`|\"'「」『』"
_LONGEST_WISH = 100
_CREDITED = (
    compile_pattern(r"[「『\"]([^「」『』\"\n]{1,80})[」』\"]"),
    compile_pattern(r"\b(?:as|name|handle)\s*:?\s+([^\n,;()]{2,80})"),
    compile_pattern(
        r"(?:ハンドルネーム|ハンドル名|表記|掲載名|記載名|名義|名前|氏名|名称)(?:[:はを]|\s)\s*"
        r"([^\s「」()。、の](?:[^「」()。、\n]{0,58}[^\s「」()。、])?(?:\s?\([^()\n]{1,40}\))?)"
    ),
    compile_pattern(
        r"(?:はい|希望(?:する|します)?|する|します|あり|可|yes|y)\s*[(:、,\-]\s*([^\n()。]{2,60}?)(?:として|で|と記載|と掲載|\)|$)"
    ),
)
_BEHIND_CREDITED = compile_pattern(
    r"\s?(?:として|(?:の)?名(?:前|義)で|で|と|を)(?:の?(?:お?願い|ご?掲載|ご?記載|公表|表記|希望|載せ|よろしく|し(?:て|ます))).*$"
)
_NOT_CREDITED = compile_pattern(
    r"ください|掲載|記載|公表|本名|実名|お願い|\b(?:please|published|advisory|above|reporter)\b"
)
_REFUSED = compile_pattern(
    r"^\W*(?:must not|may not|can ?not|do not|don't|not|never|refuse\w*|declin\w*|keep)\b|"
    r"否|不可|拒否|匿名|伏せ|控え|(?:知らせ|伝え|望ま|希望し|公表し|公開し|掲載し|記載し|通知し|開示し|載せ|し)(?:ない|ず|ません)|"
    r"(?:ipa|窓口|jpcert)[^\n]{0,24}のみ"
)
_AGREED = compile_pattern(
    r"^\W*(?:may|can|ok(?:ay)?|agree\w*|allow\w*|permit\w*|sure|fine)\b|"
    r"(?:良い|よい|いい|構わない|構いません|かまいません|問題(?:ない|ありません|なし))|"
    r"^\W*(?:する|します|許可|同意|承諾|了承|希望|可|公開|掲載|記載)"
)
_UNDECIDED = compile_pattern(
    r"[?？]|検討|未定|後日|相談|条件|場合|次第|"
    r"\b(?:if|unless|only|depends|later|unsure|not sure|maybe|perhaps|discuss)\b"
)
_NOT_REPORTED = compile_pattern(
    r"^\W*(?:(?:特に|他(?:の(?:組織|機関))?(?:に|へ)?(?:は|も)?|どこにも|いずれにも|現在|現時点では?|まだ|"
    r"ipa ?以外(?:の組織)?(?:に|へ)は?|こちらも)\s*)*(?:(?:届出|届け出|報告|連絡|相談|該当)(?:は|も|を)?)?"
    r"(?:(?:して|行って|おこなって|届け出て)?(?:い|おり)?(?:ない|ません)|なし|無し|ありません|まだです)\W*$|"
    r"^\W*(?:no|none|nobody|not yet|n|no one|none so far|none yet|nowhere else|いいえ|未届|未報告|未連絡|"
    r"not reported(?: (?:yet|elsewhere|to anyone(?: else)?))?)\W*$"
)
_ONLY_YES = compile_pattern(r"^\W*(?:yes|y|はい|あり|有り?|true|reported)\W*$")
_HINT = compile_pattern(r"^\s*\(please [^()]{0,80}\)\s*:?\s*")
_SAYS_NO = compile_pattern(
    r"^\W*(?:no|n|nope|none|いいえ|なし|無し?|未定|ありません|しません|する予定は(?:ない|ありません)|"
    r"予定(?:なし|無し|はありません))\W*(?:$|[,.、。;:(\-])"
)


def credit(text: str, field: str, rules: Ruleset) -> str | None:
    """The name inside an answer to the question whether the finder wants to be named."""
    return credited_name(text, rules) if flag(text, "consent.credit", rules) is True else None


def credited_name(text: str, rules: Ruleset) -> str | None:
    """The name in the words of somebody who wants to be named."""
    folded = fold(text)
    for pattern in _CREDITED:
        found = pattern.search(folded)
        begin, end = (found.start(1), found.end(1)) if found else (0, 0)
        behind = _BEHIND_CREDITED.search(folded[begin:end])
        name = text[begin : begin + behind.start() if behind else end].strip(f"{_EDGE}.")
        name = name if "(" in fold(name) else name.strip(")）")
        if name and not _NOT_CREDITED.search(fold(name)) and not is_blank(name, rules):
            return name
    return None


def flag(text: str, field: str, rules: Ruleset) -> bool | None:
    """Yes or no; a wish may be put in the words of its option. What is not clearly a yes is none."""
    said = convert("flag", text, rules)
    if isinstance(said, bool) or not field.startswith("consent."):
        return said if isinstance(said, bool) else None
    words = next((line.strip() for line in fold(text).split("\n") if line.strip()), "")
    if _REFUSED.search(words):
        return False
    sure = len(words) <= _LONGEST_WISH and not _UNDECIDED.search(words)
    return True if sure and _AGREED.search(words) else None


def refusal(text: str, field: str, rules: Ruleset) -> bool | None:
    """ "Yes" to anonymity is a no to sharing; "no" to it grants nothing."""
    return False if convert("flag", text, rules) is True else None


def reports(text: str, field: str, rules: Ruleset) -> FieldValue | None:
    """To whom else it was reported; None where the answer is that it was not."""
    pieces = convert("list", text, rules)
    kept = [
        piece
        for piece in (pieces if isinstance(pieces, tuple) else ())
        if not any(pattern.search(fold(piece)) for pattern in (_NOT_REPORTED, _ONLY_YES, _SAYS_NO))
    ]
    return tuple(kept) or None


def plan(text: str, field: str, rules: Ruleset) -> str | None:
    """A plan in words; a bare yes or no states none."""
    line = convert("line", _HINT.sub("", text), rules)
    said_no = convert("flag", text, rules) is False and bool(_SAYS_NO.search(fold(str(line))))
    return None if not isinstance(line, str) or said_no or _ONLY_YES.search(fold(line)) else line
