"""pylopdf-fonts-jp: a Japanese font that is certain to be there."""

from pathlib import Path


def sans() -> Path:
    """Noto Sans JP as a file."""
    from pylopdf_fonts_jp import sans_path

    return Path(sans_path())
