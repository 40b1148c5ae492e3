"""By which form a finder is asked: the one that the report came on, whose numbers and words they have before them."""

from mailbot.core.model import Case

_NUMBERED = ("ipa-website", "ipa-product")
_ONLY_IN_2026 = frozenset(
    (
        *("vulnerability.cwe", "vulnerability.found_on", "vulnerability.cvss_vector", "target.operator_contact"),
        *("exploited", "exploit_public", "critical_infrastructure"),
    )
)
"""What IPA's form for websites asks for since it is a web form; the form that was mailed before does not."""


def form_of(case: Case) -> str:
    """The section of labels.toml with the form's own items; "" for a report in free text, or on a form without numbers.

    A field's rule begins with the name of the form that it was read from.
    """
    read = {(f.rule.partition("/")[0], f.name) for f in case.fields if not f.derived}
    form = next((name for name in _NUMBERED if any(rule == name for rule, _ in read)), "")
    if form == "ipa-website" and any((form, name) in read for name in _ONLY_IN_2026):
        return f"form-{form}-2026"
    return f"form-{form}" if form else ""
