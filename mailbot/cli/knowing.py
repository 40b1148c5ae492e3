"""Verbs about what the desk goes by: rules, schema, contacts."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import JsonValue

from mailbot import shapes
from mailbot.adapters.codec import SealedCodec
from mailbot.bootstrap import load_keyring, load_knowledge
from mailbot.bootstrap_lookup import contact_search, lookup_rules
from mailbot.bootstrap_memory import state_key
from mailbot.cli.common import Json, config_of
from mailbot.cli.output import one_line, put, put_json, say
from mailbot.cli.tables import Column, put_table
from mailbot.cli.telling import failing
from mailbot.config import Config
from mailbot.core.contacts import channel, evidence_of
from mailbot.core.hosts import site_of
from mailbot.core.model import Contact
from mailbot.core.rule_examples import example_count, rule_count, run_examples
from mailbot.core.seeking import Question
from mailbot.errors import ConfigError, PermanentError
from mailbot.finding.search import ContactSearch

rules_app = typer.Typer(help="The rules that reports are read by.", no_args_is_help=True)
contacts_app = typer.Typer(help="Contact points of sites and vendors.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.add_typer(rules_app, name="rules")
    app.add_typer(contacts_app, name="contacts")
    app.command("schema")(schema)


@rules_app.command("test")
def rules_test(context: typer.Context, as_json: Json = False) -> int:
    """Run every rule's own examples; of each that fails, what it says and what was found."""
    rules = load_knowledge(config_of(context)).rules
    wrong = run_examples(rules)
    if as_json:
        put_json([shapes.WrongExampleShape(**asdict(each)) for each in wrong])
        return 1 if wrong else 0
    if wrong:
        put(f"{failing(wrong)}\n")
    put(f"{example_count(rules)} examples of {rule_count(rules)} rules, {len(wrong) or 'none'} wrong")
    return 1 if wrong else 0


@contacts_app.command("find")
def contacts_find(
    context: typer.Context,
    place: Annotated[str, typer.Argument(metavar="URL-or-DOMAIN")],
    as_json: Json = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask anew what was asked within a day.")] = False,
) -> None:
    """Look for contact points: candidates with evidence and score, the best first."""
    url = place if "://" in place else f"https://{place}/"
    if site_of(url) is None:
        raise PermanentError(f"“{one_line(place)[:80]}” is neither a URL nor a domain like www.example.jp")
    now = datetime.now(UTC)
    with _search(config_of(context)) as search:
        found = search.find(Question((url,)), now, fresh=fresh)
    for note in found.notes:
        say(note)
    if not found.contacts:
        say(f"no contact point found at {place}")
    if as_json:
        put_json([_candidate(c, now) for c in found.contacts])
        return
    put_table(
        (
            "score",
            Column("address", least=20),
            Column("source", least=8),
            Column("checked", spare=1),
            Column("why", least=20),
        ),
        ((f"{c.score:.2f}", c.address, c.source, f"{_checked(c, now):%Y-%m-%d}", c.why) for c in found.contacts),
    )


@contextmanager
def _search(config: Config) -> Iterator[ContactSearch]:
    """The search by itself: where the desk has no keys yet it remembers nothing and verifies no signature."""
    rules = lookup_rules(config)
    codec = keyring = None
    with ExitStack() as stack:
        with suppress(ConfigError):
            codec = SealedCodec(state_key(config))
        with suppress(ConfigError):
            keyring = load_keyring(config)
            stack.callback(keyring.close)
        yield contact_search(config, rules, codec, keyring)


def _checked(contact: Contact, now: datetime) -> datetime:
    """When it was last seen at its source."""
    said = [datetime.fromisoformat(moment) for moment in evidence_of(contact, "checked")]
    return max(said, default=now)


def _candidate(contact: Contact, now: datetime) -> dict[str, JsonValue]:
    kind = channel(contact.address)
    keys = evidence_of(contact, "key")
    shape = shapes.CandidateShape.model_validate(
        {
            kind: contact.address,
            "source": contact.source,
            "score": contact.score,
            "why": contact.why,
            "evidence": contact.evidence,
            "checked": _checked(contact, now),
            "key": keys[0] if keys else contact.fingerprint,
        }
    )
    dumped: dict[str, JsonValue] = shape.model_dump(mode="json")
    return {name: value for name, value in dumped.items() if name == kind or name not in ("address", "form", "phone")}


def schema(name: Annotated[str, typer.Argument(help="; ".join(shapes.SHAPES))]) -> None:
    """Print the JSON Schema of what a verb prints with --json."""
    if name not in shapes.SHAPES:
        raise PermanentError(f"there is no schema {name}; there are: {', '.join(shapes.SHAPES)}")
    put_json(shapes.schema(name))
