"""The file of what was looked up lately: sealed, private, and no loss when it is damaged."""

from pathlib import Path

from mailbot.adapters.codec import SealedCodec
from mailbot.adapters.lookups import SealedLookups

KEY = b"k" * 32


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    """Another process of the same desk reads what one kept."""
    SealedLookups(tmp_path / "state", SealedCodec(KEY)).keep(b"shop.example.jp")
    assert SealedLookups(tmp_path / "state", SealedCodec(KEY)).load() == b"shop.example.jp"


def test_the_hosts_are_not_readable(tmp_path: Path) -> None:
    """Which sites were looked up tells which have reports: the file is sealed, and the owner's alone."""
    SealedLookups(tmp_path / "state", SealedCodec(KEY)).keep(b"shop.example.jp")
    (path,) = (tmp_path / "state").iterdir()
    assert b"shop.example" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_nothing_is_there(tmp_path: Path) -> None:
    """No file, a file of another key, a damaged one and a place that cannot be written are as if nothing was known."""
    lookups = SealedLookups(tmp_path, SealedCodec(KEY))
    assert lookups.load() == b""
    lookups.keep(b"x")
    assert SealedLookups(tmp_path, SealedCodec(b"o" * 32)).load() == b""
    (tmp_path / "lookups").write_bytes(b"\x01garbage")
    assert lookups.load() == b""
    nowhere = SealedLookups(tmp_path / "lookups" / "below", SealedCodec(KEY))
    nowhere.keep(b"x")
    assert nowhere.load() == b""
