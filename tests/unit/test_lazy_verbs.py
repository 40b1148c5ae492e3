"""Verbs are imported when they are used, and look the same before."""

import subprocess
import sys

import pytest

from mailbot.cli.lazy import VERBS, whole


@pytest.mark.parametrize("verb", VERBS)
def test_the_line_in_the_list_is_the_verbs_own(verb: str) -> None:
    """What `mailbot --help` says of a verb is the first line of the verb's own help."""
    said = whole(verb).help or ""
    assert " ".join(said.split("\n\n")[0].split()) == VERBS[verb][1]


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["frobnicate"]])
def test_what_needs_no_verb_imports_none(arguments: list[str]) -> None:
    """Version, help and a wrong verb cost none of the imports that verbs need."""
    code = (
        "import sys; from mailbot.cli.app import run; status = run(sys.argv[1:]); "
        "heavy = {'mailbot.bootstrap', 'mailbot.config', 'tinydb', 'lxml', 'holidays'} & set(sys.modules); "
        "sys.exit(f'imported: {heavy}' if heavy else status)"
    )
    ran = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert "imported" not in ran.stderr
    assert ran.returncode == (2 if arguments == ["frobnicate"] else 0)


def test_help_names_every_verb() -> None:
    """`mailbot --help` lists all of them."""
    ran = subprocess.run([sys.executable, "-m", "mailbot", "--help"], capture_output=True, text=True, check=True)
    assert [verb for verb in VERBS if f" {verb} " not in ran.stdout] == []
