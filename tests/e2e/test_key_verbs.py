"""The verb `key`, as somebody at the desk's server uses it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mailbot import setup
from mailbot.cli import keys
from mailbot.cli.app import run
from mailbot.errors import TransientError
from mailbot.ports import KeyDirectory, Published
from tests.pgp_home import Person, needs_gpg, new_home, new_person
from tests.unit.test_packets import SIGNATURE, packet

pytestmark = needs_gpg

ADDRESS = "hanako@example.com"
Desk = Callable[..., tuple[int, str, str]]


class Directory:
    """Publishes keys by address; fails for an address that it has an exception for."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes | Exception] = {}

    def find(self, address: str) -> Published:
        key = self.keys.get(address, b"")
        if isinstance(key, Exception):
            raise key
        return Published(key) if key else Published(why="not in the domain's directory")


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> Directory:
    """In place of the web."""
    made = Directory()

    def instead(_: object) -> KeyDirectory:
        return made

    monkeypatch.setattr(keys, "key_directory", instead)
    return made


@pytest.fixture
def desk(capsys: pytest.CaptureFixture[str]) -> Desk:
    """Runs `key` with these words on a new desk: status, stdout, stderr."""
    folder = new_home()
    list(setup.init(folder, "Our Desk", "security@our.test", None))

    def verb(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run(["--config", str(folder / "mailbot.toml"), "key", *words])
        return status, *capsys.readouterr()

    return verb


@pytest.fixture(scope="module")
def hanako() -> Person:
    return new_person("Hanako", ADDRESS, None)


@pytest.fixture(scope="module")
def anew() -> Person:
    """The same address, another key."""
    return new_person("Hanako", ADDRESS, None)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], str]:
    """Writes a file and names it."""

    def write(content: bytes) -> str:
        path = tmp_path / "key.asc"
        path.write_bytes(content)
        return str(path)

    return write


File = Callable[[bytes], str]


def listed(desk: Desk) -> dict[str, dict[str, object]]:
    return {row["address"]: row for row in json.loads(desk("list", "--json")[1])}


def test_a_key_is_imported_shown_and_exported(desk: Desk, hanako: Person, file: File) -> None:
    """By its address and by its fingerprint, however that is grouped."""
    status, out, _ = desk("import", file(b"My key:\n\n" + hanako.public_key))
    assert (status, out) == (0, f"{ADDRESS} {hanako.fingerprint}\n")
    grouped = " ".join(hanako.fingerprint[at : at + 4] for at in range(0, 40, 4)).lower()
    for wanted in (ADDRESS, hanako.fingerprint, grouped):
        shown = desk("show", wanted)[1]
        assert hanako.fingerprint in shown
        assert f"pinned for {ADDRESS}" in shown
    assert desk("export", grouped)[1].encode() == hanako.public_key
    row = listed(desk)[ADDRESS]
    assert (row["source"], row["usable"], row["waiting"]) == ("imported", True, [])
    assert str(row["expires"]).endswith("+00:00")


def test_the_desks_own_key(desk: Desk) -> None:
    """Is shown without an argument, and listed first."""
    fingerprint = desk("show")[1].split()[0]
    assert listed(desk)["security@our.test"]["fingerprint"] == fingerprint


def test_importing_in_place_of_a_pin_says_so(desk: Desk, hanako: Person, anew: Person, file: File) -> None:
    """The one at the server decides, and sees what it replaces."""
    desk("import", file(hanako.public_key))
    status, out, err = desk("import", file(anew.public_key))
    assert (status, out) == (0, f"{ADDRESS} {anew.fingerprint}\n")
    assert f"in place of {hanako.fingerprint}" in err


def test_t41_refused_files(desk: Desk, hanako: Person, file: File) -> None:
    """With the reason, and nothing imported."""
    flooded = hanako.gpg("--export") + packet(SIGNATURE) * 1_001
    for content, why in (
        (hanako.gpg("--armor", "--export-secret-keys"), "secret key"),
        (hanako.gpg("--export-secret-keys"), "secret key"),
        (hanako.public_key + hanako.gpg("--armor", "--export-secret-keys"), "secret key"),
        (flooded, "more than 1000 signatures"),
        (b"x" * 1_000_001, "too large"),
        (b"junk", "no key can be read"),
        (b"", "no key can be read"),
    ):
        status, out, err = desk("import", file(content))
        assert (status, out) == (2, "")
        assert why in err
    assert list(listed(desk)) == ["security@our.test"]
    assert desk("import", "no-such-file")[0] == 2


def test_t41_a_weak_key_is_refused_by_name(desk: Desk, file: File) -> None:
    """So that it is plain which of several it was."""
    person = new_person("Old", "old@example.com", None)
    person.gpg("--quick-add-key", person.fingerprint, "rsa1024", "encr", "1y")
    status, _, err = desk("import", file(person.gpg("--export")))
    assert status == 2
    assert f"{person.fingerprint}: it is too weak" in err


def test_refresh(desk: Desk, hanako: Person, anew: Person, file: File, directory: Directory) -> None:
    """The same key renewed is taken, another is held, and accepted by its fingerprint only."""
    desk("import", file(hanako.public_key))
    assert desk("refresh")[:2] == (0, f"{ADDRESS}\t{hanako.fingerprint}\tkept\tnot in the domain's directory\n")
    directory.keys[ADDRESS] = hanako.gpg("--export")
    assert "\tunchanged\texpires " in desk("refresh")[1]
    hanako.gpg("--quick-set-expire", hanako.fingerprint, "9y")
    hanako.gpg("--quick-set-expire", hanako.fingerprint, "9y", "*")
    directory.keys[ADDRESS] = hanako.gpg("--export")
    status, out, _ = desk("refresh", "--json")
    assert (status, json.loads(out)[0]["what"]) == (0, "renewed")
    directory.keys[ADDRESS] = anew.gpg("--export")
    for _ in range(2):
        status, out, err = desk("refresh")
        assert (status, out.split("\t")[:3]) == (1, [ADDRESS, hanako.fingerprint, "held"])
        assert anew.fingerprint in out
        assert "mailbot key import FINGERPRINT" in err
    assert listed(desk)[ADDRESS]["waiting"] == [anew.fingerprint]
    assert anew.fingerprint in desk("show", ADDRESS)[1]
    status, out, err = desk("import", anew.fingerprint)
    assert (status, out) == (0, f"{ADDRESS} {anew.fingerprint}\n")
    assert f"in place of {hanako.fingerprint}" in err
    assert listed(desk)[ADDRESS]["waiting"] == []


def test_refresh_of_a_new_address(desk: Desk, hanako: Person, directory: Directory) -> None:
    """Who has no key yet is looked for when named; a key of another address is refused."""
    directory.keys = {ADDRESS: hanako.gpg("--export"), "x@example.com": hanako.gpg("--export")}
    status, out, _ = desk("refresh", ADDRESS, "x@example.com")
    assert status == 1
    assert out.splitlines()[0].split("\t")[2] == "pinned"
    assert out.splitlines()[1] == "x@example.com\t\trefused\tit does not name that address"
    assert "x@example.com" not in listed(desk)


def test_refresh_without_network(desk: Desk, hanako: Person, file: File, directory: Directory) -> None:
    """What is held stays; the exit status says to try again."""
    desk("import", file(hanako.public_key))
    directory.keys[ADDRESS] = TransientError("the web cannot be reached")
    status, out, err = desk("refresh")
    assert status == 75
    assert "not reached" in out
    assert "nothing is lost" in err
    assert desk("refresh", "nobody")[0] == 2


def test_nothing_to_refresh(desk: Desk, directory: Directory) -> None:
    """A new desk has nobody to ask for."""
    assert desk("refresh") == (0, "", "")
