"""The JSON that users rely on: examples of every shape, against the types and against the published JSON Schema."""

import copy
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from pydantic import TypeAdapter, ValidationError

from mailbot.cli.app import run
from mailbot.core.classify import MailKind
from mailbot.core.model import Standing, State, Track
from mailbot.core.outbox import Status
from mailbot.shapes import SHAPES, schema
from tests.statistics_records import FULL

CASE_ID = "CASE#12345678"
FINGERPRINT = "0123456789ABCDEF0123456789ABCDEF01234567"
DIGEST = "5f2b" * 16
ATTACHMENT = {"name": "poc.txt", "type": "text/plain", "size": 312, "sha256": DIGEST}
FIELDS = {
    "vulnerability.type": {
        "value": "xss",
        "rule": "type/xss-ja",
        "confidence": 0.95,
        "quote": "クロスサイト・スクリプティング",
        "derived": False,
    },
    "vulnerability.cwe": {
        "value": ["CWE-79"],
        "rule": "types/xss",
        "confidence": 0.95,
        "quote": "",
        "derived": True,
    },
    "vulnerability.cvss_score": {"value": 6.1, "rule": "numbers/score", "confidence": 0.9, "quote": "6.1"},
    "consent.credit": {"value": True, "rule": "ipa-website/credit", "confidence": 0.95, "quote": "■ 謝辞"},
}
REHEARSAL: dict[str, Any] = {
    "source": "report.eml",
    "message": {
        "id": "<a@b>",
        "from": "hanako@example.com",
        "subject": "脆弱性の届出",
        "date": "2026-11-20T09:30:00+09:00",
        "language": "ja",
        "text": "検索画面に問題があります。",
        "new_text": "検索画面に問題があります。",
        "attachments": [ATTACHMENT],
        "defects": ["charset: declared us-ascii, decoded as iso-2022-jp"],
    },
    "crypto": {"encrypted": True, "signature": "good", "signer": FINGERPRINT, "failure": None, "defects": []},
    "kind": "report",
    "case": None,
    "report": {
        "track": "website",
        "form": "ipa-website",
        "fields": FIELDS,
        "missing": ["vulnerability.steps"],
        "duplicates": [{"case": CASE_ID, "score": 0.93, "why": "same URL path and type"}],
    },
    "bounce": None,
    "mail": [
        {
            "to": "hanako@example.com",
            "template": "ja/receipt",
            "subject": f"[{CASE_ID}] 届出を受け付けました",
            "body": "ご連絡ありがとうございます。\n",
            "signed": True,
            "encrypted_to": [FINGERPRINT],
            "held_for": None,
        }
    ],
    "outcome": "open_case",
    "why": "it reads like a vulnerability report",
}
BOUNCE = {
    "recipient": "info@shop.example.jp",
    "status": "5.1.1",
    "action": "failed",
    "reason": "no such user",
    "message_id": "<c@desk.example.jp>",
}
SUMMARY: dict[str, Any] = {
    "id": CASE_ID,
    "track": "website",
    "state": "contacting",
    "title": "https://shop.example.jp/search (xss)",
    "received": "2026-11-20T00:30:00Z",
    "opened_by": "finder",
    "waiting_for": "contact",
    "since": "2026-11-21T01:00:00Z",
    "due": "2026-11-30T15:00:00Z",
    "overdue": False,
    "priority": "normal",
    "language": "ja",
    "closing_code": None,
}
IN_FULL: dict[str, Any] = SUMMARY | {
    "fields": FIELDS,
    "missing": [],
    "participants": [
        {"role": "finder", "name": "発見 花子", "address": "hanako@example.com", "fingerprint": FINGERPRINT}
    ],
    "contacts": [
        {
            "n": 1,
            "address": "security@shop.example.jp",
            "source": "security.txt",
            "standing": "tried",
            "score": 0.9,
            "why": "the site's own file",
            "evidence": ["url: https://shop.example.jp/.well-known/security.txt"],
            "vendor": None,
        }
    ],
    "deadlines": [{"kind": "contact_answer", "at": "2026-11-30T15:00:00Z", "note": "security@shop.example.jp"}],
    "vendors": [],
    "embargo": {
        "state": "active",
        "until": None,
        "ended": None,
        "why": "",
        "proposals": [
            {
                "n": 1,
                "by": "desk",
                "until": None,
                "at": "2026-11-20T00:30:00Z",
                "why": "",
                "asked": [],
                "settled": "accepted",
            }
        ],
    },
    "publication": None,
    "handling": "sought",
    "phase": "W1",
    "vultron": {
        "participants": [
            {"participant": "finder", "rm": "accepted", "vfd": None},
            {"participant": "operator", "rm": "start", "vfd": "vfd"},
        ],
        "em": "proposed",
        "pxa": "pxa",
    },
    "timeline": [
        {
            "at": "2026-11-20T00:30:00Z",
            "what": "report",
            "who": "hanako@example.com",
            "text": "",
            "message_id": "<a@b>",
        }
    ],
    "links": [
        {"kind": "duplicate", "case": "CASE#87654321", "score": 0.93, "why": "same page"},
        {"kind": "merged", "case": "CASE#11112222"},
    ],
    "priority_why": ["no severity is stated"],
}
OUTBOX: dict[str, Any] = {
    "item": "00112233445566aa",
    "case": CASE_ID,
    "to": "security@shop.example.jp",
    "template": "ja/first-contact",
    "subject": f"[{CASE_ID}] 窓口のご確認",
    "status": "held",
    "hash": "0a1b2c3d4e5f60718293",
    "held_for": "approval",
    "attempts": 0,
    "next": None,
    "message_id": "<0a1b.12345678.abcdefghijklmnop@desk.example.jp>",
    "error": "",
}
QUARANTINE: dict[str, Any] = {
    "id": DIGEST[:12],
    "digest": DIGEST,
    "from": "someone@example.com",
    "subject": "hello",
    "received": "2026-11-20T00:30:00Z",
    "reason": "no rule knows what it is",
    "attempts": 1,
}
RUN: dict[str, Any] = {
    "arrived": 3,
    "accounted": {
        "case": 1,
        "command": 1,
        "copy": 0,
        "bounce": 0,
        "ignored": 0,
        "held": 1,
        "quarantined": 0,
        "already_done": 0,
    },
    "sent": 4,
    "queued": 0,
    "held": 1,
    "dead": 0,
    "problems": ["00112233445566aa first-contact: mail.example.jp answered 451 later"],
}
CHECK = {
    "check": "IMAP",
    "ok": False,
    "detail": "[imap].host: name not known",
    "advice": "see the setting that is named",
}
CANDIDATE = {
    "address": "security@shop.example.jp",
    "source": "security.txt",
    "score": 0.9,
    "why": "the site's own file",
    "evidence": ["checked: 2026-11-20"],
    "checked": "2026-11-20T00:30:00Z",
    "key": None,
}
BACKUP = {"file": "/mnt/safe/desk.backup", "files": 12, "made": "2026-11-20T09:30:00Z", "with_key": False}
PURGE = {
    "dry_run": True,
    "cases": [{"id": CASE_ID, "track": "website", "state": "rejected"}],
    "kept": [{"id": "CASE#87654321", "why": "it is open"}],
    "outbox_items": 3,
    "mails": 2,
    "pins": 1,
}
GAP = {
    "kind": "spool",
    "where": "state/spool/4f/4f00",
    "what": "the bytes are not those of the name",
    "advice": "put the mail back from a backup: mailbot restore FILE",
}
WRONG_EXAMPLE = {
    "file": "rules/fields/our_desk.toml",
    "rule": "ticket",
    "example": "Please quote PARTNER-004711.",
    "expected": '["PARTNER-004712"]',
    "found": '["PARTNER-004711"]',
}
DIFFERENCE = {"kind": "left_out", "place": "reporter.name", "before": "山田 花子", "after": "", "why": "identity"}
NAMES_OF = {"ja": "届出件数", "en": "Reports received"}
REMARK = {"code": "base", "ja": "3件の内訳", "en": "Of 3", "numbers": {"count": 3, "share": None, "rate": 4.03}}
FIGURE = {
    "code": "reports",
    "number": "表1-1",
    "yearly": "",
    "title": NAMES_OF,
    "quarter": "2026Q4",
    "part": "reports",
    "kind": "table",
    "columns": [{"code": "this_quarter", **NAMES_OF}],
    "series": [{"code": "product", **NAMES_OF, "drawn": "bar", "unit": "count", "of": None, "values": [3]}],
    "totals": None,
    "remarks": [REMARK],
}
REPORT = {
    "format": 1,
    "quarter": "2026Q4",
    "since": "2004-07-08",
    "until": "2026-12-31",
    "records": 3,
    "figures": [FIGURE],
    "remarks": [REMARK],
}
KEY_LINE = {
    "address": "psirt@vendor.example.com",
    "fingerprint": FINGERPRINT,
    "source": "wkd",
    "expires": "2028-11-21T00:00:00Z",
    "usable": True,
    "waiting": [],
}
KEY = {
    "fingerprint": FINGERPRINT,
    "algorithm": "ed25519",
    "user_ids": ["PSIRT <psirt@vendor.example.com>"],
    "created": "2026-11-21T00:00:00Z",
    "expires": None,
    "usable": False,
    "why": "the key is revoked",
    "pinned_for": ["psirt@vendor.example.com"],
    "waiting": [],
}
EXAMPLES: dict[str, Any] = {
    "rehearse": REHEARSAL,
    "case-list": [SUMMARY],
    "case-show": IN_FULL,
    "outbox-list": [OUTBOX],
    "outbox-show": OUTBOX
    | {
        "body": "はじめまして。\n",
        "attachments": [ATTACHMENT],
        "diff": [DIFFERENCE],
        "encrypt_to": None,
        "despite": [],
    },
    "quarantine-list": [QUARANTINE],
    "run": RUN,
    "doctor": [CHECK],
    "contacts-find": [CANDIDATE],
    "rules-test": [WRONG_EXAMPLE],
    "verify": [GAP],
    "backup": BACKUP,
    "purge": PURGE,
    "key-list": [KEY_LINE],
    "key-show": [KEY],
    "record": FULL,
    "figure": FIGURE,
    "report": REPORT,
}
NAMES = tuple(EXAMPLES)


def typed(name: str, value: object) -> object:
    """The value read by the shape's type and printed again."""
    shape, is_list = SHAPES[name]
    adapter: TypeAdapter[Any] = TypeAdapter(list[shape] if is_list else shape)
    return adapter.dump_python(adapter.validate_json(json.dumps(value)), mode="json", by_alias=True)


def checked(name: str, value: object) -> None:
    """Raises ValidationError if the published schema does not allow the value."""
    validator = jsonschema.Draft202012Validator(schema(name), format_checker=jsonschema.FormatChecker())
    validator.validate(value)


def test_every_shape_has_an_example() -> None:
    """No shape goes without one."""
    assert set(EXAMPLES) == set(SHAPES)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_is_read_and_printed_unchanged(name: str) -> None:
    """The types know every member of the example, and print the same JSON."""
    again = typed(name, EXAMPLES[name])
    assert typed(name, again) == again
    assert _without_default(again) == _without_default(EXAMPLES[name])


def _without_default(value: Any) -> Any:
    """The value without what may be left out: `derived: false`, what a candidate is not, why of a link without one."""
    optional = (("derived", False), ("address", None), ("form", None), ("phone", None), ("score", None), ("why", ""))
    if isinstance(value, dict):
        return {k: _without_default(v) for k, v in value.items() if (k, v) not in optional}
    return [_without_default(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", NAMES)
def test_the_example_fits_the_published_schema(name: str) -> None:
    """Who validates with `mailbot schema NAME` accepts what mailbot prints."""
    checked(name, EXAMPLES[name])
    checked(name, typed(name, EXAMPLES[name]))


@pytest.mark.parametrize("name", NAMES)
def test_the_verb_prints_a_valid_json_schema(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`mailbot schema NAME` needs no configuration, prints a JSON Schema and nothing else."""
    assert run(["schema", name]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == schema(name)
    jsonschema.Draft202012Validator.check_schema(printed)


def test_an_unknown_schema_is_named_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong use is status 2; nothing goes to stdout."""
    assert run(["schema", "nothing"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert all(name in err for name in SHAPES)


def test_a_bounce_has_its_own_part() -> None:
    """`bounce` is an object when the mail is one."""
    example = REHEARSAL | {"kind": "bounce", "report": None, "bounce": BOUNCE, "outcome": "suspend_address"}
    checked("rehearse", example)
    assert typed("rehearse", example)


def _drop(member: str) -> Callable[[dict[str, Any]], None]:
    return lambda value: value.pop(member)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("rehearse", _drop("why")),
        ("rehearse", lambda v: v.update(kind="fax")),
        ("rehearse", lambda v: v.update(surprise=1)),
        ("rehearse", lambda v: v["crypto"].update(signature="perhaps")),
        ("case-show", _drop("timeline")),
        ("outbox-show", lambda v: v.update(status="lost")),
        ("run", lambda v: v["accounted"].update(lost=1)),
    ],
)
def test_what_is_no_such_json_is_refused(name: str, spoil: Callable[[dict[str, Any]], None]) -> None:
    """A missing, unknown or wrong member is refused by the type and by the schema alike."""
    value = copy.deepcopy(EXAMPLES[name])
    spoil(value)
    with pytest.raises(ValidationError):
        typed(name, value)
    with pytest.raises(jsonschema.ValidationError):
        checked(name, value)


@pytest.mark.parametrize("moment", ["yesterday", "2026-11-20", "2026-11-20T09:30:00"])
def test_a_moment_names_its_zone(moment: str) -> None:
    """Dates are ISO 8601 with a zone."""
    with pytest.raises(ValidationError):
        typed("case-list", [SUMMARY | {"received": moment}])


@pytest.mark.parametrize(
    ("name", "member", "words"),
    [
        ("case-list", "track", Track),
        ("outbox-list", "status", Status),
        ("rehearse", "kind", MailKind),
    ],
)
def test_the_words_are_those_of_the_program(name: str, member: str, words: type[Any]) -> None:
    """A schema allows exactly the words that the core uses."""
    whole: Any = schema(name)
    properties = whole.get("items", whole)["properties"]
    assert set(properties[member]["enum"]) == {word.value for word in words}


def test_standings_are_those_of_the_program() -> None:
    """A contact point's standing is one of the core's, and a case's state is any state's name."""
    whole: Any = schema("case-show")
    assert set(whole["$defs"]["ContactShape"]["properties"]["standing"]["enum"]) == {s.value for s in Standing}
    for state in State:
        checked("case-list", [SUMMARY | {"state": state.value}])
