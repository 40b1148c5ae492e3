"""The connection for what is no part of a turn: spool and shelf of keys have one together, beside the store's."""

from functools import partial

from mailbot.adapters.postgres.migrating import prepare
from mailbot.adapters.postgres.place import DEFAULT_SCHEMA, read_place
from mailbot.adapters.postgres.sealing import Sealer
from mailbot.adapters.postgres.session import Session


class Aside:
    """It connects at its first use; whoever has it last closes it."""

    def __init__(self, url: str, key: bytes, *, schema: str = DEFAULT_SCHEMA, read_only: bool = False) -> None:
        place, self.sealer = read_place(url, schema), Sealer(key)
        ready = partial(prepare, place=place, sealer=self.sealer, read_only=read_only)
        self.session = Session(place, ready, read_only=read_only)
