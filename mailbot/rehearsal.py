"""What would happen to a mail: the real path, whose outcome is shown instead of stored."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Literal

from mailbot import intake, mail_shapes, memory, ports
from mailbot.bot import Bot
from mailbot.core.classify import MailKind
from mailbot.core.keys import KeyInfo
from mailbot.core.messages import Attachment, Decrypted, RawMail, Verdict
from mailbot.core.model import Field
from mailbot.core.outbox import OutboxItem
from mailbot.errors import TransientError, why_of
from mailbot.pending import Pending
from mailbot.recipient_keys import recipient_key
from mailbot.seen import Seen

Outcome = Literal[
    "open_case", "add_to_case", "run_commands", "log_copy", "suspend_address", "ignore", "hold", "quarantine"
]
_OUTCOMES: dict[MailKind, Outcome] = {
    MailKind.REPORT: "open_case",
    MailKind.REPLY: "add_to_case",
    MailKind.COMMAND: "run_commands",
    MailKind.COPY: "log_copy",
    MailKind.BOUNCE: "suspend_address",
    MailKind.HELD: "hold",
}


class RehearsalKeyring:
    """The desk's keyring, except that nothing is ever imported into it."""

    def __init__(self, keyring: ports.Keyring) -> None:
        self._keyring = keyring
        self._would_import: dict[str, KeyInfo] = {}

    @property
    def own(self) -> str:
        """The desk's fingerprint."""
        return self._keyring.own

    def decrypt(self, ciphertext: bytes, max_bytes: int) -> Decrypted:
        """As the keyring does."""
        return self._keyring.decrypt(ciphertext, max_bytes)

    def verify(self, signed: bytes, signature: bytes) -> tuple[Verdict, ...]:
        """As the keyring does."""
        return self._keyring.verify(signed, signature)

    def verify_clearsigned(self, block: bytes, max_bytes: int) -> tuple[bytes, tuple[Verdict, ...]]:
        """As the keyring does."""
        return self._keyring.verify_clearsigned(block, max_bytes)

    def sign(self, content: bytes) -> tuple[bytes, str]:
        """As the keyring does."""
        return self._keyring.sign(content)

    def encrypt(self, content: bytes, fingerprints: Sequence[str]) -> bytes:
        """As the keyring does."""
        return self._keyring.encrypt(content, fingerprints)

    def sign_and_encrypt(self, content: bytes, fingerprints: Sequence[str]) -> bytes:
        """As the keyring does."""
        return self._keyring.sign_and_encrypt(content, fingerprints)

    def inspect(self, key: bytes) -> tuple[KeyInfo, ...]:
        """As the keyring does."""
        return self._keyring.inspect(key)

    def import_key(self, key: bytes, only: str | None = None) -> tuple[KeyInfo, ...]:
        """What would be imported."""
        infos = self._keyring.inspect(key)
        if any(info.secret for info in infos):
            return ()
        self._would_import |= {info.fingerprint: info for info in infos if only in (None, info.fingerprint)}
        return tuple(info for info in infos if only in (None, info.fingerprint))

    def all_keys(self) -> tuple[KeyInfo, ...]:
        """As the keyring does."""
        return self._keyring.all_keys()

    def export(self, fingerprint: str) -> bytes:
        """As the keyring does."""
        return self._keyring.export(fingerprint)

    def usable(self, fingerprint: str, now: datetime) -> bool:
        """As the keyring would say after the imports."""
        new = self._would_import.get(fingerprint)
        return new.usable(now) if new else self._keyring.usable(fingerprint, now)


def rehearse(bot: Bot, raw: RawMail, now: datetime) -> mail_shapes.RehearsalShape:
    """Take one mail through everything but the storing and the sending; one that breaks it would be quarantined."""
    try:
        return _rehearsed(bot, raw, now)
    except TransientError:
        raise
    except Exception as exc:
        return _quarantined(raw, why_of(exc))


def _rehearsed(bot: Bot, raw: RawMail, now: datetime) -> mail_shapes.RehearsalShape:
    seen = intake.look(bot, raw, bot.reader.read(raw))
    crypto = seen.opened.crypto
    pending = Pending(bot, now)
    disposition = intake.act(pending, seen)
    kind = seen.triage.kind
    known = seen.sight.correlation.case
    return mail_shapes.RehearsalShape(
        source=raw.source,
        message=_message(seen),
        crypto=mail_shapes.CryptoShape(
            encrypted=crypto.encrypted,
            signature=crypto.signature.value,
            signer=crypto.signer,
            failure=crypto.failure,
            defects=list(crypto.defects),
        ),
        kind=kind.value,
        case=known.id if known else None,
        report=_report(seen, pending) if kind is MailKind.REPORT else None,
        bounce=_bounce(seen),
        mail=[_mail(bot, pending, item, now) for item in pending.new_items if item.draft],
        outcome=_outcome(kind, disposition),
        why=disposition.why or seen.triage.why,
    )


def rehearse_head(bot: Bot, head: RawMail, size: int) -> mail_shapes.RehearsalShape:
    """Of a mail over [limits].mail_bytes: it would be held, and only its head was looked at."""
    why = f"it is larger than the limit: {size} bytes"
    try:
        mail = bot.reader.read(head).opened.mail
    except TransientError:
        raise
    except Exception as exc:
        return _quarantined(head, why_of(exc))
    found = _NOTHING.model_copy(
        update={
            "id": mail.message_id,
            "from_": mail.sender.address if mail.sender else "",
            "subject": mail.subject,
            "date": mail.date,
        }
    )
    return _quarantined(head, why).model_copy(update={"message": found, "outcome": "hold"})


_NOTHING = mail_shapes.MessageShape(
    id="", from_="", subject="", date=None, language="", text="", new_text="", attachments=[], defects=[]
)


def _quarantined(raw: RawMail, why: str) -> mail_shapes.RehearsalShape:
    """Of a mail that nothing is known of, not even its sender."""
    return mail_shapes.RehearsalShape(
        source=raw.source,
        message=_NOTHING,
        crypto=mail_shapes.CryptoShape(encrypted=False, signature="none", signer=None, failure=None, defects=[]),
        kind=MailKind.HELD.value,
        case=None,
        report=None,
        bounce=None,
        mail=[],
        outcome="quarantine",
        why=why,
    )


def _outcome(kind: MailKind, disposition: memory.Disposition) -> Outcome:
    if disposition.kind == "held":
        return "hold"
    if disposition.kind == "ignored" or (kind is MailKind.BOUNCE and disposition.case is None):
        return "ignore"
    return _OUTCOMES.get(kind, "ignore")


def _message(seen: Seen) -> mail_shapes.MessageShape:
    opened, mail = seen.opened, seen.mail
    return mail_shapes.MessageShape(
        id=mail.message_id,
        from_=mail.sender.address if mail.sender else "",
        subject=opened.subject,
        date=mail.date,
        language=seen.understanding.language,
        text=opened.text,
        new_text=opened.new_text,
        attachments=attachments(opened.attachments),
        defects=list(dict.fromkeys((*mail.defects, *opened.defects))),
    )


def attachments(found: Sequence[Attachment]) -> list[mail_shapes.AttachmentShape]:
    """Attachments as every JSON shows them."""
    return [
        mail_shapes.AttachmentShape(
            name=a.filename, type=a.media_type, size=len(a.content), sha256=sha256(a.content).hexdigest()
        )
        for a in found
    ]


def field_shapes(fields: Sequence[Field]) -> dict[str, mail_shapes.FieldShape]:
    """Fields as every JSON shows them."""
    return {
        f.name: mail_shapes.FieldShape(
            value=list(f.value) if isinstance(f.value, tuple) else f.value,
            rule=f.rule,
            confidence=f.confidence,
            quote=f.quote,
            derived=f.derived,
        )
        for f in fields
    }


def _report(seen: Seen, pending: Pending) -> mail_shapes.ReportShape:
    """All that the mail states, and which cases the first that it opens may repeat."""
    found = seen.understanding
    opened = next(iter(pending.touched), None)
    likely = [
        mail_shapes.DuplicateShape(case=link.case, score=link.score, why=", ".join(link.why))
        for link in (opened.links if opened else ())
        if link.score is not None
    ]
    if seen.echo_on:
        likely.append(mail_shapes.DuplicateShape(case=seen.echo_on, score=1.0, why="the same mail by another way"))
    return mail_shapes.ReportShape(
        track=found.parts[0].track.value,
        form=found.form,
        fields=field_shapes(found.fields),
        missing=list(found.missing),
        duplicates=likely,
    )


def _bounce(seen: Seen) -> mail_shapes.BounceShape | None:
    bounce = seen.sight.bounce
    if bounce is None:
        return None
    return mail_shapes.BounceShape(
        recipient=bounce.recipient,
        status=bounce.status,
        action=bounce.action,
        reason=bounce.reason,
        message_id=bounce.message_id,
    )


def _mail(bot: Bot, pending: Pending, item: OutboxItem, now: datetime) -> mail_shapes.MailShape:
    assert item.draft is not None
    case = pending.case(item.case) if item.case else None
    key = recipient_key(bot, case, item.draft.to.address, now).fingerprint
    return mail_shapes.MailShape(
        to=item.draft.to.address,
        template=item.draft.template,
        subject=item.draft.subject,
        body=item.draft.body,
        signed=True,
        encrypted_to=[key] if key else [],
        held_for=item.held_for,
    )
