"""`mailbot kit`: a window of one's own for the operator of a site."""

import html.parser
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mailbot import setup
from mailbot.cli.app import run
from mailbot.core.security_contact import LIFETIME, security_txt, window
from mailbot.core.securitytxt import parse
from mailbot.errors import ConfigError
from tests.pgp_home import needs_gpg, new_home, people

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
FILES = {
    *("README.ja.txt", "README.en.txt", "guide.ja.html", "guide.en.html", "page.ja.html", "page.en.html"),
    *("answers.ja.txt", "answers.en.txt", "security.txt"),
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a desk."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAILBOT_CONFIG", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("place", "contact", "host", "address"),
    [
        ("shop.example.jp", "", "shop.example.jp", "security@example.jp"),
        ("WWW.Shop.Example.CO.JP.", "", "www.shop.example.co.jp", "security@example.co.jp"),
        ("https://www.example.com/a?b", "", "www.example.com", "security@example.com"),
        ("日本語.jp", "", "xn--wgv71a119e.jp", "security@xn--wgv71a119e.jp"),
        ("example.jp", "it-team@mail.example.net", "example.jp", "it-team@mail.example.net"),
    ],
)
def test_a_window_has_host_and_address(place: str, contact: str, host: str, address: str) -> None:
    """Domains as people type them; reports go to security@ the registered domain where nothing else is said."""
    view = window(place, contact, TODAY, key=False)
    assert (view.domain, view.contact, view.txt_url) == (host, address, f"https://{host}/.well-known/security.txt")


@pytest.mark.parametrize(
    ("place", "contact"),
    [
        *(
            (bad, "")
            for bad in ("", "localhost", "192.0.2.1", "a b.jp", "-", "x\r\nContact: y.jp", "file:///etc/passwd")
        ),
        *(("example.jp", bad) for bad in ("x", "a@b@c", "a@b.jp\nContact: mailto:x@y.jp", "a@b.jp?bcc=x@y.jp")),
    ],
)
def test_what_is_no_place_or_address_is_refused(place: str, contact: str) -> None:
    """Neither a name that nobody can have nor a line of one's own gets into the file."""
    with pytest.raises(ConfigError):
        window(place, contact, TODAY, key=False)


def test_the_file_is_valid_for_less_than_a_year() -> None:
    """RFC 9116: one Expires, less than a year ahead, and it reads back without a problem until that day."""
    view = window("www.example.jp", "", TODAY, key=True)
    text = security_txt(view, NOW)
    assert timedelta(days=300) < LIFETIME < timedelta(days=365)
    assert parse(text, NOW, view.txt_url).problems == ()
    assert parse(text, NOW, view.txt_url).encryption == ("https://www.example.jp/.well-known/pgp-key.asc",)
    assert parse(text, NOW + LIFETIME, view.txt_url).has("expired")


def test_no_desk_is_needed(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An operator without a desk gets every file, with the address and the places filled in."""
    assert run(["kit", "www.example.jp"]) == 0
    folder = elsewhere / "kit-www.example.jp"
    assert {path.name for path in folder.iterdir()} == FILES
    assert set(capsys.readouterr().out.split()) == {f"kit-www.example.jp/{name}" for name in FILES}
    for path in folder.iterdir():
        text = path.read_text("utf-8")
        assert "security@example.jp" in text or path.name.startswith("answers")
        assert "{{" not in text
        assert "Example Vulnerability Desk" not in text


def test_nothing_is_overwritten(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second run changes nothing and says what to do."""
    assert run(["kit", "example.jp", "--out", "window"]) == 0
    before = {path.name: path.read_bytes() for path in (elsewhere / "window").iterdir()}
    capsys.readouterr()
    assert run(["kit", "example.jp", "--contact", "other@example.jp", "--out", "window"]) == 2
    assert "name another by --out" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in (elsewhere / "window").iterdir()} == before


def test_pages_are_whole(elsewhere: Path) -> None:
    """Every element that is opened is closed, and nothing is fetched from elsewhere."""
    assert run(["kit", "example.jp", "--out", "."]) == 0
    for name in ("guide.ja.html", "guide.en.html", "page.ja.html", "page.en.html"):
        page = (elsewhere / name).read_text("utf-8")
        assert _unclosed(page) == []
        assert re.findall(r"""(?:src|href)=["'](?!mailto:|#)([^"']*)""", page) == []


@needs_gpg
def test_the_desks_own_file_is_signed(elsewhere: Path) -> None:
    """For the desk's own site the file is signed with its key, which lies beside it, and names its address."""
    folder = new_home()
    list(setup.init(folder, "Our Desk", "report@our-desk.jp", None))
    out = elsewhere / "own"
    assert run(["--config", str(folder / "mailbot.toml"), "kit", "www.our-desk.jp", "--out", str(out)]) == 0
    signed = (out / "security.txt").read_bytes()
    reader = people().stranger.keyring
    (key,) = reader.import_key((out / "pgp-key.asc").read_bytes())
    inside, verdicts = reader.verify_clearsigned(signed, 10_000)
    assert [verdict.fingerprint for verdict in verdicts] == [key.fingerprint]
    read = parse(signed.decode(), datetime.now(UTC), "https://www.our-desk.jp/.well-known/security.txt")
    assert (read.contact, read.signed, read.problems) == (("report@our-desk.jp",), True, ())
    assert b"Contact: mailto:report@our-desk.jp" in inside
    assert "電子署名" in (out / "README.ja.txt").read_text("utf-8")


@needs_gpg
def test_a_desk_names_itself_to_others(elsewhere: Path) -> None:
    """Another's kit is not signed by the desk, and says whom to ask."""
    folder = new_home()
    list(setup.init(folder, "Our Desk", "report@our-desk.jp", None))
    assert run(["--config", str(folder / "mailbot.toml"), "kit", "shop.example.com", "--out", "."]) == 0
    assert "report@our-desk.jp" in (elsewhere / "guide.ja.html").read_text("utf-8")
    assert not (elsewhere / "security.txt").read_text("utf-8").startswith("-----BEGIN")
    assert "our-desk" not in (elsewhere / "page.ja.html").read_text("utf-8")


def _unclosed(page: str) -> list[str]:
    """Elements left open at the end, or closed without having been opened."""
    open_now: list[str] = []
    wrong: list[str] = []

    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in ("meta", "br", "hr", "img", "link"):
                open_now.append(tag)

        def handle_endtag(self, tag: str) -> None:
            if not open_now or open_now.pop() != tag:
                wrong.append(tag)

    Reader().feed(page)
    return wrong + open_now
