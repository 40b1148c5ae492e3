"""The parts of docs/ that are made from the code, so that they cannot say something else than it does.

`python -m tests.doc_blocks` (part of `make docs`) writes them; a test compares them with what is written.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

from mailbot.core.command_forms import FORMS
from mailbot.core.embargo import Embargo, EmbargoState
from mailbot.core.fields import FIELD_KINDS
from mailbot.core.lifecycle import ACTS, TRANSITIONS
from mailbot.core.model import Case, Milestones, State, Track
from mailbot.core.phases import PHASES, Phase
from mailbot.core.policy_file import Edition, Reason, load_edition
from mailbot.core.rule_shapes import Convert
from mailbot.core.vendors import MOVES, Vendor
from mailbot.core.views import ATTRIBUTES, PURPOSES, VISIBLE, Purpose
from mailbot.core.vultron import vultron
from tests.threat_list import THREATS, by_threat

ROOT = Path(__file__).resolve().parents[1]
_EDITION = ROOT / "rules" / "policy" / "p-guideline-2022.toml"


def state_diagram() -> str:
    """Every state with the triggers that lead on from it; what leads on from every open state stands once."""
    ends = {s for s in State if s.ended}
    everywhere = {t for t, table in TRANSITIONS.items() if set(table) == set(State) - ends}
    edges: dict[State, dict[State, list[str]]] = {state: defaultdict(list) for state in State}
    for trigger, table in TRANSITIONS.items():
        for source, target in table.items():
            if trigger not in everywhere:
                edges[source][target].append(trigger.value)
    lines = ["```"]
    for state in State:
        lines += _arrows(_shown(state), {_shown(t): names for t, names in edges[state].items() if t is not state})
        if stays := edges[state].get(state):
            lines.append(f"{'':19}  ↺ {', '.join(stays)}")
    for trigger in sorted(everywhere):
        (target,) = set(TRANSITIONS[trigger].values())
        lines += _arrows("(any open state)", {_shown(target): [trigger.value]})
    return "\n".join([*lines, "```"])


def _shown(state: State) -> str:
    return f"[{state}]" if state.ended else state.value


def _arrows(source: str, targets: dict[str, list[str]]) -> Iterator[str]:
    if not targets:
        yield source
    for place, (target, names) in enumerate(targets.items()):
        joint = "─" if len(targets) == 1 else "┬" if place == 0 else "└" if place == len(targets) - 1 else "├"
        lead = f"{source} ".ljust(20, "─") if place == 0 else " " * 20
        yield f"{lead}{joint}─ {', '.join(names)} {'─' * max(1, 44 - len(', '.join(names)))}▶ {target}"


def command_table() -> str:
    """Every command as FORMS has it, and `!preview`, which is no command of its own but changes what the others do."""
    rows = [(form.usage, form.effect) for form in FORMS.values()]
    rows.append(("!preview", "runs nothing of the whole mail and shows what would happen"))
    return _table(("command", "effect"), ((f"`{usage}`", effect) for usage, effect in rows))


def trigger_table() -> str:
    """What each trigger is in the guideline."""
    rows = ((f"`{t}`", a.actor, ", ".join(a.mails), a.timer, a.clause) for t, a in ACTS.items())
    return _table(("trigger", "who", "mails", "clock", "source"), rows)


def vendor_table() -> str:
    """Every way of a vendor through the product track."""
    rows = ((f"`{m.source}`", f"`{m.target}`", m.trigger, m.actor, m.mail, m.timer, m.clause) for m in MOVES)
    return _table(("from", "to", "what", "who", "mail", "clock", "source"), rows)


def phase_table() -> str:
    """Every phase of the guideline, which of our states it is, and what the Vultron protocol calls it."""
    rows = (
        (
            phase.code,
            phase.name,
            ", ".join(f"`{state}`" for state in phase.states),
            ", ".join(f"`{state}`" for state in phase.vendor_states),
            *_protocol(phase),
            phase.clause,
            phase.note,
        )
        for phase in PHASES
    )
    columns = ("phase", "", "case", "one of several vendors", "RM of desk", "RM of other side", "vfd")
    return _table((*columns, "embargo", "source", ""), rows)


def _protocol(phase: Phase) -> tuple[str, str, str, str]:
    """The protocol's states of a case, or of a vendor in it, that came to that phase without detours."""
    state = phase.states[0] if phase.states else State.REVIEW
    told = state in (State.NOTIFIED, State.FIXING, State.FIX_REPORTED, State.REVIEW, State.SCHEDULED, State.PUBLISHED)
    told = told or phase.code in ("WC", "PC")
    fixed = told and phase.code in ("W7", "WC", "P7", "P8", "PC")
    reached = Milestones(details_sent=_BEGUN if told else None, fix_reported=_BEGUN if fixed else None)
    vendors = tuple(Vendor(1, "", s) for s in phase.vendor_states) if not phase.states else ()
    agreed = EmbargoState.PROPOSED if state in (State.TRIAGE, State.ASKING) else EmbargoState.ACTIVE
    agreed = EmbargoState.NONE if state is State.REJECTED else agreed
    over = phase.code in ("WC", "PC", "P8")
    embargo = Embargo(EmbargoState.EXITED if over else agreed)
    case = Case("", phase.track, _BEGUN, state=state, milestones=reached, vendors=vendors, embargo=embargo)
    found = vultron(replace(case, public=phase.code == "P8"))
    desk, other = found.participants[:2]
    return desk.rm, other.rm, other.vfd, found.em


_BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def codes() -> str:
    """Rejection and closing codes with the guideline's words."""
    edition = load_edition(_EDITION.read_text("utf-8"))
    return _table(("command", "事由", "track", "source"), _reasons(edition))


def _reasons(edition: Edition) -> Iterator[tuple[str, str, str, str]]:
    for verb, reasons in (("!reject", edition.rejection), ("!close", edition.closing)):
        for reason in reasons:
            yield f"`{verb} {reason.code}`", reason.label, _tracks(reason), reason.source


def _tracks(reason: Reason) -> str:
    found = [track.value for track in Track if reason.bucket(track)]
    return "both" if len(found) == len(Track) else ", ".join(found)


def waits() -> str:
    """How long the desk waits for whom, and where that comes from."""
    edition = load_edition(_EDITION.read_text("utf-8"))
    sources = dict(edition.sources)
    rows = ((f"`{name}`", str(value).strip("()"), sources[name]) for name, value in vars(edition.waits).items())
    return _table(("what", "days or times", "source"), rows)


def field_list() -> str:
    """Every field of a report and the kind of its value."""
    return _table(("field", "value"), ((f"`{name}`", kind) for name, kind in FIELD_KINDS.items()))


def conversions() -> str:
    """Every way to make a value of the words that were found."""
    return " ".join(f"`{name}`" for name in get_args(Convert))


def mail_table() -> str:
    """Every mail that we write, by whom it is for."""
    by_purpose: dict[Purpose, list[str]] = defaultdict(list)
    for name, purpose in PURPOSES.items():
        by_purpose[purpose].append(f"`{name}`")
    return _table(
        ("for", "templates", "placeholders"),
        (
            (purpose.value, " ".join(by_purpose[purpose]), " ".join(f"`{name}`" for name in sorted(VISIBLE[purpose])))
            for purpose in Purpose
            if by_purpose[purpose]
        ),
    )


def placeholder_table() -> str:
    """What stands behind each placeholder that has parts."""
    return _table(
        ("placeholder", "parts"),
        ((f"`{name}`", " ".join(f"`{part}`" for part in sorted(parts))) for name, parts in ATTRIBUTES.items()),
    )


def threat_table() -> str:
    """Every threat, with the tests that it has today."""
    found = by_threat()
    rows = (
        (f"T{number}", text, " ".join(f"`{name}`" for name in found.get(number, ())) or "none yet")
        for number, text in THREATS.items()
    )
    missing = [number for number in THREATS if not found.get(number)]
    count = f"{len(THREATS) - len(missing)} of {len(THREATS)} have a test that names them."
    return f"{count}\n\n{_table(('number', 'threat', 'tests'), rows)}"


def _table(columns: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [_row(columns), "|" + "---|" * len(columns)]
    return "\n".join([*lines, *map(_row, rows)])


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


BLOCKS: dict[str, dict[str, Callable[[], str]]] = {
    "docs/architecture.md": {"states": state_diagram, "triggers": trigger_table, "phases": phase_table},
    "docs/coordinating.md": {"commands": command_table, "vendors": vendor_table, "codes": codes, "waits": waits},
    "docs/rules.md": {"conversions": conversions, "fields": field_list},
    "docs/templates.md": {"mails": mail_table, "placeholders": placeholder_table},
    "docs/threat-model.md": {"threats": threat_table},
}
"""Page, name of the block between its marks, and what makes it."""


def renewed(page: str, text: str) -> str:
    """The page's text with its blocks as they should be. Raises ValueError where a block's marks are missing."""
    for name, make in BLOCKS[page].items():
        begin, end = f"<!-- {name}: made by `make docs` -->", f"<!-- end of {name} -->"
        block = f"{begin}\n{make()}\n{end}"
        text, count = re.subn(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _, block=block: block, text, flags=re.S)
        if count != 1:
            raise ValueError(f"{page}: the marks of the block {name} stand there {count} times")
    return text


def main() -> None:
    """Write all blocks."""
    for page in BLOCKS:
        path = ROOT / page
        path.write_text(renewed(page, path.read_text("utf-8")), encoding="utf-8")
        sys.stdout.write(f"{page}: {', '.join(BLOCKS[page])}\n")


if __name__ == "__main__":
    main()
