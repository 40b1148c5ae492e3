"""The table of the bench: what counts against a goal, and what is said where nothing was measured."""

import json

import pytest

from bench import figures
from bench.goals import GOALS, Goal, Key, Taken, as_json, met, table
from bench.measure import Cost
from bench.report import Row

RATIO = Goal(Key.COMMIT, "a commit", "ms", 1.2)
RATE = Goal(Key.PEERS, "mails a second", "1/s", 10.0, at_least=True)


def row(name: str, wall: float, cpu: float = 1.0, *bad: str) -> Row:
    """A row of ten mails that was measured once."""
    return Row(name, 10, [Cost(0, "", wall, cpu, 0.0, 0.0, 0.0, {}, 0.0)], list(bad))


@pytest.mark.parametrize(
    ("goal", "taken", "reached"),
    [
        (RATIO, Taken(1.2), True),
        (RATIO, Taken(1.3), False),
        (RATIO, Taken(2.4, 2.0, "at 200"), True),
        (RATIO, Taken(2.5, 2.0, "at 200"), False),
        (RATE, Taken(30.0, 3.0, "a peer"), True),
        (RATE, Taken(29.0, 3.0, "a peer"), False),
        (RATE, Taken(90.0, 3.0, "a peer", bad="9 cases"), False),
    ],
)
def test_a_goal_is_about_the_ratio_where_there_is_one(goal: Goal, taken: Taken, reached: bool) -> None:
    """A run that lost a mail reaches nothing."""
    assert met(goal, taken) is reached


def test_the_table_has_a_line_for_every_goal() -> None:
    """Also for what was not measured; what is missed and what went wrong stand out."""
    lines = table({Key.PLAIN: Taken(9.0), Key.IDLE: Taken(3.0), Key.COMMIT: Taken(1.0, 1.0, "at 200", bad="lost")})
    said = {goal.key: line for goal, line in zip(GOALS, lines.splitlines()[2:], strict=True)}
    assert said[Key.PLAIN].endswith("NO")
    assert said[Key.IDLE].endswith("yes")
    assert said[Key.COMMIT].endswith("BAD")
    assert "not measured in this run" in said[Key.REPORT]


def test_json_has_every_goal() -> None:
    """With value and verdict, or null."""
    told = json.loads(json.dumps(as_json({Key.COMMIT: Taken(3.0, 2.0, "at 200")})))
    found = {one["key"]: one["taken"] for one in told}
    assert set(found) == {key.value for key in Key}
    assert found["commit"] == {
        "measured": 3.0, "beside": 2.0, "beside_name": "at 200", "bad": "", "value": 1.5, "met": False,
    }  # fmt: skip
    assert found["plain"] is None


def test_numbers_are_read_behind_their_label() -> None:
    """Thousands, names with digits and lines of another label are no figures."""
    text = "a start of it: 9 s\na start: 1.25 s, 210 MB (x/mail-3.eml, SHA256); 1,200 mails\n"
    assert figures.numbers(text, "a start:") == [1.25, 210.0, 1200.0]
    assert figures.numbers(text, "an end:") == []


def test_the_bot_stands_beside_the_quickest_sound_peer() -> None:
    """One that did not handle every mail does not count."""
    peers = [row("slow", 10.0), row("quick", 5.0), row("broken", 0.1, 1.0, "3 tickets")]
    taken = figures.of_peers([row("bot", 0.5)], "bot", peers)[Key.PEERS]
    assert taken.beside_name == "quick"
    assert taken.value == pytest.approx(10.0)
    assert figures.of_peers([row("bot", 0.5)], "bot", peers[2:]) == {}


def test_what_a_row_lacks_goes_with_its_figures() -> None:
    """CPU and wall stand beside the same loop."""
    found = figures.of_rows([row("bot", 1.0, 3.0, "9 cases"), row("loop", 2.0, 2.0)], "bot", "loop")
    assert found[Key.ENCRYPTED_CPU].value == pytest.approx(1.5)
    assert found[Key.ENCRYPTED_WALL].value == pytest.approx(0.5)
    assert found[Key.ENCRYPTED_WALL].bad == "9 cases"


def test_parts_are_read_as_they_print() -> None:
    """Their lines are the agreement between them and the table."""
    told = {
        "plain": "a plain report, all of it: 6.20 ms CPU (goal 8), 119 cases\n"
        "a round with nothing to do: 0.30 ms CPU (goal 50)\n",
        "starting": "a start: 1.90 s, 240 MB; 1.80 s of CPU\n",
        "steady": "cases ending: 300 MB, then 310 MB; 10000 mails, 10000 cases\n"
        "cases staying open: 300 MB, then 450 MB; 10000 mails, 9999 cases\n",
        "growth": "a commit: 1.100 ms at 20,000 cases, beside 1.000 ms at 200\n",
        "reporting": "--help            0.11    0.14      30   0.3\nreport, the first    3.10    3.30     200   5.0\n",
    }
    found = figures.of_parts(told, 120)
    assert found[Key.PLAIN] == Taken(6.2, bad="119 cases")
    assert {key: round(taken.value, 2) for key, taken in found.items()} == {
        Key.PLAIN: 6.2, Key.IDLE: 0.3, Key.START: 1.9, Key.START_MEMORY: 240, Key.MEMORY: 1.03, Key.MEMORY_OPEN: 1.5,
        Key.COMMIT: 1.1, Key.REPORT: 3.1, Key.COMMAND_LINE: 0.14,
    }  # fmt: skip
    assert set().union(*figures.OF_PARTS.values()) == set(found)
    assert found[Key.MEMORY_OPEN].bad == "9999 cases of 10000 mails"
