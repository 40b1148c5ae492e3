"""How much of anything from outside the desk takes in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Defaults of `[limits]`: bytes, counts, levels and seconds. What is over is held, never cut off unseen."""

    mail_bytes: int = 25_000_000
    header_bytes: int = 65_536
    headers: int = 1_000
    parameters: int = 100  # of one header: RFC 2231 allows any number
    parts: int = 500
    depth: int = 50
    addresses: int = 200
    attachments: int = 200
    html_characters: int = 500_000  # of one HTML part
    text_characters: int = 200_000  # of one mail's text that rules look at
    decrypted_bytes: int = 50_000_000
    decrypt_seconds: int = 20
    read_seconds: int = 30  # of one mail: parsing, decrypting and understanding it
    read_memory_bytes: int = 2_000_000_000  # address space of the process that does it
    read_processes: int = 0  # at once, for mails that wait; 0: one for each core, four at most
    mails_per_round: int = 1_000
    mail_starts: int = 3
    acknowledgements_per_address_and_day: int = 1  # all spellings of a mailbox together
    mails_per_recipient_and_day: int = 20  # that nobody approved, of all kinds together
    mails_per_case_and_hour: int = 60
    mails_per_hour: int = 200  # the breaker
    notices_per_coordinator_and_hour: int = 30  # more are told in one summary
    command_age_days: int = 3
    commands_per_mail: int = 50
    outbox_per_round: int = 1_000
