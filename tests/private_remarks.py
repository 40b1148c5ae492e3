"""The remarks of tests/mails/private-remarks.toml: what finders keep for the desk, and what only sounds like it."""

import tomllib
from pathlib import Path

KEPT = ("検索結果に文字がそのまま出力されます", "the search shows it without escaping")
"""One of them stands in every remark and may be told."""

_FILE = tomllib.loads((Path(__file__).parent / "mails" / "private-remarks.toml").read_text(encoding="utf-8"))
MARKED: dict[str, str] = _FILE["marked"]
NEAR: tuple[str, ...] = tuple(_FILE["near"])


def plain(text: str) -> str:
    """The text as the finder wrote it."""
    return text.replace("◆", "")


def secrets(text: str) -> list[str]:
    """What nobody but the desk may read of it."""
    return [part.replace("\n", "") for part in text.split("◆")[1::2]]
