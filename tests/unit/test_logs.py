"""What stands in stderr: sentences for people, or one JSON object a line."""

import json
import subprocess
import sys

import pytest


def stderr_of(*arguments: str, env: dict[str, str] | None = None) -> str:
    """What a verb that is refused says."""
    ran = subprocess.run(
        [sys.executable, "-m", "mailbot", *arguments, "kit", "どこ"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONUTF8": "1", **(env or {})},
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    return ran.stderr


def test_people_read_a_sentence() -> None:
    """The default."""
    assert stderr_of() == "mailbot: どこ: not a domain like www.example.jp\n"


@pytest.mark.parametrize("arguments", [("--log", "json"), ()])
def test_programs_read_json(arguments: tuple[str, ...]) -> None:
    """By option or environment every line is an object with level, logger, message and moment, also a refusal."""
    (line,) = stderr_of(*arguments, env={} if arguments else {"MAILBOT_LOG": "json"}).splitlines()
    told = json.loads(line)
    assert (told["level"], told["logger"]) == ("WARNING", "mailbot")
    assert told["message"] == "どこ: not a domain like www.example.jp"
    assert told["timestamp"].endswith("+00:00")
