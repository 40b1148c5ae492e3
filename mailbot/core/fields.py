"""Which fields a report can have, and what kind of value each holds."""

from typing import Literal

from mailbot.core.model import Field, FieldValue, Track

Kind = Literal["text", "list", "flag", "number"]

SUBJECT = ("target.urls", "product.name", "product.vendor", "vulnerability.cve")
"""What a case is about: the fields that `duplicates.keys` looks at."""

FIELD_KINDS: dict[str, Kind] = {
    "reporter.name": "text",
    "reporter.organisation": "text",
    "reporter.email": "text",
    "reporter.phone": "text",
    "reporter.pgp": "text",
    "consent.share_identity": "flag",
    "consent.direct_contact": "flag",
    "consent.credit": "flag",
    "credit_name": "text",
    "target.urls": "list",
    "target.site_name": "text",
    "target.operator_contact": "text",
    "product.name": "text",
    "product.version": "text",
    "product.vendor": "text",
    "product.url": "text",
    "vulnerability.type": "text",
    "vulnerability.cwe": "list",
    "vulnerability.cve": "list",
    "vulnerability.cvss_vector": "text",
    "vulnerability.cvss_score": "number",
    "vulnerability.summary": "text",
    "vulnerability.steps": "text",
    "vulnerability.reason": "text",
    "vulnerability.impact": "text",
    "vulnerability.workaround": "text",
    "vulnerability.discovery": "text",
    "vulnerability.found_on": "text",
    "exploited": "flag",
    "exploit_public": "flag",
    "public": "flag",
    "other_reports": "list",
    "disclosure_plan": "text",
    "tracking_ids": "list",
    "critical_infrastructure": "flag",
    "personal_data": "flag",
}
"""Every field name of the rules, templates and JSON."""


def merge(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """One entry a name: of several, the first; a list gathers the values of all that are as trusted as the first."""
    merged: dict[str, Field] = {}
    for field in fields:
        first = merged.setdefault(field.name, field)
        if first is field or not isinstance(first.value, tuple) or not isinstance(field.value, tuple):
            continue
        if first.derived == field.derived and first.name != "target.urls":
            value = tuple(dict.fromkeys(first.value + field.value))
            merged[field.name] = Field(first.name, value, first.rule, first.confidence, first.quote, first.derived)
    return tuple(sorted(merged.values(), key=lambda f: _ORDER[f.name]))


_ORDER = {name: i for i, name in enumerate(FIELD_KINDS)}


def value_of(fields: tuple[Field, ...], name: str) -> FieldValue | None:
    """The value of the field `name`, or None."""
    return next((f.value for f in fields if f.name == name), None)


ESSENTIAL = ("target.urls", "product.name", "product.version", "vulnerability.type", "vulnerability.steps")
"""What a report may be asked for by the bot itself; everything else is the finder's choice."""


def missing(track: Track, fields: tuple[Field, ...]) -> tuple[str, ...]:
    """What a report needs and lacks (guideline V-2-4 and IV-2-5), as field names in the order of the form."""
    names = {field.name for field in fields}
    target = ("target.urls",) if track is Track.WEBSITE else ("product.name", "product.version")
    lacking = [name for name in target if name not in names]
    if not names & {"vulnerability.type", "vulnerability.summary"}:
        lacking.append("vulnerability.type")
    enough = {"vulnerability.steps", "vulnerability.reason"} if track is Track.WEBSITE else {"vulnerability.steps"}
    if not names & enough:
        lacking.append("vulnerability.steps")
    return tuple(lacking)


def completed(old: tuple[Field, ...], new: tuple[Field, ...]) -> tuple[Field, ...]:
    """What the report stated stays; the answer only adds what was absent or derived."""
    stated = {f.name for f in old if not f.derived}
    added = tuple(f for f in new if f.name not in stated)
    gone = {f.name for f in added}
    return (*(f for f in old if f.name not in gone), *added)
