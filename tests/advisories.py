"""Product cases for tests of what is published: one vendor or several, before and after publication."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mailbot.core.model import Case, Entry, Field, FieldValue, Milestones, State
from mailbot.core.templates import TypeText
from mailbot.core.vendors import Finding, Product, Vendor, VendorState
from mailbot.publishing import Desktop
from tests.sample_cases import DESK, PRODUCT_EN, templates
from tests.shipped_rules import shipped_rules

NOW = datetime(2026, 12, 20, 3, tzinfo=UTC)
PUBLISHED = datetime(2026, 12, 18, 0, tzinfo=UTC)
RULES = shipped_rules()
TABLE = Desktop(
    DESK,
    templates(),
    {code: TypeText(t.name.get("ja", code), t.name.get("en", code)) for code, t in RULES.types.items()},
    RULES.redactions,
)


def with_fields(case: Case, **values: FieldValue) -> Case:
    """The case with these fields in place of its own; None takes one away."""
    named = {name.replace("__", "."): value for name, value in values.items()}
    kept = tuple(f for f in case.fields if f.name not in named)
    added = tuple(Field(name, value, "test/x", 1.0) for name, value in named.items() if value is not None)
    return replace(case, fields=(*kept, *added))


ACCEPTED = replace(PRODUCT_EN, state=State.ACCEPTED, milestones=Milestones(accepted=NOW - timedelta(days=30)))
SCHEDULED = replace(
    with_fields(
        ACCEPTED,
        vulnerability__cve=("CVE-2026-12345",),
        tracking_ids=("JVN#12345678", "JVNDB-2026-000123", "FS-2026-07"),
    ),
    state=State.SCHEDULED,
    publication=PUBLISHED,
    milestones=Milestones(accepted=NOW - timedelta(days=30), details_sent=NOW - timedelta(days=25)),
    vendors=(
        Vendor(
            *(1, "Sample Software Inc.", VendorState.READY, PUBLISHED, NOW - timedelta(days=25)),
            finding=Finding.FIXED,
            statement="Please update.\nThe fix is free.",
            products=(Product("Sample Viewer", "3.0 to 3.2.1", "3.2.2"), Product("Sample Reader", "1.4", "1.5")),
        ),
        Vendor(2, "Other KK", VendorState.REVIEW, PUBLISHED, NOW, finding=Finding.NOT_AFFECTED),
        Vendor(3, "Slow Ltd.", VendorState.DETAILS_SENT, PUBLISHED, NOW - timedelta(days=9)),
        Vendor(4, "Silent Ltd.", VendorState.LISTED_NAME, PUBLISHED),
        Vendor(5, "Unasked Ltd.", VendorState.CONTACTING, PUBLISHED),
    ),
)
FINAL = replace(
    SCHEDULED,
    state=State.PUBLISHED,
    public=True,
    milestones=replace(SCHEDULED.milestones, published=PUBLISHED),
    timeline=(
        Entry(PUBLISHED - timedelta(days=1), "command", "One", "!vendor 1 says fixed"),
        Entry(PUBLISHED + timedelta(hours=2), "command", "One", "!publish 2026-12-18"),
        Entry(PUBLISHED + timedelta(days=1), "command", "One", "!number add CVE-2026-12345"),
    ),
)
SINGLE = replace(ACCEPTED, milestones=replace(ACCEPTED.milestones, published=PUBLISHED), state=State.PUBLISHED)
CREDITED = with_fields(FINAL, consent__credit=True, credit_name="Harbour Labs の G.H.")
EVERY = (ACCEPTED, SCHEDULED, FINAL, SINGLE, CREDITED)
