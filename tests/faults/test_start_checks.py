"""A start checks rules and templates unless these very files were found good before; what is broken is told at once."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailbot import bootstrap, setup
from mailbot.adapters.found_good import NAME
from mailbot.bootstrap import build, load_knowledge
from mailbot.config import Config, load
from mailbot.core import ruleset, templates
from mailbot.core.patterns import Re2Pattern
from mailbot.errors import ConfigError


@pytest.fixture(scope="module")
def made() -> Iterator[Config]:
    """A desk as init makes it."""
    home = Path(tempfile.mkdtemp(prefix="mb", dir="/tmp"))
    list(setup.init(home / "desk", "Desk", "security@desk.example.jp", None))
    config = load(home / "desk" / "mailbot.toml")
    yield config
    subprocess.run(["gpgconf", "--homedir", str(config.pgp.home), "--kill", "all"], capture_output=True, check=False)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def checks(made: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The languages whose templates were checked; nothing is known to be good yet, and our own files are put back."""
    (made.state.dir / NAME).unlink(missing_ok=True)
    seen: list[str] = []
    real = templates.problems_in

    def noting(language: str, *rest: object) -> Iterator[str]:
        seen.append(language)
        return real(language, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(templates, "problems_in", noting)
    monkeypatch.setattr(bootstrap, "load_rules", ruleset.load_rules)  # the tests' own load the same files once
    monkeypatch.setattr(bootstrap, "load_templates", templates.load_templates)
    body, rule = _receipt(made), _rule(made)
    before = body.read_bytes(), rule.read_bytes()
    yield seen
    body.write_bytes(before[0])
    rule.write_bytes(before[1])


def _receipt(config: Config) -> Path:
    return config.folder / "templates" / "ja" / "receipt" / "body.txt"


def _rule(config: Config) -> Path:
    return min((config.folder / "rules" / "automatic").glob("*.toml"))


def _start(config: Config, *, read_only: bool = False) -> None:
    with build(config, read_only=read_only):
        pass


def test_what_was_found_good_is_not_checked_at_the_next_start(made: Config, checks: list[str]) -> None:
    """The first start of a bot checks it, the second one does not."""
    _start(made)
    assert checks == ["en", "ja"]
    assert (made.state.dir / NAME).exists()
    _start(made)
    _start(made, read_only=True)
    assert checks == ["en", "ja"]


def test_whoever_asks_what_is_wrong_is_told_after_a_whole_check(made: Config, checks: list[str]) -> None:
    """`doctor` and `rules test` go by nothing that was remembered."""
    _start(made)
    load_knowledge(made)
    assert checks == ["en", "ja"] * 2


def test_a_state_that_is_only_read_remembers_nothing(made: Config, checks: list[str]) -> None:
    """Nothing is written there."""
    _start(made)
    (made.state.dir / NAME).unlink()
    _start(made, read_only=True)
    assert not (made.state.dir / NAME).exists()


@pytest.mark.parametrize(
    ("which", "words", "told"),
    [
        (_receipt, "{{ case.no_such_thing }}", "templates/ja/receipt/body.txt"),
        (_receipt, "{% if %}", "templates/ja/receipt/body.txt"),
        (
            _rule,
            '\n[[rule]]\nid = "x"\nwhy = "x"\nheader = "X"\nkind = "auto"\npattern = "(a"\nhit = ["a"]\n',
            "pattern",
        ),
    ],
    ids=["unknown", "syntax", "pattern"],
)
def test_what_is_broken_later_is_told_at_the_next_start(
    made: Config, checks: list[str], which: object, words: str, told: str
) -> None:
    """Also when everything was found good before; and as long as it is broken, at each."""
    _start(made)
    path = which(made)  # type: ignore[operator]
    path.write_text(path.read_text("utf-8") + words, "utf-8")
    for _ in range(2):
        with pytest.raises(ConfigError) as raised:
            _start(made)
        assert any(told in problem for problem in raised.value.problems)


def test_patterns_known_to_be_good_are_compiled_when_they_are_asked(
    made: Config, checks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start compiles next to none of them, and they find what they find."""
    _start(made)
    compiled: list[str] = []
    real = Re2Pattern.compile

    def noting(pattern: Re2Pattern) -> None:
        compiled.append(pattern.pattern)
        real(pattern)

    monkeypatch.setattr(Re2Pattern, "compile", noting)
    rules = load_knowledge(made, again=True).rules
    few = len(compiled)
    assert rules.host_kind("github.com") == load_knowledge(made).rules.host_kind("github.com")
    assert few * 10 < len(compiled)
