"""What a shell offers for a word that is being typed: case ids, items of the outbox, mail that was set aside."""

from collections.abc import Callable, Iterator

import typer

from mailbot.bootstrap_memory import open_store
from mailbot.config import find_config, load
from mailbot.core.outbox import Status
from mailbot.errors import MailbotError
from mailbot.memory import Store

_Offers = Iterator[tuple[str, str]]


def _offered(context: typer.Context, incomplete: str, read: Callable[[Store], _Offers]) -> list[tuple[str, str]]:
    """What begins so; nothing where the desk cannot be read: a shell has no place for a sentence."""
    try:
        config = load(find_config(context.find_root().params.get("config")))
        with open_store(config, read_only=True) as store:
            return [(word, what) for word, what in read(store) if word.lower().startswith(incomplete.lower())]
    except (MailbotError, OSError):
        return []


def case_ids(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Cases, by the number alone once a digit is typed."""

    def read(store: Store) -> _Offers:
        for case in store.cases():
            number = case.id.rpartition("#")[2]
            yield (number if incomplete[:1].isdigit() else case.id), f"{case.track} {case.state}"

    return _offered(context, incomplete, read)


def items(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Items of the outbox that are not sent."""

    def read(store: Store) -> _Offers:
        yield from ((i.item, f"{i.status} {i.template}") for i in store.items() if i.status is not Status.SENT)

    return _offered(context, incomplete, read)


def set_aside(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Held and quarantined mail."""

    def read(store: Store) -> _Offers:
        for kind in ("held", "quarantined"):
            yield from ((entry.digest[:12], entry.why) for entry in store.dispositions(kind))

    return _offered(context, incomplete, read)
