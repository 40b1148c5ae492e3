"""What a registry says about a domain or a network, whichever protocol it was asked by."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailbot.core.securitytxt import mail_address

MAX_VALUE = 300  # characters of a name, address or date
MAX_VALUES = 20  # of one kind
_PHONE = re.compile(r"\+?[0-9][0-9-]{5,24}")
_HIDDEN = re.compile(
    r"redact|not disclosed|non-public|statutory mask|withheld|\bgdpr\b|data protected|select (?:contact|request)"
    r"|please (?:query|contact|see)|非公開|非表示|^n/?a$|^[-*.x\s]*$",
    re.IGNORECASE,
)


class RegistrationState(StrEnum):
    """Whether the name or network is anybody's."""

    REGISTERED = "registered"
    SUSPENDED = "suspended"  # still held, no longer in use
    RESERVED = "reserved"  # the registry keeps it for itself
    AVAILABLE = "available"
    UNKNOWN = "unknown"  # the answer says nothing that we understand


@dataclass(frozen=True)
class Party:
    """A person, group or company that a registration names. `relay`: what reaches it is an intermediary's."""

    roles: tuple[str, ...] = ()  # registrant, administrative, technical, abuse, registrar, …
    handle: str = ""
    name: str = ""
    organisation: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    faxes: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    relay: bool = False

    @property
    def reachable(self) -> bool:
        """Whether there is any way to reach it."""
        return bool(self.emails or self.phones or self.faxes or self.forms)


@dataclass(frozen=True)
class Registration:
    """A domain's or network's entry. `referral` is the server that may know more: a host name, or an RDAP URL."""

    subject: str = ""
    state: RegistrationState = RegistrationState.UNKNOWN
    status: tuple[str, ...] = ()  # in the registry's words
    organisation: str = ""
    parties: tuple[Party, ...] = ()
    handles: tuple[tuple[str, str], ...] = ()  # role and handle of parties that must be asked for
    name_servers: tuple[str, ...] = ()
    created: datetime | None = None
    updated: datetime | None = None
    expires: datetime | None = None
    referral: str = ""


def shown(value: str) -> str:
    """A value from a registry as one line, "" where it is hidden ("REDACTED FOR PRIVACY", 非公開)."""
    text = unicodedata.normalize("NFKC", value[: MAX_VALUE * 2])
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MAX_VALUE]
    return "" if _HIDDEN.search(line) else line


def mails(values: Iterable[str]) -> tuple[str, ...]:
    """The mail addresses among the values, each once; a text that only holds one is none."""
    found = (mail_address(word) for value in values for word in re.split(r"[\s,;]+", value[:MAX_VALUE]) if "@" in word)
    return tuple(dict.fromkeys(address for address in found if address))[:MAX_VALUES]


def numbers(values: Iterable[str]) -> tuple[str, ...]:
    """Telephone numbers in digits and hyphens, each once ("+81.312345678" is "+81-312345678")."""
    plain = (re.sub(r"[().\s]+", "-", unicodedata.normalize("NFKC", v[:60]).strip()).strip("-") for v in values)
    return tuple(dict.fromkeys(number for number in plain if _PHONE.fullmatch(number)))[:MAX_VALUES]
