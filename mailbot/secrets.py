"""Where a secret is kept, and how to fetch it: from the environment, a file or a program, never from mailbot.toml."""

import logging
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mailbot.errors import ConfigError, UnreachableError

_log = logging.getLogger(__name__)
_MAX_BYTES = 65_536
_SECONDS = 30
_Of = TypeVar("_Of")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Secret:
    """One secret: `key` names it as the configuration does ("[imap].password"), and one of the rest says where it is.

    `folder` is where a program given by a relative path is looked for. `may_be_empty` is for the passphrase of a key
    that has none.
    """

    key: str
    env: str = ""
    file: Path | None = None
    command: tuple[str, ...] = ()
    folder: Path = Path()
    may_be_empty: bool = False

    @property
    def is_given(self) -> bool:
        """Whether the configuration says where it is."""
        return bool(self.env or self.file or self.command)


def resolve(secret: Secret, environ: Mapping[str, str] = os.environ) -> str:
    """The secret itself: its first line, without the line end; "" for one that is nowhere and may be empty.

    Raises ConfigError, whose text never holds anything of what was read.
    """
    if secret.env:
        text = _from_environment(secret, environ)
    elif secret.file:
        text = _from_file(secret, secret.file)
    elif secret.command:
        text = _from_command(secret)
    elif secret.may_be_empty:
        return ""
    else:
        raise ConfigError((f"{secret.key}: nothing says where it is; give {_ways(secret)}",))
    line = text.partition("\n")[0].rstrip("\r")
    if not line and not secret.may_be_empty:
        raise ConfigError((f"{_source(secret)}: its first line is empty; put the secret there",))
    return line


def at_work(fetch: Callable[[_Of], _T], of: _Of) -> _T:
    """What `fetch` gives, for a desk that works: what it cannot fetch now is an outage, and no mail may end by it.

    Raises UnreachableError where `fetch` raises ConfigError.
    """
    try:
        return fetch(of)
    except ConfigError as exc:
        raise UnreachableError(str(exc)) from exc


def problems(secret: Secret, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """What would stop `resolve`, as far as can be told without running a program."""
    if not secret.command:
        try:
            resolve(secret, environ)
        except ConfigError as exc:
            return exc.problems
        return ()
    return () if _program(secret) else (_no_program(secret),)


def _ways(secret: Secret) -> str:
    name = secret.key.rpartition(".")[2]
    return f"{name}_env, {name}_file or {name}_command"


def _source(secret: Secret) -> str:
    way = "env" if secret.env else "file" if secret.file else "command"
    what = secret.env or str(secret.file or secret.command[0])
    return f"{secret.key}_{way}: {what}"


def _from_environment(secret: Secret, environ: Mapping[str, str]) -> str:
    if secret.env not in environ:
        raise ConfigError((f"{_source(secret)}: this environment variable is not set; export it before the start",))
    return environ[secret.env]


def _from_file(secret: Secret, path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
            mode = os.fstat(file.fileno()).st_mode
    except OSError as exc:
        raise ConfigError((f"{_source(secret)}: cannot be read: {exc.strerror}",)) from None
    if mode & 0o077:
        _log.warning("%s: others may read this file; run `chmod 600` on it", _source(secret))
    return _decode(secret, content)


def _from_command(secret: Secret) -> str:
    program = _program(secret)
    if program is None:
        raise ConfigError((_no_program(secret),))
    try:
        done = subprocess.run(
            [program, *secret.command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=secret.folder,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ConfigError((f"{_source(secret)}: gave no answer within {_SECONDS} seconds",)) from None
    except (OSError, ValueError):
        raise ConfigError((f"{_source(secret)}: cannot be started",)) from None
    if done.returncode != 0:
        message = f"{_source(secret)}: ended with status {done.returncode}; run it by hand to see why"
        raise ConfigError((message,))
    return _decode(secret, done.stdout)


def _program(secret: Secret) -> str | None:
    """The program's full path, if it is there; a relative path starts at the configuration's folder."""
    name = secret.command[0]
    return shutil.which(str(secret.folder / name) if "/" in name else name)


def _no_program(secret: Secret) -> str:
    return f"{_source(secret)}: there is no such program; install it, or give its whole path"


def _decode(secret: Secret, content: bytes) -> str:
    if len(content) > _MAX_BYTES:
        raise ConfigError((f"{_source(secret)}: longer than {_MAX_BYTES} bytes; is it the right one?",))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError((f"{_source(secret)}: not UTF-8 text",)) from None
