"""What becomes of wishes that a report states more than once: in doubt the finder did not consent."""

from dataclasses import replace

from mailbot.core.model import Field

_CONSENT = "consent."
_ASKED_FOR = ("wishes/", "consents/", "markdown/")  # in a record of some format a name may stand unasked
_CREDIT, _CREDIT_NAME = "consent.credit", "credit_name"


def cautious(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields with every refusal in front of a consent to the same; who names a name to be credited wants credit."""
    refused = tuple(field for field in fields if field.name.startswith(_CONSENT) and field.value is False)
    kept = (*refused, *(field for field in fields if field not in refused))
    named = next((f for f in kept if f.name == _CREDIT_NAME and f.rule.startswith(_ASKED_FOR)), None)
    if named is None or any(field.name == _CREDIT for field in kept):
        return kept
    return (*kept, replace(named, name=_CREDIT, value=True))
