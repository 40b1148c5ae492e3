"""The words and terms that the desk goes by, without the rules that mail is read by: what printing takes."""

from dataclasses import replace
from hashlib import sha256

from mailbot import __version__, resources
from mailbot.config import Config
from mailbot.core.policy import Policy
from mailbot.core.policy_file import load_policy
from mailbot.core.templates import Templates, load_templates
from mailbot.core.type_words import is_type_file
from mailbot.core.views import LOG
from mailbot.errors import ConfigError


def load_words(config: Config) -> tuple[Templates, Policy]:
    """The policy, and the templates for the log of a case: no other is checked. Raises ConfigError."""
    problems: list[str] = []
    templates = policy = None
    try:
        templates = load_templates(resources.texts("templates", config.folder, _is_for_the_log), only=LOG)
    except ConfigError as exc:
        problems += exc.problems
    try:
        policy = policy_of(config)
    except ConfigError as exc:
        problems += exc.problems
    if templates is None or policy is None:
        raise ConfigError(tuple(problems))
    return templates, policy


def edition_of(config: Config) -> str:
    """Tells the words and terms of this configuration from those of another time, or of another version of ours."""
    name = _policy_file(config)
    rules = resources.texts("rules", config.folder, lambda path: path == name)
    templates = resources.texts("templates", config.folder, _is_for_the_log)
    told = (__version__, config.desk, config.coordinator, config.policy, rules, templates)
    return sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()


def _is_for_the_log(name: str) -> bool:
    """Whether the file is the log's, or says what codes are called."""
    folder = name.partition("/")[2].rpartition("/")[0]
    return folder in ("", LOG, "parts") or is_type_file(name.partition("/")[2])


def policy_of(config: Config) -> Policy:
    """The edition of the guideline that the configuration names. Raises ConfigError."""
    edition = _policy_file(config)
    files = resources.texts("rules", config.folder, lambda name: name == edition)
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


def _policy_file(config: Config) -> str:
    return f"policy/{config.policy.edition}.toml"
