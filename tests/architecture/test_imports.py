"""Who may import whom: dependencies point inwards, each library has one owner, and the core touches nothing outside."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

OWNED = (
    *("PIL", "aiosmtplib", "csaf", "dns", "fpdf", "gnupg", "httpx"),
    *("imapclient", "mailparser", "matplotlib", "oauthlib", "pikepdf", "prometheus_client", "pylopdf_fonts_jp"),
    *("pypdfium2", "pysequoia", "pythonjsonlogger", "pyzipper", "tinydb"),
)
"""Libraries that exactly one module imports, so that what is untyped or unsafe in them ends there."""

STORE = {f"mailbot.adapters.{name}" for name in ("store", "frames", "journal", "rows", "shelf")}
"""The store's modules, which share TinyDB."""

POSTGRESQL = ("alembic", "psycopg", "sqlalchemy")
"""Libraries of the extra `mailbot[postgresql]`, in one package that is imported only where a database is meant."""

WEB = {"mailbot.adapters.web", "mailbot.adapters.token_wire"}
"""Errands for strangers go through the one, secrets to the desk's own token server through the other."""

PURE_LIBRARIES = {
    "authres",
    "chardet",
    "cvss",
    "detect_secrets",
    "flufl",
    "holidays",
    "idna",
    "inscriptis",
    "jaconv",
    "jinja2",
    "lxml",
    "mailparser",
    "phonenumbers",
    "pycrfsuite",
    "pydantic",
    "rapidfuzz",
    "re2",
    "tldextract",
}
"""What the core may use besides the standard library: functions of their arguments, as we call them."""

PURE_STDLIB = {
    *("__future__", "abc", "base64", "binascii", "bisect", "codecs", "collections", "contextlib", "csv", "dataclasses"),
    *("datetime", "decimal", "difflib", "email", "enum", "functools", "hashlib", "heapq", "hmac", "html", "io"),
    *("ipaddress", "itertools", "json", "math", "operator", "quopri", "re", "statistics", "string", "struct"),
    *("textwrap", "tomllib", "types", "typing", "unicodedata", "urllib.parse", "zlib", "zoneinfo"),
}
"""What the core may use of the standard library: no clock, file, network, process, environment or randomness."""

ASKS_A_PORT = {"mailbot.core.opening", "mailbot.core.seal"}
"""Core modules that name a port: opening and sealing ask the keyring they are given; a test gives them a fake one."""

IMPURE_CALLS = {
    *("open", "input", "print", "exec", "eval", "breakpoint", "__import__"),
    *("datetime.now", "datetime.today", "datetime.utcnow", "date.today", "os.urandom"),
}

BUILDERS = (
    *(
        "mailbot.bootstrap",
        "mailbot.bootstrap_lookup",
        "mailbot.bootstrap_memory",
        "mailbot.demo",
        "mailbot.cli",
        "mailbot.daemon",
        "mailbot.doctor",
        "mailbot.doctor_domain",
        "mailbot.doctor_probe",
        "mailbot.setup",
        "mailbot.statistics_files",
        "mailbot.token_sources",
        "mailbot.watching",
    ),
)
"""The outermost modules: these put adapters together; nobody inside knows which ones there are."""


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package, parsed."""
    found = {}
    for path in sorted((ROOT / "mailbot").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


def imports(name: str) -> set[str]:
    """What the module imports, also inside functions: "a.b" of `from a.b import c`, "a.b.c" if that is one."""
    found = set()
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import in line {node.lineno}; write the whole name"
            submodules = {f"{node.module}.{alias.name}" for alias in node.names} & set(modules())
            found |= submodules or {str(node.module)}
    return found


def calls(name: str) -> Iterator[tuple[str, int]]:
    """The function, as written, and the line of every call in the module."""
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def is_in(name: str, *packages: str) -> bool:
    """Whether the module is one of these or inside one of them."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def ours(name: str) -> set[str]:
    """The modules of the package that the module imports."""
    return {imported for imported in imports(name) if is_in(imported, "mailbot")}


def foreign(name: str) -> set[str]:
    """The libraries that the module imports, by their top name."""
    tops = {imported.partition(".")[0] for imported in imports(name)}
    return tops - set(sys.stdlib_module_names) - {"mailbot"}


def within(package: str) -> list[str]:
    """The package's modules."""
    return [name for name in modules() if is_in(name, package)]


def outermost(name: str) -> bool:
    """Whether the module is one of those that put everything together."""
    return is_in(name, *BUILDERS, "mailbot.__main__")


def test_the_walk_finds_imports_inside_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import cannot hide in a function, nor a module behind `from package import module`."""
    source = "def f():\n    import gnupg\n    from mailbot.core import model\n    from os import path\n"
    tree = {"mailbot.core.model": ast.parse(""), "mailbot.x": ast.parse(source)}
    monkeypatch.setattr(sys.modules[__name__], "modules", lambda: tree)
    assert imports("mailbot.x") == {"gnupg", "mailbot.core.model", "os"}
    assert foreign("mailbot.x") == {"gnupg"}


@pytest.mark.parametrize("name", within("mailbot.core"))
def test_the_core_is_pure(name: str) -> None:
    """The core imports itself, pure libraries and the pure standard library, and asks no clock, file or process."""
    inward = ("mailbot.core", "mailbot.errors", *(("mailbot.ports",) if name in ASKS_A_PORT else ()))
    assert {module for module in ours(name) if not is_in(module, *inward)} == set()
    assert foreign(name) - PURE_LIBRARIES == set()
    standard = {module for module in imports(name) if module.partition(".")[0] in sys.stdlib_module_names}
    assert {module for module in standard if not is_in(module, *PURE_STDLIB)} == set()
    assert [f"line {line}: {call}()" for call, line in calls(name) if call in IMPURE_CALLS] == []


def test_errors_depend_on_nothing() -> None:
    """The failures can be raised from everywhere."""
    assert imports("mailbot.errors") == set()


def test_ports_know_only_the_core() -> None:
    """A port speaks of the core's values."""
    for name in ("mailbot.ports", "mailbot.memory"):
        assert {other for other in ours(name) if not is_in(other, "mailbot.core", "mailbot.errors")} == set()
        assert foreign(name) == set()


@pytest.mark.parametrize("name", within("mailbot.adapters"))
def test_adapters_look_inwards(name: str) -> None:
    """An adapter knows ports and core, nothing of the path of a mail, and takes no decision about a case."""
    inward = (
        "mailbot.adapters",
        "mailbot.ports",
        "mailbot.memory",
        "mailbot.finding.tools",
        "mailbot.core",
        "mailbot.errors",
    )
    deciding = ("mailbot.core.lifecycle", "mailbot.core.advance")
    assert {module for module in ours(name) if not is_in(module, *inward)} == set()
    assert {module for module in ours(name) if is_in(module, *deciding)} == set()


@pytest.mark.parametrize("name", [name for name in modules() if not is_in(name, "mailbot.core", "mailbot.adapters")])
def test_only_the_outermost_build_adapters(name: str) -> None:
    """The path of a mail speaks to ports: it imports no adapter and none of the modules that build them."""
    if not outermost(name):
        assert {module for module in ours(name) if is_in(module, "mailbot.adapters") or outermost(module)} == set()


@pytest.mark.parametrize("library", POSTGRESQL)
def test_the_database_has_one_package(library: str) -> None:
    """Its libraries are used there only."""
    owners = {name for name in modules() if library in foreign(name)}
    assert {name for name in owners if not is_in(name, "mailbot.adapters.postgres")} == set()


def test_a_desk_without_a_database_needs_none_of_its_libraries() -> None:
    """Everything that puts adapters together can be imported without loading one of them."""
    program = "import sys, mailbot.bootstrap, mailbot.cli, mailbot.daemon, mailbot.doctor; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert {name for name in loaded.stdout.split() if is_in(name, *POSTGRESQL)} == set()


@pytest.mark.parametrize("library", OWNED)
def test_a_library_has_one_owner(library: str) -> None:
    """What one library does badly is mended in one place."""
    owners = {name for name in modules() if library in foreign(name)}
    if library == "tinydb":
        assert owners
        assert owners <= STORE
    elif library == "httpx":
        assert owners == WEB
    else:
        assert len(owners) == 1


def test_one_module_vouches_for_files() -> None:
    """A record by which a file of a report may leave is made where it is judged, and read back from the store."""
    makers = {name for name in modules() for call, _ in calls(name) if call.rpartition(".")[2] == "FileRecord"}
    assert makers == {"mailbot.core.attachments"}


def test_nothing_prints_but_the_command_line() -> None:
    """Standard output belongs to what was asked for."""
    printing = {name for name in modules() for call, _ in calls(name) if call == "print"}
    assert {name for name in printing if not is_in(name, "mailbot.cli")} == set()


def test_no_import_by_name() -> None:
    """What is imported can be read; nothing registers itself."""
    hidden = ("__import__", "import_module")
    assert {name for name in modules() for call, _ in calls(name) if call.endswith(hidden)} == {"mailbot.cli.lazy"}


def test_every_library_is_declared() -> None:
    """What the package imports stands in pyproject.toml, not only behind something else."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8").lower()
    distributions = {
        "flufl": "flufl.bounce",
        "gnupg": "python-gnupg",
        "mailparser": "mail-parser",
        "pydantic_core": "pydantic",
        "re2": "google-re2",
        "detect_secrets": "detect-secrets",
        "dns": "dnspython",
        "PIL": "pillow",
        "prometheus_client": "prometheus-client",
        "pycrfsuite": "python-crfsuite",
        "pylopdf_fonts_jp": "pylopdf-fonts-jp",
        "pythonjsonlogger": "python-json-logger",
    }
    imported = {library for name in modules() for library in foreign(name)}
    declared = {library for library in imported if f'"{distributions.get(library, library)}' in project}
    assert imported - declared == set()
