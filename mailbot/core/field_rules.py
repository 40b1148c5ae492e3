"""The rules for running text, asked only as far as somebody wants to know what they state."""

from collections.abc import Iterable

from mailbot.core.rule_shapes import FieldRule
from mailbot.core.screens import Part, Screen

_OF_FINDER = ("consent.", "credit_name", "reporter.pgp", "reporter.phone", "disclosure_plan")
_PLACES = ("product.", "vulnerability.", "target.")


class FieldRules(Screen[FieldRule]):
    """All of them behind one screen, and parts of it: a form or a signature leaves most fields to others."""

    def __init__(self, rules: Iterable[FieldRule]) -> None:
        super().__init__(rules, _kind)
        self._stating: dict[tuple[frozenset[str], tuple[str, ...], tuple[str, ...]], Part[FieldRule]] = {}

    def stating(
        self, known: frozenset[str], wanted: tuple[str, ...] = ("",), barred: tuple[str, ...] = ()
    ) -> Part[FieldRule]:
        """Those for no known field that state one whose name begins like a wanted one and like no barred one."""
        key = known, wanted, barred
        if key not in self._stating:
            self._stating[key] = self.part(
                lambda rule: (
                    rule.field not in known
                    and any(name.startswith(wanted) and not name.startswith(barred) for name in rule.names)
                )
            )
        return self._stating[key]


def _kind(rule: FieldRule) -> str:
    """Rules of one kind are often all that is wanted, or all that is not."""
    first = rule.names[0]
    if first.startswith(_OF_FINDER):
        return "finder"
    return next((place for place in _PLACES if first.startswith(place)), "")
