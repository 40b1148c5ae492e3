"""Whether the parts of a configuration agree with each other.

Works on the file's raw tables, so that what is wrong here is told together with what is wrong in a single value.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from mailbot import secrets
from mailbot.config_base import Keys
from mailbot.config_keys import PassphraseKeys, SealKeys
from mailbot.config_oauth import oauth_disagreements, wants_flow
from mailbot.config_servers import LoginKeys
from mailbot.config_values import normal_fingerprint
from mailbot.core.hosts import is_loopback
from mailbot.secrets import Secret

K = TypeVar("K", bound=Keys)
Tables = dict[str, Any]


def disagreements(data: Tables, folder: Path, needs: Collection[str], environ: Mapping[str, str]) -> Iterator[str]:
    """Every problem between the parts, and with the secrets that `needs` names (imap, smtp, pgp, state)."""
    yield from _desk(_table(data, "desk"))
    for name in ("imap", "smtp"):
        yield from _server(name, _table(data, name))
    yield from _ways("[pgp]", _table(data, "pgp"), "passphrase")
    yield from _state(_table(data, "state"), folder)
    yield from _coordinators(data)
    yield from _store(_table(data, "store"))
    for secret in _secrets(data, folder, needs):
        yield from secrets.problems(secret, environ)
    yield from _certificates(data, folder, needs)


def _table(data: Tables, name: str) -> Tables:
    table = data.get(name)
    return table if isinstance(table, dict) else {}


def _text(table: Tables, key: str) -> str:
    value = table.get(key)
    return value.strip() if isinstance(value, str) else ""


def _desk(desk: Tables) -> Iterator[str]:
    if desk.get("role") == "receiver" and not _text(desk, "coordinating_body"):
        yield '[desk].coordinating_body: the role "receiver" needs it; give "ADDRESS FINGERPRINT"'
    if desk.get("role") != "vendor" and _text(desk, "owner"):
        yield '[desk].owner: only the role "vendor" has one; leave it out'


def _server(name: str, server: Tables) -> Iterator[str]:
    if not server:
        return
    host = _text(server, "host")
    if server.get("security") == "plain" and host and not is_loopback(host):
        yield f'[{name}].security: "plain" is for this machine only and {host} is another; use "tls" or "starttls"'
    oauth2 = _table(server, "oauth2")
    yield from _ways(f"[{name}]", server, "password", also=("oauth2",))
    if wants_flow(oauth2):
        yield from oauth_disagreements(f"[{name}.oauth2]", oauth2)
    elif "oauth2" in server:
        yield from _ways(f"[{name}.oauth2]", oauth2, "token", needed=True)
    has_login = any(key in server for key in ("password_env", "password_file", "password_command", "oauth2"))
    username = server.get("username")
    if not username and (has_login or name == "imap"):
        yield f"[{name}].username: is missing: the login's name"
    if not has_login and (username or name == "imap"):
        yield f"[{name}]: nothing says how to log in; give password_env, password_file, password_command or oauth2"


def _ways(place: str, table: Tables, what: str, *, also: tuple[str, ...] = (), needed: bool = False) -> Iterator[str]:
    names = (f"{what}_env", f"{what}_file", f"{what}_command", *also)
    given = [name for name in names if table.get(name)]
    if len(given) > 1:
        yield f"{place}: {' and '.join(given)} exclude each other; keep one"
    if needed and not given:
        yield f"{place}: nothing says where the {what} is; give {', '.join(names[:-1])} or {names[-1]}"


def _state(state: Tables, folder: Path) -> Iterator[str]:
    yield from _ways("[state]", state, "key")
    if "key_env" in state or "key_command" in state:
        return
    seal = _part(SealKeys, state, folder)
    home = (folder / Path(_text(state, "dir") or "state").expanduser()).resolve()
    if seal and seal.key_file.resolve().is_relative_to(home):
        yield "[state].key_file: the key must not lie in the folder that it seals; put it beside the configuration"


def _store(store: Tables) -> Iterator[str]:
    yield from _ways("[store]", store, "url", needed=store.get("backend") == "postgresql")


def _coordinators(data: Tables) -> Iterator[str]:
    entries = data.get("coordinator")
    own = {
        "address": _text(_table(data, "desk"), "address").lower(),
        "fingerprint": normal_fingerprint(_text(_table(data, "pgp"), "fingerprint")),
    }
    seen: dict[tuple[str, str], int] = {}
    for number, entry in enumerate(entries if isinstance(entries, list) else (), 1):
        table = entry if isinstance(entry, dict) else {}
        for key in ("name", "address", "fingerprint"):
            value = _text(table, key)
            value = normal_fingerprint(value) if key == "fingerprint" else value.casefold()
            if not value:
                continue
            if value == own.get(key):
                yield f"[[coordinator]] {number}: {key}: is the desk's own; each coordinator needs one of their own"
            first = seen.setdefault((key, value), number)
            if first != number:
                yield f"[[coordinator]] {number}: {key}: is that of [[coordinator]] {first} too; each needs their own"


def _part(keys: type[K], table: Tables, folder: Path) -> K | None:
    """The keys of that part of a table; None if one of them is wrong, which is told elsewhere."""
    known = {name: value for name, value in table.items() if name in keys.model_fields}
    try:
        return keys.model_validate(known, context={"folder": folder})
    except ValidationError:
        return None


def _secrets(data: Tables, folder: Path, needs: Collection[str]) -> Iterator[Secret]:
    for name in ("imap", "smtp"):
        login = _part(LoginKeys, _table(data, name), folder)
        if name in needs and login and login.secret(name, folder).is_given:
            yield login.secret(name, folder)
        if name in needs and login and login.oauth2 and login.oauth2.client_secret(name, folder).is_given:
            yield login.oauth2.client_secret(name, folder)
    passphrase = _part(PassphraseKeys, _table(data, "pgp"), folder)
    if "pgp" in needs and passphrase:
        yield passphrase.secret(folder)
    seal = _part(SealKeys, _table(data, "state"), folder)
    # The first run on an empty state makes the key's file, so that it is not there says nothing.
    if "state" in needs and seal and not seal.secret(folder).file:
        yield seal.secret(folder)


def _certificates(data: Tables, folder: Path, needs: Collection[str]) -> Iterator[str]:
    for name in ("imap", "smtp"):
        value = _text(_table(data, name), "ca_file")
        if name in needs and value and not (folder / Path(value).expanduser()).is_file():
            yield f"[{name}].ca_file: there is no file {value}"
