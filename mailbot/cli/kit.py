"""The verb `kit`: a window of one's own for the operator of a site."""

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from mailbot import kit as making
from mailbot import resources
from mailbot.bootstrap import load_keyring
from mailbot.cli.common import config_of
from mailbot.cli.output import put
from mailbot.config import Config
from mailbot.core.security_contact import window
from mailbot.core.templates import load_templates
from mailbot.errors import ConfigError


def kit(
    context: typer.Context,
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", help="The site, such as www.example.jp.")],
    out: Annotated[Path | None, typer.Option(help="The folder to write into; default kit-DOMAIN.")] = None,
    contact: Annotated[str, typer.Option(help="Where reports are to go; default security@ the domain.")] = "",
) -> None:
    """Write what a site's operator needs to open a window of their own: security.txt, guide, page, answers.

    Needs no configuration. For the desk's own site the file is signed with the desk's key and names the desk's address.
    """
    config = _config(context)
    desk = config.desk_value() if config else None
    ours = desk is not None and making.is_ours(domain, desk)
    now = datetime.now(UTC)
    templates = load_templates(resources.texts("templates", config.folder if config else Path()))
    with ExitStack() as stack:
        signer = None
        if config and desk and ours:
            signer = load_keyring(config)
            stack.callback(signer.close)
        view = window(domain, contact or (desk.address if desk and ours else ""), now.date(), key=signer is not None)
        named = making.NOBODY if ours else making.named(desk)
        made = making.files(view, templates, now, desk=named, signer=signer)
    for path in making.write(made, out or Path(f"kit-{view.domain}")):
        put(str(path))


def _config(context: typer.Context) -> Config | None:
    """The desk's configuration, or None where none is named and none lies here."""
    try:
        return config_of(context)
    except ConfigError:
        if context.find_root().obj is not None or Path("mailbot.toml").exists():
            raise
        return None
