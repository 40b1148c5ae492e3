"""The organisation that runs the mailbox, as its mails name it."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Coordinator:
    """One of our people; commands count when signed by `fingerprint` (40 hex, upper case)."""

    name: str
    address: str
    fingerprint: str


@dataclass(frozen=True)
class Desk:
    """What templates may say about us, and whom we obey."""

    name: str
    address: str
    case_prefix: str = "CASE"
    role: str = "coordinator"
    languages: tuple[str, ...] = ("ja", "en")
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Tokyo"))
    phone: str = ""
    verify_url: str = ""
    fingerprint: str = ""
    coordinators: tuple[Coordinator, ...] = ()
    authserv_id: str = ""  # what our mail server calls itself where it says whether a mail is forged; "": unknown

    @property
    def domain(self) -> str:
        """The domain of the desk's address."""
        return self.address.rpartition("@")[2]

    def coordinator_at(self, address: str) -> Coordinator | None:
        """The coordinator with that address."""
        return next((c for c in self.coordinators if c.address.lower() == address.lower()), None)

    def coordinator_of(self, fingerprint: str) -> Coordinator | None:
        """The coordinator with that key."""
        return next((c for c in self.coordinators if c.fingerprint == fingerprint), None)
