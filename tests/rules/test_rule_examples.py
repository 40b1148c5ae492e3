"""Every rule does what its own examples say, and a set of rules that is not good is refused with every problem."""

import pytest

from mailbot.core.events import Meaning
from mailbot.core.rule_examples import Wrong, example_count, run_examples
from mailbot.core.ruleset import load_rules
from mailbot.errors import ConfigError
from tests.shipped_rules import rule_files, shipped_rules

CODES = """
    xss sqli path_traversal file_exposure dns_misconfiguration csrf open_redirect os_command_injection session
    authentication authorization http_response_splitting mail_header_injection clickjacking improper_https
    buffer_overflow information_disclosure code_execution dos other
"""
"""The types that the contract names."""

GOOD = """
[[rule]]
id = "cve-id"
why = "Numbers of the catalogue."
field = "vulnerability.cve"
pattern = '''CVE-[0-9]{4}-[0-9]{4,}'''
convert = "cve"
hit = [{ text = "see CVE-2026-0001", value = ["CVE-2026-0001"] }]
miss = ["CVE"]
"""


def problems_of(files: dict[str, str]) -> tuple[str, ...]:
    """What loading complains of."""
    with pytest.raises(ConfigError) as refused:
        load_rules(files)
    return refused.value.problems


def test_every_example_of_the_shipped_rules_holds() -> None:
    """No shipped rule contradicts its examples."""
    assert run_examples(shipped_rules()) == ()


def test_there_are_many_examples() -> None:
    """The shipped rules carry more than a thousand examples."""
    assert example_count(shipped_rules()) > 1_000


def test_every_type_of_the_contract_has_names() -> None:
    """Each code has a name in both languages."""
    types = shipped_rules().types
    assert set(CODES.split()) <= set(types)
    for each in types.values():
        assert all(each.name[language] for language in ("ja", "en"))


def test_every_meaning_and_form_has_a_file() -> None:
    """All meanings that rules read and all five forms have rules; a form may have several layouts, each in its file."""
    rules = shipped_rules()
    meanings = {meaning.value for meaning in Meaning if meaning not in (Meaning.OTHER, Meaning.NOTHING)}
    assert {file.meaning.value for file in rules.replies.values()} == meanings
    assert {form.form for form in rules.forms.values()} == {
        "ipa-website",
        "ipa-product",
        "certcc-vrf",
        "markdown",
        "json",
    }


def test_an_example_that_fails_is_named() -> None:
    """A pattern that does not find its own example is reported with file, rule, example, and both values."""
    rules = load_rules({"fields/cve.toml": GOOD.replace('2026-0001"]', '2026-0002"]')})
    (wrong,) = run_examples(rules)
    assert wrong == Wrong(
        "rules/fields/cve.toml", "cve-id", "see CVE-2026-0001", '["CVE-2026-0002"]', '["CVE-2026-0001"]'
    )
    assert str(wrong).startswith("rules/fields/cve.toml: rule cve-id: 'see CVE-2026-0001': expected")


def test_a_miss_that_matches_is_named() -> None:
    """A pattern that finds what it must not is reported."""
    rules = load_rules({"fields/cve.toml": GOOD.replace('miss = ["CVE"]', 'miss = ["CVE-2026-0001"]')})
    (wrong,) = run_examples(rules)
    assert (wrong.example, wrong.expected, wrong.found) == ("CVE-2026-0001", "nothing", '["CVE-2026-0001"]')


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("hit = [{", "# hit = [{"), "rules/fields/cve.toml: rule cve-id has no example; add one"),
        (
            ("vulnerability.cve", "vulnerability.nr"),
            "rules/fields/cve.toml: rule cve-id: field: 'vulnerability.nr' is no field",
        ),
        (("CVE-[0-9]{4}", "(CVE"), "rules/fields/cve.toml: rule cve-id: pattern: missing )"),
        (("CVE-[0-9]{4}", "(?=CVE)"), "rules/fields/cve.toml: rule cve-id: pattern: invalid perl operator"),
        (('why = "', 'because = "'), "rules/fields/cve.toml: rule cve-id: why: Field required"),
        (('"cve"\nhit', '"number"\nhit'), "rules/fields/cve.toml: rule cve-id: convert: Input should be"),
        (("[[rule]]", "[[rule]"), "rules/fields/cve.toml: not TOML"),
    ],
)
def test_a_bad_rule_is_refused_with_its_place(change: tuple[str, str], problem: str) -> None:
    """Each kind of mistake is told with file, rule and key."""
    found = problems_of({"fields/cve.toml": GOOD.replace(*change)})
    assert any(line.startswith(problem) for line in found), found


def test_all_problems_are_told_at_once() -> None:
    """Mistakes of several files come in one refusal."""
    found = problems_of(
        {
            "fields/a.toml": GOOD.replace("hit = [{", "# hit = [{"),
            "fields/b.toml": GOOD + GOOD,
            "nowhere/c.toml": "",
            "types/d.toml": "code = 'xss'",
        }
    )
    assert len([line for line in found if line.startswith("rules/fields/a.toml")]) == 1
    assert "rules/fields/b.toml: rule cve-id stands there twice; rename one" in found
    assert any(line.startswith("rules/nowhere/c.toml: no rules are read from here") for line in found)
    assert any(line.startswith("rules/types/d.toml: name: Field required") for line in found)


def test_a_type_claimed_twice_is_refused() -> None:
    """Two files with one code are a mistake."""
    files = rule_files()
    files["types/xss_again.toml"] = files["types/xss.toml"]
    assert "rules/types/xss_again.toml: xss is already in xss.toml; keep one of them" in problems_of(files)


def test_files_of_other_subjects_are_passed_over() -> None:
    """The policy is read elsewhere."""
    files = {"policy/x.toml": "nonsense =", "fields/cve.toml": GOOD}
    assert set(load_rules(files).fields) == {"cve"}
