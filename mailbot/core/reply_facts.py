"""Whom a reply names: the window to write to instead, or the contractor who was handed the case."""

from mailbot.core.patterns import Pattern, compile_pattern

_LENGTH = 200
_MAILBOX = compile_pattern(r"[a-z0-9][a-z0-9._%+-]{0,63}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*\.[a-z]{2,24}")
_URL = compile_pattern(r"https?://[a-z0-9][a-z0-9./_~%?=&#:@+-]{1,180}[a-z0-9/]")
_PHONE = compile_pattern(
    r"(?:^|[^0-9-])(\+?[0-9]{1,4}[- ()]{1,2}[0-9]{1,4}[- )]{1,2}[0-9]{2,8}(?:[- ][0-9]{2,4})?)(?:[^0-9-]|$)"
)
_DEPARTMENT = compile_pattern(
    r"((?:[\p{Han}\p{Katakana}ーA-Z0-9]{1,16}){1,2}(?:本部|部門|部|課|室|係|センター|グループ|チーム|窓口|デスク|PSIRT|CSIRT))|\b(P?SIRT|CSIRT|PSIRT)\b"
)
_COMPANY = compile_pattern(
    r"((?:株式会社|合同会社|有限会社)[^\s、。（）()「」にへとはがの]{1,20}|[\p{Han}\p{Katakana}ーA-Za-z]{1,20}(?:株式会社|合同会社|有限会社))"
    r"|\b(?-i:((?:[A-Z][\w&-]{0,20},? ){1,3}(?:(?:Inc|Ltd|Corp|Co)\b\.?|(?:LLC|GmbH)\b)))"
)
_OURS = ("当窓口", "本窓口", "この窓口", "当部署", "弊部", "当課", "当センター", "相談窓口")


def window_in(text: str) -> str | None:
    """The first mailbox, else URL, phone number or department that folded text names."""
    return _first(_MAILBOX, text) or _first(_URL, text) or _first(_PHONE, text) or _department(text)


def contractor_in(text: str) -> str | None:
    """The first mailbox, else company that folded text names."""
    return _first(_MAILBOX, text) or _first(_COMPANY, text)


def _department(text: str) -> str | None:
    name = _first(_DEPARTMENT, text)
    return None if name is None or name.endswith(_OURS) else name


def _first(pattern: Pattern, text: str) -> str | None:
    found = pattern.search(text)
    if found is None:
        return None
    groups = (found.group(number) for number in range(1, pattern.groups + 1))
    return (next((g for g in groups if g), None) or found.group() or "").strip()[:_LENGTH] or None
