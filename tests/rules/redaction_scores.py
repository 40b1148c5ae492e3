"""What the mails with the details tell of the reports in tests/reports/: `python -m tests.rules.redaction_scores`.

For every report the details are composed as they would leave for a confirmed contact point. What the mail states of its
finder (the values beside it) must not be in them, as far as there is no consent. tests/reports/secrets.toml names, of
reports read by a person, what else must go and what one needs to see the fault again; tests/reports/passages.toml holds
passages (logs, commands, requests, traces) with the same two lists.
"""

import argparse
import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from mailbot.core.messages import RawMail, SanitisedDraft
from mailbot.core.model import Case, Contact, Field, Participant, Role, Standing, Track
from mailbot.core.redaction import for_others
from mailbot.core.sanitise import sanitise
from mailbot.core.templates import Templates
from mailbot.core.understand import understand
from tests.fakes_keyring import NOW
from tests.faults.quick_desk import QuickDesk
from tests.rules.report_scores import REPORTS, expected_of, mails
from tests.sample_cases import DESK, compose, prepared, templates
from tests.shipped_rules import shipped_rules

RULES = shipped_rules()
IDENTITY = ("reporter.name", "reporter.organisation", "reporter.email", "reporter.phone", "reporter.pgp")
_REACH = ("reporter.email", "reporter.phone", "reporter.pgp")


@dataclass
class Tally:
    """What came through that must not, and what did not that is needed; (report or passage, the string)."""

    texts: int = 0
    secrets: int = 0
    needed: int = 0
    leaked: list[tuple[str, str]] = field(default_factory=list)
    lost: list[tuple[str, str]] = field(default_factory=list)

    @property
    def kept(self) -> float:
        """Of what is needed, how much is told."""
        return 1 - len(self.lost) / self.needed if self.needed else 1.0

    def count(self, name: str, told: str, secrets: list[str], needed: list[str]) -> None:
        """Look for both in what is told."""
        self.texts += 1
        self.secrets += len(secrets)
        self.needed += len(needed)
        self.leaked += [(name, each) for each in secrets if squeezed(each) in squeezed(told)]
        self.lost += [(name, each) for each in needed if squeezed(each) not in squeezed(told)]


@cache
def texts() -> Templates:
    """The templates as shipped."""
    return templates()


def case_of(raw: RawMail, desk: QuickDesk) -> Case | None:
    """The case that the report opens, with a confirmed contact point; None if it is no report."""
    opened = desk.bot.reader.read(raw).opened
    sender = opened.mail.sender
    found = understand(opened.text, opened.subject, RULES, opened.attachments, sender=sender)
    if not found.fields or sender is None:
        return None
    return Case(
        id="CASE#12345678",
        track=found.track,
        received=NOW,
        language=found.language or "en",
        fields=found.fields,
        participants=(Participant(Role.FINDER, sender.address, sender.name),),
        contacts=(Contact(1, "contact@operator.example", "security.txt", Standing.CONFIRMED, 0.9),),
    )


def details(case: Case) -> str:
    """The mail with the details as it would leave."""
    told = for_others(case, RULES.redactions)
    clean = sanitise(compose(told, "details", texts()), prepared(case, "details"), DESK)
    assert isinstance(clean, SanitisedDraft)
    return f"{clean.draft.subject}\n{clean.draft.body}"


def identity_of(expected: dict[str, Any], case: Case) -> list[str]:
    """What the mail states of its finder that must not be told."""
    named, reached = (case.field(f"consent.{name}") is True for name in ("share_identity", "direct_contact"))
    hidden = [n for n in IDENTITY if not named or (n in _REACH and not reached)]
    stated = [expected["fields"].get(name) for name in hidden]
    words = [str(value) for value in stated if isinstance(value, str) and len(value) > 2]
    own = squeezed(" ".join(case.field_text(name) for name in ("product.vendor", "product.name", "target.site_name")))
    return [word for word in words if squeezed(word) not in own]


def reports() -> Tally:
    """All reports of the three sets."""
    marked = tomllib.loads((REPORTS / "secrets.toml").read_text(encoding="utf-8"))["report"]
    by_name = {f"{each['set']}/{each['number']}": each for each in marked}
    tally, desk = Tally(), QuickDesk()
    for path in mails():
        expected = expected_of(path)
        case = case_of(RawMail(path.read_bytes(), path.name), desk) if expected["kind"] == "report" else None
        if case is None:
            continue
        folder = path.parent.name if path.parent != REPORTS else "first"
        marks = by_name.pop(f"{folder}/{int(path.name.partition('-')[0])}", {})
        secrets = [*identity_of(expected, case), *marks.get("secret", [])]
        tally.count(path.stem, details(case), secrets, marks.get("needed", []))
    assert not by_name, f"marks of no report: {sorted(by_name)}"
    return tally


def passages() -> Tally:
    """All passages, each as the steps of a report of the finder that the file names."""
    read = tomllib.loads((REPORTS / "passages.toml").read_text(encoding="utf-8"))
    finder, tally = read["finder"], Tally()
    for each in read["passage"]:
        fields = tuple(Field(name, tuple(v) if isinstance(v, list) else v, "test", 1.0) for name, v in finder.items())
        fields += (Field("vulnerability.steps", each["text"].strip("\n"), "test", 1.0),)
        if "type" in each:
            fields += (Field("vulnerability.type", each["type"], "test", 1.0),)
        case = Case(
            id="CASE#12345678",
            track=Track.WEBSITE,
            received=NOW,
            language=each.get("language", "ja"),
            fields=fields,
            participants=(
                Participant(Role.FINDER, finder["reporter.email"], finder["reporter.name"], each.get("key")),
            ),
            contacts=(Contact(1, "web@shop.example.jp", "security.txt", Standing.CONFIRMED, 0.9),),
        )
        tally.count(each["id"], details(case), each["secret"], each["needed"])
    return tally


def squeezed(text: str) -> str:
    """Without width, letter case, white space and the bars of quoted words."""
    return "".join(re.sub(r"(?m)^\| ?", "", unicodedata.normalize("NFKC", text).casefold()).split())


def lines_of(title: str, tally: Tally) -> Iterator[str]:
    """The score in words."""
    yield f"{title}: {tally.texts} texts; {len(tally.leaked)} of {tally.secrets} identity and secret strings told"
    yield f"  {tally.needed - len(tally.lost)} of {tally.needed} strings that are needed told = {tally.kept:.3f}"
    yield from (f"  told: {name}: {json.dumps(each, ensure_ascii=False)}" for name, each in tally.leaked)
    yield from (f"  lost: {name}: {json.dumps(each, ensure_ascii=False)}" for name, each in tally.lost)


def main() -> None:
    """Print the scores, or the details of one report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("show", nargs="?", help="part of a report's file name: print its details")
    shown = parser.parse_args().show
    if shown:
        desk = QuickDesk()
        for path in mails():
            if shown in path.stem and (case := case_of(RawMail(path.read_bytes(), path.name), desk)):
                print(details(replace(case)))  # noqa: T201
        return
    for title, tally in (("reports", reports()), ("passages", passages())):
        print("\n".join(lines_of(title, tally)))  # noqa: T201


if __name__ == "__main__":
    main()
