"""Opens a mail: decrypts what is encrypted, checks what is signed, and says which text came from where.

Decrypted text and text that came in clear are never joined as if they were one (EFAIL): the decrypted text stands
first, the rest below a line that says so. A signature counts only for the content that is read: one over ciphertext,
over an attachment or inside a forwarded mail says nothing about the mail.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from mailbot.core import armor, charset, mime
from mailbot.core.limits import Limits
from mailbot.core.messages import Attachment, Crypto, Decrypted, OpenedMail, ParsedMail, PgpKind, PgpPart, RawMail
from mailbot.core.parse import parse
from mailbot.core.quoting import new_text
from mailbot.core.signatures import Signed, entity, first_text, judge, protected_subject
from mailbot.ports import Keyring

NOT_ENCRYPTED = "[the following was not encrypted]"

_DEPTH = 3  # encryption inside encryption
_RUNS = 20  # of the keyring for one mail
_SUFFIX = re.compile(r"\.(asc|pgp|gpg)\Z", re.IGNORECASE)
_MESSAGE = ("-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----")
_CLEARSIGNED = ("-----BEGIN PGP SIGNED MESSAGE-----", "-----END PGP SIGNATURE-----")
_SIGNED_LINES = re.compile(r"[^\n]*\n(?:[A-Za-z]+:[^\n]*\n)*[ \t]*\n(.*)^-----BEGIN PGP SIGNATURE-----", re.M | re.S)
_OF_WHOLE_MAILS = ("no From address", "no Date", "no headers", "empty mail")
_MAX_KEY = 200_000


@dataclass
class _Layer:
    """What one mail, or one decrypted entity, turned out to hold."""

    secret: list[str] = field(default_factory=list)  # decrypted texts, in order
    clear: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    signed: list[Signed] = field(default_factory=list)
    within: list[Signed] = field(default_factory=list)  # the same, inside the encryption
    keys: list[bytes] = field(default_factory=list)
    subject: str | None = None
    whole: bool = False  # the content was one PGP/MIME ciphertext, and it was decrypted
    defects: list[str] = field(default_factory=list)  # of decrypted content
    crypto: list[str] = field(default_factory=list)  # defects of the cryptography

    @property
    def text(self) -> str:
        secret, clear = "\n\n".join(text for text in self.secret if text.strip()), self.clear.strip("\n")
        if secret and clear.strip():
            return f"{secret}\n\n{NOT_ENCRYPTED}\n{clear}"
        return secret or clear

    def take(self, inner: "_Layer") -> None:
        """Add what an entity inside the encryption holds."""
        self.secret += [*inner.secret, inner.clear]
        self.within += inner.signed
        self.attachments += inner.attachments
        self.keys += inner.keys
        self.defects += inner.defects
        self.crypto += inner.crypto


def open_mail(parsed: ParsedMail, keyring: Keyring, limits: Limits) -> OpenedMail:
    """The mail with everything decrypted that can be, and one verdict over its signatures."""
    opener = _Opener(keyring, limits)
    layer = opener.open(parsed, 0)
    judged = judge(tuple(layer.signed))
    text = layer.text.strip("\n")
    partly = judged.signed is not None and "".join(judged.signed.text.split()) != "".join(text.split())
    subject = layer.subject or (judged.signed.subject if judged.signed else None) or parsed.subject
    autocrypt = _autocrypt_key(parsed)
    crypto = Crypto(
        encrypted=opener.tried,
        signature=judged.signature,
        signer=judged.signer,
        failure=opener.failure,
        defects=_once(
            *layer.crypto, *judged.defects, *(["signature covers only a part of the text"] if partly else [])
        ),
    )
    return OpenedMail(
        mail=parsed,
        subject=subject,
        text=text,
        new_text=new_text(text),
        attachments=tuple(layer.attachments),
        crypto=crypto,
        signed=judged.signed,
        keys=tuple(dict.fromkeys((*layer.keys, *([autocrypt] if autocrypt else [])))),
        defects=_once(*parsed.defects, *layer.defects),
    )


class _Opener:
    """Counts what one mail may cost: bytes decrypted, and runs of the keyring."""

    def __init__(self, keyring: Keyring, limits: Limits) -> None:
        self._keyring = keyring
        self._limits = limits
        self._bytes = limits.decrypted_bytes
        self._runs = _RUNS
        self.tried = False
        self.failure: str | None = None

    def open(self, parsed: ParsedMail, depth: int) -> _Layer:
        layer = _Layer(clear=parsed.text)
        files = {part: attachment for attachment in parsed.attachments for part in _pgp_in(attachment)}
        opened: set[PgpPart] = set()
        for part in sorted(parsed.pgp, key=lambda part: part.inline):
            if part.kind is PgpKind.PUBLIC_KEY:
                layer.keys.append(part.payload)
            elif not self._may_run():
                layer.crypto.append(f"limit: more than {_RUNS} pieces of OpenPGP data")
                self.failure = self.failure or "too_large"
                break
            elif part.kind is PgpKind.ENCRYPTED:
                opened |= {part} if self._decrypt(part, files.get(part), layer, depth) else set()
            else:
                layer.signed.append(self._signed(part))
        if layer.whole:
            layer.crypto += ["signature outside of the encryption does not count"] if layer.signed else []
            layer.signed = layer.within
        layer.clear = _without(parsed.text, {part.payload for part in opened})
        layer.attachments[:0] = _others(parsed, files, opened)
        return layer

    def _may_run(self) -> bool:
        self._runs -= 1
        return self._runs >= 0

    def _decrypt(self, part: PgpPart, file: Attachment | None, layer: _Layer, depth: int) -> bool:
        """Put what `part` holds into `layer`; whether it could be decrypted."""
        self.tried = True
        if depth >= _DEPTH:
            layer.crypto.append(f"limit: encrypted more than {_DEPTH} times over")
            self.failure = self.failure or "too_large"
            return False
        opened = self._keyring.decrypt(part.payload, self._bytes)
        if opened.plaintext is None:
            self.failure = self.failure or opened.failure
            return False
        self._bytes -= len(opened.plaintext)
        if not part.inline or self._is_entity(opened.plaintext):
            self._open_entity(part, opened, layer, depth)
        elif file:
            _add_file(file, opened.plaintext, layer)
        else:
            text = charset.decode(opened.plaintext, None)[0].strip("\n")
            layer.secret.append(text)
            if opened.verdicts:
                layer.signed.append(Signed(opened.plaintext, opened.verdicts, text))
        return True

    def _is_entity(self, plaintext: bytes) -> bool:
        """Whether it begins with MIME headers: PGP/MIME that lost its wrapping on the way."""
        head, defects = mime.read_head(plaintext[: self._limits.header_bytes], self._limits)
        return bool(head.header("content-type")) and not defects

    def _open_entity(self, part: PgpPart, opened: Decrypted, layer: _Layer, depth: int) -> None:
        content = opened.plaintext or b""
        limits = replace(self._limits, mail_bytes=max(self._limits.mail_bytes, self._limits.decrypted_bytes))
        parsed = parse(RawMail(content, "decrypted"), limits)
        inner = self.open(parsed, depth + 1)
        inner.defects += [defect for defect in parsed.defects if defect not in _OF_WHOLE_MAILS]
        root = entity(content, limits)
        if part.inline:  # a forwarded mail or a file: neither its subject nor its signatures are this mail's
            inner.signed = []
        else:
            if opened.verdicts:
                inner.signed.insert(0, Signed(content, opened.verdicts, first_text(root), protected_subject(root)))
            layer.subject = inner.subject or _subject_of(inner.signed) or protected_subject(root)
            layer.whole = True
        layer.take(inner)

    def _signed(self, part: PgpPart) -> Signed:
        if part.kind is PgpKind.CLEARSIGNED:
            content, verdicts = self._keyring.verify_clearsigned(part.payload, self._limits.decrypted_bytes)
            return Signed(content, verdicts, charset.decode(content, None)[0].strip("\n"))
        root = entity(part.payload, self._limits)
        verdicts = self._keyring.verify(part.payload, part.signature)
        return Signed(part.payload, verdicts, first_text(root), protected_subject(root))


def _subject_of(signed: list[Signed]) -> str | None:
    """The protected subject of a signed entity inside the encryption, which alone protects it already."""
    return next((found.subject for found in signed if found.subject), None)


def _pgp_in(attachment: Attachment) -> tuple[PgpPart, ...]:
    return armor.in_file(attachment.filename, attachment.media_type, attachment.content).parts


def _others(parsed: ParsedMail, files: dict[PgpPart, Attachment], opened: set[PgpPart]) -> Iterator[Attachment]:
    """The attachments that are no keys and no ciphertext that was opened."""
    settled = opened | {part for part in parsed.pgp if part.kind is PgpKind.PUBLIC_KEY}
    for attachment in parsed.attachments:
        if not any(part in settled for part, owner in files.items() if owner is attachment):
            yield attachment


def _add_file(file: Attachment, content: bytes, layer: _Layer) -> None:
    """A decrypted file under its own name; or as the text of a mail that has no other."""
    text = charset.decode(content, None)[0]
    is_text = b"\0" not in content and "\ufffd" not in text
    if is_text and not layer.text.strip():
        layer.secret.append(text.strip("\n"))
        return
    name = _SUFFIX.sub("", file.filename) or "decrypted"
    layer.attachments.append(Attachment(name, "text/plain" if is_text else "application/octet-stream", content))


def _without(text: str, opened: set[bytes]) -> str:
    """What is left in clear: without the blocks that were decrypted and the armor around signed text."""
    rest = _rewritten(text, _MESSAGE, lambda block: "" if armor.tidy(block.encode()) in opened else block)
    return _rewritten(rest, _CLEARSIGNED, _unwrapped)


def _rewritten(text: str, marks: tuple[str, str], change: Callable[[str], str]) -> str:
    """`text` with every armored block that begins a line changed; in one pass, however many beginnings there are."""
    begin, end = marks
    done: list[str] = []
    position = searched = 0
    while (start := text.find(begin, searched)) >= 0 and (stop := text.find(end, start)) >= 0:
        searched = start + len(begin)
        line = text.rfind("\n", position, start) + 1 or position
        if text[line:start].strip():  # quoted, or in the middle of a sentence
            continue
        done += [text[position:line], change(text[start : stop + len(end)])]
        position = searched = stop + len(end)
    return "".join(done) + text[position:]


def _unwrapped(block: str) -> str:
    found = _SIGNED_LINES.match(block)
    return re.sub(r"(?m)^- ", "", found[1]).strip("\n") if found else block


def _autocrypt_key(parsed: ParsedMail) -> bytes | None:
    """The key in the Autocrypt header, if it is the sender's (Autocrypt 1.1, section 2.1)."""
    fields = dict(part.strip().partition("=")[::2] for part in (parsed.header("Autocrypt") or "").split(";"))
    if parsed.sender is None or fields.get("addr", "").strip().lower() != parsed.sender.address.lower():
        return None
    try:
        key = b64decode("".join(fields.get("keydata", "").split()), validate=True)
    except (Base64Error, ValueError):
        return None
    return key if 0 < len(key) <= _MAX_KEY else None


def _once(*defects: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(defects))
