"""What `mailbot init` makes, and what it refuses before it makes anything."""

import tomllib
from pathlib import Path

import pytest

from mailbot import setup
from mailbot.config import load
from mailbot.errors import ConfigError
from tests.pgp_home import needs_gpg, new_home


@pytest.mark.parametrize(
    ("name", "address", "folder", "problem"),
    [
        ("Desk", "not an address", "d", "--address must be a plain mail address"),
        ("Desk", "security+a@our.test", "d", 'without "+"'),
        ("", "security@our.test", "d", "--name must be a name"),
        ("Desk\nBcc: x", "security@our.test", "d", "--name must be a name"),
        ("Desk <x>", "security@our.test", "d", "cannot stand in a key"),
        ("Desk", "security@our.test", "d" * 90, "which gpg's agent cannot use"),
    ],
)
def test_unfit_values_are_refused_before_anything_is_written(
    tmp_path: Path, name: str, address: str, folder: str, problem: str
) -> None:
    """What the configuration or gpg would refuse later leaves no half-made desk behind."""
    with pytest.raises(ConfigError, match=problem.replace("+", r"\+")):
        list(setup.init(tmp_path / folder, name, address, None))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_sentence() -> None:
    """The system's refusal becomes a ConfigError that names the place."""
    home = new_home()
    (home / "file").touch()
    with pytest.raises(ConfigError, match=r"/file/desk.*: cannot be written: Not a directory"):
        list(setup.init(home / "file" / "desk", "Desk", "security@our.test", None))


@needs_gpg
def test_nothing_made_up_goes_out() -> None:
    """The new configuration is valid, sets neither telephone number nor page, and a second run leaves it alone."""
    home = new_home()
    list(setup.init(home, 'A "Desk"', "security@our.test", None))
    text = (home / "mailbot.toml").read_text("utf-8")
    assert set(tomllib.loads(text)["desk"]) == {"name", "address"}
    desk = load(home / "mailbot.toml").desk
    assert (desk.name, desk.phone, desk.verify_url) == ('A "Desk"', "", "")
    list(setup.init(home, "Other", "other@our.test", None))
    assert (home / "mailbot.toml").read_text("utf-8") == text
