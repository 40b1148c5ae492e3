"""Mail in files: which kind of source a path is, and what is read from it."""

from io import BytesIO
from pathlib import Path

import pytest

from mailbot.adapters.folders import open_path
from mailbot.core.limits import Limits
from mailbot.errors import ConfigError, TransientError
from mailbot.ports import Arrival

MAIL = b"From: a@example.com\r\nSubject: x\r\n\r\nbody\r\n"
LARGE = b"Subject: large\r\n\r\n" + b"x" * 3_000
LIMITS = Limits(mail_bytes=1_000, header_bytes=100)
MBOX = b"""From a@example.com Sun Nov 22 10:00:00 2026
Subject: first

>From here on
>>From there

From b@example.com Sun Nov 22 10:00:01 2026
Subject: second

end
"""


def read(path: Path | str, stdin: bytes = b"", limits: Limits = LIMITS) -> list[Arrival]:
    return list(open_path(str(path), BytesIO(stdin), limits).arrivals())


def contents(arrivals: list[Arrival]) -> list[bytes | None]:
    return [arrival.mail.content if arrival.mail else None for arrival in arrivals]


def test_a_file_is_one_mail(tmp_path: Path) -> None:
    """Its bytes are taken as they are, its path is handle and source."""
    path = tmp_path / "report.eml"
    path.write_bytes(MAIL)
    [arrival] = read(path)
    assert arrival.mail
    assert (arrival.handle, arrival.mail.source, arrival.mail.content) == (str(path), str(path), MAIL)


def test_a_folder_holds_eml_files_at_any_depth(tmp_path: Path) -> None:
    """In order of their names; other files are not mail."""
    (tmp_path / "deeper").mkdir()
    for name, content in (("b.eml", b"2"), ("a.eml", b"1"), ("deeper/c.eml", b"3"), ("notes.txt", b"no")):
        (tmp_path / name).write_bytes(content)
    assert contents(read(tmp_path)) == [b"1", b"2", b"3"]


def test_an_mbox_is_taken_apart(tmp_path: Path) -> None:
    """Each mail without its "From " line, and with the quoting of such lines taken back."""
    path = tmp_path / "mails"
    path.write_bytes(MBOX)
    arrivals = read(path)
    assert contents(arrivals) == [b"Subject: first\n\nFrom here on\n>From there\n", b"Subject: second\n\nend\n"]
    assert [arrival.handle for arrival in arrivals] == [f"{path}#1", f"{path}#2"]


@pytest.mark.parametrize("envelope", [b"", b"From a@example.com Sun Nov 22 10:00:00 2026\n"])
def test_standard_input_is_one_mail(envelope: bytes) -> None:
    """With or without the envelope line that a mail transfer agent puts before it."""
    assert contents(read("-", envelope + MAIL)) == [MAIL]


def test_of_a_large_mail_only_the_head_is_kept(tmp_path: Path) -> None:
    """From a file, an mbox and a pipe alike; a pipe is emptied, or the program that writes would fail."""
    (tmp_path / "large.eml").write_bytes(LARGE)
    (tmp_path / "mbox").write_bytes(b"From x\n" + LARGE + b"\n\n" + MBOX)
    pipe = BytesIO(LARGE)
    [piped] = open_path("-", pipe, LIMITS).arrivals()
    for arrival in (read(tmp_path / "large.eml")[0], read(tmp_path / "mbox")[0], piped):
        assert (arrival.mail, arrival.head) == (None, b"Subject: large\r\n\r\n")
        assert arrival.size in (len(LARGE), len(LARGE) + 1)  # an mbox ends the last line
    assert pipe.read() == b""
    assert len(read(tmp_path / "mbox")) == 3


def test_a_head_without_end_is_cut() -> None:
    """A header of any length costs no more than its limit."""
    assert read("-", b"Subject: " + b"x" * 3_000)[0].head == b"Subject: " + b"x" * 91


def test_the_users_files_stay(tmp_path: Path) -> None:
    """Filing away leaves everything but a Maildir as it is, and waiting ends at once."""
    path = tmp_path / "mails"
    path.write_bytes(MBOX)
    source = open_path(str(path), BytesIO(), LIMITS)
    for arrival in source.arrivals():
        source.file_away(arrival, "Processed")
    source.wait(3_600)
    source.close()
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (MBOX, [path])


def test_a_maildir_is_read_in_order_of_delivery(tmp_path: Path) -> None:
    """The seconds in the name count, not the folder; hidden files and `tmp` do not."""
    for name, content in (
        ("new/20.b", b"2"),
        ("cur/10.a:2,S", b"1"),
        ("new/100.c", b"3"),
        ("tmp/1.x", b"no"),
        ("cur/.hidden", b"no"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert contents(read(tmp_path)) == [b"1", b"2", b"3"]


def test_a_mail_that_was_read_meanwhile_is_found(tmp_path: Path) -> None:
    """A mail reader moves it from `new` to `cur` and marks it in its name: it is still the same mail."""
    for part in ("tmp", "new", "cur"):
        (tmp_path / part).mkdir()
    for name in ("10.a", "20.b"):
        (tmp_path / "new" / name).write_bytes(name.encode())
    source = open_path(str(tmp_path), BytesIO(), LIMITS)
    round_ = source.arrivals()
    first = next(round_)
    for name in ("10.a", "20.b"):
        (tmp_path / "new" / name).rename(tmp_path / "cur" / f"{name}:2,S")
    source.file_away(first, "Processed")
    assert contents(list(round_)) == [b"20.b"]
    assert (tmp_path / ".Processed" / "cur" / "10.a:2,S").read_bytes() == b"10.a"


@pytest.mark.parametrize("name", ["nothing", "empty"])
def test_a_path_without_mail_is_wrong_use(tmp_path: Path, name: str) -> None:
    """A path that does not exist, and a folder that is no mailbox, are told at once."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=name):
        open_path(str(tmp_path / name), BytesIO(), LIMITS)


def test_a_file_that_vanishes_is_an_outage(tmp_path: Path) -> None:
    """What could be listed but not be read may be there again later."""
    path = tmp_path / "report.eml"
    path.write_bytes(MAIL)
    source = open_path(str(path), BytesIO(), LIMITS)
    path.unlink()
    with pytest.raises(TransientError, match=r"report\.eml"):
        list(source.arrivals())
