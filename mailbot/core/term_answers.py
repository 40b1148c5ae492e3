"""Whether a mail says yes or no to the longer time of silence that its sender was asked about.

Theory. A yes binds, so it has to be one: short, from somebody who was asked, about exactly this question (the mail
answers the one that asked, or names its day), and every clause of it says yes or is courtesy. A condition, another day,
a word that no rule knows: then a person reads it.
"""

from datetime import date

from mailbot.core.answers import substance
from mailbot.core.concepts import Clause, Said, holds, said_in
from mailbot.core.embargo import CONTACT, FINDER, Proposal
from mailbot.core.events import Meaning
from mailbot.core.messages import OpenedMail
from mailbot.core.model import Case, Contact, Role
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, tidy, unwrap
from mailbot.core.ruleset import Ruleset
from mailbot.core.stated_days import stated_day

_SHORT = 300  # characters of a mail that says yes or no, and nothing else
_MOST = 6  # sentences of it
_QUESTIONS = ("embargo-finder to", "embargo-counterpart to")
_MARKS = r"[\s。、,.!！:;…~〜\"'「」()*-]*"
_COURTESY = compile_pattern(
    rf"^{_MARKS}(?:[^\n、,。]{{0,24}}(?:について|に関して|に関しまして|につきまして|の件)(?:は|ですが|で)?"
    r"|(?:承知|了解)(?:し|いたし|致し)ました|了解です|noted|understood|(?:です|と申します)"
    rf"|[^\n、。]{{1,20}}(?:御中|様|さま|殿|各位)|dear [^\n]{{1,40}}|h(?:i|ello)\b[^\n]{{0,30}})?{_MARKS}$"
)
_DOUBTFUL = compile_pattern(
    r"[?？]|ただし|但し|条件|場合|であれば|ならば?|限り|たら|れば"
    r"|\b(?:if|unless|but|provided|only|except|however|condition\w*|as long as|later)\b"
)
_DIGITS = compile_pattern(r"[0-9]")


def party_of(contact: Contact) -> str:
    """The party that a contact point speaks for."""
    return str(contact.vendor) if contact.vendor else CONTACT


def party_at(case: Case, role: Role, address: str) -> str | None:
    """The party that writes from this address: the finder, or a confirmed contact point."""
    if role is Role.FINDER:
        return FINDER if case.finder and case.finder.address.lower() == address.lower() else None
    confirmed = (c for c in case.confirmed_contacts if c.address.lower() == address.lower())
    return next((party_of(c) for c in confirmed), None)


def open_question(case: Case, role: Role, address: str) -> Proposal | None:
    """The longer term that whoever writes from this address was asked about and has not answered."""
    question = case.embargo.question
    return question if question and party_at(case, role, address) in question.asked else None


def term_answer(
    opened: OpenedMail, words: str, case: Case, role: Role, rules: Ruleset, until: date, written: date
) -> Meaning | None:
    """AGREES or DISAGREES, if that is all that the mail says to the question that is open; `until` is its day."""
    sender = opened.mail.sender
    question = open_question(case, role, sender.address) if sender else None
    if question is None or sender is None or opened.attachments:
        return None
    # Courtesy is dropped by lines, and may stand in one with the answer.
    lines = tidy(words, _SHORT + 1).replace("。", "。\n")
    text = _without_names(fold(unwrap(substance(lines, rules))), case, sender.name).strip()
    if not text or len(text) > _SHORT:
        return None
    named = stated_day(text, written, past=False)
    if (named is None and _DIGITS.search(text)) or _DOUBTFUL.search(text):
        return None
    answers_it = bool(set(_asked_by(case, sender.address, question)) & set(opened.mail.in_reply_to))
    if named not in (None, until) or (named is None and not answers_it):
        return None
    return _verdict(said_in(text, rules.concepts), rules)


def _asked_by(case: Case, address: str, question: Proposal) -> list[str]:
    """The Message-IDs of the mails that put the question to this address."""
    to = address.lower()
    asked = (e for e in case.timeline if e.what == "sent" and e.message_id and e.at >= question.at)
    return [e.message_id or "" for e in asked if any(e.text.lower().startswith(f"{q} {to} ") for q in _QUESTIONS)]


def _without_names(text: str, case: Case, own: str) -> str:
    """The text without the name of whoever writes: "This is Hanako" says nothing else."""
    names = (own, case.finder.name if case.finder else "", case.field_text("reporter.name"))
    for name in filter(None, map(str.strip, names)):
        if len(name) > 1:
            text = text.replace(fold(name), "")
    return text


def _verdict(said: tuple[Said, ...], rules: Ruleset) -> Meaning | None:
    found: set[Meaning] = set()
    for sentence in said[: _MOST + 1]:
        for clause in sentence.clauses:
            meaning = _meaning(sentence, clause, rules)
            if meaning is None and not _COURTESY.search(clause.text):
                return None
            if meaning in (Meaning.AGREES, Meaning.DISAGREES):
                found.add(meaning)
    return found.pop() if len(found) == 1 and len(said) <= _MOST else None


def _meaning(sentence: Said, clause: Clause, rules: Ruleset) -> Meaning | None:
    alone = Said(clause.text, (clause,))
    for wanted in (Meaning.AGREES, Meaning.DISAGREES, Meaning.THANKS):
        for file in rules.replies.values():
            if file.meaning is wanted and any(holds(rule, alone, sentence.concepts) for rule in file.rule):
                return wanted
    return None
