"""Understanding a report: its form, track, fields, what it lacks, and how much of a report it is at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from mailbot.core.aliases import aliases_in
from mailbot.core.extract import FREE_TEXT, Extraction, extract, text_files
from mailbot.core.fields import missing, value_of
from mailbot.core.hits import applies
from mailbot.core.language import language
from mailbot.core.limits import Limits
from mailbot.core.messages import Address, Attachment
from mailbot.core.model import Field, Track
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, tidy, unwrap
from mailbot.core.redaction import without_private
from mailbot.core.rule_shapes import Signal
from mailbot.core.ruleset import Ruleset
from mailbot.core.scope import LOW_INFORMATION, hints_of
from mailbot.core.signature_blocks import without_signature
from mailbot.core.split import Part, split

_MARKDOWN = "markdown"
_MOST_FOR = 1.3
_IN_GENERAL = 0.7  # who asks, invites or tells of faults in general names no site or product and shows nothing
_MATTER = 0.45  # plain words add no more than this
_A_PAGE = 1_500  # long texts have all of them
_KIND_IN_DOUBT = -0.4  # where more speaks against a report, plain words are no help
_SAW = 0.2  # so much of what its writer saw is not said in passing
_MUCH = 0.42  # so many plain words come together nowhere else
_RELIED_ON = 0.6
_ALL_WORDS = 1.5  # what all the words of a letter, taken together, can add or take away is half of this
_NO_SITE = 0.2  # who says too little for either is asked for the site
_WITNESS = 0.3  # what its writer did and saw adds no more than this
_WRONG = 0.3  # weights from here on say that something is wrong; lesser ones only come with it
_NOTHING_WRONG = 0.3  # who names a site and tells of much, but of nothing wrong, reports no fault
_HEARD = 0.6  # where less speaks for a report, it is not made one by how the rest is worded
_OF_CASE = (
    *("target.", "product.", "consent.", "disclosure_plan", "vulnerability.steps", "vulnerability.reason"),
    *("vulnerability.impact", "vulnerability.discovery", "vulnerability.cvss_vector"),
)
_URL = compile_pattern(r"\bh(?:tt|xx)ps?://")
_PLACES = ("target.urls", "product.name", "product.version")
_WISHES = ("consent.", "disclosure_plan")
_OF_FINDER = ("reporter.", "consent.", "credit_name")


@dataclass(frozen=True)
class Understanding:
    """What the desk makes of a mail as a report; `likeness` 0..1 says how much it looks like one."""

    track: Track
    form: str
    fields: tuple[Field, ...]
    missing: tuple[str, ...]
    likeness: float
    language: str
    against: float = 0.0  # what of it speaks for another kind of mail, 0 or less
    several: tuple[Part, ...] = ()  # where it is about more than one site or product
    hint: str = ""  # for coordinators, where it may be
    hints: tuple[str, ...] = ()  # what else they should weigh, see scope.py
    aliases: tuple[Field, ...] = ()  # other names of the finder, see aliases.py

    @property
    def parts(self) -> tuple[Part, ...]:
        """What each case of the report is about, the first first; one where it is about one thing."""
        return self.several or (Part(self.track, self.fields, self.missing),)


def understand(
    text: str,
    subject: str,
    rules: Ruleset,
    attachments: tuple[Attachment, ...] = (),
    sender: Address | None = None,
    limit: int = Limits.text_characters,
    sent: date | None = None,
) -> Understanding:
    """What the text and its attachments say; looks at the first `limit` characters of each."""
    found = extract(text, subject, rules, attachments, sender, limit, sent)
    body, head = fold(unwrap(tidy(text, limit))), fold(tidy(subject, 1_000))
    track = _track(found, body, head, rules)
    open_text, _ = without_private(tidy(text, limit), rules)  # what is kept for the desk stands in no part
    apart = split(
        open_text, found.fields, rules, lambda words: extract(words, "", rules, (), sender, limit, sent).fields
    )
    sites_too = track is Track.WEBSITE or any(part.track is Track.WEBSITE for part in apart.parts)
    fields = tuple(field for field in found.fields if sites_too or not field.rule.startswith("url/"))
    written_in = language(text[:limit] if any(c.isalpha() for c in text[:limit]) else subject)
    likeness, against = _likeness(found, body, head, rules)
    hints = hints_of(fields, track, written_in, lambda name: sum(_weights(name, found, body, head, rules)))
    return Understanding(
        track=track,
        form=found.form,
        fields=fields,
        missing=_missing(track, fields, hints),
        likeness=likeness,
        against=against,
        language=written_in,
        several=apart.parts,
        hint=apart.hint,
        hints=hints,
        aliases=aliases_in("\n\n".join((text[:limit], *text_files(attachments, limit))), rules, sender),
    )


def _missing(track: Track, fields: tuple[Field, ...], hints: tuple[str, ...]) -> tuple[str, ...]:
    """What the report lacks; one that says little is asked for its effect where it lacks nothing else."""
    lacking = missing(track, fields)
    if lacking or LOW_INFORMATION not in hints or value_of(fields, "vulnerability.impact") is not None:
        return lacking
    return ("vulnerability.impact",)


def _track(found: Extraction, body: str, subject: str, rules: Ruleset) -> Track:
    """The form's track; else what is named, a site or a product; between both the words of the mail."""
    if found.track is not None:
        return found.track
    urls, product = value_of(found.fields, "target.urls"), value_of(found.fields, "product.name")
    if (urls is None) != (product is None):
        return Track.PRODUCT if product is not None else Track.WEBSITE
    weight = sum(_weights("track", found, body, subject, rules)) + _lean("product", _letter(body), subject, rules)
    return Track.PRODUCT if weight > _NO_SITE else Track.WEBSITE


def _likeness(found: Extraction, body: str, head: str, rules: Ruleset) -> tuple[float, float]:
    """How much it looks like a report, 0 to 1, and how much speaks against it; a form is a report all through."""
    if found.form not in (FREE_TEXT, _MARKDOWN) and any(_is_of_report(field) for field in found.fields):
        return 1.0, 0.0
    letter = _letter(body)
    against = sum(_words("other", letter, head, rules)) + sum(_words("mass", body, head, rules))
    speaks_for = _speaks_for(found, letter, head, rules, plain=against >= _KIND_IN_DOUBT)
    lean = _lean("report", letter, head, rules)
    # Whoever names a thing and its fault is not unheard for how the rest is worded.
    said = {field.name for field in found.fields if field.confidence >= _RELIED_ON}
    if not against and {"product.name", "vulnerability.type"} <= said:
        lean = max(lean, 0.0)
    if lean > 0.0:
        lean *= _share(speaks_for / _HEARD)
    told = _share(speaks_for + against) + _ALL_WORDS * lean
    return round(_share(told), 3), round(against, 3)


def _letter(body: str) -> str:
    """The folded text without the signature, where finders say what their company sells."""
    return "\n".join(without_signature(body.split("\n")))


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _lean(name: str, letter: str, head: str, rules: Ruleset) -> float:
    """How much the words, all together, are like those of vocabulary/<name>.toml; 0 where it was taken away."""
    known = rules.vocabulary.get(name)
    return known.lean(head, letter) if known else 0.0


def _speaks_for(found: Extraction, letter: str, head: str, rules: Ruleset, *, plain: bool) -> float:
    """What of a report there is: something wrong, somebody who saw it, the place, wishes that only finders have.

    Plain words tell of something wrong only where they are about a site or product, and the mail is of no other kind.
    """
    stated = tuple(_stated("report", found, rules))
    weights = (*(weight for _, weight in stated), *_words("report", letter, head, rules))
    wishes = sum(weight for name, weight in stated if name.startswith(_WISHES))
    witness = min(sum(_words("witness", letter, head, rules)), _WITNESS)
    named = any(field.name in _PLACES for field in found.fields)
    specific = named or bool(_URL.search(letter)) or any(_words("track", letter, head, rules))
    matter = min(sum(_words("matter", letter[:_A_PAGE], head, rules)), _MATTER) if plain and specific else 0.0
    if not weights and not matter:
        return 0.0
    wrong = max(weights, default=0.0) >= _WRONG or matter >= _MUCH or (matter >= _SAW and witness >= _SAW)
    # However much is said of a fault: a bulletin, an offer or an answer says it too, and adds what gives it away.
    total = min(sum(weights) + matter - wishes + witness, _MOST_FOR) + wishes
    if not specific and witness < _SAW and not any(field.name.startswith(_OF_CASE) for field in found.fields):
        total *= _IN_GENERAL
    return total if wrong else min(total, _NOTHING_WRONG)


def _is_of_report(field: Field) -> bool:
    """Whether it says something of what is reported; forms of every kind ask for name, address and telephone."""
    return not field.derived and not field.name.startswith(_OF_FINDER)


def _weights(name: str, found: Extraction, body: str, subject: str, rules: Ruleset) -> Iterator[float]:
    """What routing/<name>.toml gives for the words and for the stated fields."""
    yield from _words(name, body, subject, rules)
    yield from (weight for _, weight in _stated(name, found, rules))


def _words(name: str, body: str, subject: str, rules: Ruleset) -> Iterator[float]:
    likely = rules.signals_of(name).hitting(subject, body)
    yield from (signal.weight for signal in likely if shows(signal, body, subject))


def _stated(name: str, found: Extraction, rules: Ruleset) -> Iterator[tuple[str, float]]:
    """The fields that routing/<name>.toml weighs and the mail states surely enough, with their weights."""
    sure = {field.name: field.confidence for field in found.fields if not field.derived}
    for signal in rules.found.get(name, ()):
        if sure.get(signal.field, -1.0) >= signal.confidence:
            yield signal.field, signal.weight


def shows(signal: Signal, body: str, subject: str) -> bool:
    """Whether folded text and subject have the words of the signal."""
    texts = {"text": (body,), "subject": (subject,), "both": (subject, body)}[signal.where]
    return any(applies(signal, text) for text in texts)
