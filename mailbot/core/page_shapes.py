"""The shapes of the rules in rules/pages/: which links of a site lead to its contact points, and what each is for."""

from collections.abc import Iterable
from functools import cached_property
from typing import Literal, get_args

from mailbot.core.hits import applies
from mailbot.core.reading import fold
from mailbot.core.rule_shapes import PatternRule, Pieced
from mailbot.core.screens import Screen

PageKind = Literal["security", "contact", "law", "office", "company", "privacy", "policy"]
"""What a page is, the one that is read first first."""

Purpose = Literal[
    "parked", "automatic", "sample", "maker", "elsewhere",
    "security", "recruiting", "press", "investor", "sales", "privacy", "owner", "order", "support", "person", "contact",
    "label",
]  # fmt: skip
"""What a contact point is for, by the words around it; where several fit, the first counts.

The first five are no contact points of the site's operator. A "label" only says that an address follows.
"""

HostKind = Literal["form-service", "mail-service", "bystander"]
"""What a host outside the site's domain is."""

_PURPOSES: tuple[str, ...] = get_args(Purpose)
_PAGES: tuple[str, ...] = get_args(PageKind)


class PageRule(PatternRule):
    """Words of a link, of its path, around an address, before its "@", or a host's name, and what they tell."""

    of: Literal["link", "path", "words", "mailbox", "host"]
    kind: PageKind | Purpose | HostKind


class PageFile(Pieced):
    """One file of rules/pages/."""

    rule: tuple[PageRule, ...]


class PageRules:
    """All of them, behind a screen for each place they look at."""

    def __init__(self, files: Iterable[PageFile]) -> None:
        self._rules = tuple(rule for file in files for rule in file.rule)

    def page_kind(self, words: str, path: str) -> tuple[str, bool] | None:
        """What page a link with these words leads to, and whether the words say so; None if it is none of ours."""
        if found := self._kinds("link", words):
            return min(found, key=_PAGES.index), True
        if found := self._kinds("path", path):
            return min(found, key=_PAGES.index), False
        return None

    def purpose(self, words: str) -> str:
        """What words around an address say that it is for; "" if nothing."""
        return min(self._kinds("words", words), key=_PURPOSES.index, default="")

    def mailbox_purpose(self, local: str) -> str:
        """What the part before the "@" says; "" if nothing."""
        return min(self._kinds("mailbox", local), key=_PURPOSES.index, default="")

    def host_kind(self, host: str) -> str:
        """What a foreign host is; "" if nothing is known of it."""
        return next(iter(self._kinds("host", host)), "")

    def _kinds(self, of: str, text: str) -> list[str]:
        folded = fold(text)
        return [rule.kind for rule in self._screens[of].hitting(folded) if applies(rule, folded)]

    @cached_property
    def _screens(self) -> dict[str, Screen[PageRule]]:
        places = ("link", "path", "words", "mailbox", "host")
        return {of: Screen(rule for rule in self._rules if rule.of == of) for of in places}
