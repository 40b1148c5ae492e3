"""The configuration: found, read and checked whole, with every problem told at once and nothing touched."""

import os
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, PrivateAttr, ValidationError
from pydantic_core import ErrorDetails

from mailbot.config_base import Keys
from mailbot.config_checks import disagreements
from mailbot.config_keys import (
    TABLES,
    CoordinatorKeys,
    DeskKeys,
    LimitKeys,
    PgpKeys,
    PolicyKeys,
    StateKeys,
    StoreKeys,
)
from mailbot.config_lookup import LookupKeys
from mailbot.config_metrics import MetricsKeys
from mailbot.config_problems import sentence
from mailbot.config_servers import ImapKeys, SmtpKeys
from mailbot.core.desk import Coordinator, Desk
from mailbot.core.limits import Limits
from mailbot.core.roles import DeskRole, Part, Partner
from mailbot.errors import ConfigError
from mailbot.secrets import Secret

NAME = "mailbot.toml"
_MAY_BE_LEFT_OUT: dict[str, Any] = {
    "coordinator": [],
    "policy": {},
    "limits": {},
    "lookup": {},
    "state": {},
    "store": {},
    "metrics": {},
}
_MAX_BYTES = 1_000_000


class Config(Keys):
    """The whole of mailbot.toml; its paths are absolute, taken from the folder that the file is in."""

    desk: DeskKeys = Field(description="who the desk is; see docs/configuration.md.")
    imap: ImapKeys = Field(description="where mail arrives; see docs/configuration.md.")
    smtp: SmtpKeys = Field(description="where mail leaves; see docs/configuration.md.")
    pgp: PgpKeys = Field(description="the desk's key; see docs/configuration.md.")
    coordinator: tuple[CoordinatorKeys, ...]
    policy: PolicyKeys
    limits: LimitKeys
    lookup: LookupKeys
    state: StateKeys
    store: StoreKeys
    metrics: MetricsKeys
    _path: Path = PrivateAttr(default=Path(NAME))

    @property
    def path(self) -> Path:
        """The file itself."""
        return self._path

    @property
    def folder(self) -> Path:
        """The working folder: the file's own, where the site's rules and templates are too."""
        return self._path.parent

    def secret(self, name: str) -> Secret:
        """Where the secret of `name` is: "imap", "smtp" (password or token), "pgp" (passphrase), "state" (key), "store"
        (the database's URL)."""
        match name:
            case "imap":
                return self.imap.secret(name, self.folder)
            case "smtp":
                return self.smtp.secret(name, self.folder)
            case "pgp":
                return self.pgp.secret(self.folder)
            case "state":
                return self.state.secret(self.folder)
            case "store":
                return self.store.secret(self.folder)
        raise ValueError(name)

    def desk_value(self) -> Desk:
        """The desk as the core knows it."""
        return Desk(
            name=self.desk.name,
            address=self.desk.address,
            case_prefix=self.desk.case_prefix,
            role=self.desk.role,
            languages=self.desk.languages,
            timezone=ZoneInfo(self.desk.timezone),
            phone=self.desk.phone,
            verify_url=self.desk.verify_url,
            fingerprint=self.pgp.fingerprint,
            coordinators=tuple(Coordinator(c.name, c.address, c.fingerprint) for c in self.coordinator),
            authserv_id=self.imap.authserv_id,
        )

    def part_value(self) -> Part:
        """The desk's role, as the core knows it."""
        body, owner = self.desk.coordinating_body, self.desk.owner
        return Part(
            DeskRole(self.desk.role),
            Partner(body.address, body.fingerprint) if body else None,
            Partner(owner.address, owner.fingerprint) if owner else None,
        )

    def limits_value(self) -> Limits:
        """The limits as the core knows them."""
        return Limits(**self.limits.model_dump())


def find_config(option: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The file to read: the option's, else mailbot.toml here, else the one $MAILBOT_CONFIG names.

    Raises ConfigError if there is none.
    """
    if option is not None:
        return _existing(option, "--config")
    if Path(NAME).is_file():
        return Path(NAME)
    if named := environ.get("MAILBOT_CONFIG"):
        return _existing(Path(named), "$MAILBOT_CONFIG")
    raise ConfigError((f"there is no {NAME} in this folder; `mailbot init` makes one, --config FILE names another",))


def _existing(path: Path, source: str) -> Path:
    if path.is_dir():
        raise ConfigError((f"{path}: {source} names a folder; give the file: {path / NAME}",))
    if not path.exists():
        raise ConfigError((f"{path}: {source} names a file that is not there; `mailbot init` makes one",))
    if path.is_fifo():
        raise ConfigError((f"{path}: {source} names a pipe; give the file: its paths are taken from where it lies",))
    return path


def load(path: Path, needs: Collection[str] = (), environ: Mapping[str, str] = os.environ) -> Config:
    """Read and check the file.

    `needs` names the secrets that must be there ("imap", "smtp", "pgp", "state"); none is read out, no program is run.
    Raises ConfigError with every problem found, each starting with the file's name.
    """
    data = _MAY_BE_LEFT_OUT | _read(path)
    whole = Path(os.path.abspath(path))
    problems: list[str] = []
    config = None
    try:
        config = Config.model_validate(data, context={"folder": whole.parent})
    except ValidationError as exc:
        problems = [sentence(error, _table_of(error)) for error in exc.errors(include_url=False)]
    problems += disagreements(data, whole.parent, needs, environ)
    if config is None or problems:
        raise ConfigError(tuple(f"{path}: {problem}" for problem in dict.fromkeys(problems)))
    config._path = whole
    return config


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as exc:
        raise ConfigError((f"{path}: cannot be read: {exc.strerror}; `mailbot init` makes a new one",)) from None
    if len(content) > _MAX_BYTES:
        raise ConfigError((f"{path}: longer than {_MAX_BYTES} bytes; is it the right file?",))
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise ConfigError((f"{path}: not UTF-8 text; save it as UTF-8",)) from None
    except (ValueError, RecursionError) as exc:
        raise ConfigError((f"{path}: not valid TOML: {str(exc) or 'nested too deeply'}",)) from None


def _table_of(error: ErrorDetails) -> type[BaseModel]:
    """What may stand in the table that the error is in."""
    names = [part for part in error["loc"][:-1] if isinstance(part, str)]
    wanted = ".".join(names)
    return next((keys for table, keys in TABLES if table.strip("[]") == wanted), Config)
