"""Which OpenPGP data the structure of a mail declares (RFC 3156), also where Exchange has rewritten it."""

import re

from mailbot.core import armor
from mailbot.core.messages import PgpKind, PgpPart
from mailbot.core.mime import Part

VERSION = "application/pgp-encrypted"
SIGNATURE = "application/pgp-signature"

_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_VERSION = re.compile(rb"\s*Version:\s*1\s*", re.IGNORECASE)
_CIPHERTEXT = re.compile(rb"^[ \t]*-----BEGIN PGP MESSAGE-----", re.MULTILINE)
_DETACHED = re.compile(rb"^[ \t]*-----BEGIN PGP SIGNATURE-----", re.MULTILINE)
_UNOBTRUSIVE = re.compile(rb"Sig:[ \t]*(?P<value>(?:[^\r\n]|\r?\n[ \t])*)\r?\n", re.IGNORECASE)
_SIG_OPENPGP = re.compile(rb"(?:^|;)\s*t\s*=\s*p\s*(?:;|\Z)")
_SIG_DATA = re.compile(rb"(?:^|;)\s*b\s*=([A-Za-z0-9+/=\s]+)")
_HEAD = 4_096  # bytes in which a label that stands in a part's content is looked for


def is_encrypted(part: Part) -> bool:
    """Whether this part wraps one ciphertext: multipart/encrypted, or the multipart/mixed that Exchange makes of it."""
    if part.media_type == "multipart/encrypted":
        return True
    return (
        part.media_type == "multipart/mixed" and any(map(_is_version, part.children)) and _ciphertext(part) is not None
    )


def is_signed(part: Part) -> bool:
    """Whether this part carries a detached OpenPGP signature, by its label or by what stands in it."""
    if part.media_type == "multipart/mixed":
        return _unobtrusive(part) is not None
    protocol = part.parameters.get("protocol", b"").decode("latin-1").lower()
    labelled = protocol == SIGNATURE or any(_is_signature(child) for child in part.children[1:2])
    return part.media_type == "multipart/signed" and labelled


def encrypted(part: Part) -> PgpPart | None:
    """The ciphertext of an encrypted part, or None if it is missing."""
    found = _ciphertext(part)
    return PgpPart(PgpKind.ENCRYPTED, _tidy(found.content()[0])) if found else None


def beside(part: Part) -> tuple[Part, ...]:
    """What an encrypted part holds besides the ciphertext and its version: text that a gateway added, or an attack."""
    found = _ciphertext(part)
    return tuple(child for child in part.children if child is not found and not _is_version(child))


def signed(part: Part) -> PgpPart | None:
    """The signed bytes as they stand in the mail and their signature; None if either is missing."""
    if part.media_type == "multipart/mixed":
        return _unobtrusive(part)
    if len(part.children) < 2 or not _is_signature(part.children[1]):
        return None
    return PgpPart(PgpKind.SIGNED, part.children[0].raw, part.children[1].content()[0])


def unsigned(part: Part) -> tuple[Part, ...]:
    """What a signed part holds besides the first, which is signed, and the signature: a list's footer."""
    return tuple(child for child in part.children[1:] if not _is_signature(child))


def canonical(signed_bytes: bytes) -> bytes:
    """With CRLF as every line end, which is what RFC 3156 section 5 has signed; blanks at line ends stay."""
    return _BARE.sub(b"\r\n", signed_bytes)


def _ciphertext(part: Part) -> Part | None:
    """The child that looks like ciphertext; else the first that could be one by its label."""
    others = [child for child in part.children if child.media_type != VERSION and not child.children]
    looks = [child for child in others if _CIPHERTEXT.search(child.content()[0][:_HEAD]) or _is_binary(child)]
    # Mangled or not, PGP/MIME has one ciphertext; beside a second one neither is the mail.
    if part.media_type != "multipart/encrypted":
        return looks[0] if len(looks) == 1 else None
    named = [child for child in others if child.media_type not in ("text/plain", "text/html")]
    return next(iter(looks or named), None)


def _is_binary(part: Part) -> bool:
    return part.media_type == "application/octet-stream" and bool(armor.in_file("x.pgp", "", part.content()[0]).parts)


def _is_version(part: Part) -> bool:
    """Whether it is the "Version: 1" that stands beside ciphertext, whatever a gateway labels it."""
    if part.media_type == VERSION or part.end - part.body_start > _HEAD:
        return part.media_type == VERSION
    return part.media_type in ("application/octet-stream", "text/plain") and bool(_VERSION.fullmatch(part.content()[0]))


def _is_signature(part: Part) -> bool:
    if part.media_type == SIGNATURE:
        return True
    mislabelled = part.media_type in ("application/octet-stream", "text/plain", "application/pgp")
    return mislabelled and bool(_DETACHED.match(part.content()[0][:_HEAD].lstrip()))


def _unobtrusive(part: Part) -> PgpPart | None:
    """A signature in a Sig header at the top of the first part, over the rest of that part (unobtrusive signatures)."""
    first = next(iter(part.children), None)
    found = _UNOBTRUSIVE.match(first.source, first.start, first.end) if first else None
    data = _SIG_DATA.search(found["value"]) if found else None
    if not (first and found and data and _SIG_OPENPGP.search(found["value"])):
        return None
    lines = [b"-----BEGIN PGP SIGNATURE-----", b"", *data[1].split(), b"-----END PGP SIGNATURE-----", b""]
    return PgpPart(PgpKind.SIGNED, first.source[found.end() : first.end], b"\n".join(lines))


def _tidy(data: bytes) -> bytes:
    """The one armored message in `data`, tidied; other data as it is."""
    found = [*armor.blocks(data)]
    return armor.tidy(found[0].content) if len(found) == 1 and found[0].what == b"MESSAGE" else data
