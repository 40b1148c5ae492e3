"""Somebody, as people name them on one line: who it is, whom they work for, and how to reach them."""

from collections.abc import Iterator
from typing import NamedTuple

from mailbot.core.extract_text import said
from mailbot.core.extract_values import convert, is_blank
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold
from mailbot.core.ruleset import Ruleset

_LONGEST = 160
_EDGE = " \t　:：,、;；*_`|\"'「」『』<>.…‥"
_LABEL = compile_pattern(
    r"^\s*(?:[-・*■●]\s*)?(?:tel|phone|telephone|mobile|cell|direct|signal|電話(?:番号)?|携帯(?:電話)?|直通|fax|ファックス|"
    r"e-?mail|mail|メール(?:アドレス)?|web|url|hp|pgp|gpg|(?:お)?(?:氏名|名前)|(?:ご)?所属|担当|name|organi[sz]ation|company|"
    r"affiliation|employer|on behalf of|from|by)\s*[:.：]\s*"
)
_BEFORE = compile_pattern(
    r"^\s*(?:on behalf of|by|from|(?:full )?name|organi[sz]ation|company|affiliation|氏名|お?名前|ご?所属|会社名?)\s+"
)
_FAX = compile_pattern(r"^\W*(?:fax|ファックス|ﾌｧｯｸｽ)|\bfax\W*$")
_PHONE = compile_pattern(
    r"(?:^|[^0-9A-Za-z.-])(\(?\+[0-9]{1,3}\)?(?:[ ().-]{0,2}[0-9]{1,5}){2,6}|"
    r"0[0-9]{1,4} ?[ (-][0-9]{1,4} ?[ )-][0-9]{3,4}|0[789]0[0-9]{8})"
    r"(?:$|[^0-9A-Za-z.-])"
)
_DIGITS = (9, 15)
_ADDRESS = compile_pattern(
    r"(?:mailto:)?[a-z0-9][\w.+-]{0,63}\s?(?:@|\(\s?(?:at|a|アット(?:マーク)?)\s?\)|\[\s?(?:at|アット(?:マーク)?)\s?\])\s?"
    r"[a-z0-9][\w-]*(?:\s?(?:\.|\(dot\)|\[dot\]|\(ドット\))\s?[a-z0-9][\w-]*)+"
    r"|h(?:tt|xx)ps?://\S+|\bwww\.\S+|(?:^|\s)(?:[a-z0-9-]+\.)+(?:com|net|org|io|dev|jp|example|test|invalid)(?:/\S*)?(?:$|\s)"
)
_BETWEEN = compile_pattern(r"\s+[/-]\s+|[|｜•·;；]|\s/|/\s|\s{3,}|\t|,\s*|、|[()\[\]（）<>]|[《》【】]")
_SLASH = compile_pattern(r"([^\x00-\x7F])[/@]([^\x00-\x7F]|[A-Z])")
_WORKS_AT = compile_pattern(
    r"^(.+?)\s+(?:(at|@|from|with|for|representing|on behalf of)|of)\s+(?:the )?((?-i:\p{Lu}|\p{Han}|\p{Katakana}).*)$"
)
_JAPANESE = compile_pattern(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_READING = compile_pattern(r"^(?:[\p{Hiragana}ー・ ]+|[\p{Katakana}ー・ ]+|[A-Za-z][A-Za-z .,'-]+)$")
_TOLD = compile_pattern(
    r"\b(?:was|is|are|were|has|have|this|that|i|we|you|your|by|reported|found|discovered|jointly)\b"
)
_UNIT = compile_pattern(
    r"^(?:総務|経理|営業|開発|情シス|広報|企画|品質保証|人事|法務|購買|技術|情報企画|事務局?)$|(?:部|課|室|科|係|局|班|院|専攻|学科|学部|本部|支店|支社|支部|グループ|チーム|センター|ユニット|ゼミ|年(?:生)?|"
    r"\b(?:CSIRT|PSIRT|CERT|SOC|SIRT))$"
)
_SURNAME = compile_pattern(r"^(?:\p{Han}[部室科]|長谷部|曽我部|日下部)$")  # names that end like a department
_TRADE = compile_pattern(
    r"\b(?:researcher|consultant|engineer|analyst|developer|student|manager|officer|director|tester|hunter|lead|"
    r"specialist|architect|administrator|partner|journalist|librarian|lecturer|candidate)s?$|"
    r"^(?:head|director|vp|chief|member|lead|professor|dept\.?|department|school|faculty|chair) (?:of|,)"
)
_NAME_JA = compile_pattern(r"^[\p{Han}々ヶ]{1,5}$|^[\p{Han}々ヶぁ-んァ-ヶー]{1,8}$")
_NAMED_JA = compile_pattern(r"^[\p{Han}々ヶ]{1,4}$")
_BEHIND_NAME = ("拝", "より", "記", "様")
_LEGAL_FORM = compile_pattern(r"^(?:\((?:株|有|合|同|財|社)\)|㈱|㈲|(?:株式|有限|合同|合資)会社|\S{0,10}法人)$")
_FORM_IN_BRACKETS = compile_pattern(r"[(（](株|有|合|同|財|社|学|医)[)）]")
_BARE_LABEL = compile_pattern(
    r"^(?:tel|phone|telephone|mobile|cell|direct|fax|e-?mail|mail|web|url|hp|"
    r"電話|携帯(?:電話)?|直通|内線|代表|メール|連絡先)[:. ]*$"
)
_SCHOOL_YEAR = compile_pattern(r"\s*(?:[学修博]?[0-9]{1,2}\s*年(?:生)?|[BMD][1-4])$")
_WORDS = compile_pattern(
    r"(?-i:^(?:the )?\p{Lu}[\p{L}0-9&'’.-]*(?: (?:of|and|for|the|de|du|des|la|le|der|die|das|und|et|e|y|del|della|di|"
    r"van|het|i|og|och|&|(?:e\.|gem)[\p{L}.]{1,4}|\p{Lu}[\p{L}0-9&'’.-]*))+$)"
)
_SINGLE = compile_pattern(r"(?-i:^\p{Lu}[\p{L}0-9&'’.-]{2,}$)")
_LETTER_OR_KANA = compile_pattern(r"\p{L}")
_LESS = ("www", "mail", "co", "com", "net", "org", "ac", "or", "ne", "go", "jp", "example", "test", "invalid")
_SHORTEST_DOMAIN = 4
_SHORTEST_FIRM = 4


class Party(NamedTuple):
    """Somebody; "" for what the words do not say. `sure` is whether the organisation is one by its words."""

    name: str = ""
    organisation: str = ""
    email: str = ""
    phone: str = ""
    sure: bool = False
    rest: bool = False  # something in it is neither


def phone_in(line: str) -> str:
    """The telephone number of a line that gives no other, "" if there is none."""
    folded = fold(line)
    for found in _PHONE.finditer(folded):
        number = line[found.start(1) : found.end(1)].strip()
        fax = _FAX.search(folded[max(0, found.start(1) - 8) : found.start(1)].rstrip(" :.("))
        if fax is None and _DIGITS[0] <= sum(c.isdigit() for c in number) <= _DIGITS[1]:
            return number
    return ""


def party(words: str, rules: Ruleset, domains: tuple[str, ...] = (), named: str = "") -> Party:
    """The person and the organisation in words that name somebody; `named` is the person's name if it stands above."""
    words = words[:_LONGEST]
    email = convert("email", words, rules)
    phone = phone_in(words)
    name = organisation = ""
    sure = rest = False
    for piece in _pieces(words):
        kind, said_by = _kind(piece, rules, domains, name or named, "" if name else named)
        if kind == "both":
            first, second = said_by
            name, organisation, sure = name or first, organisation or second, True
        elif kind == "name":
            name = name or said_by[0]
        elif kind == "organisation":
            if not organisation or not sure:
                organisation, sure = said_by[0], True
        elif kind == "perhaps":
            organisation = organisation or said_by[0]
        elif kind == "":
            rest = True
    return Party(name, organisation, email if isinstance(email, str) else "", phone, sure, rest)


def _pieces(words: str) -> Iterator[str]:
    """The words between marks, without addresses, numbers and labels."""
    folded = fold(words)
    for taken in (*_ADDRESS.finditer(folded), *_PHONE.finditer(folded)):
        words = f"{words[: taken.start()]}{'|' * (taken.end() - taken.start())}{words[taken.end() :]}"
    folded = _FORM_IN_BRACKETS.sub(r"|\1|".replace("|", "\x01"), _SLASH.sub(r"\1|\2", fold(words)))
    begin = 0
    for found in (*_BETWEEN.finditer(folded), None):
        piece = words[begin : found.start() if found else len(words)]
        labels = bool(found) and fold(piece).rstrip().endswith((":", "="))  # of the address behind it
        begin = found.end() if found else begin
        label = _LABEL.search(fold(piece)) or _BEFORE.search(fold(piece))
        piece = piece[label.end() if label else 0 :].strip(_EDGE.replace(".", "") + "-–—~/")
        if not labels and _LETTER_OR_KANA.search(piece) and not _BARE_LABEL.search(fold(piece)):
            yield piece


def _kind(piece: str, rules: Ruleset, domains: tuple[str, ...], named: str, above: str) -> tuple[str, tuple[str, ...]]:
    """What the piece is: "name", "organisation", "perhaps" an organisation, "both", "aside" or "" (anything else)."""
    folded = fold(piece)
    if is_blank(piece, rules):
        return "aside", ()
    if _JAPANESE.search(folded):
        return _kind_japanese(piece, rules, named)
    if _TOLD.search(folded):
        return "", ()
    trade = bool(_TRADE.search(folded))
    at = _WORKS_AT.search(folded)
    if at is not None and (at.group(2) or not trade):
        left, right = piece[: at.end(1)], piece[at.start(3) :].strip(_EDGE)
        if _is_name(left, rules) and not said("organisation", left, rules):
            return "both", (left, right)
        if at.group(2) and (said("role", left, rules) or _TRADE.search(fold(left))):
            return "organisation", (right,)
    if above and _is_of(above, piece) and _is_name(piece, rules):
        return "name", (piece,)
    if said("organisation", piece, rules) and not trade:
        return ("aside", ()) if said("role", piece, rules) else ("organisation", (piece.strip(),))
    if trade or said("role", piece, rules):
        return "aside", ()
    if named and _of_domain(piece, domains):
        return "organisation", (piece,)
    if named and _WORDS.search(folded):
        return "perhaps", (piece,)
    if _is_name(piece, rules):
        return "name", (piece,)
    return ("aside", ()) if named and _SINGLE.search(folded) else ("", ())


def _is_name(piece: str, rules: Ruleset) -> bool:
    return said("name", piece, rules) and not said("role", piece, rules)


def _is_of(name: str, piece: str) -> bool:
    """Whether the words of the name stand in the piece too."""
    return {*fold(name).casefold().split()} <= {*fold(piece).casefold().split()}


def _kind_japanese(piece: str, rules: Ruleset, named: str) -> tuple[str, tuple[str, ...]]:
    """Japanese words follow each other without marks: company, department, post, name."""
    tokens = [token for token in piece.replace("\u3000", " ").split() if fold(token) not in _BEHIND_NAME]
    kinds = [_token_kind(token, rules) for token in tokens]
    firms = [i for i, kind in enumerate(kinds) if kind == "organisation"]
    behind = next((i + 1 for i in range(len(kinds) - 1, -1, -1) if kinds[i]), 0)
    person = " ".join(tokens[behind:])
    person = person if 0 < len(tokens) - behind <= 2 and _may_be_name(tokens[behind:], bool(behind), rules) else ""
    first = next((i for i, kind in enumerate(kinds) if kind), 0)
    if not firms:
        before = " ".join(tokens[:first])
        if behind and person:
            return ("both", (person, before)) if len(before) >= _SHORTEST_FIRM else ("name", (person,))
        if behind:
            return "aside", ()
        if named and _READING.search(fold(piece)):
            return "aside", ()
        return ("name", (person,)) if person else ("", ())
    joined = firms[0] + 1 + bool(_LEGAL_FORM.search(fold(tokens[firms[0]])) and firms[0] + 1 < len(tokens))
    end = next((i for i in range(joined, len(kinds)) if kinds[i] not in ("organisation", "unit")), len(kinds))
    person = "" if behind < joined else person
    firm = " ".join(tokens[firms[0] : end])
    firm = firm[: len(_SCHOOL_YEAR.sub("", fold(firm)).strip())]
    begin = piece.find(tokens[firms[0]])
    whole = piece[begin:][: len(firm)] if fold(piece[begin:][: len(firm)]) == fold(firm) else firm
    return ("both", (person, whole)) if person else ("organisation", (whole,))


def _token_kind(token: str, rules: Ruleset) -> str:
    if said("organisation", token, rules) and not _UNIT.search(fold(token).replace("学部", "")):
        return "organisation"
    if _UNIT.search(fold(token)) and (token == "本部" or not _SURNAME.search(token)):
        return "organisation" if said("organisation", token, rules) else "unit"
    return "role" if said("role", token, rules) else ""


def _may_be_name(tokens: list[str], behind: bool, rules: Ruleset) -> bool:
    """Whether these are a family name, or both names; behind a company or a post also one that stands nowhere else."""
    joined = " ".join(tokens)
    if said("name", joined, rules):
        return True
    return behind and all(_NAME_JA.search(fold(token)) for token in tokens) and not said("role", joined, rules)


def _of_domain(piece: str, domains: tuple[str, ...]) -> bool:
    """Whether a mail domain of the finder is made of these words."""
    plain = "".join(c for c in fold(piece).casefold() if c.isalnum())
    return len(plain) >= _SHORTEST_DOMAIN and any(
        label in plain or plain in label
        for domain in domains
        for label in ("".join(c for c in part if c.isalnum()) for part in domain.casefold().split("."))
        if len(label) >= _SHORTEST_DOMAIN and label not in _LESS
    )
