"""What the signatures in a mail are worth together, and which text they vouch for.

A signature speaks for bytes, not for a mail: the text that commands are read from is taken from those bytes alone.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from mailbot.core import charset, flowed, mime, protected
from mailbot.core.limits import Limits
from mailbot.core.messages import ParsedMail, Signature, SignedText, Verdict

STRANGER = "signed by a key that does not name the sender"
OTHER_TIME = "signed at another time than the Date says"

_WORST_FIRST = (Signature.BAD, Signature.REVOKED, Signature.EXPIRED, Signature.UNKNOWN_KEY)
_DRAFTED = timedelta(days=1)  # between writing a mail and signing it


@dataclass(frozen=True)
class Signed:
    """Some signed bytes, the text in them, and what the keyring says of each signature over them."""

    content: bytes
    verdicts: tuple[Verdict, ...]  # empty: there is a signature, but it cannot be read
    text: str
    payload: mime.Part | None = None  # the signed entity, where it is the mail's outermost
    whole: bool = False  # everything in the mail is signed

    @property
    def subject(self) -> str | None:
        """The protected Subject, where it counts."""
        return protected.subject(self.payload) if self.payload else None

    @property
    def is_bad(self) -> bool:
        """Whether other bytes were signed, as far as can be told."""
        return not self.verdicts or any(verdict.status is Signature.BAD for verdict in self.verdicts)


@dataclass(frozen=True)
class Judgement:
    """The overall verdict; `signed` only if it is GOOD, `signer` only if one key made all signatures."""

    signature: Signature = Signature.NONE
    signer: str | None = None
    signed: SignedText | None = None
    defects: tuple[str, ...] = ()
    uids: tuple[str, ...] = ()  # user ids of the signer that the keyring named


def judge(found: tuple[Signed, ...]) -> Judgement:
    """GOOD only if every signature is good and by one key; otherwise the worst of them."""
    if not found:
        return Judgement()
    verdicts = [verdict for signed in found for verdict in signed.verdicts or (Verdict(Signature.BAD),)]
    signers = {verdict.fingerprint for verdict in verdicts}
    signer = signers.pop() if len(signers) == 1 else None
    worst = next((status for status in _WORST_FIRST if any(v.status is status for v in verdicts)), None)
    if worst:
        return Judgement(worst, signer, defects=_counted(verdicts))
    first = verdicts[0]
    if signer is None or first.made_at is None:
        return Judgement(defects=("signed with more than one key",))
    text = SignedText(found[0].text, found[0].subject, signer, first.made_at, _signature_id(found[0], first))
    uids = tuple(dict.fromkeys(uid for verdict in verdicts for uid in verdict.uids))
    return Judgement(Signature.GOOD, signer, text, uids=uids)


def time_defects(signed: SignedText | None, mail: ParsedMail) -> tuple[str, ...]:
    """Whether the mail's Date is far from when it was signed: a mail that somebody sends again."""
    apart = signed is not None and mail.date is not None and abs(signed.made_at - mail.date) > _DRAFTED
    return (OTHER_TIME,) if apart else ()


def _counted(verdicts: list[Verdict]) -> tuple[str, ...]:
    """How several signatures did that are not alike."""
    counts = Counter(verdict.status.value for verdict in verdicts)
    told = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    return (f"{len(verdicts)} signatures: {told}",) if len(counts) > 1 else ()


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
