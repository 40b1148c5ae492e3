"""Understanding a report: its form, track, fields, what it lacks, and how much of a report it is at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from mailbot.core.aliases import aliases_in
from mailbot.core.extract import FREE_TEXT, Extraction, extract, text_files
from mailbot.core.fields import missing, value_of
from mailbot.core.hits import applies
from mailbot.core.language import language
from mailbot.core.learned_fields import LEARNED
from mailbot.core.limits import Limits
from mailbot.core.messages import Address, Attachment
from mailbot.core.model import Field, Track
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, tidy, unwrap
from mailbot.core.rule_shapes import Signal
from mailbot.core.ruleset import Ruleset
from mailbot.core.scope import BY_WORDS, LOW_INFORMATION, hints_of
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
_HEARD_ANYWAY = (
    {"product.name", "vulnerability.type"},
    {"target.urls", "vulnerability.type", "vulnerability.steps"},
)
_OF_CASE = (
    *("target.", "product.", "consent.", "disclosure_plan", "vulnerability.steps", "vulnerability.reason"),
    *("vulnerability.impact", "vulnerability.discovery", "vulnerability.cvss_vector"),
)
_URL = compile_pattern(r"\bh(?:tt|xx)ps?://")
_PLACES = ("target.urls", "product.name", "product.version")
_WISHES = ("consent.", "disclosure_plan")
_OF_WHOLE = ("track", "mass", *BY_WORDS)  # signals that are looked for in the whole text
_OF_LETTER = ("track", "other", "report", "witness")  # and in the letter without its signature
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
    mail = _Mail(found, fold(tidy(subject, 1_000)), fold(unwrap(found.tidied)), rules)
    track = _track(mail)
    apart = split(  # what is kept for the desk stands in no part
        found.open, found.fields, rules, lambda words: extract(words, "", rules, (), sender, limit, sent).fields
    )
    sites_too = track is Track.WEBSITE or any(part.track is Track.WEBSITE for part in apart.parts)
    fields = tuple(field for field in found.fields if sites_too or not field.rule.startswith("url/"))
    written_in = language(text[:limit] if any(c.isalpha() for c in text[:limit]) else subject)
    likeness, against = _likeness(mail)
    hints = hints_of(fields, track, written_in, lambda name: sum(mail.weights(name)))
    whole = "\n\n".join((text[:limit], *text_files(attachments, limit)))
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
        aliases=aliases_in(whole, rules, sender, found.signature if whole == found.open else None),
    )


def _missing(track: Track, fields: tuple[Field, ...], hints: tuple[str, ...]) -> tuple[str, ...]:
    """What the report lacks; one that says little is asked for its effect where it lacks nothing else."""
    lacking = missing(track, fields)
    if lacking or LOW_INFORMATION not in hints or value_of(fields, "vulnerability.impact") is not None:
        return lacking
    return ("vulnerability.impact",)


class _Mail:
    """A mail whose words are weighed: of each text it is found out once which signals it may show."""

    def __init__(self, found: Extraction, head: str, body: str, rules: Ruleset) -> None:
        self.found, self.head, self.body, self.rules = found, head, body, rules

    @cached_property
    def letter(self) -> str:
        """The folded text without the signature, where finders say what their company sells."""
        return "\n".join(without_signature(self.body.split("\n")))

    def weights(self, name: str) -> Iterator[float]:
        """What routing/NAME.toml gives for the words of the whole text and for the stated fields."""
        yield from self.words(name)
        yield from (weight for _, weight in self.stated(name, self.found.fields))

    def words(self, name: str) -> tuple[float, ...]:
        """What it gives for the words of the whole text."""
        return self._shown(name, self._in_body, self.body)

    def said(self, name: str) -> tuple[float, ...]:
        """What it gives for the words of the letter."""
        return self._shown(name, self._in_letter, self.letter)

    def matter(self) -> tuple[float, ...]:
        """What plain words weigh at the beginning of the letter."""
        page = self.letter[:_A_PAGE]
        likely = self.rules.signals_of("matter").hitting(self.head, page)
        return tuple(signal.weight for signal in likely if shows(signal, page, self.head))

    def lean(self, name: str) -> float:
        """How much all words together are like those of vocabulary/NAME.toml; 0 where it was taken away."""
        known = self.rules.vocabulary.get(name)
        return known.lean(self.head, self.letter) if known else 0.0

    def stated(self, name: str, fields: tuple[Field, ...]) -> Iterator[tuple[str, float]]:
        """The fields that routing/NAME.toml weighs and that a rule found surely enough, with their weights."""
        found = (field for field in fields if not field.derived and not field.rule.startswith(LEARNED))
        sure = {field.name: field.confidence for field in found}
        for signal in self.rules.found.get(name, ()):
            if sure.get(signal.field, -1.0) >= signal.confidence:
                yield signal.field, signal.weight

    @cached_property
    def _in_body(self) -> dict[str, list[Signal]]:
        return self._likely(_OF_WHOLE, self.body)

    @cached_property
    def _in_letter(self) -> dict[str, list[Signal]]:
        return self._likely(_OF_LETTER, self.letter)

    def _likely(self, names: tuple[str, ...], text: str) -> dict[str, list[Signal]]:
        """The signals of these files that the text may show, by their file."""
        likely: dict[str, list[Signal]] = {name: [] for name in names}
        for signal in self.rules.signals_of(*names).hitting(self.head, text):
            likely[self.rules.signal_names[id(signal)]].append(signal)
        return likely

    def _shown(self, name: str, likely: dict[str, list[Signal]], text: str) -> tuple[float, ...]:
        return tuple(signal.weight for signal in likely[name] if shows(signal, text, self.head))


def _track(mail: _Mail) -> Track:
    """The form's track; else what is named, a site or a product; between both the words of the mail."""
    found = mail.found
    if found.track is not None:
        return found.track
    urls, product = value_of(found.fields, "target.urls"), value_of(found.fields, "product.name")
    if (urls is None) != (product is None):
        return Track.PRODUCT if product is not None else Track.WEBSITE
    return Track.PRODUCT if sum(mail.weights("track")) + mail.lean("product") > _NO_SITE else Track.WEBSITE


def _likeness(mail: _Mail) -> tuple[float, float]:
    """How much it looks like a report, 0 to 1, and how much speaks against it; a form is a report all through."""
    found = mail.found
    if found.form not in (FREE_TEXT, _MARKDOWN) and any(_is_of_report(field) for field in found.fields):
        return 1.0, 0.0
    against = sum(mail.said("other")) + sum(mail.words("mass"))
    speaks_for = _speaks_for(mail, found.fields, plain=against >= _KIND_IN_DOUBT)
    lean = mail.lean("report")
    # Whoever names a thing and its fault, or shows the way to it, is not unheard for how the rest is worded.
    said = {field.name for field in found.fields if field.confidence >= _RELIED_ON}
    if not against and any(names <= said for names in _HEARD_ANYWAY):
        lean = max(lean, 0.0)
    if lean > 0.0:
        lean *= _share(speaks_for / _HEARD)
    told = _share(speaks_for + against) + _ALL_WORDS * lean
    return round(_share(told), 3), round(against, 3)


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _speaks_for(mail: _Mail, fields: tuple[Field, ...], *, plain: bool) -> float:
    """What of a report there is: something wrong, somebody who saw it, the place, wishes that only finders have.

    Plain words tell of something wrong only where they are about a site or product, and the mail is of no other kind.
    """
    stated = tuple(mail.stated("report", fields))
    weights = (*(weight for _, weight in stated), *mail.said("report"))
    wishes = sum(weight for name, weight in stated if name.startswith(_WISHES))
    witness = min(sum(mail.said("witness")), _WITNESS)
    named = any(field.name in _PLACES for field in fields)
    specific = named or bool(_URL.search(mail.letter)) or any(mail.said("track"))
    matter = min(sum(mail.matter()), _MATTER) if plain and specific else 0.0
    if not weights and not matter:
        return 0.0
    wrong = max(weights, default=0.0) >= _WRONG or matter >= _MUCH or (matter >= _SAW and witness >= _SAW)
    # However much is said of a fault: a bulletin, an offer or an answer says it too, and adds what gives it away.
    total = min(sum(weights) + matter - wishes + witness, _MOST_FOR) + wishes
    if not specific and witness < _SAW and not any(field.name.startswith(_OF_CASE) for field in fields):
        total *= _IN_GENERAL
    return total if wrong else min(total, _NOTHING_WRONG)


def _is_of_report(field: Field) -> bool:
    """Whether it says something of what is reported; forms of every kind ask for name, address and telephone."""
    return not field.derived and not field.name.startswith(_OF_FINDER)


def shows(signal: Signal, body: str, subject: str) -> bool:
    """Whether folded text and subject have the words of the signal."""
    texts = {"text": (body,), "subject": (subject,), "both": (subject, body)}[signal.where]
    return any(applies(signal, text) for text in texts)
