"""What is installed is what was locked, and what is built carries the rules and templates."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from mailbot.resources import names

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def normal(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


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
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {normal(re.split(r"[<>=~!\[; ]", line)[0]) for line in project["project"]["dependencies"]}
    tools = {normal(re.split(r"[<>=~!\[; ]", line)[0]) for line in project["dependency-groups"]["dev"]}
    run, build, dev = (ROOT / "requirements" / f"{name}.txt" for name in ("run", "build", "dev"))
    assert wanted - locked(run) == set()
    assert tools - locked(dev) == set()
    pins = set(re.findall(r"^[\w.-]+==\S+", dev.read_text(encoding="utf-8"), re.MULTILINE))
    for smaller in (run, build):
        assert set(re.findall(r"^[\w.-]+==\S+", smaller.read_text(encoding="utf-8"), re.MULTILINE)) - pins == set()


def test_the_wheel_carries_rules_and_templates(tmp_path: Path) -> None:
    """An installed mailbot has what a checkout has beside the package, and nothing of the tests."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    members = zipfile.ZipFile(wheel).namelist()
    for kind in ("rules", "templates"):
        shipped = {member.removeprefix(f"mailbot/_shipped/{kind}/") for member in members if f"/{kind}/" in member}
        assert set(names(kind)) <= shipped
    assert {member.partition("/")[0] for member in members if ".dist-info" not in member} == {"mailbot"}
