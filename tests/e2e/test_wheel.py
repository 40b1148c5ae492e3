"""A fresh install from the built wheel, in an empty folder with an empty home, is a desk that works."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mailbot import __version__
from mailbot.demo.people import Person
from tests.e2e.reports import WEBSITE_EN
from tests.pgp_home import needs_gpg
from tests.servers import HOST, PASSWORD, Dovecot, SmtpSink

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "security@desk.example.jp"
SHIPPED = {"mailbot": "mailbot", "rules": "mailbot/_shipped/rules", "templates": "mailbot/_shipped/templates"}
DOCS = f"mailbot-{__version__}.data/data/share/doc/mailbot"


def sources(folder: Path) -> dict[str, bytes]:
    """Every file below the folder that is no trace of a run."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (made,) = folder.glob("*.whl")
    return made


@dataclass(frozen=True)
class Machine:
    """A machine on which nothing of mailbot is but the wheel: a program, an empty home and an empty folder."""

    root: Path

    @property
    def work(self) -> Path:
        """Where everything is run."""
        return self.root / "work"

    @property
    def home(self) -> Path:
        """The user's home."""
        return self.root / "home"

    def program(self, name: str, *words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program of the new venv, knowing nothing of this one."""
        known = {"PATH": os.environ["PATH"], "HOME": str(self.home)}
        secrets = {"MAILBOT_IMAP_PASSWORD": PASSWORD, "MAILBOT_SMTP_PASSWORD": PASSWORD}
        return subprocess.run(
            [str(self.root / "venv" / "bin" / name), *words],
            cwd=folder or self.work,
            env=known | secrets,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=300,
        )

    def mailbot(self, *words: str, folder: Path | None = None, status: int = 0) -> str:
        """What the verb printed; it ended with that status."""
        done = self.program("mailbot", *words, folder=folder)
        assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        assert "Traceback" not in done.stderr
        return done.stdout

    def checked(self, schema: str, *words: str, folder: Path, status: int = 0) -> Any:
        """What the verb prints with --json, which is as its schema says."""
        printed = json.loads(self.mailbot(*words, "--json", folder=folder, status=status))
        jsonschema.validate(printed, json.loads(self.mailbot("schema", schema)))
        return printed


@pytest.fixture(scope="module")
def machine(wheel: Path) -> Iterator[Machine]:
    """A venv of its own with the wheel, and beside it only what others wrote; no network is needed."""
    made = Machine(Path(tempfile.mkdtemp(prefix="mb", dir="/tmp")))  # gpg-agent's socket wants a short path
    made.work.mkdir()
    made.home.mkdir()
    venv = made.root / "venv"
    try:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
        pip = [sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python"), "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
        (site,) = venv.glob("lib/python*/site-packages")
        # Python reads no .pth file of a folder that another names: the checkout's editable install stays out.
        (site / "others.pth").write_text("\n".join({sysconfig.get_path(kind) for kind in ("purelib", "platlib")}))
        yield made
    finally:
        shutil.rmtree(made.root, ignore_errors=True)


@pytest.fixture
def desk(machine: Machine, dovecot: Dovecot, smtp_sink: SmtpSink) -> Iterator[tuple[Path, str]]:
    """A desk as `init` makes it, with servers and a coordinator put into its file by hand; and its mailbox's user."""
    said = machine.mailbot("init", "mydesk", "--name", "試験受付窓口", "--address", ADDRESS)
    assert "mailbot doctor" in said
    folder, user = machine.work / "mydesk", dovecot.new_user()
    taro = Person.with_new_key("調整 太郎", "taro@desk.example.jp", machine.root / "taro")
    try:
        (folder / "taro.asc").write_bytes(taro.public_key)
        ends = f'host = "{HOST}"\nca_file = "{dovecot.ca_file}"\n'
        text = (folder / "mailbot.toml").read_text("utf-8")
        for mine, theirs in (
            (
                'host = "imap.example.jp"\nusername = "security"\n',
                f'{ends}port = {dovecot.tls_port}\nusername = "{user}"\n',
            ),
            (
                'host = "smtp.example.jp"\nusername = "security"\n',
                f'{ends}port = {smtp_sink.tls_port}\nusername = "{SmtpSink.USER}"\n',
            ),
        ):
            assert text.count(mine) == 1
            text = text.replace(mine, theirs)
        text += (
            f'\n[[coordinator]]\nname = "{taro.name}"\naddress = "{taro.address}"\nfingerprint = "{taro.fingerprint}"\n'
        )
        (folder / "mailbot.toml").write_text(text + "\n[lookup]\nsearch = false\nsecurity_txt = false\n", "utf-8")
        yield folder, user
    finally:
        taro.close()
        subprocess.run(["gpgconf", "--homedir", str(folder / "state" / "gnupg"), "--kill", "all"], check=False)


def test_every_file_of_the_tree_is_in_the_wheel(wheel: Path) -> None:
    """Code, rules, templates, layouts, samples, learned weights, statistics' tables and pages of docs/, byte by byte.

    And nothing else: no tests, no measurements, no state.
    """
    with zipfile.ZipFile(wheel) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    wanted = {
        f"{place}/{name}": content
        for folder, place in {**SHIPPED, "docs": DOCS}.items()
        for name, content in sources(ROOT / folder).items()
    }
    carried = {name for name in inside if not name.startswith(f"mailbot-{__version__}.dist-info/")}
    assert (wanted.keys() - carried, carried - wanted.keys()) == (set(), set())
    assert [name for name, content in wanted.items() if inside[name] != content] == []


def test_it_says_what_it_is(wheel: Path) -> None:
    """Name, version, Python and licence, the licence's text, and each dependency that is declared."""
    info = f"mailbot-{__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        metadata = message_from_bytes(archive.read(f"{info}/METADATA"))
        licence = archive.read(f"{info}/licenses/LICENSE")
    told = [metadata[name] for name in ("Name", "Version", "Requires-Python", "License-Expression")]
    assert told == ["mailbot", __version__, ">=3.11", "Apache-2.0"]
    assert licence == (ROOT / "LICENSE").read_bytes()
    assert wheel.name == f"mailbot-{__version__}-py3-none-any.whl"
    assert "hatchling" not in str(metadata.get_all("Requires-Dist"))


def test_it_is_the_wheel_that_runs(machine: Machine) -> None:
    """Neither code nor data come from the checkout, and the pages and the unit lie where operating.md says."""
    asked = "import mailbot, sys; print(mailbot.__file__, *sys.path, sep='\\n')"
    package, *path = machine.program("python", "-c", asked).stdout.splitlines()
    assert package.startswith(str(machine.root / "venv"))
    assert str(ROOT) not in path
    assert machine.mailbot("--version") == f"{__version__}\n"
    for page in ("operating.md", "configuration.md", "systemd/mailbot.service"):
        assert (machine.root / "venv" / "share" / "doc" / "mailbot" / page).is_file()


def test_what_needs_no_desk(machine: Machine) -> None:
    """A kit for a site and the schemas, in an empty folder."""
    machine.mailbot("kit", "example.jp")
    assert "mailto:security@example.jp" in (machine.work / "kit-example.jp" / "security.txt").read_text("utf-8")
    assert json.loads(machine.mailbot("schema", "run"))["properties"]["arrived"]


@needs_gpg
def test_copies_that_are_like_the_shipped_files_can_go(machine: Machine) -> None:
    """The loop of the page on upgrades leaves what somebody changed, and the program's own files count again."""
    machine.mailbot("init", "upgraded")
    folder = machine.work / "upgraded"
    mine = folder / "rules" / "types" / "xss.toml"
    mine.write_text(mine.read_text("utf-8") + "\n# ours\n", "utf-8")
    page = (ROOT / "docs" / "operating.md").read_text("utf-8")
    (loop,) = re.findall(r"^```\n(shipped=.*?)^```", page, re.MULTILINE | re.DOTALL)
    loop = loop.replace("/opt/mailbot/.venv", str(machine.root / "venv"))
    subprocess.run(["bash", "-c", loop], cwd=folder, check=False, timeout=120)
    left = [path for kind in ("rules", "templates") for path in (folder / kind).rglob("*") if path.is_file()]
    assert left == [mine]
    assert machine.checked("rules-test", "rules", "test", folder=folder) == []
    subprocess.run(["gpgconf", "--homedir", str(folder / "state" / "gnupg"), "--kill", "all"], check=False)


@needs_gpg
def test_a_desk_from_nothing(machine: Machine, desk: tuple[Path, str], dovecot: Dovecot, smtp_sink: SmtpSink) -> None:
    """From `init` to statistics: what doctor misses can be put right, and a report in the mailbox gets its answer."""
    folder, user = desk
    failing = machine.checked("doctor", "doctor", folder=folder, status=1)
    assert [row["check"] for row in failing if not row["ok"]] == ["coordinators' keys"], failing
    machine.mailbot("key", "import", "taro.asc", folder=folder)
    rows = {row["check"]: row for row in machine.checked("doctor", "doctor", folder=folder)}
    assert [row for row in rows.values() if not row["ok"]] == []
    assert rows.keys() >= {"rules and templates", "OpenPGP key", "state", "disk", "IMAP", "SMTP"}

    dovecot.deliver(user, _report())
    done = machine.checked("run", "run", "--once", folder=folder)
    assert (done["arrived"], done["accounted"]["case"], done["problems"]) == (1, 1, [])
    assert {mail.recipients for mail in smtp_sink.messages} >= {("alex@finder.test",), ("taro@desk.example.jp",)}
    (case,) = machine.checked("case-list", "case", "list", folder=folder)
    assert case["track"] == "website"
    assert len(dovecot.mails(user, "Processed")) == 1

    machine.mailbot("report", "--out", "figures", folder=folder)
    assert {path.suffix for path in (folder / "figures").iterdir()} >= {".html", ".csv", ".json"}
    assert case["id"] in "".join(path.read_text("utf-8") for path in (folder / "desk").rglob("*.html"))
    machine.mailbot("verify", folder=folder)
    machine.mailbot("health", folder=folder)
    cached = {"matplotlib"}  # its list of the machine's fonts
    assert {path.name for path in machine.home.glob("*/*")} <= cached


def _report() -> bytes:
    """A finder's mail, in plain text."""
    head = (
        f"From: Alex <alex@finder.test>\r\nTo: {ADDRESS}\r\nSubject: XSS in a shop\r\nMessage-ID: <1@finder.test>\r\n"
    )
    return (head + "\r\n" + WEBSITE_EN.replace("\n", "\r\n")).encode()
