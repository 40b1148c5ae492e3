"""What the desk is for cases that it accepts: it looks for who mends, hands over to another body, or mends itself.

Theory. A receiver (in the guideline IPA) handles websites itself and tells the coordinating body (JPCERT/CC) of
products, IV-3(1)4; a coordinator looks for vendors as well; a vendor's desk (PSIRT) has its products and sites before
it. The role is fixed into a case when it opens: a desk that changes its role does not change the cases that it has.
"""

from dataclasses import dataclass
from enum import StrEnum

from mailbot.core.model import Handling, Track


class DeskRole(StrEnum):
    """The values of `[desk].role`."""

    RECEIVER = "receiver"
    COORDINATOR = "coordinator"
    VENDOR = "vendor"


@dataclass(frozen=True)
class Partner:
    """Somebody whom the configuration names; mail to them is encrypted to that key and no other."""

    address: str
    fingerprint: str = ""  # "" only for our own people: then a key is learned, or approved mail goes plain


@dataclass(frozen=True)
class Part:
    """The desk's role, and those whom it needs for it."""

    role: DeskRole = DeskRole.COORDINATOR
    body: Partner | None = None  # of a receiver
    owner: Partner | None = None  # of a vendor: who mends, unless coordinators name somebody else

    def handling(self, track: Track) -> Handling:
        """How a case of that track is handled."""
        if self.role is DeskRole.VENDOR:
            return Handling.OWN
        passed_on = self.role is DeskRole.RECEIVER and track is Track.PRODUCT
        return Handling.PASSED_ON if passed_on else Handling.SOUGHT

    def partner_at(self, address: str) -> Partner | None:
        """The body or owner with that address."""
        known = (partner for partner in (self.body, self.owner) if partner)
        return next((partner for partner in known if partner.address.lower() == address.lower()), None)
