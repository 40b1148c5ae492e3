"""From what the parts of the bench measured to the figures that have goals. Everything here is pure."""

import re
from collections.abc import Callable, Mapping, Sequence

from bench.goals import Key, Taken
from bench.measure import Cost
from bench.report import Row

MAILS = 700
"""Of how many real mails the goal of `rehearse` speaks."""
_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:\.\d+)?(?![\w,-]*\d)")


OF_PARTS: Mapping[str, frozenset[Key]] = {
    "plain": frozenset({Key.PLAIN, Key.IDLE}),
    "starting": frozenset({Key.START, Key.START_MEMORY}),
    "reporting": frozenset({Key.REPORT, Key.COMMAND_LINE}),
    "growth": frozenset({Key.COMMIT}),
    "steady": frozenset({Key.MEMORY, Key.MEMORY_OPEN}),
}
"""Which figures each part owes."""


def numbers(text: str, label: str) -> list[float]:
    """The numbers behind the label on the first line that begins with it; none if no line does."""
    for line in text.splitlines():
        if line.startswith(label):
            return [float(number) for number in _NUMBER.findall(line.removeprefix(label).replace(",", ""))]
    return []


def of_rows(
    rows: Sequence[Row], whole: str, loop: str, keys: tuple[Key, Key] = (Key.ENCRYPTED_CPU, Key.ENCRYPTED_WALL)
) -> dict[Key, Taken]:
    """The encrypted reports beside the serial loop of gpg: CPU and wall time."""
    named = {row.name: row for row in rows}
    if whole not in named or loop not in named:
        return {}
    bot, floor = named[whole], named[loop]
    bad = "; ".join((*bot.bad, *floor.bad))

    def beside(of: Callable[[Cost], float]) -> Taken:
        return Taken(bot.each(of), floor.each(of), "gpg --decrypt; gpg --sign --encrypt", bad)

    return {keys[0]: beside(lambda c: c.cpu), keys[1]: beside(lambda c: c.wall)}


def of_peers(rows: Sequence[Row], whole: str, peers: Sequence[Row]) -> dict[Key, Taken]:
    """The bot's mails a second beside those of the quickest way of the quickest peer that handled every mail."""
    bot = next((row for row in rows if row.name == whole), None)
    sound = [row for row in peers if not row.bad]
    if bot is None or not sound:
        return {}
    best = max(sound, key=rate)
    return {Key.PEERS: Taken(rate(bot), rate(best), best.name, "; ".join(bot.bad))}


def rate(row: Row) -> float:
    """Mails a second."""
    return 1000 / row.each(lambda c: c.wall)


def of_collection(row: Row, line: str) -> dict[Key, Taken]:
    """Reading real mail, cold, as if there were just so many; and the slowest of them."""
    found = {Key.REHEARSE: Taken(row.each(lambda c: c.wall) * MAILS / 1000, bad="; ".join(row.bad))}
    if slowest := numbers(line, "slowest mails of the collection:"):
        found[Key.REHEARSE_ONE] = Taken(slowest[0])
    return found


def of_parts(told: Mapping[str, str], plain_mails: int) -> dict[Key, Taken]:
    """What the parts print for people, each line by how it begins."""
    found: dict[Key, Taken] = {}
    if plain := numbers(told.get("plain", ""), "a plain report, all of it:"):
        cases = f"{plain[-1]:.0f} cases" if plain[-1] < plain_mails else ""
        found[Key.PLAIN] = Taken(plain[0], bad=cases)
    if idle := numbers(told.get("plain", ""), "a round with nothing to do:"):
        found[Key.IDLE] = Taken(idle[0])
    if start := numbers(told.get("starting", ""), "a start:"):
        found[Key.START], found[Key.START_MEMORY] = Taken(start[0]), Taken(start[1])
    for key, label in ((Key.MEMORY, "cases ending:"), (Key.MEMORY_OPEN, "cases staying open:")):
        if steady := numbers(told.get("steady", ""), label):
            early, late, mails, became = steady
            lost = "" if became == mails else f"{became:.0f} cases of {mails:.0f} mails"
            found[key] = Taken(late, early, "after the first tenth", lost)
    if commit := numbers(told.get("growth", ""), "a commit:"):
        many, _, few, _ = commit
        found[Key.COMMIT] = Taken(many, few, "at 200 cases, in turns")
    reporting = told.get("reporting", "")
    if report := numbers(reporting, "report, the first"):
        found[Key.REPORT] = Taken(report[0])
    if shown := numbers(reporting, "--help"):
        found[Key.COMMAND_LINE] = Taken(shown[1])
    return found
