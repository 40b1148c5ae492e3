"""Opens a mail: decrypts what is encrypted, checks what is signed, and says which text came from where.

A signature counts only for the content that is read: one over ciphertext, over an attachment, or inside a quoted or
forwarded mail says nothing about the mail. Protected headers count only on what is all of the mail.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import replace

from mailbot.core import armor, charset, mime, pgpmime, protected, smime
from mailbot.core.autocrypt import autocrypt_keys
from mailbot.core.cleartext import without_armor
from mailbot.core.layers import QUOTED, Layer
from mailbot.core.limits import Limits
from mailbot.core.messages import (
    FAILURES,
    Attachment,
    Crypto,
    Decrypted,
    OpenedMail,
    ParsedMail,
    PgpKind,
    PgpPart,
    RawMail,
)
from mailbot.core.parse import parse_with_tree
from mailbot.core.quoting import new_text
from mailbot.core.signatures import STRANGER, Judgement, Signed, entity, first_text, judge, time_defects
from mailbot.core.user_ids import address_in, comparable
from mailbot.ports import Keyring

FORMER_KEY = "encrypted for a former key of the desk"
OUTSIDE = "signature outside of the encryption does not count"
PARTLY = "signature covers only a part of the text"

_DEPTH = 3  # encryption inside encryption
_RUNS = 20  # of the keyring for one mail
_NAMED_KEYS = 10
_STUFFED = re.compile(rb"(?m)^ ")
_OF_WHOLE_MAILS = ("no From address", "no Date", "no headers", "empty mail")


def open_mail(parsed: ParsedMail, keyring: Keyring, limits: Limits) -> OpenedMail:
    """The mail with everything decrypted that can be, and one verdict over its signatures."""
    opener = _Opener(keyring, limits)
    layer = opener.open(parsed, 0)
    if not opener.tried and not layer.text.strip() and smime.is_enveloped(layer.attachments):
        opener.tried, opener.failure = True, "smime"
        layer.crypto.append(FAILURES["smime"])
    judged = judge(tuple(layer.signed))
    text = layer.text.strip("\n")
    payload = layer.payload or (layer.signed[0].payload if judged.signed else None)
    subject = (protected.subject(payload) if payload else None) or parsed.subject
    doubts = [
        *layer.crypto,
        *judged.defects,
        *(_signer_defects(judged, parsed, keyring) if judged.signed else ()),
        *((PARTLY,) if judged.signed and not _covers(layer.signed, text) else ()),
        *(protected.differences(payload, parsed, encrypted=layer.payload is not None) if payload else ()),
    ]
    return OpenedMail(
        mail=parsed,
        subject=subject,
        text=text,
        new_text=new_text(text.replace(f"\n{QUOTED}\n", "\n"), subject),  # what stands below it is all quoted
        attachments=tuple(layer.attachments),
        crypto=Crypto(
            encrypted=opener.tried,
            signature=judged.signature,
            signer=judged.signer,
            failure=opener.failure,
            defects=_once(*doubts),
        ),
        signed=judged.signed,
        keys=tuple(dict.fromkeys((*layer.keys, *autocrypt_keys(parsed)))),
        defects=_once(*parsed.defects, *layer.defects),
    )


def _covers(signed: list[Signed], text: str) -> bool:
    return signed[0].whole or "".join(signed[0].text.split()) == "".join(text.split())


def _signer_defects(judged: Judgement, mail: ParsedMail, keyring: Keyring) -> tuple[str, ...]:
    """Whether a good signature is somebody else's than the sender's, or of another time."""
    sender = comparable(mail.sender.address) if mail.sender else ""
    named = sender in map(address_in, judged.uids)
    if sender and not named:  # gpg names one user id of several
        held = keyring.all_keys()
        named = any(sender in map(address_in, key.uids) for key in held if key.fingerprint == judged.signer)
    return (*(() if named else (STRANGER,)), *time_defects(judged.signed, mail))


class _Opener:
    """Counts what one mail may cost: bytes decrypted, and runs of the keyring."""

    def __init__(self, keyring: Keyring, limits: Limits) -> None:
        self._keyring = keyring
        self._limits = limits
        self._bytes = limits.decrypted_bytes
        self._runs = _RUNS
        self.tried = False
        self.failure: str | None = None

    def open(self, parsed: ParsedMail, depth: int) -> Layer:
        layer = Layer(clear=parsed.text)
        inline = any(part.inline for part in parsed.pgp)
        files = {part: file for file in parsed.attachments for part in _pgp_in(file)} if inline else {}
        opened: dict[PgpPart, str] = {}  # with what stands in its place in the text
        for part in sorted(parsed.pgp, key=lambda part: part.inline):
            if part.kind is PgpKind.PUBLIC_KEY:
                layer.keys.append(part.payload)
            elif not self._may_run():
                self._refuse(layer, f"limit: more than {_RUNS} pieces of OpenPGP data")
                break
            elif part.kind is PgpKind.ENCRYPTED:
                file = files.get(part)
                shown = self._decrypt(part, file, layer, depth, alone=_is_alone(part, file, parsed))
                opened |= {} if shown is None else {part: shown}
            else:
                opened |= self._check(part, layer, depth)
        if layer.whole:
            layer.crypto += [OUTSIDE] if layer.signed else []
            layer.signed = layer.within
        layer.clear = without_armor(parsed.text, {part.payload: shown for part, shown in opened.items()})
        layer.attachments[:0] = _others(parsed, files, opened)
        return layer

    def _may_run(self) -> bool:
        self._runs -= 1
        return self._runs >= 0

    def _refuse(self, layer: Layer, why: str) -> None:
        layer.crypto.append(why)
        self.failure = self.failure or "too_large"

    def _decrypt(
        self, part: PgpPart, file: Attachment | None, layer: Layer, depth: int, *, alone: bool = False
    ) -> str | None:
        """Put what `part` holds into `layer`; what is left in its place in the text, None if it stays closed."""
        if depth >= _DEPTH:
            self.tried = True
            self._refuse(layer, f"limit: encrypted more than {_DEPTH} times over")
            return None
        opened = self._keyring.decrypt(part.payload, self._bytes)
        if opened.plaintext is None:
            if opened.failure == "not_encrypted" and part.inline and not file:
                return self._signed_message(part, layer)
            self._closed(part, opened, layer)
            return None
        self.tried = True
        self._bytes -= len(opened.plaintext)
        if opened.key and opened.key != self._keyring.own:
            layer.crypto.append(FORMER_KEY)
        if part.quoted:
            layer.quoted.append(charset.decode(opened.plaintext, part.charset or None)[0].strip("\n"))
        elif not part.inline or self._is_entity(opened.plaintext):
            self._open_entity(part, opened, layer, depth, alone)
        elif file:
            layer.add_file(file, opened.plaintext)
        else:
            text = charset.decode(opened.plaintext, part.charset or None)[0].strip("\n")
            layer.secret.append(text)
            if opened.verdicts:
                layer.signed.append(Signed(opened.plaintext, opened.verdicts, text))
        return ""

    def _closed(self, part: PgpPart, opened: Decrypted, layer: Layer) -> None:
        """A quoted block that stays closed is no failure: it was written for somebody else."""
        if opened.failure == "timeout":
            self._runs = 0
        if not part.quoted:
            self.tried = True
            self.failure = self.failure or opened.failure
            ids = ", ".join(opened.asked_for[:_NAMED_KEYS]) if opened.failure == "no_secret_key" else ""
            layer.crypto.append(FAILURES[opened.failure or "damaged"] + (f": {ids}" if ids else ""))

    def _signed_message(self, part: PgpPart, layer: Layer) -> str | None:
        """A message that is signed but not encrypted, although its armor looks the same."""
        content, verdicts = self._keyring.verify_clearsigned(part.payload, self._bytes)
        if not verdicts:
            self._closed(part, Decrypted(None, "not_encrypted"), layer)
            return None
        self._bytes -= len(content)
        text = charset.decode(content, part.charset or None)[0].strip("\n")
        layer.signed += [] if part.quoted else [Signed(content, verdicts, text)]
        return text

    def _is_entity(self, plaintext: bytes) -> bool:
        """Whether it begins with MIME headers: PGP/MIME that lost its wrapping on the way."""
        head, defects = mime.read_head(plaintext[: self._limits.header_bytes], self._limits)
        return bool(head.header("content-type")) and not defects

    def _open_entity(self, part: PgpPart, opened: Decrypted, layer: Layer, depth: int, alone: bool) -> None:
        content = opened.plaintext or b""
        limits = replace(self._limits, mail_bytes=max(self._limits.mail_bytes, self._limits.decrypted_bytes))
        parsed, root = parse_with_tree(RawMail(content, "decrypted"), limits)
        inner = self.open(parsed, depth + 1)
        inner.defects += [defect for defect in parsed.defects if defect not in _OF_WHOLE_MAILS]
        if alone and (protected.is_declared(root) or not root.header("from")):  # else a mail that was passed on
            part = replace(part, inline=False, root=True)
        if opened.verdicts:
            inner.signed.insert(0, Signed(content, opened.verdicts, first_text(root), root, whole=True))
        if part.inline:  # a forwarded mail or a file: its signatures are not this mail's
            inner.signed = []
        elif part.root:
            entities = [inner.payload, *(signed.payload for signed in inner.signed), root]
            layer.payload = next((found for found in entities if found and protected.is_declared(found)), None)
            if layer.payload:
                inner.without_repeats(tuple(protected.legacy_displays(layer.payload)))
        else:
            inner.signed = [replace(signed, payload=None, whole=False) for signed in inner.signed]
        layer.whole = layer.whole or not part.inline
        layer.take(inner)

    def _check(self, part: PgpPart, layer: Layer, depth: int) -> dict[PgpPart, str]:
        """Judge what is signed. Of signed text that holds ciphertext the signature says nothing of what is read."""
        signed = self._signed(part)
        inner = armor.in_text(signed.content).parts if part.kind is PgpKind.CLEARSIGNED else ()
        opened: dict[PgpPart, str] = {}
        for found in inner:
            if found.kind is PgpKind.ENCRYPTED and self._may_run():
                shown = self._decrypt(found, None, layer, depth)
                opened |= {} if shown is None else {found: shown}
        if opened:
            layer.crypto.append(OUTSIDE)
        else:
            layer.signed.append(signed)
        return opened

    def _signed(self, part: PgpPart) -> Signed:
        """The signed content in the first form in which no signature is bad; if there is none, as it came."""
        clear = part.kind is PgpKind.CLEARSIGNED
        tries: list[Signed] = []
        for payload, label in _clear_forms(part) if clear else _detached_forms(part):
            if not tries or self._may_run():
                tries.append(self._signed_clear(payload, label) if clear else self._signed_entity(part, payload))
                if not tries[-1].is_bad:
                    return tries[-1]
        return tries[0]

    def _signed_clear(self, block: bytes, label: str) -> Signed:
        content, verdicts = self._keyring.verify_clearsigned(block, self._bytes)
        return Signed(content, verdicts, charset.decode(content, label or None)[0].strip("\n"))

    def _signed_entity(self, part: PgpPart, payload: bytes) -> Signed:
        root = entity(payload, self._limits)
        verdicts = self._keyring.verify(payload, part.signature)
        return Signed(payload, verdicts, first_text(root), root if part.root else None, whole=part.root)


def _detached_forms(part: PgpPart) -> Iterator[tuple[bytes, str]]:
    """As it came, and with the line ends that RFC 3156 has signed: a mail may have been stored with others."""
    canonical = pgpmime.canonical(part.payload)
    yield part.payload, ""
    if canonical != part.payload:
        yield canonical, ""


def _clear_forms(part: PgpPart) -> Iterator[tuple[bytes, str]]:
    """As it came, with the spaces undone that format=flowed adds to lines, and in the charset it was written in."""
    yield part.payload, part.charset
    unstuffed = _STUFFED.sub(b"", part.payload)
    if unstuffed != part.payload:
        yield unstuffed, part.charset
    if not part.payload.isascii() or b"\x1b" in part.payload:
        written = charset.decode(part.payload, part.charset or None)[0].encode()
        if written != part.payload.replace(b"\r\n", b"\n"):
            yield written, "utf-8"


def _pgp_in(attachment: Attachment) -> tuple[PgpPart, ...]:
    return armor.in_file(attachment.filename, attachment.media_type, attachment.content).parts


def _is_alone(part: PgpPart, file: Attachment | None, parsed: ParsedMail) -> bool:
    """Whether this is PGP/MIME for all that is left of it: the mail holds nothing but this one ciphertext."""
    if not part.inline or part.quoted or sum(p.kind is PgpKind.ENCRYPTED for p in parsed.pgp) > 1:
        return False
    empty = (b"", b"Version: 1")
    files = any(other is not file and other.content.strip() not in empty for other in parsed.attachments)
    return not files and not without_armor(parsed.text, {part.payload: ""}).strip()


def _others(parsed: ParsedMail, files: dict[PgpPart, Attachment], opened: Container[PgpPart]) -> Iterator[Attachment]:
    """The attachments that are not ciphertext which was opened."""
    for attachment in parsed.attachments:
        held = [part for part, owner in files.items() if owner is attachment and part.kind is PgpKind.ENCRYPTED]
        if not held or not all(part in opened for part in held):
            yield attachment


def _once(*defects: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(defects))
