"""What becomes of wishes that a report states more than once: in doubt the finder did not consent."""

from dataclasses import replace

from mailbot.core.model import Field
from mailbot.core.patterns import compile_pattern

_CONSENT = "consent."
_ASKED_FOR = ("credit/", "markdown/")  # in a record of some format a name may stand unasked
_ABBREVIATED = compile_pattern(r"(?:^|[\s.])(?:\p{L}|Inc|Ltd|Co|Corp|Jr|Sr|Univ|Dept)\.$")
_REMARK = compile_pattern(
    r"\s*[(（](?:ハンドル(?:ネーム|名)?|HN|敬称略|本名|実名|handle|nick(?:name)?|pseudonym|alias)[)）]$"
)
_NO_NAME = compile_pattern(
    r"^(?:(?:(?:掲載|記載|公表)(?:は|を)?)?(?:不要|希望(?:は)?(?:しない|しません|致しません|いたしません|なし)|しない|しません|辞退.*|匿名.*|必要(?:なし|ない|ありません))"
    r"|(?:no|none|not|nothing|anonymous(?:ly)?|unwanted|without)\b.*)[。.]?$"
)
_CREDIT, _CREDIT_NAME = "consent.credit", "credit_name"


def cautious(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields with every refusal in front of a consent to the same; who names a name to be credited wants credit."""
    refused = tuple(field for field in fields if field.name.startswith(_CONSENT) and field.value is False)
    kept = (*refused, *(_tidied(field) for field in fields if field not in refused and not _is_no_name(field)))
    named = next((f for f in kept if f.name == _CREDIT_NAME and f.rule.startswith(_ASKED_FOR)), None)
    if named is None or any(field.name == _CREDIT for field in kept):
        return kept
    return (*kept, replace(named, name=_CREDIT, value=True))


def _is_no_name(field: Field) -> bool:
    """Whether what stands in the place of the name says that there is to be none."""
    return field.name == _CREDIT_NAME and bool(_NO_NAME.search(str(field.value)))


def _tidied(field: Field) -> Field:
    """A name without the full stop of its sentence and a remark on what it is; that of an initial stays."""
    if field.name != _CREDIT_NAME:
        return field
    name = _REMARK.sub("", str(field.value))
    stop = name.endswith(".") and not _ABBREVIATED.search(name)
    return replace(field, value=name[:-1] if stop else name)
