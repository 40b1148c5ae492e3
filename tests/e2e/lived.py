"""A desk that has lived for some days on real servers, for the verbs that keep what it remembers."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailbot.adapters.codec import STORE_NAME, Codec, SealedCodec
from tests.e2e.reports import PRODUCT_EN, WEBSITE_EN
from tests.e2e.test_website_story import REPORT
from tests.e2e.town import Town
from tests.servers import Dovecot, SmtpSink


def state(town: Town) -> Path:
    """Its state folder."""
    return town.folder / "state"


def codec(town: Town) -> Codec:
    """What its state is sealed with."""
    return SealedCodec(bytes.fromhex((town.folder / "state.key").read_text("ascii")))


def spooled(town: Town) -> Path:
    """A file of the spool."""
    return sorted((state(town) / "mail").rglob("*.eml"))[0]


@pytest.fixture(scope="module")
def lived(dovecot: Dovecot, _sink: SmtpSink) -> Iterator[Town]:
    """A desk with an open case, one that was closed and archived, a held mail, a mail twice and one without an id."""
    _sink.reset()
    town = Town(dovecot, _sink)
    hanako, alex = town.person("発見 花子", "hanako@finder.example.com"), town.person("Alex", "alex@finder.example.org")
    town.write(hanako, "ウェブアプリケーション脆弱性関連情報の届出", REPORT, sign=True, encrypt=True, attach_key=True)
    town.write(alex, "XSS in a shop", WEBSITE_EN)
    town.deliver(b"From: a@b.example\r\nSubject: hello\r\n\r\nA question about lunch.\r\n")
    town.round()
    town.write(alex, "SQL injection in Example Calendar", PRODUCT_EN)
    town.round(hours=1)
    town.dovecot.deliver(town.user, *town.dovecot.mails(town.user, "Processed")[:1])
    town.round(hours=1)
    first = town.case(lambda case: case["language"] == "ja")["id"]
    town.command(f"!case {first}", "!reject OUT_OF_SCOPE")
    town.round(days=4)  # a business day: there is a digest
    town.round(days=40)
    town.round(days=1)
    town.inbox(town.coordinator)
    yield town
    town.close()


@pytest.fixture
def damaged(lived: Town, tmp_path: Path) -> Iterator[Town]:
    """The desk, whose state is put back afterwards."""
    shutil.copytree(state(lived), tmp_path / "state", ignore=shutil.ignore_patterns("S.*"))
    yield lived
    for name in ("mail", "archive", STORE_NAME, "journal.log", "notes.txt"):
        path = state(lived) / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        saved = tmp_path / "state" / name
        if saved.is_dir():
            shutil.copytree(saved, path)
        elif saved.exists():
            shutil.copy2(saved, path)
    state(lived).chmod(0o700)
