"""What is installed is what was locked, and what is imported is declared. The wheel: tests/e2e/test_wheel.py."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def normal(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirements: list[str]) -> set[str]:
    """The packages that are asked for."""
    return {normal(re.split(r"[<>=~!\[; ]", line)[0]) for line in requirements}


def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(path: Path) -> set[str]:
    """The packages that a lock file pins."""
    return {normal(name) for name in re.findall(r"^([\w.-]+)==", path.read_text(encoding="utf-8"), re.MULTILINE)}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_locks_pin_by_hash_and_name_no_place(path: Path) -> None:
    """Every package has a version and a hash; where packages come from is the installing machine's affair."""
    text = path.read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"^(?=\S)", text, flags=re.MULTILINE) if entry.strip()]
    assert [entry for entry in entries if not re.match(r"[\w.-]+==\S+ .*\\\n +--hash=sha256:[0-9a-f]{64}", entry)] == []
    assert re.findall(r"://|file:|^-", text, re.MULTILINE) == []


def test_locks_are_of_this_project() -> None:
    """Every dependency is locked (`make lock` does it), and the tests run with the versions that are installed."""
    wanted, tools = named(project()["project"]["dependencies"]), named(project()["dependency-groups"]["dev"])
    run, build, dev = (ROOT / "requirements" / f"{name}.txt" for name in ("run", "build", "dev"))
    assert wanted - locked(run) == set()
    assert tools - locked(dev) == set()
    pins = set(re.findall(r"^[\w.-]+==\S+", dev.read_text(encoding="utf-8"), re.MULTILINE))
    for smaller in (run, build):
        assert set(re.findall(r"^[\w.-]+==\S+", smaller.read_text(encoding="utf-8"), re.MULTILINE)) - pins == set()


def imported() -> set[str]:
    """The libraries that the package imports, also where it does so late."""
    found = set()
    for path in (ROOT / "mailbot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.partition(".")[0])
    return found - {"mailbot"} - sys.stdlib_module_names


def test_what_is_imported_is_declared() -> None:
    """A machine that has what `pyproject.toml` asks for, extras too, has every library; pydantic brings its core."""
    declared = project()["project"]
    wanted = named([*declared["dependencies"], *chain(*declared["optional-dependencies"].values())])
    by_module = {name: {normal(each) for each in owners} for name, owners in packages_distributions().items()}
    assert {name for name in imported() if not by_module.get(name, set()) & wanted} == {"pydantic_core"}
