"""What reading a report costs, by its layout, and that no text makes it slow: CPU of this process alone.

    python -m bench.reading

The floor is one pass of RE2 over the same text for all rules of running text: who asks these rules cannot take less.
Every text is read once, none twice, as each keeps what it has seen of a line for the next form.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from bench.letters import letters
from mailbot.core.extract import extract
from mailbot.core.limits import Limits
from mailbot.core.reading import fold, tidy, unwrap
from mailbot.core.ruleset import Ruleset
from tests.shipped_rules import shipped_rules

SIZE = 6_144
LIMIT_MS = 5.0
"""What a report of 6 KB may take, in the middle of each layout."""
HOSTILE = 10_000_000
LIMIT_S = 2.0
"""What any text of 10 MB may take."""
_MANY = 60
_LETTERS = 400
_HEADINGS = ("Summary", "Impact", "Steps to reproduce", "Product", "Version", "URL", "Type", "Workaround", "Timeline")
_UNITS = {
    "one letter": "a",
    "kana": "あ",
    "sentences": "An attacker can read all data of other users. ",
    "文": "攻撃者が他の利用者の情報を閲覧できます。",
    "short labels": "a: b\n",
    "answers": "Product: Foo\nVersion: 1.2\nImpact: none\n",
    "headings": "## Impact\nx\n\n",
    "questions": "What is the vulnerability? x\nHow does an attacker exploit this vulnerability? y\n",
    "numbers": "1. x\n",
    "boxes": "■a □b [x] c [ ] d\n",
    "table": "| a | b | c |\n|---|---|---|\n",
    "brackets": "((((((((",
    "braces": '{"a":',
    "quotation": "> > > a\n",
    "addresses": "https://a.example.jp/x?a=1 b@c.example ",
    "nothing": " \n",
}


@dataclass(frozen=True)
class Layout:
    """Texts of one kind, and what each took: milliseconds of reading and of the floor."""

    name: str
    bytes: float
    reading: tuple[float, ...]
    floor: tuple[float, ...]

    @property
    def is_slow(self) -> bool:
        """Whether the one in the middle takes longer than it may."""
        return median(self.reading) * SIZE / max(self.bytes, SIZE) > LIMIT_MS

    @property
    def line(self) -> str:
        """As a row."""
        middle, high = median(self.reading), sorted(self.reading)[int(len(self.reading) * 0.95)]
        return (
            f"{self.name:28} {self.bytes:6.0f} {middle:8.2f} {high:8.2f} {middle / median(self.floor):8.1f}"
            f"{'  BAD: over 5 ms' if self.is_slow else ''}\n"
        )


def layouts() -> Iterator[tuple[str, list[str]]]:
    """Reports of at most 6 KB as people lay them out."""
    plain = list(letters(_LETTERS, seed=4))
    for name, charset in (
        ("form, Japanese", "iso-2022-jp"),
        ("letter, Japanese", "utf-8"),
        ("letter, English", "us-ascii"),
    ):
        yield name, [letter.text for letter in plain if letter.charset == charset][:_MANY]
    stories = [letter.text.split("\n") for letter in plain if letter.charset == "us-ascii"][:_MANY]
    yield (
        "a heading over every line",
        [
            _cut(
                "".join(f"## {_HEADINGS[i % len(_HEADINGS)]}\n{line}\n\n" for i, line in enumerate(filter(None, story)))
            )
            for story in stories
        ],
    )
    yield (
        "unknown headings",
        [
            _cut("".join(f"■{n}-{i}\n{line}\n\n" for i, line in enumerate(filter(None, story))))
            for n, story in enumerate(stories)
        ],
    )
    yield "a passage again and again", [_cut("\n".join(story[:12] * 20)) for story in stories]
    yield (
        "a line again and again",
        [_cut(f"{n}. An attacker can read {n} orders of other users.\n" * 200) for n in range(_MANY)],
    )


def _cut(text: str) -> str:
    return text.encode()[:SIZE].decode(errors="ignore")


def measured(name: str, texts: list[str], rules: Ruleset) -> Layout:
    """Each text read once, beside the floor."""
    half = len(texts) // 2
    for text in texts[:half]:
        extract(text, "Report", rules)  # builds the automata, as the first mails of a day do
    rest = texts[half:]
    reading = tuple(_ms(lambda text=text: extract(text, "Report", rules)) for text in rest)  # type: ignore[misc]
    folded = [fold(unwrap(tidy(text, Limits.text_characters))) for text in rest]
    floor = tuple(_ms(lambda text=text: rules.field_rules.hitting(text)) for text in folded)  # type: ignore[misc]
    return Layout(name, sum(len(text.encode()) for text in rest) / len(rest), reading, floor)


def _ms(action: Callable[[], object]) -> float:
    start = time.process_time()
    action()
    return (time.process_time() - start) * 1000


def hostile(rules: Ruleset) -> list[tuple[float, str]]:
    """Seconds that 10 MB of each unit take, the slowest first."""
    taken = []
    for name, unit in _UNITS.items():
        text = unit * (HOSTILE // len(unit.encode()))
        taken.append((_ms(lambda text=text: extract(text, "Report", rules)) / 1000, name))  # type: ignore[misc]
    return sorted(taken, reverse=True)


def main() -> int:
    """Print the rows; 1 if one of them took longer than it may."""
    rules = shipped_rules()
    found = [measured(name, texts, rules) for name, texts in layouts()]
    sys.stdout.write(f"{'reading a report':28}  bytes   CPU ms      p95  ÷ floor\n")
    sys.stdout.write("".join(layout.line for layout in found))
    worst = hostile(rules)
    told = ", ".join(f"{seconds:.2f} s ({name})" for seconds, name in worst[:3])
    bad = worst[0][0] > LIMIT_S
    sys.stdout.write(f"10 MB of the same, the slowest of {len(worst)}: {told}{'  BAD: over 2 s' if bad else ''}\n")
    return int(bad or any(layout.is_slow for layout in found))


if __name__ == "__main__":
    raise SystemExit(main())
