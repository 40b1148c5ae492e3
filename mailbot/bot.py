"""Everything that one desk needs to work, put together once by bootstrap."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mailbot import memory, ports
from mailbot.core.desk import Desk
from mailbot.core.limits import Limits
from mailbot.core.policy import Policy
from mailbot.core.ruleset import Ruleset
from mailbot.core.templates import Templates, TypeText


@dataclass(frozen=True)
class Bot:
    """What the desk decides with (values) and acts through (ports)."""

    desk: Desk
    policy: Policy
    limits: Limits
    rules: Ruleset
    templates: Templates
    types: Mapping[str, TypeText]
    secret: bytes  # tokens and ids are made with it
    store: memory.Store
    spool: memory.Spool
    keyring: ports.Keyring
    reader: ports.Reader
    sender: ports.Sender
    finder: ports.ContactFinder
    cleaner: ports.Cleaner | None = None  # of files that came with reports; without one none is passed on
    protector: ports.Protector | None = None  # of details for who has no key; without one they wait for a key
    prover: ports.ProofLooker | None = None  # of whose a contact point is; without one a coordinator calls them
    directory: ports.KeyDirectory | None = None  # of keys, where mail that comes in may cause a look-up
    copies: ports.Copies | None = None  # of what was sent, where the mail server keeps them
    real_time: datetime | None = None  # of a round that is run as of another moment

    def clocks(self, now: datetime) -> tuple[datetime, ...]:
        """The moments by which a signature may be fresh."""
        return (now,) if self.real_time is None else (now, self.real_time)
