"""Which case and which recipient a mail of ours was for, in a form that nobody else can make.

A token is an HMAC over case and address, so the desk need not remember it: it checks a token against the people of the
case that the token's own digits name.
"""

import base64
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from mailbot.core.model import Case

_TOKEN = re.compile(r"(?<![0-9])([0-9]{8})\.([a-z2-7]{16})(?![a-z0-9])", re.ASCII)
_OWN = re.compile(r"[0-9a-f]{20}(?:\.[0-9]{8}\.[a-z2-7]{16})?", re.ASCII)


@dataclass(frozen=True)
class Token:
    """The eight digits of a case id and the HMAC that goes with them; not yet checked."""

    digits: str
    mac: str


def case_digits(case_id: str) -> str:
    """The eight digits of CASE#12345678."""
    return case_id.rpartition("#")[2]


def make_token(secret: bytes, case_id: str, address: str) -> str:
    """The token for mail about `case_id` to `address`: eight digits, a dot, 80 bits in base32."""
    mac = hmac.digest(secret, f"{case_id}\n{address.lower()}".encode(), sha256)
    return f"{case_digits(case_id)}.{base64.b32encode(mac[:10]).decode().lower()}"


def make_case_id(secret: bytes, prefix: str, seed: str, attempt: int) -> str:
    """A case id that nobody can guess and that the same mail gives again after a crash."""
    mac = hmac.digest(secret, f"case\n{seed}\n{attempt}".encode(), sha256)
    return f"{prefix}#{int.from_bytes(mac[:8], 'big') % 100_000_000:08d}"


def plus_address(desk_address: str, token: str) -> str:
    """The desk's address with the token after a plus."""
    local, _, domain = desk_address.rpartition("@")
    return f"{local}+{token}@{domain}"


def make_message_id(secret: bytes, key: str, case_id: str | None, address: str, domain: str) -> str:
    """The Message-ID of the mail that effect `key` asks for: always the same one, which nobody else can work out.

    Whoever names it has the mail: see `doubts.py`. The keys themselves can be guessed, as that of a day's digest.
    """
    unique = hmac.digest(secret, f"message\n{key}".encode(), sha256).hex()[:20]
    token = f".{make_token(secret, case_id, address)}" if case_id else ""
    return f"<{unique}{token}@{domain}>"


def is_own_message_id(message_id: str, domain: str) -> bool:
    """Whether it has the form of the desk's own Message-IDs."""
    local, _, where = message_id.lower().strip("<>").rpartition("@")
    return where == domain.lower() and _OWN.fullmatch(local) is not None


def find_tokens(texts: Iterable[str], domain: str) -> tuple[Token, ...]:
    """Tokens in addresses and Message-IDs of our own domain, each once."""
    found: dict[Token, None] = {}
    for text in texts:
        if text.lower().rstrip(">").endswith("@" + domain.lower()):
            found.update({Token(*match.groups()): None for match in _TOKEN.finditer(text.lower())})
    return tuple(found)


def issued_to(token: Token, case: Case, secret: bytes, others: Iterable[str] = ()) -> str | None:
    """The address of the case's people that `token` was made for; None if it is forged."""
    people = (*(p.address for p in case.participants), *(c.address for c in case.contacts), *others)
    for address in people:
        if hmac.compare_digest(make_token(secret, case.id, address), f"{token.digits}.{token.mac}"):
            return address
    return None
