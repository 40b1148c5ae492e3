"""Who the finder is, as the signature and the From line tell it; a whole name goes before a part of it."""

from mailbot.core.extract_rules import fields_in
from mailbot.core.extract_text import said
from mailbot.core.extract_values import convert
from mailbot.core.messages import Address
from mailbot.core.model import Field
from mailbot.core.party import Party, party
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, short
from mailbot.core.ruleset import Ruleset
from mailbot.core.sign_offs import Signed, phrase_of

_NAME, _ORGANISATION = "reporter.name", "reporter.organisation"
_SAID_BELOW = ("reporter.pgp", "reporter.phone", "consent.", "credit_name")
_SURE, _PERHAPS, _HANDLED = 0.6, 0.45, 0.62
_HANDLE = compile_pattern(
    r"^[a-z0-9][\w.'-]{1,29}(?: [a-z][\w.'-]{0,20}){0,2}$|^[\p{Hiragana}\p{Katakana}ー・]{2,10}$|"
    r"^[\p{Han}々]{1,3}[\p{Hiragana}\p{Katakana}ー]{0,4}$"
)
_NO_HANDLE = compile_pattern(
    r"^(?:anonymous|匿名.*|名無し.*|none|n/?a|以上|敬具|草々|此致|敬礼|かしこ|拝具|end|eof|おわり|終わり|the|a|an|and|or|see|ps|"
    r"p\.s|hi|hello|ok|okay|yes|no|tia|bye|attached|poc|bug|best|test|demo|追伸|添付)$|\.(?:py|txt|png|pdf|zip|html?|php|js|json|sh|c)$"
)
_ARMOR = compile_pattern(r"-----BEGIN PGP PUBLIC KEY BLOCK-----[^-]*-----END PGP PUBLIC KEY BLOCK-----")
_ADDRESS = compile_pattern(r"@[\w-]+\.")
VIA = compile_pattern(r"\s+(?:via|through|\(via)\s+\S.*$")
_INVERTED = compile_pattern(r"(?-i:^(\p{Lu}[\p{L}'-]+), (\p{Lu}[\p{L}'-]+)$)")
_HANDLE_LABEL = compile_pattern(r"^(?:ハンドル(?:ネーム|名)?|HN)[: ]\s*")
_COMPANY_FIRST = compile_pattern(
    r"^((?:株式会社|有限会社|合同会社|一般社団法人)\S{1,20}|\S{1,20}(?:株式会社|有限会社|大学|研究所|協会))\s+"
    r"([\p{Han}々]{1,4}\s?[\p{Han}々ぁ-んァ-ヶー]{1,5})$"
)
_TWO_PARTS = compile_pattern(r"^(\S.*?)\s*(?:[(\[<]([^()\[\]<>]+)[)\]>]|\s[/|,-]\s*(\S.*)|[/|@、]\s*(\S.*))$")


def key_block(text: str) -> tuple[Field, ...]:
    """The public key that stands in the letter itself."""
    found = _ARMOR.search(text) if "-----BEGIN PGP PUBLIC" in text else None
    words = text[found.start() : found.end()] if found else ""
    return (Field("reporter.pgp", words, "finder/key-block", 0.6, short(words)),) if words else ()


def signature_fields(signature: Signed, rules: Ruleset, domains: tuple[str, ...] = ()) -> tuple[Field, ...]:
    """What the lines below a letter say of who wrote it, the surest first; `domains` are of the finder's addresses."""
    if not signature.lines:
        return ()
    found = list(fields_in("\n".join(signature.lines), "", rules, wanted=_SAID_BELOW))
    addresses = (convert("email", line, rules) for line in signature.lines)
    domains = (*domains, *(address.rpartition("@")[2] for address in addresses if isinstance(address, str)))
    named, first, below_phrase = "", True, signature.sure
    for line in signature.lines:
        phrase, rest = phrase_of(line)
        below_phrase = below_phrase or bool(phrase)
        if not any(c.isalnum() for c in rest):
            continue
        one = party(rest, rules, domains, named)
        found += _of_line(one, line, signature.sure)
        if first and below_phrase and not one.name and not one.organisation and _is_handle(rest, rules):
            found.append(Field(_NAME, rest.strip(), "signature/handle", _HANDLED, short(line)))
        named, first = named or one.name, False
    return tuple(sorted(found, key=lambda field: -field.confidence))


def _of_line(one: Party, line: str, sure: bool) -> list[Field]:
    """The fields that one line of a signature states."""
    organised = _SURE if one.sure else _PERHAPS
    stated = (
        ("reporter.phone", one.phone, "signature/phone", 0.7),
        ("reporter.email", one.email, "signature/email", 0.82),
        (_ORGANISATION, one.organisation, "signature/organisation", organised),
        (_NAME, one.name if len(one.name) > 1 else "", "signature/name", 0.7 if sure else 0.65),
    )
    return [Field(name, value, rule, confidence, short(line)) for name, value, rule, confidence in stated if value]


def _is_handle(words: str, rules: Ruleset) -> bool:
    """Whether it may be what somebody calls themselves, where nothing but a name can stand."""
    folded = fold(words).strip()
    return bool(_HANDLE.search(folded)) and not _NO_HANDLE.search(folded) and not said("role", folded, rules)


def initials(body: str, sender: Address | None) -> tuple[Field, ...]:
    """The name of somebody whose last line is how their address begins, where the From line has no name."""
    last = body.rstrip().rpartition("\n")[2].strip(" -~/")
    local = sender.address.partition("@")[0].casefold() if sender and not sender.name else ""
    return (Field(_NAME, last, "signature/address", _HANDLED, last),) if local and last.casefold() == local else ()


def sender_fields(sender: Address | None, rules: Ruleset) -> tuple[Field, ...]:
    """What the From line says of the finder; a trade or a group in place of a name is none."""
    if sender is None or not sender.address:
        return ()
    email = Field("reporter.email", sender.address, "sender/address", 0.8, sender.address)
    name = short(sender.name, 100).strip()
    label = _HANDLE_LABEL.search(fold(name))
    name = name[label.end() :] if label else name
    via = VIA.search(fold(name))
    name = name[: via.start()] if via else name
    if not name or _ADDRESS.search(name) or said("role", name, rules):
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
    inverted = _INVERTED.search(folded)
    if inverted is not None and not said("organisation", name, rules):
        return f"{name[inverted.start(2) :]} {name[: inverted.end(1)]}", ""
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
    whole = party(name, rules) if " " in name or "\u3000" in name else None
    if whole is not None and whole.name and whole.sure:
        return whole.name, whole.organisation
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
