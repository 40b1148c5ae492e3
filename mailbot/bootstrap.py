"""The only place that builds adapters: from a configuration to a bot and its mailbox."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from mailbot import resources, secrets
from mailbot.adapters.child_reader import ChildReader
from mailbot.adapters.cleaning import ChildCleaner
from mailbot.adapters.codec import SealedCodec, derive, load_or_make_key, parse_key, the_key_in
from mailbot.adapters.imap import ImapMailbox, ImapSettings
from mailbot.adapters.imap_copies import ImapCopies
from mailbot.adapters.imap_listing import ImapListing
from mailbot.adapters.imap_probe import ImapProbe
from mailbot.adapters.layout import check_state
from mailbot.adapters.pgp import GnupgKeyring
from mailbot.adapters.protecting import FileProtector
from mailbot.adapters.smtp import SmtpSender, SmtpSettings
from mailbot.adapters.spool import FileSpool
from mailbot.adapters.store import TinyStore
from mailbot.bootstrap_lookup import contact_search, key_directory, proof_looker
from mailbot.bot import Bot
from mailbot.config import Config
from mailbot.config_servers import LoginKeys
from mailbot.core.messages import SealedMail
from mailbot.core.policy import Policy
from mailbot.core.policy_file import load_policy
from mailbot.core.ruleset import Ruleset, load_rules
from mailbot.core.templates import Templates, TypeText, load_templates
from mailbot.errors import ConfigError
from mailbot.ports import Copies, Keyring, Reader
from mailbot.reader import InProcessReader
from mailbot.secrets import at_work
from mailbot.token_sources import gets_tokens, open_access

PATIENCE = 30.0
"""Seconds that a process waits for another one to let go of the state; `run` does whenever it waits for mail."""


@dataclass(frozen=True)
class Knowledge:
    """What the desk goes by: rules, templates and the edition of the guideline, the site's own files over ours."""

    rules: Ruleset
    templates: Templates
    policy: Policy
    types: dict[str, TypeText]


def load_knowledge(config: Config) -> Knowledge:
    """Read and check all rules, templates and the policy. Raises ConfigError with every problem of all of them."""
    problems: list[str] = []
    rules = _collected(problems, lambda: load_rules(_without_policy(resources.texts("rules", config.folder))))
    templates = _collected(problems, lambda: load_templates(resources.texts("templates", config.folder)))
    policy = _collected(problems, lambda: _policy(config))
    if problems or rules is None or templates is None or policy is None:
        raise ConfigError(tuple(problems))
    types = {code: TypeText(t.name.get("ja", code), t.name.get("en", code)) for code, t in rules.types.items()}
    return Knowledge(rules, templates, policy, types)


def load_words(config: Config) -> tuple[Templates, Policy]:
    """The templates and the policy without the rules. Raises ConfigError with every problem of both."""
    problems: list[str] = []
    templates = _collected(problems, lambda: load_templates(resources.texts("templates", config.folder)))
    policy = _collected(problems, lambda: _policy(config))
    if templates is None or policy is None:
        raise ConfigError(tuple(problems))
    return templates, policy


def load_keyring(config: Config) -> GnupgKeyring:
    """The desk's keyring. Raises ConfigError."""
    passphrase = secrets.resolve(config.secret("pgp")) or None
    return GnupgKeyring(config.pgp.home, config.pgp.fingerprint, passphrase, config.limits_value())


def state_key(config: Config) -> bytes:
    """The key that seals report text; made where nothing was sealed yet.

    Raises ConfigError, also for a state that others may read or in which something foreign lies.
    """
    check_state(config.state.dir, (config.pgp.home,))
    secret = config.secret("state")
    if secret.env or secret.command:
        return parse_key(secrets.resolve(secret), secret.key)
    return load_or_make_key(config.state.key_file, config.state.dir)


def existing_key(config: Config) -> bytes | None:
    """The key, or None if its file is not there; none is made, and nothing else is looked at. Raises ConfigError."""
    secret = config.secret("state")
    if secret.file and not secret.file.exists():
        return None
    if secret.file:
        return the_key_in(secret.file)
    return parse_key(secrets.resolve(secret), secret.key)


@contextmanager
def build(
    config: Config,
    *,
    read_only: bool = False,
    wrap_keyring: Callable[[Keyring], Keyring] | None = None,
    as_of_another_moment: bool = False,
    in_process: bool = False,
) -> Iterator[Bot]:
    """The bot of a configuration; what it opened is closed on leaving. Raises ConfigError or TransientError.

    `in_process`: mail is read right here, and nothing ends a reading that goes on for ever.
    """
    knowledge = load_knowledge(config)
    key = state_key(config)
    codec = SealedCodec(key)
    with ExitStack() as stack:
        keyring = load_keyring(config)
        stack.callback(keyring.close)
        reader = _reader(config, keyring, knowledge, in_process)
        stack.callback(reader.close)
        store = TinyStore(config.state.dir, codec, read_only=read_only, patience=PATIENCE)
        stack.callback(store.close)
        sender = _LateSender(config)
        stack.callback(sender.close)
        yield Bot(
            desk=config.desk_value(),
            policy=knowledge.policy,
            limits=config.limits_value(),
            rules=knowledge.rules,
            templates=knowledge.templates,
            types=knowledge.types,
            secret=store.token_secret(derive(key, "tokens")),
            store=store,
            spool=FileSpool(config.state.dir / "mail", codec),
            keyring=wrap_keyring(keyring) if wrap_keyring else keyring,
            reader=reader,
            cleaner=ChildCleaner(config.limits_value()),
            protector=FileProtector(),
            sender=sender,
            finder=contact_search(config, knowledge.rules, codec, keyring),
            prover=proof_looker(config) if config.lookup.search else None,
            directory=key_directory(config) if config.lookup.wkd and not read_only else None,
            copies=_copies(config, stack),
            real_time=datetime.now(UTC) if as_of_another_moment else None,
        )


def _reader(config: Config, keyring: Keyring, knowledge: Knowledge, in_process: bool) -> Reader:
    plain = InProcessReader(keyring, knowledge.rules, config.limits_value())
    return plain if in_process else ChildReader(plain.read, config.limits_value())


class _LateSender:
    """An SmtpSender made when the first mail goes: most verbs send none and need no password."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._sender: SmtpSender | None = None

    def send(self, mail: SealedMail) -> None:
        """As SmtpSender does."""
        if self._sender is None:
            self._sender = at_work(open_sender, self._config)
        self._sender.send(mail)

    def close(self) -> None:
        """As SmtpSender does."""
        if self._sender is not None:
            self._sender.close()


class _LateCopies:
    """An ImapCopies made when the first mail is in doubt."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._folder: ImapCopies | None = None

    def holds(self, message_id: str) -> bool:
        """As ImapCopies does."""
        if self._folder is None:
            self._folder = at_work(open_copies, self._config)
        return self._folder.holds(message_id)

    def close(self) -> None:
        """As ImapCopies does."""
        if self._folder is not None:
            self._folder.close()


def _copies(config: Config, stack: ExitStack) -> Copies | None:
    if not config.imap.sent_folder:
        return None
    copies = _LateCopies(config)
    stack.callback(copies.close)
    return copies


def open_mailbox(config: Config) -> ImapMailbox:
    """The desk's mailbox; connects at its first use. Raises ConfigError."""
    return ImapMailbox(_imap(config), config.limits_value())


def open_listing(config: Config) -> ImapListing:
    """The same mailbox, only to be looked at."""
    return ImapListing(_imap(config), config.limits_value())


def _imap(config: Config) -> ImapSettings:
    keys = config.imap
    password, token = _login(config, "imap", keys)
    return ImapSettings(
        host=keys.host,
        port=keys.port,
        security=keys.security,
        username=keys.username,
        password=password,
        folder=keys.folder,
        ca_file=str(keys.ca_file or ""),
        token=token,
    )


def open_copies(config: Config) -> ImapCopies:
    """The folder of what was sent; connects at its first use. Raises ConfigError."""
    return ImapCopies(_imap(config), config.limits_value(), config.imap.sent_folder)


def open_probe(config: Config) -> ImapProbe:
    """The mailbox, to look for one mail; connects at its first use. Raises ConfigError."""
    return ImapProbe(_imap(config), config.limits_value())


def open_sender(config: Config) -> SmtpSender:
    """The way out; connects at its first use. Raises ConfigError."""
    return SmtpSender(_smtp(config))


def _smtp(config: Config) -> SmtpSettings:
    keys = config.smtp
    password, token = _login(config, "smtp", keys) if keys.username else (None, None)
    return SmtpSettings(
        host=keys.host,
        port=keys.port,
        security=keys.security,
        username=keys.username,
        password=password,
        ca_file=str(keys.ca_file or ""),
        token=token,
    )


def _login(config: Config, table: str, keys: LoginKeys) -> tuple[str | None, Callable[[], str] | None]:
    if gets_tokens(config, table):
        return None, open_access(config, table, state_key(config))
    secret = config.secret(table)
    if keys.oauth2:
        return None, partial(at_work, secrets.resolve, secret)
    return secrets.resolve(secret), None


def _policy(config: Config) -> Policy:
    edition = f"policy/{config.policy.edition}.toml"
    files = resources.texts("rules", config.folder)
    if edition not in files:
        raise ConfigError((f"mailbot.toml: [policy].edition: there is no rules/{edition}",))
    policy = load_policy(
        files[edition],
        acknowledge=config.policy.acknowledge,
        first_contact=config.policy.first_contact,
        details=config.policy.details,
        plaintext_details=config.policy.plaintext_details,
        zone=config.desk_value().timezone,
        country=config.desk.calendar,
        part=config.part_value(),
    )
    return replace(policy, protected_file=config.policy.protected_file)


def _without_policy(files: dict[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if not path.startswith("policy/")}


_T = TypeVar("_T")


def _collected(problems: list[str], load: Callable[[], _T]) -> _T | None:
    try:
        return load()
    except ConfigError as exc:
        problems.extend(exc.problems)
        return None
