"""How each command is written: its words, what is wrong with them, and what the help says."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mailbot.core.egress_rules import RULES
from mailbot.core.fields import FIELD_KINDS
from mailbot.core.hosts import site_of
from mailbot.core.model import ClosingCode, FixMethod, RejectionCode, Track
from mailbot.core.numbers import number_in
from mailbot.core.vendors import Finding, Product, VendorState
from mailbot.core.views import PAPERS

_CASE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,15}#[0-9]{8}")
_ADDRESS = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
)
_FORM = re.compile(r"https?://[A-Za-z0-9][!#-&*-;=?-~]{3,400}", re.IGNORECASE)
_PHONE = re.compile(r"(?:tel:)?(?:\+[0-9]{1,3}|0)[0-9-]{5,18}[0-9]", re.IGNORECASE)
_HASH = re.compile(r"[0-9a-fA-F]{20}")
_DAY = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(_DAY.pattern + r"(?:T[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})?)?")
_PARTY = re.compile(r"desk|finder|contact|[0-9]{1,3}", re.IGNORECASE)

Check = Callable[[str], str | None]
"""What is wrong with an argument, or None."""


@dataclass(frozen=True)
class Form:
    """How a command is written: checks for its leading words; `text` if free text may follow."""

    usage: str
    effect: str
    words: tuple[Check, ...] = ()
    optional: tuple[Check, ...] = ()
    text: bool = False
    needs_text: bool = False
    verbatim: bool = False  # its words are kept as they were written
    whole: Callable[[list[str]], str | None] = lambda words: None
    """What is wrong with all words together."""


def _matches(pattern: re.Pattern[str], what: str) -> Check:
    return lambda word: None if pattern.fullmatch(word) else f"{word!r} is not {what}"


def _one_of(*words: str) -> Check:
    return lambda word: None if word.lower() in words else f"{word!r} is none of: {', '.join(words)}"


def _part(word: str) -> str | None:
    if word.lower() in set(Track) or ("." in word and site_of(word)):
        return None
    return f"{word!r} is none of: {', '.join(Track)}, the host of one of its sites"


def _day(word: str) -> str | None:
    try:
        known = bool(_DAY.fullmatch(word) and date.fromisoformat(word))
    except ValueError:
        known = False
    return None if known else f"{word!r} is not a day like 2026-12-24"


def _number(word: str) -> str | None:
    return None if re.fullmatch(r"[0-9]{1,4}", word) else f"{word!r} is not the number of a contact"


def _file(word: str) -> str | None:
    return None if re.fullmatch(r"[0-9]{1,3}", word) else f"{word!r} is not the number of a file"


def _vendor(word: str) -> str | None:
    return None if re.fullmatch(r"[0-9]{1,3}", word) else f"{word!r} is not the number of a vendor"


def _moment(word: str) -> str | None:
    try:
        known = bool(_MOMENT.fullmatch(word) and datetime.fromisoformat(word))
    except ValueError:
        known = False
    return None if known else f"{word!r} is neither a day like 2026-12-24 nor a moment like 2026-12-24T15:00"


def named_vendor(words: Sequence[str]) -> tuple[str, str, str]:
    """Name, address and reason of a new vendor: its name is what stands before the address. ("", "", "") if nothing."""
    at = next((n for n, word in enumerate(words) if _ADDRESS.fullmatch(word)), 0)
    return (" ".join(words[:at]), words[at], " ".join(words[at + 1 :])) if at else ("", "", "")


def named_product(words: Sequence[str]) -> Product:
    """A product as `NAME: AFFECTED -> FIXED` names it; versions may be left out."""
    name, _, versions = " ".join(words).replace("：", ":").partition(":")
    affected, _, fixed = versions.replace("→", "->").partition("->")
    return Product(name.strip(), affected.strip(), fixed.strip())


def _product(words: list[str]) -> str | None:
    named = named_product(words[1:])
    return None if 0 < len(named.name) <= 100 else "the product's name comes first, then a colon and its versions"


def _public_number(word: str) -> str | None:
    return None if number_in(word) else f"{word!r} is no CVE, JVN, JVNVU, JVNTA, JVNDB or VU number"


def _new_vendor(words: list[str]) -> str | None:
    name = named_vendor(words)[0]
    return None if 0 < len(name) <= 100 else "first its name, then its mail address"


def _of_fix(words: list[str]) -> str | None:
    what, *rest = words
    if what.lower() == "incomplete" or not rest:
        return None
    return _one_of(*FixMethod)(rest[0]) or (f"{rest[1]!r} is one word too many" if rest[1:] else None)


_ID_OF = "a case id like CASE#12345678"
_WHO = _matches(_PARTY, "one of: desk, finder, contact, the number of a vendor")
_NAME = _matches(re.compile(r".{1,100}"), "a name")
_ID = _matches(_CASE_ID, _ID_OF)
_SECTOR = _matches(re.compile(r"[A-Za-z][A-Za-z_]{1,30}"), "a sector, one word like power or government")
_MAIL = _matches(_ADDRESS, "a mail address")
_WAY = _matches(
    re.compile("|".join((_ADDRESS.pattern, f"(?i:{_FORM.pattern}|{_PHONE.pattern})"))),
    "a mail address, a form's URL or a telephone number like 03-0000-0000",
)
_CONTENT = _matches(_HASH, "a content hash (20 hex digits)")


def _item(word: str) -> str | None:
    return None if word.lower() in FIELD_KINDS else f"{word!r} is not a field name like target.urls"


FORMS: dict[str, Form] = {
    "case": Form("!case ID", "which case the rest is about", (_ID,), verbatim=True),
    "accept": Form("!accept", "受理: take the case"),
    "reject": Form(
        "!reject CODE [text]", "不受理: with the reason", (_one_of(*(c.lower() for c in RejectionCode)),), text=True
    ),
    "ask": Form("!ask FIELD…", "ask the finder", (_item,), (_item,) * 20),
    "contact add": Form(
        "!contact add ADDRESS [why]",
        "name a contact point: mail, form (URL) or telephone",
        (_WAY,),
        text=True,
        verbatim=True,
    ),
    "contact use": Form("!contact use N", "write the first contact to it", (_number,)),
    "contact confirm": Form(
        "!contact confirm N [PROOF]",
        "it may get the details; PROOF: how that is known, like phone 03-0000-0000 NAME, "
        "or dns [HOST], well-known [HOST]: it is asked to place a text there first",
        (_number,),
        text=True,
        verbatim=True,
    ),
    "contact check": Form("!contact check N", "look whether the text is there; then it is confirmed", (_number,)),
    "contact drop": Form("!contact drop N why", "do not use it", (_number,), text=True, needs_text=True),
    "approve": Form(
        "!approve HASH [despite RULE]",
        "send exactly the content that was shown; despite a rule that held it, if that is the desk's own to tell",
        (_CONTENT,),
        (_one_of("despite"), _one_of(*(rule for rule, can in RULES.items() if can))),
        whole=lambda words: "the rule is missing" if len(words) == 2 else None,
    ),
    "edit": Form("!edit HASH", "send other words: those below the commands; shown again for approval", (_CONTENT,)),
    "attach": Form(
        "!attach HASH N…",
        "send file N of the report with it; shown again for approval",
        (_CONTENT, _file),
        (_file,) * 20,
    ),
    "detach": Form("!detach HASH N…", "leave file N out", (_CONTENT, _file), (_file,) * 20),
    "protect": Form(
        "!protect HASH [pdf|zip|off]",
        "send the details in a file with a passphrase, for who has no key; shown again for approval",
        (_CONTENT,),
        (_one_of("pdf", "zip", "off"),),
    ),
    "withhold": Form("!withhold HASH why", "do not send it", (_CONTENT,), text=True, needs_text=True),
    "fix": Form(
        "!fix reported|confirmed|incomplete [corrected|page_removed|avoided]",
        "修正の報告・確認; incomplete [text]: it still happens, they are asked to look again",
        (_one_of("reported", "confirmed", "incomplete"),),
        (_one_of(*FixMethod),),
        text=True,
        whole=_of_fix,
    ),
    "vendor add": Form(
        "!vendor add NAME ADDRESS [why]", "製品開発者を加える", text=True, verbatim=True, whole=_new_vendor
    ),
    "vendor contact": Form(
        "!vendor N contact ADDRESS [why]", "another address of vendor N", (_vendor, _MAIL), text=True, verbatim=True
    ),
    "vendor state": Form(
        "!vendor N state STATE [why]",
        f"where it stands: {', '.join(VendorState)}",
        (_vendor, _one_of(*VendorState)),
        text=True,
    ),
    "vendor ref": Form("!vendor N ref NUMBER", "its own number for the case", (_vendor, _NAME), verbatim=True),
    "vendor says": Form(
        "!vendor N says FINDING [statement]",
        f"検証結果, and its words to users: {', '.join(filter(None, Finding))}",
        (_vendor, _one_of(*filter(None, Finding))),
        text=True,
    ),
    "vendor product": Form(
        "!vendor N product NAME[: AFFECTED [-> FIXED]]",
        "a product of vendor N, its affected versions and the corrected one, for the advisory",
        (_vendor,),
        text=True,
        needs_text=True,
        verbatim=True,
        whole=_product,
    ),
    "vendor unproduct": Form(
        "!vendor N unproduct NAME",
        "it is not affected after all",
        (_vendor,),
        text=True,
        needs_text=True,
        verbatim=True,
    ),
    "number add": Form(
        "!number add NUMBER…", "番号: CVE, JVN, JVNDB, VU", (_public_number,), (_public_number,) * 20, verbatim=True
    ),
    "number drop": Form(
        "!number drop NUMBER…", "it is not this case's", (_public_number,), (_public_number,) * 20, verbatim=True
    ),
    "publish": Form(
        "!publish DATE [text]",
        "公表日: a day to come is agreed and told; on that day or after it: published",
        (_day,),
        text=True,
    ),
    "extend": Form(
        "!extend DATE why", "more time; longer silence is a question to all", (_day,), text=True, needs_text=True
    ),
    "embargo propose": Form(
        "!embargo propose WHO DATE[THH:MM] [why]",
        "desk, finder, contact or vendor N wants silence until then: shorter holds at once, longer is asked",
        (_WHO, _moment),
        text=True,
        verbatim=True,
    ),
    "embargo accept": Form("!embargo accept WHO", "they agree to what was asked", (_WHO,), text=True),
    "embargo reject": Form("!embargo reject WHO [why]", "they do not", (_WHO,), text=True),
    "embargo end": Form("!embargo end why", "the silence is over", text=True, needs_text=True),
    "embargo lift": Form(
        "!embargo lift [text]", "情報非開示依頼の取下げ: at the finder's wish, a year after 起算日", text=True
    ),
    "provide": Form(
        "!provide SECTOR [text]", "優先情報提供: power, government … had it in advance", (_SECTOR,), text=True
    ),
    "paper": Form("!paper NAME [N]", f"a draft to send by hand: {', '.join(PAPERS)}", (_one_of(*PAPERS),), (_vendor,)),
    "note": Form("!note TEXT", "write into the case's history", text=True, needs_text=True),
    "remind": Form("!remind DATE [text]", "remind the coordinators on that day", (_day,), text=True),
    "hold": Form("!hold [why]", "stop the clocks and the bot's own mails", text=True),
    "release": Form("!release", "let them go on"),
    "assign": Form("!assign NAME", "whose case it is", (_NAME,), text=True, verbatim=True),
    "priority": Form("!priority high|normal|simple", "how urgent it is", (_one_of("high", "normal", "simple"),)),
    "exploited": Form("!exploited yes|no [source]", "attacks are known", (_one_of("yes", "no"),), text=True),
    "public": Form("!public yes|no", "the vulnerability is public", (_one_of("yes", "no"),)),
    "merge": Form("!merge ID", "the same as case ID: it goes on there", (_ID,), verbatim=True),
    "split": Form("!split product|website|HOST", "open a linked case of the other track, or of another site", (_part,)),
    "close": Form("!close CODE [text]", "取扱い終了", (_one_of(*ClosingCode),), text=True),
    "reopen": Form("!reopen why", "open an ended case again", text=True, needs_text=True),
    "status": Form("!status", "where the case stands"),
    "help": Form("!help", "this list"),
}


def written(name: str, arguments: Sequence[str]) -> str:
    """The command as a person writes it, for the case's history."""
    verb, _, sub = name.partition(" ")
    words = (verb, arguments[0], sub, *arguments[1:]) if verb == "vendor" and sub != "add" else (name, *arguments)
    return f"!{' '.join(words)}"


def help_text() -> str:
    """All commands, one a line."""
    width = max(len(form.usage) for form in FORMS.values())
    preview = f"{'!preview':<{width}}  in front of the rest: run nothing, show what would happen\n"
    return preview + "\n".join(f"{form.usage:<{width}}  {form.effect}" for form in FORMS.values())
