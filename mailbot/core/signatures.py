"""What the signatures in a mail are worth together, and which text they vouch for.

A signature speaks for bytes, not for a mail: the text that commands are read from is taken from those bytes alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from mailbot.core import charset, flowed, mime
from mailbot.core.limits import Limits
from mailbot.core.messages import Signature, SignedText, Verdict

_WORST_FIRST = (Signature.BAD, Signature.REVOKED, Signature.EXPIRED, Signature.UNKNOWN_KEY)


@dataclass(frozen=True)
class Signed:
    """Some signed bytes, the text in them, and what the keyring says of each signature over them."""

    content: bytes
    verdicts: tuple[Verdict, ...]  # empty: there is a signature, but it cannot be read
    text: str
    subject: str | None = None


@dataclass(frozen=True)
class Judgement:
    """The overall verdict; `signed` only if it is GOOD, `signer` only if one key made all signatures."""

    signature: Signature = Signature.NONE
    signer: str | None = None
    signed: SignedText | None = None
    defects: tuple[str, ...] = ()


def judge(found: tuple[Signed, ...]) -> Judgement:
    """GOOD only if every signature is good and by one key; otherwise the worst of them."""
    if not found:
        return Judgement()
    verdicts = [verdict for signed in found for verdict in signed.verdicts or (Verdict(Signature.BAD),)]
    signers = {verdict.fingerprint for verdict in verdicts}
    signer = signers.pop() if len(signers) == 1 else None
    worst = next((status for status in _WORST_FIRST if any(v.status is status for v in verdicts)), None)
    if worst:
        return Judgement(worst, signer)
    first = verdicts[0]
    if signer is None or first.made_at is None:
        return Judgement(defects=("signed with more than one key",))
    text = SignedText(found[0].text, found[0].subject, signer, first.made_at, _signature_id(found[0], first))
    return Judgement(Signature.GOOD, signer, text)


def _signature_id(signed: Signed, verdict: Verdict) -> str:
    # A signature over text also fits other line ends and blanks at line ends (RFC 9580 5.2.1); a signed command that
    # comes back with those changed has been seen before.
    lines = signed.content.replace(b"\r\n", b"\n").split(b"\n")
    same = b"\n".join(line.rstrip(b" \t\r") for line in lines).rstrip(b"\n")
    made_at = verdict.made_at.isoformat() if verdict.made_at else ""
    return sha256(f"{verdict.fingerprint} {made_at}\n".encode() + same).hexdigest()


def entity(content: bytes, limits: Limits) -> mime.Part:
    """The MIME entity that was signed or encrypted."""
    return mime.read(content, limits)[0]


def first_text(part: mime.Part) -> str:
    """The first text/plain part of a signed entity; never an attachment, HTML, or anything in a forwarded mail."""
    return next(_texts(part), "")


def _texts(part: mime.Part) -> Iterator[str]:
    if part.media_type.startswith("multipart/"):
        for child in part.children:
            yield from _texts(child)
    elif part.media_type == "text/plain" and part.disposition != "attachment":
        text = charset.decode(part.content()[0], part.parameters.get("charset", b"").decode("latin-1"))[0]
        if part.parameters.get("format", b"").lower() == b"flowed":
            text = flowed.unwrap(text, part.parameters.get("delsp", b"").lower() == b"yes")
        yield text.strip("\n")


def protected_subject(part: mime.Part) -> str | None:
    """The Subject of an entity that declares protected headers: RFC 9788 2.1.1, or the parameter of its draft."""
    declared = "hp" in part.parameters or part.parameters.get("protected-headers", b"").lower() == b"v1"
    return charset.header_text(part.header("subject"))[0] or None if declared else None
