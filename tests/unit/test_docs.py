"""The documentation says what the program does: links, verbs, commands, examples and generated parts."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import typer

from mailbot import resources
from mailbot.cli.app import app
from mailbot.cli.lazy import whole
from mailbot.cli.telling import failing, story
from mailbot.core.commands import parse_orders
from mailbot.core.messages import RawMail
from mailbot.core.policy_file import load_edition
from mailbot.core.rule_examples import run_examples
from mailbot.core.ruleset import load_rules
from mailbot.core.templates import load_templates
from mailbot.core.views import PURPOSES
from mailbot.reader import InProcessReader
from mailbot.rehearsal import rehearse
from tests.doc_blocks import BLOCKS, ROOT, renewed
from tests.faults.quick_desk import QuickDesk
from tests.threat_list import ALSO, THREATS, by_threat, every_test

PAGES = (ROOT / "README.md", ROOT / "state" / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
NOWHERE = Path("/nonexistent")

_FENCE = re.compile(r"^( *)```([a-z]*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def blocks(page: Path, language: str | None = None) -> list[str]:
    """The fenced blocks of a page."""
    return [text for _, kind, text in _FENCE.findall(page.read_text("utf-8")) if language in (None, kind)]


def anchors(page: Path) -> set[str]:
    """The fragments that the headings of a page give."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    headings = re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    """Files exist, and so do the headings that a link names in them."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    for link in _LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if fragment:
            assert fragment in anchors(target), link


def test_every_page_of_docs_is_reached_from_the_readme() -> None:
    """A page that nothing links to is a page that nobody reads; decisions are reached by their folder."""
    linked = {(page.parent / link.partition("#")[0]).resolve() for page in PAGES for link in _links(page)}
    assert {page for page in PAGES if page.parent == ROOT / "docs"} <= linked


def _links(page: Path) -> list[str]:
    return _LINK.findall(_FENCE.sub("", page.read_text("utf-8")))


@pytest.mark.parametrize("page", BLOCKS)
def test_generated_parts_are_current(page: str) -> None:
    """The parts made from the code are what the code says now; if not, run `make docs`."""
    text = (ROOT / page).read_text("utf-8")
    assert renewed(page, text) == text


def calls(page: Path) -> Iterator[str]:
    """What follows `mailbot` in code spans and in the lines of shell blocks."""
    text = page.read_text("utf-8")
    prose = _FENCE.sub("", text)
    places = [span.replace("\n", " ") for span in _SPAN.findall(prose)]
    for block in blocks(page):
        places += block.split("\n")
    for place in places:
        for call in re.findall(r"(?:^|[\s;&{]|bin/)mailbot((?: [^\s;&|#)}]+)+)", f" {place}"):
            yield call.strip()


def verb(words: list[str]) -> str | None:
    """What is wrong with a call: an unknown verb or option; None if nothing is."""
    top = command = typer.main.get_command(app)
    options = {option for parameter in command.params for option in parameter.opts} | {"-h", "--help"}
    pending = list(words)
    while pending:
        word = pending.pop(0)
        subcommands = getattr(command, "commands", {})
        if word.startswith("-") and len(word) > 1:
            if word.rstrip(",.") not in options:
                return f"option {word}"
            if word == "--config":
                del pending[:1]
        elif subcommands:
            if word not in subcommands:
                return f"verb {word}"
            command = whole(word) if command is top else subcommands[word]
            options |= {option for parameter in command.params for option in parameter.opts}
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_call_shown_is_one_that_the_program_takes(page: Path) -> None:
    """`mailbot …` names verbs and options that exist."""
    wrong = [(call, problem) for call in calls(page) if call[0].isascii() and (problem := verb(call.split()))]
    assert wrong == []


def test_the_check_of_calls_bites() -> None:
    """An invented verb, sub-verb or option is found."""
    assert verb(["fly"]) == "verb fly"
    assert verb(["outbox", "burn", "1"]) == "verb burn"
    assert verb(["run", "--twice"]) == "option --twice"
    assert verb(["--config", "x.toml", "run", "--once"]) is None


def orders() -> Iterator[str]:
    """Blocks of commands to be mailed, in README and docs."""
    for page in PAGES:
        yield from (block for block in blocks(page) if block.startswith("!"))


@pytest.mark.parametrize("block", tuple(orders()))
def test_every_command_block_can_be_mailed_as_it_stands(block: str) -> None:
    """Each block names its case and is read without a problem, to its last line."""
    read = parse_orders(block)
    assert read.problems == ()
    spoken = len(read.commands) + block.count("!case ") + block.count("!preview")
    assert spoken == len(block.strip().splitlines())


def toml_examples() -> Iterator[tuple[str, str]]:
    """Path below rules/ and text of every TOML example of the page on rules."""
    for block in blocks(ROOT / "docs" / "rules.md", "toml"):
        first = block.partition("\n")[0]
        found = re.match(r"# rules/(\S+\.toml)", first)
        assert found, f"the first line names no file: {first}"
        yield found[1], block


EXAMPLES = tuple(toml_examples())


@pytest.mark.parametrize(("path", "text"), EXAMPLES, ids=[path for path, _ in EXAMPLES])
def test_every_example_of_a_rule_loads(path: str, text: str) -> None:
    """Beside the shipped rules, in the place of one of the same name; its own examples do what they say."""
    files = resources.texts("rules", NOWHERE)
    if path.startswith("policy/"):
        shipped = files["policy/p-guideline-2022.toml"]
        for line in text.splitlines()[1:]:
            key = line.partition(" = ")[0]
            shipped, count = re.subn(rf"^{key} = .*$", lambda _, line=line: line, shipped, flags=re.MULTILINE)
            assert count == 1, line
        assert load_edition(shipped).label == tomllib.loads(text)["edition"]
        return
    rules = load_rules(files | {path: text})
    assert [problem for problem in run_examples(rules) if problem.file == f"rules/{path}"] == []


def test_every_folder_of_rules_has_an_example() -> None:
    """No kind of rule is left without one; what the figures go by has a page of its own, and nobody writes weights."""
    folders = {path.partition("/")[0] for path in resources.names("rules")} - {"statistics", "learned"}
    assert {path.partition("/")[0] for path, _ in EXAMPLES} == folders


def shown_in_rules(beginning: str) -> str:
    """The block of output on the page on rules that begins so."""
    (block,) = (text for text in blocks(ROOT / "docs" / "rules.md", "text") if text.startswith(beginning))
    return block.strip("\n")


def test_the_failing_example_reads_as_shown() -> None:
    """What `rules test` says of the slip that the page describes."""
    path, text = next(each for each in EXAMPLES if each[0] == "fields/our_desk.toml")
    slip = text.replace('value = ["PARTNER-004711"]', 'value = ["PARTNER-004712"]')
    wrong = run_examples(load_rules(resources.texts("rules", NOWHERE) | {path: slip}))
    assert failing(each for each in wrong if each.file == f"rules/{path}") == shown_in_rules(f"rules/{path}")


def test_the_rehearsed_mail_reads_as_shown() -> None:
    """Every line of the example is what `rehearse` prints of such a mail, but for the number of the case."""
    desk = QuickDesk()
    own = load_rules(resources.texts("rules", NOWHERE) | {path: text for path, text in EXAMPLES if "our_desk" in path})
    desk.bot = replace(desk.bot, rules=own, reader=InProcessReader(desk.keyring, own, desk.limits))
    text = "https://shop.example.jp/search にクロスサイトスクリプティングの脆弱性があります。\n"
    text += "PARTNER-004711 としても届け出ています。\n"
    mail = desk.write("Hanako", "脆弱性の届出", text).replace(b"finder.example.org", b"example.com")
    told = story(rehearse(desk.bot, RawMail(mail, "report.eml"), desk.now))
    printed = [re.sub(r"#[0-9]{8}", "#12345678", line) for line in told.split("\n")]
    assert [line for line in shown_in_rules("report.eml").split("\n") if line not in printed] == []


def test_the_example_of_a_template_loads() -> None:
    """It takes the place of the shipped file and is rendered."""
    (block,) = blocks(ROOT / "docs" / "templates.md", "jinja")
    found = re.match(r"\{# templates/(\S+) #\}\n", block)
    assert found
    assert found[1].split("/")[1] in PURPOSES
    load_templates(resources.texts("templates", NOWHERE) | {found[1]: block})


def test_every_test_named_in_the_threat_model_exists() -> None:
    """Neither the table nor the list behind it names a test that is gone; every number has a row and a test."""
    names = {name for name, _ in every_test()}
    page = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
    assert set(re.findall(r"`(test_\w+)`", page)) <= names
    assert {name for more in ALSO.values() for name in more} <= names
    assert re.findall(r"^\| T(\d+) ", page, re.MULTILINE) == [str(number) for number in THREATS]
    assert sorted(by_threat()) == sorted(THREATS) == list(range(1, 66))


def test_every_module_named_in_the_docs_exists() -> None:
    """A path of the program or of the tests in a code span is there."""
    for page in PAGES:
        for span in _SPAN.findall(_FENCE.sub("", page.read_text("utf-8"))):
            if re.fullmatch(r"(?:mailbot|tests|core|adapters)(?:/\w+)+\.py|\w+\.py", span):
                at = (ROOT / span, ROOT / "mailbot" / span)
                assert any(path.exists() for path in at), f"{page.name}: {span}"


def packages() -> Iterator[tuple[str, str, list[str]]]:
    """Each part of the layout on the page on architecture: its title, its text, and the modules that it is about."""
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    layout = page[page.index("## Layout\n") : page.index("## The path of a mail\n")]
    for part in layout.split("\n### ")[1:]:
        title, _, text = part.partition("\n")
        first, *others = (name.removeprefix("mailbot/").rstrip("/") for name in title.split(", "))
        top = ROOT / "mailbot" / ("" if others else first)
        if others:
            found = [path for name in (first, *others) for path in (top / name).rglob("*.py")]
        else:
            found = [*top.glob("*.py"), *top.glob("migrations/**/*.py")]
        yield title, text, [str(path.relative_to(top).with_suffix("")) for path in found if path.stem[0] != "_"]


PACKAGES = tuple(packages())


@pytest.mark.parametrize(("text", "found"), [part[1:] for part in PACKAGES], ids=[part[0] for part in PACKAGES])
def test_every_module_has_its_place_in_the_layout(text: str, found: list[str]) -> None:
    """By name or by a pattern such as `imap*`; and no name stands there of which there is no module."""
    rows = [line.split("|")[2] for line in text.split("\n") if line.startswith("| ") and "modules |" not in line]
    named = [name for row in rows for name in _SPAN.findall(row)]
    assert [module for module in found if not any(fnmatchcase(module, name) for name in named)] == []
    assert [name for name in named if not any(fnmatchcase(module, name) for module in found)] == []
    assert len(named) == len(set(named))


def test_the_layout_covers_every_package() -> None:
    """No folder of the program is left out of it."""
    told = sum(len(found) for _, _, found in PACKAGES)
    assert told == sum(1 for path in (ROOT / "mailbot").rglob("*.py") if path.stem[0] != "_")
