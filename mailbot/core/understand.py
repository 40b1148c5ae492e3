"""Understanding a report: its form, track, fields, what it lacks, and how much of a report it is at all."""

from dataclasses import dataclass

from mailbot.core.extract import FREE_TEXT, Extraction, extract
from mailbot.core.fields import missing, value_of
from mailbot.core.hits import applies
from mailbot.core.language import language
from mailbot.core.limits import Limits
from mailbot.core.messages import Address, Attachment
from mailbot.core.model import Field, Track
from mailbot.core.reading import fold, tidy, unwrap
from mailbot.core.rule_shapes import Signal
from mailbot.core.ruleset import Ruleset
from mailbot.core.split import Part, split

_MARKDOWN = "markdown"


@dataclass(frozen=True)
class Understanding:
    """What the desk makes of a mail as a report; `likeness` 0..1 says how much it looks like one."""

    track: Track
    form: str
    fields: tuple[Field, ...]
    missing: tuple[str, ...]
    likeness: float
    language: str
    several: tuple[Part, ...] = ()  # where it is about more than one site or product
    hint: str = ""  # for coordinators, where it may be

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
) -> Understanding:
    """What the text and its attachments say; looks at the first `limit` characters of each."""
    found = extract(text, subject, rules, attachments, sender, limit)
    body, head = fold(unwrap(tidy(text, limit))), fold(tidy(subject, 1_000))
    track = _track(found, body, head, rules)
    apart = split(
        tidy(text, limit), found.fields, rules, lambda words: extract(words, "", rules, (), sender, limit).fields
    )
    sites_too = track is Track.WEBSITE or any(part.track is Track.WEBSITE for part in apart.parts)
    fields = tuple(field for field in found.fields if sites_too or not field.rule.startswith("url/"))
    return Understanding(
        track=track,
        form=found.form,
        fields=fields,
        missing=missing(track, fields),
        likeness=_likeness(found, body, head, rules),
        language=language(text[:limit] if any(c.isalpha() for c in text[:limit]) else subject),
        several=apart.parts,
        hint=apart.hint,
    )


def _track(found: Extraction, body: str, subject: str, rules: Ruleset) -> Track:
    """The form's track; else what is named, a site or a product; between both the signals of routing/track.toml."""
    if found.track is not None:
        return found.track
    urls, product = value_of(found.fields, "target.urls"), value_of(found.fields, "product.name")
    if (urls is None) != (product is None):
        return Track.PRODUCT if product is not None else Track.WEBSITE
    weight = _weight("track", found, body, subject, rules)
    return Track.PRODUCT if weight > 0 else Track.WEBSITE


def _likeness(found: Extraction, body: str, subject: str, rules: Ruleset) -> float:
    """1 for a form; else the weights of routing/report.toml, at least 0 and at most 1."""
    if found.form not in (FREE_TEXT, _MARKDOWN):
        return 1.0
    weight = _weight("report", found, body, subject, rules)
    return round(min(max(weight, 0.0), 1.0), 3)


def _weight(name: str, found: Extraction, body: str, subject: str, rules: Ruleset) -> float:
    """The sum of what routing/<name>.toml gives for the words and for the stated fields."""
    stated = {field.name: field.confidence for field in found.fields if not field.derived}
    words = (signal.weight for signal in rules.signals.get(name, ()) if shows(signal, body, subject))
    fields = (
        signal.weight for signal in rules.found.get(name, ()) if stated.get(signal.field, -1.0) >= signal.confidence
    )
    return sum(words) + sum(fields)


def shows(signal: Signal, body: str, subject: str) -> bool:
    """Whether folded text and subject have the words of the signal."""
    texts = {"text": (body,), "subject": (subject,), "both": (subject, body)}[signal.where]
    return any(applies(signal, text) for text in texts)
