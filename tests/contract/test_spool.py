"""What every `memory.Spool` promises, and what the one on the disk adds: sealed, private, checked."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters.codec import Codec, SealedCodec
from mailbot.adapters.postgres.aside import Aside
from mailbot.adapters.postgres.spool import PostgresSpool
from mailbot.adapters.spool import FileSpool
from mailbot.core.messages import RawMail
from mailbot.errors import PermanentError, TransientError
from mailbot.memory import Spool
from tests.fakes_store import MemorySpool
from tests.plain_codec import PlainCodec
from tests.servers_postgres import KEY, Postgres

MAIL = RawMail("Subject: 届出\r\n\r\n本文\x00".encode(), "imap")

MAKERS: dict[str, Callable[[Path], Any]] = {
    "memory": lambda folder: MemorySpool(),
    "plain": lambda folder: FileSpool(folder, PlainCodec()),
    "sealed": lambda folder: FileSpool(folder, SealedCodec(KEY)),
}


@pytest.fixture(params=[*MAKERS, "postgresql"])
def spool(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Spool]:
    if request.param in MAKERS:
        yield MAKERS[request.param](tmp_path / "state" / "mail")
        return
    server: Postgres = request.getfixturevalue("postgres")
    made = PostgresSpool(Aside(server.new_database(), KEY))
    yield made
    made.close()


def file_of(folder: Path) -> Path:
    return folder / MAIL.digest[:2] / f"{MAIL.digest[2:]}.eml"


def test_kept_bytes_come_back(spool: Spool) -> None:
    """What was kept, also twice, is loaded byte for byte under its digest."""
    spool.keep(MAIL)
    spool.keep(RawMail(MAIL.content, "maildir"))
    loaded = spool.load(MAIL.digest)
    assert loaded is not None
    assert (loaded.content, loaded.digest) == (MAIL.content, MAIL.digest)


def test_empty_mail(spool: Spool) -> None:
    """A mail of no bytes is kept like any other."""
    spool.keep(RawMail(b"", "stdin"))
    assert spool.load(RawMail(b"", "stdin").digest) == RawMail(b"", "spool")


@pytest.mark.parametrize("digest", ["0" * 64, "", "../../../etc/passwd", "AB" * 32, "0" * 63 + "/"])
def test_unknown_digest(spool: Spool, digest: str) -> None:
    """Nothing is loaded for a digest that was not kept, or that is none; it is never taken for a path."""
    assert spool.load(digest) is None


def test_a_mail_that_is_removed_is_gone(spool: Spool) -> None:
    """Its bytes are forgotten, others stay; removing it again does nothing, and it can be kept anew."""
    other = RawMail(b"other", "imap")
    spool.keep(MAIL)
    spool.keep(other)
    for _ in range(2):
        spool.remove(MAIL.digest)
        assert spool.load(MAIL.digest) is None
    assert spool.load(other.digest) == RawMail(b"other", "spool")
    spool.keep(MAIL)
    assert spool.load(MAIL.digest) is not None


def test_files_are_private_and_sealed(tmp_path: Path) -> None:
    """Folders are 0700, files 0600, no piece of the mail can be read in them, and nothing else is left behind."""
    folder = tmp_path / "state" / "mail"
    FileSpool(folder, SealedCodec(KEY)).keep(MAIL)
    path = file_of(folder)
    assert [path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777, folder.stat().st_mode & 0o777] == [
        0o600,
        0o700,
        0o700,
    ]
    assert b"Subject" not in path.read_bytes()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("codec", [PlainCodec(), SealedCodec(KEY)], ids=["plain", "sealed"])
@pytest.mark.parametrize("spoil", [lambda b: b[:-1], lambda b: b[:5] + b"?" + b[6:], lambda b: b""])
def test_altered_file(tmp_path: Path, codec: Codec, spoil: Callable[[bytes], bytes]) -> None:
    """A file that no longer holds the mail it is named for is reported, not loaded."""
    FileSpool(tmp_path, codec).keep(MAIL)
    path = file_of(tmp_path)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(PermanentError, match="restore it from a backup"):
        FileSpool(tmp_path, codec).load(MAIL.digest)


def test_other_key_or_other_name(tmp_path: Path) -> None:
    """A mail opens with its own key only, and under its own digest only."""
    FileSpool(tmp_path, SealedCodec(KEY)).keep(MAIL)
    with pytest.raises(PermanentError):
        FileSpool(tmp_path, SealedCodec(b"x" * 32)).load(MAIL.digest)
    other = "ff" * 32
    (tmp_path / "ff").mkdir(exist_ok=True)
    file_of(tmp_path).rename(tmp_path / "ff" / f"{other[2:]}.eml")
    with pytest.raises(PermanentError):
        FileSpool(tmp_path, SealedCodec(KEY)).load(other)


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk keeping fails as a passing trouble, leaves no half file, and works again afterwards."""
    spool = FileSpool(tmp_path, PlainCodec())

    def full(fd: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(TransientError, match="disk full"):
            spool.keep(MAIL)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    spool.keep(MAIL)
    assert spool.load(MAIL.digest) is not None
