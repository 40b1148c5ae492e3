"""Reading a report: which form it is, and the fields that it states, each with the rule and the words behind it."""

from dataclasses import dataclass, field, replace
from datetime import date

from mailbot.core.extract_form import Filled
from mailbot.core.extract_free import domain_of, end_sections, free_fields
from mailbot.core.extract_person import initials, key_block, sender_fields, signature_fields, whole_name
from mailbot.core.extract_rules import fields_in, settled
from mailbot.core.extract_steps import steps_in, told_steps
from mailbot.core.extract_text import without_quotes, without_signature
from mailbot.core.extract_types import type_in
from mailbot.core.extract_urls import targets
from mailbot.core.extract_wishes import cautious
from mailbot.core.fields import merge, value_of
from mailbot.core.form_answers import PASSAGES, answer_fields, drop_other_options
from mailbot.core.form_boxes import without_unticked
from mailbot.core.found_days import dated
from mailbot.core.learned_fields import learned_fields
from mailbot.core.likely_credit import likely_credit
from mailbot.core.likely_names import own_maker
from mailbot.core.messages import Address, Attachment
from mailbot.core.model import Field, Track
from mailbot.core.reading import short, tidy, unwrap
from mailbot.core.recognise import MARKDOWN, completed, markdown, recognise, strength
from mailbot.core.redaction import without_private
from mailbot.core.ruleset import Ruleset
from mailbot.core.scores import score_of
from mailbot.core.sign_offs import Signed, signed
from mailbot.core.signature_blocks import without_notes

FREE_TEXT = "free-text"
_WISHES = ("consent.", "credit_name", "disclosure_plan", "reporter.pgp")
_CIRCUMSTANCES = ("exploit", "public", "other_reports", "tracking_ids", "critical_infrastructure", "personal_data")
_TOLD = ("vulnerability.cvss", "vulnerability.cwe", "vulnerability.discovery", "vulnerability.found_on")
_STORIES = ("vulnerability.discovery", "vulnerability.summary", "vulnerability.reason")
_OF_OTHERS = ("target.operator_contact",)  # a form has an item for it; other addresses in it belong to other people
_TEXT_FILES = 10
_SURE_TYPE = 0.5  # a type that a symptom suggests is no ground for a number
_TEXT_SUFFIXES = (".txt", ".md", ".markdown", ".json")


@dataclass(frozen=True)
class Extraction:
    """What a report states; `track` is what its form says, None if its form does not say."""

    form: str
    track: Track | None
    fields: tuple[Field, ...]
    tidied: str = field(default="", repr=False)
    open: str = field(default="", repr=False)  # the tidied text without what is kept for the desk
    signature: Signed = field(default=Signed(), repr=False)  # of the open text


def extract(
    text: str,
    subject: str,
    rules: Ruleset,
    attachments: tuple[Attachment, ...] = (),
    sender: Address | None = None,
    limit: int = 200_000,
    sent: date | None = None,
) -> Extraction:
    """The fields of the report in `text`, or in the form that is attached to it; `sent` dates days without a year."""
    whole = (tidy(text, limit), *(tidy(words, limit) for words in text_files(attachments, limit)))
    texts, secrets = zip(*(without_private(words, rules) for words in whole), strict=True)
    body, head, secret = texts[0], tidy(subject, 1_000), "\n\n".join(filter(None, secrets))
    read = {words: found for words in texts if (found := recognise(words, head if words is body else "", rules))}
    filled = max(read.values(), key=strength, default=None)
    if filled is not None:
        stated = _form_fields(filled, head, rules, domain_of(sender))
        for other in read.values():
            stated = completed(stated, answer_fields(other, rules) if other is not filled else ())
        stated = (*stated, *_letter_fields(filled, None if read.get(body) is filled else body, rules))
        form, track = str(filled.form.form), filled.form.track
    else:
        marked = next((words for words in texts if markdown(words, rules)), None)
        form, track, source = (FREE_TEXT, None, body) if marked is None else (MARKDOWN, None, marked)
        stated = free_fields(source, head, rules.forms[MARKDOWN], rules, sender) if MARKDOWN in rules.forms else ()
    signature = signed(without_notes(body), rules)
    below = signature_fields(signature, rules, tuple(filter(None, (domain_of(sender),))))
    written = (*stated, *below, *sender_fields(sender, rules), *initials(body, sender), *key_block(body))
    fields = dated(merge(cautious(whole_name(written))), sent)
    if filled is None:
        fields = merge((*fields, *own_maker(fields, body, rules), *likely_credit(body, fields, rules)))
        flow = unwrap(without_signature(without_quotes(source, rules), rules))
        fields = merge(learned_fields(flow, head, fields, rules))
    kept = _kept_private(secret, fields, rules, sender) if secret else ()
    told = merge((*fields, *kept, *_derived(fields, rules)))
    return Extraction(form, track, told, tidied=whole[0], open=body, signature=signature)


def _kept_private(secret: str, fields: tuple[Field, ...], rules: Ruleset, sender: Address | None) -> tuple[Field, ...]:
    """What only the passages that the finder keeps for the desk state; a wish there counts like any other."""
    found = free_fields(secret, "", rules.forms[MARKDOWN], rules, sender) if MARKDOWN in rules.forms else ()
    named = {field.name for field in fields}
    return tuple(replace(field, private=True) for field in merge(cautious(found)) if field.name not in named)


def text_files(attachments: tuple[Attachment, ...], limit: int) -> list[str]:
    """The texts among the attachments, decoded."""
    named = [
        a for a in attachments if a.filename.lower().endswith(_TEXT_SUFFIXES) or a.media_type == "application/json"
    ]
    return [words for a in named[:_TEXT_FILES] if (words := _decoded(a.content[: 4 * limit])) is not None]


def _decoded(content: bytes) -> str | None:
    charsets = ("iso2022_jp",) if b"\x1b$" in content else ("utf-8-sig", "cp932")
    for charset in charsets:
        try:
            return content.decode(charset)
        except UnicodeDecodeError:
            continue
    return None


def _form_fields(filled: Filled, subject: str, rules: Ruleset, domain: str) -> tuple[Field, ...]:
    """What a form states: its answers first, then what rules find in their words."""
    end_sections(filled, rules)
    drop_other_options(filled)
    labelled = answer_fields(filled, rules)
    answers = unwrap("\n\n".join(answer.text for answer in filled.answers if answer.items))
    barred: tuple[str, ...] = _OF_OTHERS
    if filled.form.track is Track.WEBSITE:
        barred = (*_OF_OTHERS, "product.")
    elif value_of(labelled, "product.name"):
        barred = (*_OF_OTHERS, "product.name", "product.version")
    found = fields_in(answers, subject, rules, settled(labelled), barred=barred)
    more = [_steps_told(labelled, filled, rules)]
    if not value_of(labelled, "vulnerability.type"):
        more.append(type_in(answers, subject, rules))
    if filled.form.track is not Track.PRODUCT and not value_of(labelled, "product.name"):
        more.append(targets(_told(filled), rules, domain))
    return (*labelled, *(field for field in more if field), *found)


def _told(filled: Filled) -> str:
    """What the passages of a form tell; a key's or contact's address is no site that is reported on."""
    told = (a.text for a in filled.answers if a.items and all(item.field in PASSAGES for item in a.items))
    return unwrap("\n\n".join(told))


def _steps_told(labelled: tuple[Field, ...], filled: Filled, rules: Ruleset) -> Field | None:
    """The steps inside a passage, most often the story of the discovery, where no item for them is answered."""
    if value_of(labelled, "vulnerability.steps"):
        return None
    passages = [str(story) for name in _STORIES if (story := value_of(labelled, name))]
    found = next((each for story in passages if (each := steps_in(story, rules))), None)
    found = found or next((each for story in passages if (each := told_steps(story, rules))), None)
    return (
        Field("vulnerability.steps", found[0], f"{filled.form.form}/steps-told", 0.8, short(found[0]))
        if found
        else None
    )


def _letter_fields(filled: Filled, letter: str | None, rules: Ruleset) -> tuple[Field, ...]:
    """The wishes in the letter that a form came with, or (None) around the form and under its "anything else"."""
    beside = [filled.rest, *(answer.lines for answer in filled.answers if not answer.items)]
    words = letter if letter is not None else "\n\n".join("\n".join(without_unticked(lines)) for lines in beside)
    wishes = (*_WISHES, *_TOLD, "tracking_ids") if letter is None else (*_WISHES, *_TOLD, *_CIRCUMSTANCES)
    return fields_in(unwrap(words), "", rules, wanted=wishes)


def _derived(fields: tuple[Field, ...], rules: Ruleset) -> tuple[Field, ...]:
    """What follows from the stated values, marked as ours: type and CWE from each other, the score of a vector."""
    derived = []
    kind, numbers = value_of(fields, "vulnerability.type"), value_of(fields, "vulnerability.cwe")
    vector, score = value_of(fields, "vulnerability.cvss_vector"), value_of(fields, "vulnerability.cvss_score")
    if kind is None and isinstance(numbers, tuple):
        code = next((rules.type_of_cwe[n] for n in numbers if n in rules.type_of_cwe), None)
        if code is not None:
            derived.append(Field("vulnerability.type", code, "type/of-cwe", 0.6, numbers[0], derived=True))
    sure = any(f.name == "vulnerability.type" and f.confidence >= _SURE_TYPE for f in fields)
    usual = rules.types[kind].cwe if sure and isinstance(kind, str) and kind in rules.types else ()
    if numbers is None and usual:
        derived.append(Field("vulnerability.cwe", usual[:1], "cwe/of-type", 0.6, str(kind), derived=True))
    computed = score_of(vector) if isinstance(vector, str) and score is None else None
    if computed is not None:
        derived.append(Field("vulnerability.cvss_score", computed, "cvss/of-vector", 0.9, str(vector), derived=True))
    return tuple(derived)
