"""Every table of mailbot.toml, and most keys with default and meaning: docs/configuration.md is made of these texts."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from mailbot.config_base import Keys
from mailbot.config_lookup import LookupKeys
from mailbot.config_metrics import MetricsKeys
from mailbot.config_servers import ImapKeys, OAuth2Keys, SmtpKeys
from mailbot.config_values import (
    Amount,
    Command,
    Country,
    DeskAddress,
    Edition,
    File,
    Fingerprint,
    Folder,
    HttpsUrl,
    KeyFile,
    Languages,
    Levels,
    Line,
    MailAddress,
    Name,
    Prefix,
    Processes,
    SchemaName,
    Variable,
    Zone,
)
from mailbot.core.limits import Limits
from mailbot.secrets import Secret

_LIMITS = Limits()


class Body(Keys):
    """The coordinating body's address and key."""

    address: MailAddress
    fingerprint: Fingerprint


class Owner(Keys):
    """The address, and if there is one the key, of who mends what is ours."""

    address: MailAddress
    fingerprint: Fingerprint | Literal[""] = ""


def _address_and_key(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    address, _, fingerprint = value.strip().partition(" ")
    return {"address": address, "fingerprint": fingerprint} if address else None


class DeskKeys(Keys):
    """Who we are."""

    name: Name = Field(description="The organisation's name, as its mails give it.")
    address: DeskAddress = Field(description="The address that reports go to and answers come from.")
    case_prefix: Prefix = Field("CASE", description="Stands before a case's number: `CASE#12345678`.")
    role: Literal["receiver", "coordinator", "vendor"] = Field(
        "coordinator",
        description="`receiver`: websites itself, products to the coordinating body; `coordinator`: vendors too; "
        "`vendor`: the products are our own.",
    )
    coordinating_body: Annotated[Body | None, BeforeValidator(_address_and_key)] = Field(
        None, description='`"ADDRESS FINGERPRINT"` of the body that gets product reports, for the role `receiver`.'
    )
    owner: Annotated[Owner | None, BeforeValidator(_address_and_key)] = Field(
        None,
        description='`"ADDRESS"` or `"ADDRESS FINGERPRINT"` of those who mend what is ours, for the role `vendor`; '
        "without it coordinators name them for each case.",
    )
    languages: Languages = Field(("ja", "en"), description="The languages we write; the first is the default.")
    timezone: Zone = Field("Asia/Tokyo", description="The zone in which our days begin and end.")
    calendar: Country = Field("JP", description="The country whose holidays are no business days.")
    phone: Line = Field("", description="Telephone number and its hours, for whoever doubts a mail.")
    verify_url: HttpsUrl = Field("", description="The page on which a mail can be checked to be ours.")


class PassphraseKeys(Keys):
    """Where the passphrase of the desk's key is; nowhere for a key without one."""

    passphrase_env: Variable | None = Field(None, description="Environment variable that holds the passphrase.")
    passphrase_file: File = Field(None, description="File whose first line is the passphrase.")
    passphrase_command: Command | None = Field(
        None, description="Program that prints the passphrase; no shell runs it."
    )

    def secret(self, folder: Path) -> Secret:
        """Where the passphrase is."""
        command = self.passphrase_command or ()
        return Secret("[pgp].passphrase", self.passphrase_env or "", self.passphrase_file, command, folder, True)


class PgpKeys(PassphraseKeys):
    """The desk's key; without any of the passphrase keys it has no passphrase."""

    home: Folder = Field(Path("state/gnupg"), description="GnuPG's home; keep the path short (under 80 characters).")
    fingerprint: Fingerprint = Field(description="The desk's key.")
    backend: Literal["gnupg", "sequoia"] = Field(
        "gnupg",
        description="What works with keys: `gnupg`; or `sequoia`, which signs, encrypts and opens usual mail without a "
        "gpg process for each, but holds the desk's secret key in the bot's memory (extra `mailbot[sequoia]`). GnuPG "
        "judges whatever is not usual in any case.",
    )


class CoordinatorKeys(Keys):
    """One of our people; write the table once for each."""

    name: Name = Field(description="The name that `!assign` takes and the timeline shows.")
    address: MailAddress = Field(description="Gets our questions, and may mail commands.")
    fingerprint: Fingerprint = Field(description="The key that signs the commands.")


class PolicyKeys(Keys):
    """What goes out by itself and what waits for a coordinator."""

    acknowledge: Literal["auto", "approve"] = Field("auto", description="The receipt to the finder.")
    first_contact: Literal["auto", "approve"] = Field("approve", description="The first mail to a contact point.")
    details: Literal["auto", "approve"] = Field(
        "approve", description="The details; never to a contact point that is not confirmed."
    )
    plaintext_details: Literal["never", "with_consent"] = Field(
        "with_consent", description="Whether details may go unencrypted to who was asked and did not object."
    )
    protected_file: Literal["pdf", "zip", "never"] = Field(
        "pdf",
        description="The form that `!protect` gives details for who has no key, a file that is encrypted with AES-256 "
        "and whose passphrase a coordinator tells by telephone; `never`: they wait for a key.",
    )
    edition: Edition = Field(
        "p-guideline-2022", description="Deadlines and closing codes: `rules/policy/<edition>.toml`."
    )


class LimitKeys(Keys):
    """How much of anything from outside is taken in; what is over is held for a person."""

    mail_bytes: Amount = Field(_LIMITS.mail_bytes, description="A mail's size.")
    header_bytes: Amount = Field(_LIMITS.header_bytes, description="The size of a mail's header.")
    headers: Amount = Field(_LIMITS.headers, description="Headers of a mail, and of each of its parts.")
    parameters: Amount = Field(_LIMITS.parameters, description="Parameters of a header, such as pieces of a file name.")
    parts: Amount = Field(_LIMITS.parts, description="MIME parts of a mail.")
    depth: Levels = Field(_LIMITS.depth, description="Levels of MIME parts within each other.")
    addresses: Amount = Field(_LIMITS.addresses, description="Addresses in a mail's header.")
    attachments: Amount = Field(_LIMITS.attachments, description="Attachments of a mail, unpacked ones included.")
    html_characters: Amount = Field(_LIMITS.html_characters, description="Characters of an HTML part.")
    text_characters: Amount = Field(_LIMITS.text_characters, description="Characters of a mail that rules look at.")
    decrypted_bytes: Amount = Field(_LIMITS.decrypted_bytes, description="The size of what a decryption may yield.")
    decrypt_seconds: Amount = Field(_LIMITS.decrypt_seconds, description="How long a decryption may take.")
    read_seconds: Amount = Field(
        _LIMITS.read_seconds,
        description="How long reading a mail may take in all; one that takes longer is quarantined.",
    )
    read_memory_bytes: Amount = Field(
        _LIMITS.read_memory_bytes,
        description="Memory (address space) of the process that reads mail; a mail that needs more is quarantined.",
    )
    read_processes: Processes = Field(
        _LIMITS.read_processes,
        description="Processes that read mail at once, each within that memory; 0 for one on each core, four at most.",
    )
    mails_per_round: Amount = Field(_LIMITS.mails_per_round, description="Mails taken in before timers get a turn.")
    mail_starts: Amount = Field(
        _LIMITS.mail_starts, description="Times that a mail may end the process before it is quarantined."
    )
    acknowledgements_per_address_and_day: Amount = Field(
        _LIMITS.acknowledgements_per_address_and_day,
        description="Receipts to one mailbox in a day; `a+b@c` counts as `a@c`. A report beyond opens its case, gets "
        "neither receipt nor question, and coordinators are told so.",
    )
    mails_per_recipient_and_day: Amount = Field(
        _LIMITS.mails_per_recipient_and_day,
        description="Mails of all kinds to one mailbox in 24 hours without a person's approval; the rest waits.",
    )
    mails_per_case_and_hour: Amount = Field(
        _LIMITS.mails_per_case_and_hour,
        description="Such mails about one case in an hour; the rest waits.",
    )
    mails_per_hour: Amount = Field(
        _LIMITS.mails_per_hour,
        description="Such mails in all in an hour, at most half of them answers to reports. The rest waits, and "
        "coordinators are told once. `mailbot outbox retry` lets a mail go that waits.",
    )
    notices_per_coordinator_and_hour: Amount = Field(
        _LIMITS.notices_per_coordinator_and_hour,
        description="Notices to one coordinator in an hour, at most half of them of new cases and refused commands; "
        "the rest is told in one mail. Transcripts of commands that ran and the digest count for nothing.",
    )
    command_age_days: Amount = Field(_LIMITS.command_age_days, description="Age of a signature that commands need.")
    commands_per_mail: Amount = Field(_LIMITS.commands_per_mail, description="Commands in a mail.")
    outbox_per_round: Amount = Field(_LIMITS.outbox_per_round, description="Deliveries before mail gets a turn.")


class SealKeys(Keys):
    """Where the key is that seals report text at rest; one of them."""

    key_file: KeyFile = Field(
        Path("state.key"), description="File with the key that seals report text at rest; `mailbot init` makes it."
    )
    key_env: Variable | None = Field(None, description="Environment variable that holds that key, instead.")
    key_command: Command | None = Field(None, description="Program that prints that key, instead; no shell runs it.")

    def secret(self, folder: Path) -> Secret:
        """Where the key is: the file counts only where nothing else is named."""
        if self.key_env or self.key_command:
            return Secret("[state].key", self.key_env or "", None, self.key_command or (), folder)
        return Secret("[state].key", file=self.key_file, folder=folder)


class StateKeys(SealKeys):
    """What the desk remembers, and the key to it."""

    dir: Folder = Field(Path("state"), description="The folder of everything that the desk remembers.")


class StoreKeys(Keys):
    """What keeps the cases. A database's URL may hold a password, so it stands elsewhere."""

    backend: Literal["tinydb", "postgresql"] = Field(
        "tinydb",
        description="`tinydb`: files in `[state].dir`, one process at a time; `postgresql`: a database that several "
        "hosts work on, see docs/scaling.md.",
    )
    url_env: Variable | None = Field(
        None, description="Environment variable that holds the database's URL: `postgresql://USER@HOST/DATABASE`."
    )
    url_file: File = Field(None, description="File whose first line is that URL.")
    url_command: Command | None = Field(None, description="Program that prints that URL; no shell runs it.")
    schema_name: SchemaName = Field("mailbot", description="The desk's schema in the database; each desk has its own.")
    lease_seconds: Amount = Field(
        300, description="After so long others may take over a mail from a worker that does not go on with it."
    )

    def secret(self, folder: Path) -> Secret:
        """Where the URL is."""
        return Secret("[store].url", self.url_env or "", self.url_file, self.url_command or (), folder)


TABLES: tuple[tuple[str, type[Keys]], ...] = (
    ("[desk]", DeskKeys),
    ("[imap]", ImapKeys),
    ("[imap.oauth2]", OAuth2Keys),
    ("[smtp]", SmtpKeys),
    ("[smtp.oauth2]", OAuth2Keys),
    ("[pgp]", PgpKeys),
    ("[[coordinator]]", CoordinatorKeys),
    ("[policy]", PolicyKeys),
    ("[limits]", LimitKeys),
    ("[lookup]", LookupKeys),
    ("[state]", StateKeys),
    ("[store]", StoreKeys),
    ("[metrics]", MetricsKeys),
)
"""Every table of the file and what may stand in it."""
