"""The log of a case in the words of its template: what `case show` prints of its history."""

from collections.abc import Iterable
from datetime import datetime

from mailbot.core.chronicle import log_of
from mailbot.core.desk import Desk
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem
from mailbot.core.policy import Policy
from mailbot.core.show import case_view, desk_view, local_day
from mailbot.core.templates import Templates
from mailbot.core.views import LOG, Details


def case_log(
    case: Case,
    items: Iterable[OutboxItem],
    desk: Desk,
    templates: Templates,
    policy: Policy,
    now: datetime,
    language: str | None = None,
) -> str:
    """What happened, day by day, in that language or the desk's first; mails are named by subject and recipient."""
    subjects = {item.message_id: item.draft.subject for item in items if item.draft}
    known = (*((language,) if language else ()), *desk.languages, *templates.languages)
    chosen = next(name for name in known if name in templates.languages)
    context: dict[str, object] = {"desk": desk_view(desk), "today": local_day(now, desk), "details": Details({})}
    context |= {"case": case_view(case, desk), "log": log_of(case, subjects, desk, policy, now)}
    return templates.paper(LOG, chosen, context)
