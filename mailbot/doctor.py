"""What `mailbot doctor` checks before a run, each check with what to do about it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from mailbot import doctor_probe
from mailbot.adapters.imap import ImapMailbox
from mailbot.adapters.pgp import GnupgKeyring
from mailbot.adapters.smtp import SmtpSender
from mailbot.bootstrap import load_keyring, load_knowledge, open_copies, open_mailbox, open_sender
from mailbot.bootstrap_memory import open_store, state_key
from mailbot.config import Config
from mailbot.config_keys import CoordinatorKeys
from mailbot.core.budgets import BREAKER
from mailbot.core.rule_examples import example_count, run_examples
from mailbot.doctor_domain import EXAMPLE, advise
from mailbot.errors import MailbotError, PermanentError
from mailbot.shapes import CheckShape
from mailbot.spending import backlog
from mailbot.statistics import load_counting
from mailbot.token_sources import token_checks

_LOW_DISK = 500_000_000
_KEY_WARNING = timedelta(days=30)
_EXAMPLE_NAME = "Example Vulnerability Desk"
_EXAMPLE_PHONE = "03-0000-0000"
_PORTS = 'see the setting that is named; [{0}].port {1} goes with [{0}].security = "tls", {2} with "starttls"'


def examine(config: Config, now: datetime, *, probe: bool = False) -> list[CheckShape]:
    """Run every check; one that fails does not stop the next."""
    checks: list[tuple[str, Callable[[], str], str]] = [
        ("desk", lambda: _own_values(config), "put your own values into mailbot.toml: mails tell them to everybody"),
        ("rules and templates", lambda: _knowledge(config), "mend the file that is named, or remove your copy of it"),
        ("statistics", lambda: _statistics(config), "mend the file that is named, or remove your copy of it"),
        (
            "OpenPGP key",
            lambda: _key(config, now),
            "mailbot init makes one; extend its expiry with gpg --quick-set-expire",
        ),
        (
            "coordinators' keys",
            lambda: _coordinators(config, now),
            "a [[coordinator]] table in mailbot.toml for each of your people, and mailbot key import FILE for its key",
        ),
        *_partners(config, now),
        ("state", lambda: _state(config), "see docs/operating.md, `State`"),
        ("budgets", lambda: _budgets(config, now), "see what waits: mailbot outbox list; outbox retry lets a mail go"),
        ("disk", lambda: _disk(config), "free space where [state].dir is"),
        *token_checks(config, lambda: state_key(config)),
        ("IMAP", lambda: _checked(open_mailbox(config)), _PORTS.format("imap", 993, 143)),
        ("SMTP", lambda: _checked(open_sender(config)), _PORTS.format("smtp", 465, 587)),
    ]
    if config.imap.sent_folder:
        checks.append(("sent folder", lambda: _checked(open_copies(config)), "name it as the mail server lists it"))
    if config.lookup.allow_private:
        checks.append(("contact search", lambda: _open_networks(config), "empty [lookup].allow_private"))
    if probe:
        checks.append(("probe mail", lambda: doctor_probe.probe(config), doctor_probe.ADVICE))
    return [*_run(checks), *advise(config)]


def _run(checks: list[tuple[str, Callable[[], str], str]]) -> Iterator[CheckShape]:
    for name, check, advice in checks:
        try:
            yield CheckShape(check=name, ok=True, detail=check(), advice="")
        except _Warned as exc:
            yield CheckShape(check=name, ok=True, detail=str(exc), advice=advice)
        except MailbotError as exc:
            yield CheckShape(check=name, ok=False, detail="; ".join(str(exc).splitlines()), advice=advice)


class _Warned(Exception):
    """Nothing that stops a run, but something that its owner should look at."""


def _own_values(config: Config) -> str:
    """Whether something of the desk that its mails or servers go by is an example still: a rehearsal may be run so."""
    desk = config.desk
    domains = {
        "[desk].address": desk.address.rpartition("@")[2],
        "[desk].verify_url": urlsplit(desk.verify_url).hostname or "",
        "[imap].host": config.imap.host,
        "[smtp].host": config.smtp.host,
    }
    found = [key for key, domain in domains.items() if EXAMPLE.fullmatch(domain)]
    found += ["[desk].name"] if desk.name == _EXAMPLE_NAME else []
    found += ["[desk].phone"] if desk.phone.startswith(_EXAMPLE_PHONE) else []
    if found:
        raise _Warned(f"still example values: {', '.join(found)}")
    return f"{desk.name} <{desk.address}>"


def _knowledge(config: Config) -> str:
    knowledge = load_knowledge(config)
    if problems := run_examples(knowledge.rules):
        raise PermanentError("\n".join(map(str, problems[:5])))
    return f"{example_count(knowledge.rules)} examples right; edition {knowledge.policy.edition}"


def _statistics(config: Config) -> str:
    """The rules that only `report` and `purge` read: a wrong one would be found when the quarter is over."""
    rules = load_counting(config).rules
    return f"{len(rules.type_codes)} types and {len(rules.buckets)} ways to end are counted"


def _key(config: Config, now: datetime) -> str:
    keyring = load_keyring(config)
    try:
        if not keyring.has_secret():
            raise PermanentError(f"no secret key {config.pgp.fingerprint} in [pgp].home")
        signature, _ = keyring.sign(b"doctor\r\n")
        if not any(verdict.status == "good" for verdict in keyring.verify(b"doctor\r\n", signature)):
            raise PermanentError("the desk's key cannot sign: is [pgp].passphrase_… right?")
        expires = keyring.expiry(config.pgp.fingerprint)
        if expires and expires <= now + _KEY_WARNING:
            raise PermanentError(f"the desk's key expires at {expires:%Y-%m-%d}")
        version = ".".join(map(str, keyring.version))
        return f"gpg {version}; signs; expires {expires:%Y-%m-%d}" if expires else f"gpg {version}; signs"
    finally:
        keyring.close()


def _coordinators(config: Config, now: datetime) -> str:
    keyring = load_keyring(config)
    try:
        bad = [c for c in config.coordinator if not keyring.usable(c.fingerprint, now)]
        others = [_others_of(c, keyring, now) for c in bad]
        own = [c.name for c in config.coordinator if c.fingerprint == config.pgp.fingerprint]
    finally:
        keyring.close()
    if not config.coordinator:
        raise PermanentError("there is no [[coordinator]]: nobody would be asked or told")
    if own:
        raise PermanentError(f"{', '.join(own)}: has the desk's own key; put theirs")
    if bad:
        names = ", ".join(c.name for c in bad)
        what = f"{names}: key missing, expired or revoked; what they should get is held"
        raise PermanentError("\n".join((what, *filter(None, others))))
    return f"{len(config.coordinator)} usable"


def _partners(config: Config, now: datetime) -> Iterator[tuple[str, Callable[[], str], str]]:
    """The keys of those whom the desk's role needs."""
    part = config.part_value()
    for name, partner in (("coordinating body's key", part.body), ("owner's key", part.owner)):
        if partner and partner.fingerprint:
            advice = "mailbot key import FILE, and its fingerprint in [desk]; until then what they should get is held"
            yield name, partial(_usable, config, partner.fingerprint, now), advice


def _usable(config: Config, fingerprint: str, now: datetime) -> str:
    keyring = load_keyring(config)
    try:
        if not keyring.usable(fingerprint, now):
            raise PermanentError(f"{fingerprint}: missing, expired or revoked")
    finally:
        keyring.close()
    return "usable"


def _others_of(coordinator: CoordinatorKeys, keyring: GnupgKeyring, now: datetime) -> str:
    """Which other keys with their address there are: the fingerprint in the configuration may be the wrong one."""
    address = coordinator.address
    found = [k.fingerprint for k in keyring.all_keys() if k.names_address(address) and k.usable(now)]
    return f"a key for {address} is here: {', '.join(found)}" if found else ""


def _state(config: Config) -> str:
    folder, key = config.state.dir, config.secret("state").file
    if folder.exists() and folder.stat().st_mode & 0o077:
        raise PermanentError(f"{folder}: others may read it: chmod 700")
    if key and key.exists() and key.stat().st_mode & 0o077:
        raise PermanentError(f"{key}: others may read it: chmod 600")
    with open_store(config, read_only=True) as store:
        return f"{sum(store.census().values())} cases"


def _budgets(config: Config, now: datetime) -> str:
    """Whether the breaker stopped mail within the hour: a mail bomb, or machines that answer each other."""
    if not config.state.dir.exists():
        return "nothing waits"
    with open_store(config, read_only=True) as store:
        waits = backlog(store, now)
    if waits.tripped:
        raise PermanentError(f"{waits.mails} mails wait: {BREAKER} ([limits].mails_per_hour)")
    if waits.mails:
        raise _Warned(f"{waits.mails} mails wait for a budget of [limits]")
    return "nothing waits"


def _disk(config: Config) -> str:
    place = config.state.dir if config.state.dir.exists() else config.folder
    free = shutil.disk_usage(place).free
    if free < _LOW_DISK:
        raise PermanentError(f"{free // 1_000_000} MB free")
    return f"{free // 1_000_000_000} GB free"


def _open_networks(config: Config) -> str:
    networks = ", ".join(map(str, config.lookup.allow_private))
    raise _Warned(f"UNSAFE OUTSIDE OF TESTS: a report may make the desk connect to private networks: {networks}")


def _checked(server: ImapMailbox | SmtpSender) -> str:
    with closing(server):
        return server.check()
