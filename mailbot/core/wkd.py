"""Where a domain publishes the keys of its addresses: Web Key Directory (draft-koch-openpgp-webkey-service)."""

from dataclasses import dataclass
from hashlib import sha1
from urllib.parse import quote

from mailbot.core.addresses import address_of
from mailbot.core.hosts import is_ip

_ALPHABET = "ybndrfg8ejkmcpqxot1uwisza345h769"
_SMALL = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True)
class Place:
    """Where to ask: for the key, and whether there is a directory at all (its policy file, perhaps empty)."""

    key: str
    policy: str


def places(address: str) -> tuple[Place, Place] | None:
    """By the advanced method and by the direct one (section 3.1); None for what is no address of a domain."""
    local, _, domain = address_of(address).rpartition("@")
    if not local or "." not in domain or is_ip(domain):
        return None
    query = f"hu/{hashed(local)}?l={quote(local, safe='')}"
    advanced = f"https://openpgpkey.{domain}/.well-known/openpgpkey/{domain}/"
    direct = f"https://{domain}/.well-known/openpgpkey/"
    return Place(advanced + query, advanced + "policy"), Place(direct + query, direct + "policy")


def hashed(local: str) -> str:
    """The name under which the key of a local part lies: only ASCII letters are made small (section 3.1)."""
    return zbase32(sha1(local.translate(_SMALL).encode()).digest())


def zbase32(data: bytes) -> str:
    """`data` in z-base-32 (RFC 6189 section 5.1.6): five bits a character, the last one filled up with zeros."""
    bits = "".join(f"{octet:08b}" for octet in data)
    groups = (bits[at : at + 5].ljust(5, "0") for at in range(0, len(bits), 5))
    return "".join(_ALPHABET[int(group, 2)] for group in groups)
