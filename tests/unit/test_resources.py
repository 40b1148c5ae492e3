"""Shipped rules and templates, and a site's own in their place."""

import os
from pathlib import Path

import pytest

from mailbot import resources
from mailbot.errors import ConfigError
from mailbot.resources import Kind, copy_into, names, texts


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small set of shipped files in place of the real one."""
    root = tmp_path / "shipped"
    for name, text in (
        ("rules/types/xss.toml", "a = 1\n"),
        ("rules/fields/cve.toml", "b = 1\n"),
        ("rules/README.md", "not a rule"),
        ("templates/ja/receipt/body.txt", "受付\n"),
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(resources, "_shipped", lambda kind: root / kind)
    return root


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The folder of mailbot.toml."""
    folder = tmp_path / "site"
    (folder / "rules" / "types").mkdir(parents=True)
    return folder


def problems(kind: Kind, folder: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        texts(kind, folder)
    return caught.value.problems


@pytest.mark.parametrize("kind", ["rules", "templates"])
def test_what_is_shipped_is_found(kind: Kind, tmp_path: Path) -> None:
    """Rules and templates are there without any file of the site."""
    assert names(kind)
    assert tuple(texts(kind, tmp_path)) == names(kind)


def test_names_are_paths_below_the_kind(shipped: Path) -> None:
    """Only files of the kind's suffix count."""
    assert names("rules") == ("fields/cve.toml", "types/xss.toml")
    assert names("templates") == ("ja/receipt/body.txt",)


def test_a_site_file_takes_the_place_of_the_shipped_one(shipped: Path, site: Path) -> None:
    """File by file: the others stay as shipped, and new ones are added."""
    (site / "rules/types/xss.toml").write_text("a = 2\n", encoding="utf-8")
    (site / "rules/types/own.toml").write_bytes(b"\xef\xbb\xbfc = 1\r\n")
    assert texts("rules", site) == {
        "fields/cve.toml": "b = 1\n",
        "types/own.toml": "c = 1\n",
        "types/xss.toml": "a = 2\n",
    }
    assert texts("templates", site) == {"ja/receipt/body.txt": "受付\n"}


def test_what_an_editor_leaves_is_no_rule(shipped: Path, site: Path) -> None:
    """Backups, hidden files and hidden folders are passed over."""
    for name in ("xss.toml~", ".xss.toml", "notes.md"):
        (site / "rules/types" / name).write_text("?", encoding="utf-8")
    (site / "rules/.git").mkdir()
    (site / "rules/.git/x.toml").write_text("?", encoding="utf-8")
    assert tuple(texts("rules", site)) == names("rules")


def test_every_unusable_file_is_told(shipped: Path, site: Path) -> None:
    """Wrong encoding, too large, not a file: all at once, with the path."""
    (site / "rules/types/a.toml").write_bytes('x = 1\ny = "脆弱性"\n'.encode("cp932"))
    (site / "rules/types/b.toml").write_bytes(b"#" * 2_000_001)
    os.mkfifo(site / "rules/types/c.toml")
    found = [line.removeprefix(f"{site}/rules/types/") for line in problems("rules", site)]
    assert found == [
        "c.toml: is not a file",
        "a.toml: line 2 is not UTF-8; save the file as UTF-8",
        "b.toml: longer than 2000000 bytes; is it the right file?",
    ]


def test_a_link_out_of_the_folder_is_not_read(shipped: Path, site: Path, tmp_path: Path) -> None:
    """A link may point within the folder, not out of it, and to no other folder."""
    (tmp_path / "outside.toml").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    (site / "rules/types/within.toml").write_text("w = 1\n", encoding="utf-8")
    (site / "rules/types/link.toml").symlink_to("within.toml")
    assert texts("rules", site)["types/link.toml"] == "w = 1\n"
    (site / "rules/types/out.toml").symlink_to(tmp_path / "outside.toml")
    (site / "rules/more").symlink_to(tmp_path / "elsewhere")
    (site / "rules/types/nothing.toml").symlink_to("gone.toml")
    assert sorted(problems("rules", site)) == [
        f"{site}/rules/more: a link to a folder is not followed",
        f"{site}/rules/types/nothing.toml: is not a file",
        f"{site}/rules/types/out.toml: is a link that leaves the folder; put the file itself there",
    ]


def test_too_many_files(shipped: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of files is limited."""
    monkeypatch.setattr(resources, "_MAX_FILES", 3)
    for number in range(4):
        (site / f"rules/types/{number}.toml").touch()
    assert problems("rules", site) == (f"{site / 'rules'}: more than 3 files; is it the right folder?",)


def test_copies_to_edit(shipped: Path, site: Path) -> None:
    """What is there is never overwritten, not even an empty file or a link to nothing; a second time writes nothing."""
    own = site / "rules/types/xss.toml"
    own.write_text("mine = 1\n", encoding="utf-8")
    assert copy_into("rules", site) == (site / "rules/fields/cve.toml",)
    assert own.read_text(encoding="utf-8") == "mine = 1\n"
    assert copy_into("rules", site) == ()
    own.unlink()
    own.symlink_to("gone.toml")
    assert copy_into("rules", site) == ()
    assert sorted(path.name for path in (site / "rules").rglob("*")) == ["cve.toml", "fields", "types", "xss.toml"]


def test_copies_that_cannot_be_written(shipped: Path, site: Path) -> None:
    """A file where a folder should be is a problem, not a traceback."""
    (site / "templates").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be written"):
        copy_into("templates", site)
