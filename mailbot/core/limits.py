"""How much of anything from outside the desk takes in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Defaults of `[limits]`: bytes, counts, levels and seconds. What is over is held, never cut off unseen."""

    mail_bytes: int = 25_000_000
    header_bytes: int = 65_536
    parts: int = 500
    depth: int = 50
    addresses: int = 200
    text_characters: int = 200_000  # of one mail's text that rules look at
    decrypted_bytes: int = 50_000_000
    decrypt_seconds: int = 60
    mails_per_round: int = 1_000
    mail_starts: int = 3
    acknowledgements_per_address_and_day: int = 5
    command_age_days: int = 3
    commands_per_mail: int = 50
    outbox_per_round: int = 1_000
