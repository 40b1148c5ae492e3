"""What people read of a rehearsed mail and of failing examples."""

from typing import Any

from mailbot import shapes
from mailbot.cli.telling import failing, story
from mailbot.core.rule_examples import Wrong

FIELD = {"value": "xss", "rule": "type/xss-ja", "confidence": 0.95, "quote": "クロスサイト\nスクリプティング"}


def shown(**values: Any) -> str:
    base: dict[str, Any] = {
        "source": "a.eml",
        "message": {
            "id": "<a@b>",
            "from": "hanako@example.com",
            "subject": "s",
            "date": None,
            "language": "ja",
            "text": "",
            "new_text": "",
            "attachments": [],
            "defects": ["charset: odd"],
        },
        "crypto": {"encrypted": True, "signature": "unknown_key", "signer": None, "failure": None, "defects": []},
        "kind": "report",
        "case": None,
        "report": None,
        "bounce": None,
        "mail": [],
        "outcome": "open_case",
        "why": "it reads like a vulnerability report",
    }
    return story(shapes.RehearsalShape.model_validate({**base, **values}))


def test_every_field_has_its_rule_and_its_words() -> None:
    """On one line each, whatever lines they were read from; a value that is its own quote is not said twice."""
    fields = {
        "vulnerability.type": FIELD,
        "vulnerability.cwe": {
            "value": ["CWE-79"],
            "rule": "cwe/of-type",
            "confidence": 0.6,
            "quote": "",
            "derived": True,
        },
        "product.name": {"value": "Viewer", "rule": "r/p", "confidence": 0.9, "quote": "Viewer"},
        "vulnerability.steps": {"value": "1. a\n2. b", "rule": "r/s", "confidence": 0.9, "quote": "x" * 200},
    }
    report = {"track": "website", "form": "free-text", "fields": fields, "missing": ["target.urls"]}
    told = shown(report={**report, "duplicates": [{"case": "CASE#1", "score": 0.9, "why": "same path"}]})
    assert "    vulnerability.type: xss\n      by type/xss-ja (0.95) from “クロスサイト スクリプティング”\n" in told
    assert "    vulnerability.cwe: CWE-79\n      by cwe/of-type (0.60, derived)\n" in told
    assert "    product.name: Viewer\n      by r/p (0.90)\n" in told
    assert f"“{'x' * 120}…”" in told
    assert "  missing  target.urls\n" in told
    assert "  perhaps  CASE#1 (0.90): same path" in told


def test_the_first_lines_say_what_it_is() -> None:
    """Kind, outcome, reason, sender, protection and what was odd."""
    assert shown().split("\n") == [
        "a.eml: report -> open_case",
        "  because  it reads like a vulnerability report",
        "  from     hanako@example.com, encrypted, signature unknown key",
        "  note     charset: odd",
    ]


def test_a_bounce_and_the_mails_that_would_go() -> None:
    """Whose mail came back and why; to whom, how, and what it waits for."""
    bounce = {"recipient": "a@b", "status": "5.1.1", "action": "failed", "reason": "unknown", "message_id": None}
    mail = {"to": "c@d", "template": "ja/details", "subject": "[CASE#1] x", "body": "", "signed": True}
    told = shown(bounce=bounce, mail=[{**mail, "encrypted_to": [], "held_for": "approval"}])
    assert "  bounce   a@b: unknown (failed 5.1.1)" in told
    assert told.endswith("  mail     ja/details to c@d (signed, held for approval)\n           [CASE#1] x")


def test_nothing_of_a_mail_speaks_to_the_terminal() -> None:
    """Control characters become spaces."""
    assert "\x1b" not in shown(why="\x1b[31mred")


def test_failing_examples_by_file() -> None:
    """Each file once, with its rules below it."""
    wrong = [
        Wrong("rules/a.toml", "one", "text", '"x"', "nothing"),
        Wrong("rules/a.toml", "two", "t", "no hit", "a hit"),
    ]
    told = failing(wrong)
    assert told.startswith('rules/a.toml\n  rule one\n    example   text\n    expected  "x"\n    found     nothing\n')
    assert told.count("rules/a.toml") == 1
