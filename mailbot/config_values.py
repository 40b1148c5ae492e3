"""What a single value of mailbot.toml may be: each type says in its own words what is wrong with another one."""

import ipaddress
import json
import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo, WrapValidator
from pydantic_core import PydanticCustomError

from mailbot.core.hosts import is_ip

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_ADDRESS = re.compile(rf"(?=.{{3,254}}\Z)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@({_LABEL}(?:\.{_LABEL})*)")
_SHOWN = 60


def shown(value: object) -> str:
    """A value as a message quotes it: on one line, short."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def must_be(what: str, show: bool = True) -> WrapValidator:
    """Whatever is wrong with the value, say what it must be and what it was (never where it may be a secret)."""

    def check(value: Any, handler: Callable[[Any], Any]) -> Any:
        try:
            return handler(value)
        except ValidationError:
            context = {"what": what, "got": f", got {shown(value)}" if show else ""}
            raise PydanticCustomError("must_be", "must be {what}{got}", context) from None

    return WrapValidator(check)


def is_host(text: str) -> bool:
    """Whether `text` is a host name or an IP address."""
    return (bool(_HOST.fullmatch(text)) and len(text) <= 253) or is_ip(text)


def _require(claim: Callable[[str], bool]) -> AfterValidator:
    def check(value: str) -> str:
        if not claim(value):
            raise ValueError
        return value

    return AfterValidator(check)


def _is_line(text: str) -> bool:
    """One line that can stand in a header."""
    return text.isprintable() and text == text.strip() and len(text) <= 200


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError):  # a folder of the zone data, or a path out of it; unknown zones are an OSError too
        return False
    except KeyError:  # ZoneInfoNotFoundError
        return False
    return True


def is_url(text: str, schemes: tuple[str, ...] = ("https", "http")) -> bool:
    """Whether `text` is a URL with a host and without a password."""
    try:
        parts = urlsplit(text)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme in schemes and is_host(host) and parts.username is None and port_is_fine and text.isprintable()


def is_server(text: str) -> bool:
    """Whether `text` is a host or IP address, with or without a port: "[::1]:53", "127.0.0.1:5353"."""
    if is_host(text):
        return True
    host, _, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    bracketed = bare != host
    right_host = is_ip(bare) if bracketed else is_host(host) and ":" not in host
    return right_host and port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65535


def _is_resolver(text: str) -> bool:
    return is_server(text) and (is_ip(text) or is_ip(text.rpartition(":")[0].strip("[]")))


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _is_exchange(text: str) -> bool:
    return (
        re.fullmatch(r"[1-9][0-9]{0,4}:[1-9][0-9]{0,4}", text) is not None and max(map(int, text.split(":"))) < 65_536
    )


def normal_fingerprint(text: str) -> str:
    """A fingerprint as the bot compares it: no spaces, upper case."""
    return "".join(text.split()).upper()


def normal_address(text: str) -> str:
    """An address with its domain in lower case."""
    local, at, domain = text.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _no_plus(address: str) -> bool:
    return "+" not in address.rpartition("@")[0]


def _words(value: Any) -> Any:
    """A command given as one string is split as a shell would split it; no shell ever runs it."""
    return shlex.split(value) if isinstance(value, str) else value


def _one_or_many(value: Any) -> Any:
    return ([value] if value else []) if isinstance(value, str) else value


def _located(value: Path | None, info: ValidationInfo) -> Path | None:
    """Relative paths start at the folder of the configuration file; "" is no path."""
    if value is None:
        return None
    return Path(os.path.abspath((info.context or {}).get("folder", Path()) / value.expanduser()))


def _path_or_none(value: Any) -> Any:
    return None if value == "" else _path(value)


def _path(value: Any) -> Any:
    if isinstance(value, str) and (not value or not value.isprintable()):
        raise ValueError
    return value


Port = Annotated[int, Field(strict=True, ge=1, le=65535), must_be("a whole number from 1 to 65535")]
Amount = Annotated[int, Field(strict=True, ge=1, le=10**10), must_be("a whole number from 1 to 10000000000")]
Processes = Annotated[int, Field(strict=True, ge=0, le=64), must_be("a whole number from 0 to 64")]
Levels = Annotated[int, Field(strict=True, ge=1, le=200), must_be("a whole number from 1 to 200")]
Switch = Annotated[bool, Field(strict=True), must_be("true or false")]
Line = Annotated[str, _require(_is_line), must_be("one line of at most 200 characters")]
Name = Annotated[str, Field(min_length=1), _require(_is_line), must_be("a name on one line of at most 200 characters")]
Host = Annotated[str, _require(is_host), must_be("a host name or an IP address")]
Hosts = Annotated[
    tuple[Annotated[str, AfterValidator(str.lower), _require(is_host), must_be("a host name or an IP address")], ...],
    BeforeValidator(_one_or_many),
]
Server = Annotated[
    str, _require(lambda text: not text or is_server(text)), must_be('a host, with or without ":port", or ""')
]
Resolvers = Annotated[
    tuple[Annotated[str, _require(_is_resolver), must_be('an IP address, with or without ":port"')], ...],
    BeforeValidator(_one_or_many),
]
Networks = Annotated[
    tuple[Annotated[str, _require(_is_network), must_be('a network such as "10.0.0.0/8"')], ...],
    BeforeValidator(_one_or_many),
]
Ports = Annotated[
    tuple[Annotated[str, _require(_is_exchange), must_be('two ports such as "443:8443"')], ...],
    BeforeValidator(_one_or_many),
]
Url = Annotated[str, _require(lambda text: not text or is_url(text)), must_be('an http or https URL, or ""')]
HttpsUrl = Annotated[str, _require(lambda text: not text or is_url(text, ("https",))), must_be('an https URL, or ""')]
MailAddress = Annotated[
    str,
    _require(lambda text: bool(_ADDRESS.fullmatch(text))),
    AfterValidator(normal_address),
    must_be("a plain mail address such as security@desk.example.jp"),
]
DeskAddress = Annotated[
    MailAddress,
    _require(_no_plus),
    must_be('a plain mail address such as security@desk.example.jp without "+" (mailbot adds +tokens of its own)'),
]
Fingerprint = Annotated[
    str,
    AfterValidator(normal_fingerprint),
    _require(lambda text: bool(re.fullmatch(r"[0-9A-F]{40}", text))),
    must_be("a whole OpenPGP fingerprint, 40 hex digits (`gpg --fingerprint ADDRESS` shows it)"),
]
Zone = Annotated[str, Field(min_length=1), _require(_is_zone), must_be('a time zone such as "Asia/Tokyo"')]
Country = Annotated[str, Field(pattern=r"\A[A-Z]{2}\z"), must_be('a country code such as "JP"')]
Prefix = Annotated[
    str,
    Field(pattern=r"\A[A-Z][A-Z0-9-]{0,15}\z"),
    must_be("1 to 16 capital letters, digits and hyphens, a letter first"),
]
Languages = Annotated[
    tuple[Annotated[str, Field(pattern=r"\A[a-z]{2,3}\z"), must_be('a language code such as "ja"')], ...],
    Field(min_length=1),
]
Edition = Annotated[
    str,
    Field(pattern=r"\A[a-z0-9][a-z0-9._-]{0,63}\z"),
    must_be("the name of a file in rules/policy/ without .toml"),
]
SchemaName = Annotated[
    str,
    Field(pattern=r"\A[a-z][a-z0-9_]{0,47}\z"),
    must_be("1 to 48 small letters, digits and underscores, a letter first"),
]
Variable = Annotated[
    str,
    Field(pattern=r"\A[A-Za-z_][A-Za-z0-9_]*\z"),
    must_be("the name of an environment variable, not its value", show=False),
]
File = Annotated[Path | None, BeforeValidator(_path_or_none), AfterValidator(_located), must_be("the path of a file")]
KeyFile = Annotated[Path, BeforeValidator(_path), AfterValidator(_located), must_be("the path of a file")]
Folder = Annotated[Path, BeforeValidator(_path), AfterValidator(_located), must_be("the path of a folder")]
Command = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(_words),
    Field(min_length=1),
    must_be('a program and its arguments, such as ["pass", "show", "mailbot/imap"]', show=False),
]
