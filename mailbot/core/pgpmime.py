"""Which OpenPGP data the structure of a mail declares (RFC 3156), also where Exchange has rewritten it."""

import re

from mailbot.core.messages import PgpKind, PgpPart
from mailbot.core.mime import Part

VERSION = "application/pgp-encrypted"
SIGNATURE = "application/pgp-signature"

_BARE_LF = re.compile(rb"(?<!\r)\n")


def is_encrypted(part: Part) -> bool:
    """Whether this part wraps one ciphertext: multipart/encrypted, or the multipart/mixed that Exchange makes of it."""
    if part.media_type == "multipart/encrypted":
        return True
    types = [child.media_type for child in part.children if child.media_type != "text/plain" or child.body.strip()]
    return part.media_type == "multipart/mixed" and types == [VERSION, "application/octet-stream"]


def is_signed(part: Part) -> bool:
    """Whether this part carries a detached OpenPGP signature, by its label or by what stands in it."""
    protocol = part.parameters.get("protocol", b"").decode("latin-1").lower()
    signed_by = part.children[1].media_type if len(part.children) > 1 else protocol
    return part.media_type == "multipart/signed" and SIGNATURE in (protocol, signed_by)


def encrypted(part: Part) -> PgpPart | None:
    """The ciphertext of an encrypted part, or None if it is missing."""
    for child in part.children:
        if child.media_type not in (VERSION, "text/plain", "text/html"):
            return PgpPart(PgpKind.ENCRYPTED, child.content()[0])
    return None


def signed(part: Part) -> PgpPart | None:
    """The signed bytes as they stand in the mail and their signature; None if either is missing."""
    if len(part.children) < 2 or part.children[1].media_type != SIGNATURE:
        return None
    return PgpPart(PgpKind.SIGNED, canonical(part.children[0].raw), part.children[1].content()[0])


def canonical(signed_bytes: bytes) -> bytes:
    """Signatures are over CRLF lines (RFC 3156 section 5); a mail stored with bare LF gets them back."""
    return signed_bytes if b"\r\n" in signed_bytes else _BARE_LF.sub(b"\r\n", signed_bytes)
