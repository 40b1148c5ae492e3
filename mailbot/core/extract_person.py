"""Who the finder is, as the signature and the From line tell it; a whole name goes before a part of it."""

from collections.abc import Iterator

from mailbot.core.extract_rules import fields_in
from mailbot.core.extract_text import said
from mailbot.core.extract_values import convert
from mailbot.core.messages import Address
from mailbot.core.model import Field
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, short
from mailbot.core.ruleset import Ruleset

_NAME, _ORGANISATION = "reporter.name", "reporter.organisation"
_SAID_BELOW = ("reporter.pgp", "reporter.phone", "consent.", "credit_name")
_MOST_LINES = 15
_PIECES = compile_pattern(r"\s+[/|-]\s+|[|/／｜]\s|\s{3,}|\t|,\s+|、")
_LABEL = compile_pattern(
    r"^\s*(?:[-・*■●]\s*)?(?:tel|phone|telephone|mobile|cell|電話(?:番号)?|携帯(?:電話)?|fax|e-?mail|mail|メール(?:アドレス)?|"
    r"web|url|hp|氏名|名前|所属|name|organi[sz]ation|company|affiliation)\s*[:.：]\s*"
)
_FAX = compile_pattern(r"^\s*fax")
_PHONE = compile_pattern(
    r"(?:^|[^0-9A-Za-z.-])(\(?\+[0-9]{1,3}\)?(?:[ ().-]{0,2}[0-9]{1,5}){2,6}|"
    r"0[0-9]{1,4}[ (-][0-9]{1,4}[ )-][0-9]{3,4}|0[789]0[0-9]{8})"
    r"(?:$|[^0-9A-Za-z.-])"
)
_DIGITS = (9, 15)
_BEHIND_NAME = compile_pattern(r"\s*(?:[(（<\"“][^()（）<>]{0,60}[)）>\"”]|拝|より)$")
_TRADE = compile_pattern(
    r"\b(?:researcher|consultant|engineer|analyst|developer|student|manager|officer|director|tester|hunter|lead|"
    r"specialist|architect|administrator|partner)s?$|^(?:head|director|vp|chief|member|lead) (?:of|,)"
)
_BEFORE_NAME = compile_pattern(
    r"^\S{0,16}(?:部|課|室|科|係|局|センター|担当|チーム|グループ|所長|代表(?:取締役)?|主任|研究員|教授|委員会|技師)\s+"
)
_TWO_PARTS = compile_pattern(r"^(\S.*?)\s*(?:[(\[<]([^()\[\]<>]+)[)\]>]|\s[/|,-]\s*(\S.*)|[/|@、]\s*(\S.*))$")
_COMPANY_FIRST = compile_pattern(
    r"^((?:株式会社|有限会社|合同会社|一般社団法人)\S{1,20}|\S{1,20}(?:株式会社|有限会社|大学|研究所|協会))\s+"
    r"([\p{Han}々]{1,4}\s?[\p{Han}々ぁ-んァ-ヶー]{1,5})$"
)
_SCHOOL_YEAR = compile_pattern(r"\s*(?:[学修博]?[0-9]{1,2}\s*年(?:生)?|[BMD][1-4])$")


def signature_fields(signature: str, rules: Ruleset) -> tuple[Field, ...]:
    """What the lines below a letter say of who wrote it."""
    found: dict[str, Field] = {f.name: f for f in fields_in(signature, "", rules) if f.name.startswith(_SAID_BELOW)}
    for line in [line for line in signature.split("\n") if line.strip()][:_MOST_LINES]:
        for field in _of_line(line.strip(), rules):
            found.setdefault(field.name, field)
    return tuple(found.values())


def _of_line(line: str, rules: Ruleset) -> Iterator[Field]:
    folded = fold(line)
    phone = None if _FAX.search(folded) else _PHONE.search(folded)
    if phone is not None:
        number = line[phone.start(1) : phone.end(1)].strip()
        if _DIGITS[0] <= sum(c.isdigit() for c in number) <= _DIGITS[1]:
            yield Field("reporter.phone", number, "signature/phone", 0.7, short(line))
    email = convert("email", line, rules)
    if isinstance(email, str):
        yield Field("reporter.email", email, "signature/email", 0.82, short(line))
    named = False
    for piece in _pieces_of(line):
        if named and "|" in folded and not said("role", piece, rules):
            yield Field(_ORGANISATION, piece, "signature/beside-name", 0.5, short(line))
        elif said("organisation", piece, rules) and not _TRADE.search(fold(piece)):
            name = _SCHOOL_YEAR.sub("", fold(piece)).strip()
            yield Field(_ORGANISATION, piece[: len(name)], "signature/organisation", 0.6, short(line))
        elif not said("role", piece, rules) and said("name", piece, rules):
            cut = _BEHIND_NAME.search(fold(piece))
            name = (piece[: cut.start()] if cut else piece).strip(" -–—~")
            named = True
            yield Field(_NAME, name, "signature/name", 0.7, short(line))
        elif (behind := _BEFORE_NAME.search(fold(piece))) and said("name", piece[behind.end() :], rules):
            yield Field(_NAME, piece[behind.end() :], "signature/name-behind-post", 0.65, short(line))


def _pieces_of(line: str) -> Iterator[str]:
    folded, begin = fold(line), 0
    for found in (*_PIECES.finditer(folded), None):
        piece = line[begin : found.start() if found else len(line)]
        label = _LABEL.search(fold(piece))
        piece = piece[label.end() if label else 0 :].strip(" 　:,;*")
        piece = piece[1:-1] if fold(piece[:1]) == "(" and fold(piece[-1:]) == ")" else piece
        if piece and not any(mark in piece for mark in ("@", "://", "www.")) and not _PHONE.search(fold(piece)):
            yield piece
        begin = found.end() if found else begin


def sender_fields(sender: Address | None, rules: Ruleset) -> tuple[Field, ...]:
    """What the From line says of the finder; a trade or a group in place of a name is none."""
    if sender is None or not sender.address:
        return ()
    email = Field("reporter.email", sender.address, "sender/address", 0.8, sender.address)
    name = short(sender.name, 100).strip()
    if not name or "@" in name or said("role", name, rules):
        return (email,)
    person, organisation = _parted(name, rules)
    stated = [email]
    if person:
        stated.append(Field(_NAME, person, "sender/name", 0.6, name))
    if organisation:
        stated.append(Field(_ORGANISATION, organisation, "sender/organisation", 0.4, name))
    return tuple(stated)


def _parted(name: str, rules: Ruleset) -> tuple[str, str]:
    """The person and the organisation that the words before an address name; "" for what they do not."""
    folded = fold(name)
    found = _COMPANY_FIRST.search(folded)
    if found is not None:
        return name[found.start(2) : found.end(2)], name[found.start(1) : found.end(1)]
    found = _TWO_PARTS.search(folded)
    if found is not None:
        group = next(i for i in (2, 3, 4) if found.group(i))
        first, second = name[: found.end(1)], name[found.start(group) : found.end(group)].strip()
        if said("organisation", second, rules) and not said("organisation", first, rules):
            return first, second
        return (first, "") if group == 2 and not said("organisation", first, rules) else _parted_plainly(name, rules)
    return _parted_plainly(name, rules)


def _parted_plainly(name: str, rules: Ruleset) -> tuple[str, str]:
    return ("", name) if said("organisation", name, rules) else (name, "")


def whole_name(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields with the fullest name first: a family or first name alone gives way to the name that it is part of.

    A word in Latin letters gives way to any name of several words in the From line: sign-offs are short.
    """
    names = sorted((field for field in fields if field.name == _NAME), key=lambda field: -field.confidence)
    if len(names) < 2:
        return fields
    first = names[0]
    fuller = [field for field in names[1:] if _is_part(str(first.value), str(field.value))]
    if not fuller and first.rule.startswith(("signature/", "finder/")) and len(str(first.value).split()) == 1:
        fuller = [field for field in names[1:] if field.rule == "sender/name" and _has_two_parts(str(field.value))]
        fuller = fuller if len(str(first.value)) <= 2 or str(first.value).isascii() else []
    best = max(fuller, key=lambda field: len(_plain(str(field.value)))) if fuller else first
    return (best, *(field for field in fields if field is not best))


def _is_part(part: str, whole: str) -> bool:
    """Whether the name is one of the words of the other, or how it begins or ends."""
    if len(_plain(whole)) <= len(_plain(part)):
        return False
    if part.isascii():
        return _plain(part) in (_plain(word) for word in whole.split())
    return _plain(whole).startswith(_plain(part)) or _plain(whole).endswith(_plain(part))


def _has_two_parts(name: str) -> bool:
    return len(name.split()) > 1


def _plain(name: str) -> str:
    return "".join(fold(name).casefold().split())
