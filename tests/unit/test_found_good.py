"""What was found good need not be checked again, and whatever changes is."""

from pathlib import Path

import pytest

from mailbot.adapters import found_good
from mailbot.adapters.found_good import NAME, digest_of, is_good, note_good

FILES = {"ja/receipt/body.txt": "本文", "b": "c"}


def test_what_was_noted_is_known(tmp_path: Path) -> None:
    """Only after it was noted, and only for these very files."""
    digest = digest_of(FILES, {})
    assert not is_good(tmp_path, digest)
    note_good(tmp_path, digest)
    assert is_good(tmp_path, digest)
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert not is_good(tmp_path, digest_of({**FILES, "b": "d"}, {}))


@pytest.mark.parametrize(
    "files",
    [
        ({"ja/receipt/body.txt": "本文", "b": "d"}, {}),
        ({"ja/receipt/body.txt": "本文"}, {"b": "c"}),
        ({"ja/receipt/body.txt": "本文", "bc": ""}, {}),
        ({}, FILES),
        ({}, {}),
    ],
)
def test_any_other_file_gives_another_digest(files: tuple[dict[str, str], dict[str, str]]) -> None:
    """A text, a name, the folder that a file lies in, a file that is gone."""
    assert digest_of(*files) != digest_of(FILES, {})


def test_another_version_of_what_checks_gives_another_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one mailbot or one library found good, the next one looks at again."""
    before = digest_of(FILES)
    monkeypatch.setattr(found_good, "version", lambda name: "99")
    assert digest_of(FILES) != before


def test_changed_code_gives_another_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier state of the checks found good is looked at again, though the version is the same."""
    (tmp_path / "views.py").write_text("one")
    monkeypatch.setattr(found_good, "_CHECKS", tmp_path)
    before = digest_of(FILES)
    assert digest_of(FILES) == before
    (tmp_path / "views.py").write_text("another")
    assert digest_of(FILES) != before


def test_the_code_that_checks_is_looked_at() -> None:
    """The folder is the right one: it holds what says which values a template may use."""
    assert (found_good._CHECKS / "template_checks.py").is_file()


def test_a_program_of_unknown_version_is_not_relied_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As from a checkout that was never installed: the desk starts, and checks each time."""
    monkeypatch.setattr(found_good, "_PROGRAMS", ("mailbot", "no-such-distribution"))
    note_good(tmp_path, digest_of(FILES))
    assert not is_good(tmp_path, digest_of(FILES))


def test_where_nothing_can_be_written_nothing_is_known(tmp_path: Path) -> None:
    """The next start checks again; this one goes on."""
    note_good(tmp_path / "missing", digest_of(FILES))
    assert not is_good(tmp_path / "missing", digest_of(FILES))


@pytest.mark.parametrize("content", [b"", b"0" * 64, b"\xff" * 100])
def test_a_damaged_note_counts_for_nothing(tmp_path: Path, content: bytes) -> None:
    """Then all is checked, as at the first start."""
    (tmp_path / NAME).write_bytes(content)
    assert not is_good(tmp_path, digest_of(FILES))
