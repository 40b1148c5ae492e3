"""`store migrate`: a desk that has lived for some days moves into PostgreSQL, works there, and moves back."""

import os
from collections.abc import Iterator

import pytest

from mailbot.adapters.layout import MOVED_NAME
from tests.e2e.lived import lived, state
from tests.e2e.reports import WEBSITE_EN
from tests.e2e.town import Town
from tests.servers_postgres import Postgres

__all__ = ["lived"]

_SETTING = '\n[store]\nbackend = "{backend}"\nurl_env = "TOWN_DATABASE"\nschema_name = "{schema}"\n'


class Settings:
    """The town's mailbot.toml, and where it says that the memory lies."""

    def __init__(self, town: Town) -> None:
        self._path = town.folder / "mailbot.toml"
        self._text = self._path.read_text("utf-8")

    def say(self, backend: str, schema: str = "town") -> None:
        """Let it lie there."""
        self._path.write_text(self._text + _SETTING.format(backend=backend, schema=schema), "utf-8")

    def restore(self) -> None:
        """As it was."""
        self._path.write_text(self._text, "utf-8")


@pytest.fixture
def settings(lived: Town, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A database for the town."""
    monkeypatch.setenv("TOWN_DATABASE", postgres.bare_database())
    assert os.environ["TOWN_DATABASE"]
    made = Settings(lived)
    yield made
    made.restore()


def said(town: Town, *words: str, status: int = 0) -> str:
    """What a verb prints, on both channels."""
    assert town.run(*words) == status, town.printed + town.errors
    return town.printed + town.errors


def everything(town: Town) -> list[str]:
    """All that can be asked of cases and mails, in words."""
    asked = (
        ("case", "export", "--all", "--format", "json", "--now", "2027-06-01T00:00:00+09:00"),
        ("case", "export", "--all", "--format", "records"),
        ("outbox", "list", "--json"),
        ("quarantine", "list", "--json"),
    )
    return [said(town, *words) for words in asked]


def test_there_and_back(lived: Town, settings: Settings) -> None:
    """What is exported is the same to the byte, verify finds nothing before and after, and mail goes on meanwhile."""
    before = everything(lived)
    settings.say("tinydb")
    assert "moved to the database, and compared" in said(lived, "store", "migrate", "--to", "postgresql")
    assert (state(lived) / MOVED_NAME).exists()
    assert "was moved to a database" in said(lived, "case", "list", status=2)

    settings.say("postgresql")
    assert everything(lived) == before
    assert "everything agrees" in said(lived, "verify")
    assert 'is "postgresql" already' in said(lived, "store", "migrate", "--to", "postgresql", status=2)
    writer = lived.person("Kim", "kim@finder.example.net")
    lived.write(writer, "XSS in another shop", WEBSITE_EN.replace("shop.example", "kiosk.example"), attach_key=True)
    assert not lived.round(hours=1)["problems"]
    assert len(lived.inbox(writer)) == 1
    assert not said(lived, "verify", "--offline").startswith("journal")
    meanwhile = everything(lived)
    assert meanwhile != before
    for verb in ("backup", "restore"):
        assert "lies in a database" in said(lived, verb, str(lived.folder / "b.mailbot"), status=2)
    assert "lies in a database" in said(lived, "rekey", status=2)

    assert "and compared" in said(lived, "store", "migrate", "--to", "tinydb")
    assert "was moved out of it" in said(lived, "case", "list", status=2)
    settings.say("tinydb")
    assert everything(lived) == meanwhile
    assert "everything agrees" in said(lived, "verify")
