"""The contact points that the finder wrote down."""

from collections.abc import Sequence
from datetime import datetime

from mailbot.core.contacts import REPORT, from_report
from mailbot.core.model import Contact
from mailbot.finding.tools import Tools

NAME = REPORT


def look(now: datetime, tools: Tools) -> Sequence[Contact]:
    """What the report says of them; nobody is asked."""
    return from_report(tools.question.stated, tools.question.urls, tools.question.not_theirs, tools.question.desk)
