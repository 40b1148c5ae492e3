"""How every page is made: escaped by the template engine, under a policy by which nothing foreign runs or loads."""

import os
import stat
import tomllib
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from mailbot.core.charts import number
from mailbot.core.visible import defanged, visible
from mailbot.pages.palette import inks

LANGUAGES = ("ja", "en")
_SHORT = 60  # characters
PRIVATE, PUBLIC = 0o600, 0o644


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("mailbot.pages", "layout"),
        autoescape=True,
        auto_reload=False,  # they are a part of the program
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters |= {"visible": visible, "defanged": defanged, "number": number, "label": _label}
    return made


def _shown(value: object) -> object:
    """Every text of every page shows what cannot be seen, also where nobody thought of a stranger."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return _known(value) if len(value) <= _SHORT else visible(value, None)


@lru_cache(2_000)
def _known(text: str) -> str:
    """The short ones are our own words, most of them, the same on each page."""
    return visible(text, None)


@pass_context
def _label(context: Context, code: str, section: str) -> str:
    """The words for a code in the page's language; a code without words stays as it is."""
    return str(context["labels"].get(section, {}).get(code, code))


@cache
def words(language: str) -> Mapping[str, str]:
    """The pages' own words in that language."""
    read = tomllib.loads(files("mailbot.pages").joinpath("layout", "words.toml").read_text("utf-8"))
    return {code: both[language] for code, both in read.items()}


@cache
def _style() -> str:
    return _environment().get_template("style.css.j2").render(inks=tuple(inks()))


@cache
def policy() -> str:
    """The content-security policy: our one style sheet, known by its hash, and nothing else."""
    known = b64encode(sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{known}'; img-src data:; base-uri 'none'; form-action 'none'"


def page(template: str, language: str, **values: object) -> str:
    """The page as text."""
    made = _environment().get_template(template)
    style = Markup(_style())  # our own style sheet: escaping would break it, and its hash
    return made.render(language=language, words=words(language), style=style, policy=policy(), **values)


def write(path: Path, text: str, mode: int) -> None:
    """Put the page at `path`, whole or not at all, readable as `mode` says. Raises OSError.

    A file that says the same already stays as it is.
    """
    content, name = text.encode("utf-8"), str(path)  # thousands are written: paths as objects would take a third of it
    if _is_there(name, content, mode):
        return
    folder, slash, last = name.rpartition("/")
    new = f"{folder}{slash}.{last}.new"
    with suppress(FileNotFoundError):
        os.unlink(new)
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
        os.replace(new, name)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(new)
        raise


def _is_there(name: str, content: bytes, mode: int) -> bool:
    """Whether that very file lies there, and no link to another."""
    try:
        found = os.lstat(name)
        same = stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) == mode and found.st_size == len(content)
        return same and Path(name).read_bytes() == content
    except OSError:
        return False
