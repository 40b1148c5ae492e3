"""Builds what asks the outside for contact points and keys, within the guards and switches of `[lookup]`."""

from dataclasses import replace
from functools import partial

from mailbot import resources
from mailbot.adapters.certificates import TlsCertificates
from mailbot.adapters.codec import Codec
from mailbot.adapters.dns import DnsNames
from mailbot.adapters.guard import Guard
from mailbot.adapters.lookups import SealedLookups
from mailbot.adapters.web import GuardedFetcher
from mailbot.adapters.whois import TcpWhois
from mailbot.adapters.wkd import WebKeyDirectory
from mailbot.config import Config
from mailbot.config_lookup import LookupKeys
from mailbot.core.messages import Signature
from mailbot.core.packets import MAX_KEY_BYTES
from mailbot.core.ruleset import Ruleset, load_rules
from mailbot.core.securitytxt import MAX_CHARACTERS
from mailbot.finding.cache import Cache, Nowhere
from mailbot.finding.limits import Patience
from mailbot.finding.proofs import ProofLook
from mailbot.finding.search import ContactSearch
from mailbot.finding.table import asides, sources
from mailbot.finding.tools import Tools
from mailbot.ports import Keyring

_SECONDS = 5.0  # nobody waits as long, but the tool must end, too
_MAX_PROOF = 4_096  # bytes of a file that is one line
_MAX_PAGE = 1_000_000  # bytes of a page that contact points are read from


def lookup_rules(config: Config) -> Ruleset:
    """Only the rules that the search goes by: the others take longer to load than a look-up. Raises ConfigError."""
    files = resources.texts("rules", config.folder)
    return load_rules({path: text for path, text in files.items() if path.startswith(("pages/", "contacts/"))})


def contact_search(
    config: Config, rules: Ruleset, codec: Codec | None, keyring: Keyring | None, patience: Patience | None = None
) -> ContactSearch:
    """The search for contact points, within the guards of `[lookup]`; what is switched off is left out.

    Without a codec nothing is remembered, without a keyring no signature verified.
    """
    lookup, guard = config.lookup, _guard(config)
    tools = Tools(
        web=GuardedFetcher(
            guard, plain_http=True, timeout=_SECONDS, max_bytes=_MAX_PAGE, user_agent=_user_agent(config)
        ),
        names=DnsNames(lookup.resolver),
        whois=TcpWhois(guard),
        certificates=TlsCertificates(guard),
    )
    if keyring is not None:
        tools = replace(tools, signature=partial(_verified, keyring))
    every = sources(rules, lookup.rdap_url, lookup.whois_host)
    return ContactSearch(
        tools,
        {name: source for name, source in every.items() if lookup.search and _switched_on(lookup, name)},
        {name: aside for name, aside in asides(rules).items() if _switched_on(lookup, name)},
        cache=Cache(SealedLookups(config.state.dir, codec) if codec else Nowhere()),
        keys=key_directory(config) if lookup.search and lookup.wkd else None,
        forbids=rules.directory.forbids,
        check=lookup.search,
        patience=patience,
    )


def _switched_on(lookup: LookupKeys, source: str) -> bool:
    """Each source has its key; the report's own word cannot be switched off."""
    return bool(getattr(lookup, source.replace(".", "_"), True))


def _user_agent(config: Config) -> str:
    """Who asks, and where a person reads more: never whom it is for."""
    return f"mailbot (+{config.desk.verify_url})" if config.desk.verify_url.isascii() else "mailbot"


def _verified(keyring: Keyring, block: bytes) -> str:
    """What the keys that the desk holds say of a signed security.txt; "" if they say nothing."""
    _, verdicts = keyring.verify_clearsigned(block, MAX_CHARACTERS)
    good = [verdict.fingerprint for verdict in verdicts if verdict.status is Signature.GOOD]
    if good:
        return f"good, by {good[0]}"
    return "bad" if any(verdict.status is Signature.BAD for verdict in verdicts) else ""


def key_directory(config: Config) -> WebKeyDirectory:
    """Where the keys of others are asked for, within the guards of `[lookup]`."""
    return WebKeyDirectory(_fetcher(config, MAX_KEY_BYTES))


def proof_looker(config: Config) -> ProofLook:
    """What looks whether a contact point placed its proof, within the guards of `[lookup]`."""
    return ProofLook(_fetcher(config, _MAX_PROOF), DnsNames(config.lookup.resolver))


def _fetcher(config: Config, max_bytes: int) -> GuardedFetcher:
    return GuardedFetcher(_guard(config), max_bytes=max_bytes)


def _guard(config: Config) -> Guard:
    pairs = (pair.partition(":") for pair in config.lookup.private_ports)
    return Guard(
        DnsNames(config.lookup.resolver).addresses,
        allow_private=[str(network) for network in config.lookup.allow_private],
        never_touch=config.lookup.never_touch,
        private_ports={int(asked): int(there) for asked, _, there in pairs},
    )
