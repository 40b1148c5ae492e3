"""Whether a mail may command the bot: who signed it, what exactly, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailbot.core.commands import Orders, parse_orders
from mailbot.core.correlate import subject_tags
from mailbot.core.desk import Coordinator, Desk
from mailbot.core.lifecycle import Refusal
from mailbot.core.limits import Limits
from mailbot.core.messages import OpenedMail, Signature, SignedText

_CLOCK_SKEW = timedelta(minutes=10)


@dataclass(frozen=True)
class Authorised:
    """Orders that a coordinator gave beyond doubt."""

    orders: Orders
    coordinator: Coordinator
    signature_id: str


def authorise(
    opened: OpenedMail, desk: Desk, limits: Limits, clocks: Sequence[datetime], seen_before: bool
) -> Authorised | Refusal:
    """Check signature, signer, sender and freshness; then read the commands from the signed text only.

    A signature is fresh by one of `clocks`: the round's moment, and the real time where a round is run as of another.
    """
    if opened.signed is None:
        return Refusal(_UNSIGNED.get(opened.crypto.signature, "the mail is not signed"))
    signed = opened.signed
    coordinator = desk.coordinator_of(signed.fingerprint)
    if coordinator is None:
        return Refusal(f"the signing key {signed.fingerprint} belongs to no coordinator")
    sender = opened.mail.sender.address.lower() if opened.mail.sender else ""
    if sender != coordinator.address.lower():
        return Refusal(f"signed by {coordinator.name}, but sent from another address")
    if seen_before:
        return Refusal("this signed text was run before; sign a new one to run it again")
    if not is_fresh(signed, limits, clocks):
        if clocks[0] - signed.made_at < -_CLOCK_SKEW:
            return Refusal("the signature is dated in the future: check the clocks")
        return Refusal(f"the signature is older than {limits.command_age_days} days")
    tags = subject_tags(signed.subject, desk) if signed.subject else ()
    orders = parse_orders(signed.text, tags[0] if len(tags) == 1 else None, limits.commands_per_mail)
    return Authorised(orders, coordinator, signed.signature_id)


def is_fresh(signed: SignedText, limits: Limits, clocks: Sequence[datetime]) -> bool:
    """Whether the signature was made lately, by one of `clocks`."""
    ages = (clock - signed.made_at for clock in clocks)
    return any(-_CLOCK_SKEW <= age <= timedelta(days=limits.command_age_days) for age in ages)


_UNSIGNED = {
    Signature.BAD: "the signature is bad",
    Signature.UNKNOWN_KEY: "the signing key is unknown here",
    Signature.EXPIRED: "the signature or its key has expired",
    Signature.REVOKED: "the signing key was revoked",
    Signature.GOOD: "the signature does not cover the text that the commands stand in",
}
