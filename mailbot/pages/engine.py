"""How every page is made: escaped by the template engine, under a policy by which nothing foreign runs or loads."""

import tomllib
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
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
PRIVATE, PUBLIC = 0o600, 0o644


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("mailbot.pages", "layout"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters |= {"visible": visible, "defanged": defanged, "number": number, "label": _label}
    return made


def _shown(value: object) -> object:
    """Every text of every page shows what cannot be seen, also where nobody thought of a stranger."""
    return visible(value, None) if isinstance(value, str) and not isinstance(value, Markup) else value


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
    """Put the page at `path`, whole or not at all, readable as `mode` says. Raises OSError."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    try:
        new.touch(mode, exist_ok=False)
        new.chmod(mode)
        new.write_text(text, "utf-8")
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
