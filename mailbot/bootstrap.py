"""The only place that builds adapters: from a configuration to a bot and its mailbox."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from types import ModuleType
from typing import Any, TypeVar

from mailbot import resources, secrets
from mailbot.adapters.child_reader import ChildReader
from mailbot.adapters.cleaning import ChildCleaner
from mailbot.adapters.codec import SealedCodec, derive
from mailbot.adapters.found_good import digest_of, is_good, note_good
from mailbot.adapters.imap import ImapMailbox, ImapSettings
from mailbot.adapters.imap_copies import ImapCopies
from mailbot.adapters.imap_listing import ImapListing
from mailbot.adapters.imap_probe import ImapProbe
from mailbot.adapters.one_country import no_more_than_asked
from mailbot.adapters.pgp import GnupgKeyring
from mailbot.adapters.protecting import FileProtector
from mailbot.adapters.shared_keyring import MARK, CatchingUpReader, SharedKeyring
from mailbot.adapters.smtp import SmtpSender, SmtpSettings
from mailbot.bootstrap_memory import Memory, open_memory, state_key
from mailbot.bootstrap_words import policy_of
from mailbot.bot import Bot
from mailbot.config import Config
from mailbot.config_servers import LoginKeys
from mailbot.core.messages import SealedMail
from mailbot.core.policy import Policy
from mailbot.core.ruleset import Ruleset, load_rules
from mailbot.core.templates import Templates, TypeText, load_templates
from mailbot.errors import ConfigError
from mailbot.ports import Copies, Keyring, Reader
from mailbot.reader import InProcessReader
from mailbot.secrets import at_work
from mailbot.token_sources import gets_tokens, open_access


@dataclass(frozen=True)
class Knowledge:
    """What the desk goes by: rules, templates and the edition of the guideline, the site's own files over ours."""

    rules: Ruleset
    templates: Templates
    policy: Policy
    types: dict[str, TypeText]
    digest: str
    """Of the files of the first two, all of which were found good."""


def load_knowledge(config: Config, *, again: bool = False) -> Knowledge:
    """Read and check all rules, templates and the policy. Raises ConfigError with every problem of all of them.

    `again`: what has not changed since a bot was built with it is not checked once more.
    """
    problems: list[str] = []
    rule_files = _collected(problems, lambda: _without_policy(resources.texts("rules", config.folder))) or {}
    texts = _collected(problems, lambda: resources.texts("templates", config.folder)) or {}
    if problems:
        raise ConfigError(tuple(problems))
    digest = digest_of(rule_files, texts)
    known = again and is_good(config.state.dir, digest)
    rules = _collected(problems, lambda: load_rules(rule_files, known=known))
    templates = _collected(problems, lambda: load_templates(texts, known=known))
    policy = _collected(problems, lambda: policy_of(config))
    if problems or rules is None or templates is None or policy is None:
        raise ConfigError(tuple(problems))
    types = {code: TypeText(t.name.get("ja", code), t.name.get("en", code)) for code, t in rules.types.items()}
    return Knowledge(rules, templates, policy, types, digest)


def load_keyring(config: Config) -> GnupgKeyring:
    """The desk's keyring. Raises ConfigError."""
    passphrase = secrets.resolve(config.secret("pgp")) or None
    kind = _keyring_of(config.pgp.backend)
    return kind(config.pgp.home, config.pgp.fingerprint, passphrase, config.limits_value())


def _keyring_of(backend: str) -> type[GnupgKeyring]:
    """Loaded only where it is chosen: it needs an extra."""
    if backend == "gnupg":
        return GnupgKeyring
    try:
        from mailbot.adapters.pgp_sequoia import SequoiaKeyring
    except ImportError as exc:
        raise ConfigError(("[pgp].backend: sequoia is not installed: pip install 'mailbot[sequoia]'",)) from exc
    return SequoiaKeyring


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
    no_more_than_asked()
    knowledge = load_knowledge(config, again=True)
    key = state_key(config)
    codec = SealedCodec(key)
    with ExitStack() as stack:
        keyring = load_keyring(config)
        stack.callback(keyring.close)
        reader = _reader(config, keyring, knowledge, in_process)
        stack.callback(reader.close)
        memory = stack.enter_context(open_memory(config, key, read_only=read_only))
        if not read_only:
            note_good(config.state.dir, knowledge.digest)
        shared = _shared(config, keyring, memory)
        ours: Keyring = shared or keyring
        sender = _LateSender(config)
        stack.callback(sender.close)
        yield Bot(
            desk=config.desk_value(),
            policy=knowledge.policy,
            limits=config.limits_value(),
            rules=knowledge.rules,
            templates=knowledge.templates,
            types=knowledge.types,
            secret=memory.store.token_secret(derive(key, "tokens")),
            store=memory.store,
            spool=memory.spool,
            keyring=wrap_keyring(ours) if wrap_keyring else ours,
            reader=CatchingUpReader(reader, shared) if shared else reader,
            cleaner=ChildCleaner(config.limits_value()),
            protector=FileProtector(),
            sender=sender,
            finder=_late(lambda: _lookup().contact_search(config, knowledge.rules, codec, keyring)),
            prover=_late(lambda: _lookup().proof_looker(config)) if config.lookup.search else None,
            directory=_late(lambda: _lookup().key_directory(config)) if config.lookup.wkd and not read_only else None,
            copies=_copies(config, stack),
            real_time=datetime.now(UTC) if as_of_another_moment else None,
        )


def _reader(config: Config, keyring: GnupgKeyring, knowledge: Knowledge, in_process: bool) -> Reader:
    plain = InProcessReader(keyring, knowledge.rules, config.limits_value())
    return plain if in_process else ChildReader(plain.read, config.limits_value(), keyring.as_of)


def _shared(config: Config, keyring: Keyring, memory: Memory) -> SharedKeyring | None:
    """The keyring with what other hosts have imported, where there are others."""
    if memory.shelf is None:
        return None
    return SharedKeyring(keyring, memory.shelf, config.pgp.home / MARK)


def _lookup() -> ModuleType:
    """What asks the outside, with the libraries for it: slow to import, and most mails ask nothing."""
    from mailbot import bootstrap_lookup

    return bootstrap_lookup


def _late(make: Callable[[], Any]) -> Any:
    """A port that is made when it is first asked."""
    return _LatePort(make)


class _LatePort:
    def __init__(self, make: Callable[[], Any]) -> None:
        self._made = cache(make)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made(), name)


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


def _without_policy(files: dict[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if not path.startswith("policy/")}


_T = TypeVar("_T")


def _collected(problems: list[str], load: Callable[[], _T]) -> _T | None:
    try:
        return load()
    except ConfigError as exc:
        problems.extend(exc.problems)
        return None
