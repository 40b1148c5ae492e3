"""Real delivery reports of many mailers: found, about the right recipient, with the right reason."""

import json
import re
from typing import Any

from mailbot.core.bounces import find_bounce
from mailbot.core.messages import RawMail
from mailbot.core.parse import parse
from mailbot.core.sight import Bounce
from tests.corpus import corpus_dir, needs_corpus
from tests.shipped_rules import shipped_rules

_MADE_UP = re.compile(r"[45]\.0\.9[0-9][0-9]")  # codes that stand in no mail: the collection's own
_PEOPLE = ("real-reports-oss-security", "automated-dmarc", "pgp-thunderbird", "mime-mime4j", "reply-mail-parser-reply")


def _expected(collection: str) -> dict[str, dict[str, Any]]:
    folder = corpus_dir()
    assert folder is not None
    table: dict[str, dict[str, Any]] = json.loads((folder / collection / "expected.json").read_text("utf-8"))
    return table


def _found(content: bytes) -> Bounce | None:
    return find_bounce(content, parse(RawMail(content, "corpus")), shipped_rules().bounces)


def _bounces(collection: str) -> dict[str, Bounce | None]:
    folder = corpus_dir()
    assert folder is not None
    return {name: _found((folder / collection / "mails" / name).read_bytes()) for name in _expected(collection)}


def _score(title: str, wrong: list[str], total: int) -> float:
    print(f"{title}: {total - len(wrong)} of {total}", *wrong, sep="\n  ")  # noqa: T201  # the score, for `pytest -s`
    return 1 - len(wrong) / total


def _result(entry: dict[str, Any], recipient: str) -> dict[str, Any]:
    """The expected result for that recipient, by its place among those that the delivery status names."""
    named = [r["recipient"].lower() for r in entry["final_recipients"]]
    results: list[dict[str, Any]] = entry["results"]
    at = named.index(recipient) if recipient in named and len(named) == len(results) else 0
    return results[at]


@needs_corpus
def test_t47_reports_of_many_mailers() -> None:
    """Every report is found; recipients, codes and reasons are those that are expected."""
    table = {name: entry for name, entry in _expected("bounce-sisimai").items() if entry["kind"] == "bounce"}
    bounces = _bounces("bounce-sisimai")
    missed = [name for name in table if bounces[name] is None]
    recipients, codes, reasons = [], [], []
    with_recipient = with_code = 0
    for name, entry in table.items():
        bounce = bounces[name] or Bounce("", "", "", "", None)
        named = {r["recipient"].lower() for r in entry["final_recipients"]}
        result = _result(entry, bounce.recipient)
        with_recipient += bool(named)
        if named and bounce.recipient not in named:
            recipients.append(f"{name}: {bounce.recipient}")
        given = {r["status"].partition(" ")[0] for r in entry["final_recipients"]} | {result["dsn"]}
        given = {code for code in given if code and not _MADE_UP.match(code)}
        with_code += bool(given)
        if given and bounce.status not in given:
            codes.append(f"{name}: {bounce.status}, not {given}")
        if bounce.reason != result["reason"]:
            reasons.append(f"{name}: {bounce.reason}, not {result['reason']}")
    assert _score("found", missed, len(table)) == 1
    assert _score("recipient", recipients, with_recipient) >= 0.98
    assert _score("status", codes, with_code) >= 0.95
    assert _score("reason", reasons, len(table)) >= 0.92


@needs_corpus
def test_t47_reports_of_old_mailers() -> None:
    """So are reports of older mailers, with a recipient that failed and whether it is only a delay."""
    table, bounces, wrong = _expected("bounce-flufl"), _bounces("bounce-flufl"), []
    for name, entry in table.items():
        bounce = bounces[name] or Bounce("", "", "", "", None)
        named = {address.lower() for address in entry["recipients"]}
        if (named and bounce.recipient not in named) or (bounce.action == "delayed") != entry["temporary"]:
            wrong.append(f"{name}: {bounce.recipient} {bounce.action}")
    assert [name for name, bounce in bounces.items() if bounce is None] == []
    assert _score("old mailers", wrong, len(table)) >= 0.98


@needs_corpus
def test_no_other_mail_is_taken_for_one() -> None:
    """Complaints, absence notices, machines' reports and people's mails are no delivery reports."""
    others = [name for name, entry in _expected("bounce-sisimai").items() if entry["kind"] != "bounce"]
    bounces = _bounces("bounce-sisimai")
    assert [name for name in others if bounces[name]] == []
    folder = corpus_dir()
    assert folder is not None
    paths = [path for name in _PEOPLE for path in sorted((folder / name).rglob("*")) if path.is_file()]
    assert [path.name for path in paths if _found(path.read_bytes())] == []
