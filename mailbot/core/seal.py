"""Makes a mail for the wire out of a checked draft: signed always, encrypted when there is a key.

The mail is built from the draft alone, never from anything received. Its shape (RFC 3156, RFC 9788):

    multipart/signed                              multipart/encrypted
      payload with copies of the headers    or      version
      signature                                     ciphertext of that payload, its signature inside (RFC 3156 6.2)

The payload is fixed as bytes before it is signed, so nothing is serialised twice. Boundaries come from the
Message-ID: a mail that is sent again after a crash has the same structure.
"""

import re
from datetime import datetime
from email.header import Header
from email.headerregistry import HeaderRegistry
from email.message import MIMEPart
from email.policy import SMTP
from email.utils import format_datetime, quote
from functools import lru_cache
from hashlib import sha256

from mailbot.core.messages import STAMP_OF_SEAL, Address, Attachment, CheckedDraft, Draft, SealedMail
from mailbot.errors import PermanentError
from mailbot.ports import Keyring


class _Registry(HeaderRegistry):
    """The library's, which makes a class for each header and reads each value: here once for those of all mails."""

    __getitem__ = lru_cache(64)(HeaderRegistry.__getitem__)
    __call__ = lru_cache(256)(HeaderRegistry.__call__)


_LINE = 76  # RFC 2045 6.7 and RFC 2047 2
_POLICY = SMTP.clone(max_line_length=_LINE, cte_type="7bit", header_factory=_Registry())
_REFERENCES = 20
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDR_SPEC = re.compile(rf"(?=[^@]{{1,64}}@)(?:{_ATOM}(?:\.{_ATOM})*|\"[!#-\[\]-~]+\")@{_LABEL}(?:\.{_LABEL})*")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,240}@[!-;=?-~]{1,240}>")
_MEDIA_TYPE = re.compile(r"(?!multipart/|message/)[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
_CASE_TAG = re.compile(r"\[[!-Z\\^-~]{1,60}\]")
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_FROM = re.compile(r"^From ", re.MULTILINE)
_ANY_BOUNDARY = "=_" + 32 * "0"  # as long as each, and a header is folded by its length
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

Headers = tuple[tuple[str, str], ...]  # name and value, encoded and folded


def seal(
    checked: CheckedDraft,
    *,
    date: datetime,
    sender: Address,
    keyring: Keyring,
    recipient_key: str | None,
) -> SealedMail:
    """The mail as bytes with CRLF. `date` is aware, `recipient_key` the recipient's fingerprint.

    Raises TypeError for a draft that was not checked; PermanentError for an address that is none, a key that cannot be
    used, or a draft that must be encrypted and has no key; TransientError if the desk's key cannot sign now.
    """
    if type(checked) is not CheckedDraft:
        raise TypeError("only a CheckedDraft can be sealed")
    mail, message_id = checked.draft, checked.message_id
    if mail.must_encrypt and recipient_key is None:
        raise PermanentError(f"no key for {_addr_spec(mail.to.address)}: this mail must not go out in plain")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise PermanentError("the Message-ID of an outbox item has a wrong form")
    inner = _headers(mail, mail.subject, message_id, date, sender)
    outer = _headers(mail, _outer_subject(mail) if recipient_key else mail.subject, message_id, date, sender)
    payload = _payload(mail, message_id, keyring, inner, outer if recipient_key else None)
    if recipient_key:
        entity = _encrypted(keyring.sign_and_encrypt(payload, (recipient_key,)), message_id)
    else:
        entity = _signed(payload, message_id, keyring)
    return SealedMail(
        message_id=message_id,
        sender=_addr_spec(sender.address),
        to=_addr_spec(mail.to.address),
        content=_block((*outer, ("MIME-Version", "1.0"))) + entity,
        encrypted_to=(recipient_key,) if recipient_key else (),
        stamp=STAMP_OF_SEAL,
    )


def _outer_subject(mail: Draft) -> str:
    """What the network may see: the case tag only, if the mail must not be read by others."""
    tag = _CASE_TAG.match(mail.subject)
    return f"{tag[0] if tag else ''} ...".strip() if mail.must_encrypt else mail.subject


def _headers(mail: Draft, subject: str, message_id: str, date: datetime, sender: Address) -> Headers:
    references = [found for found in mail.references if _MESSAGE_ID.fullmatch(found)]
    if len(references) > _REFERENCES:  # RFC 5537 3.4.4: the first and the newest are kept
        references = [references[0], *references[1 - _REFERENCES :]]
    answered = mail.in_reply_to if mail.in_reply_to and _MESSAGE_ID.fullmatch(mail.in_reply_to) else ""
    fields = (
        ("From", _mailbox("From", sender)),
        ("To", _mailbox("To", mail.to)),
        ("Subject", _subject(_one_line(subject))),
        ("Date", format_datetime(date)),
        ("Message-ID", message_id),
        ("Reply-To", _addr_spec(mail.reply_to) if mail.reply_to else ""),
        ("In-Reply-To", answered),
        ("References", "\r\n ".join(references)),
        ("Auto-Submitted", _one_line(mail.auto_submitted)),
    )
    return tuple((name, value) for name, value in fields if value)


def _addr_spec(address: str) -> str:
    """The address itself, if nothing but an address is in it."""
    if len(address) > 254 or not _ADDR_SPEC.fullmatch(address):
        raise PermanentError(f"not an address that can be written to: {_one_line(address)[:80]!r}")
    return address


def _mailbox(header: str, address: Address) -> str:
    name, spec = _one_line(address.name), _addr_spec(address.address)
    if not name:
        return spec
    shown = f'"{quote(name)}"' if _is_plain(name) and len(name) <= 40 else _encoded(header, name)
    return f"{shown}\r\n <{spec}>" if len(shown) + len(spec) > 60 else f"{shown} <{spec}>"


def _subject(text: str) -> str:
    """The subject folded; the case tag in front stays readable in the raw mail."""
    tag = _CASE_TAG.match(text)
    rest = text[tag.end() :].strip() if tag else text
    if not tag or not rest:
        return _encoded("Subject", text)
    header = Header(tag[0], "us-ascii", maxlinelen=_LINE, header_name="Subject")
    header.append(rest, "us-ascii" if _is_plain(rest) else "utf-8")
    return header.encode(linesep="\r\n")


def _encoded(header: str, text: str) -> str:
    charset = "us-ascii" if _is_plain(text) and header == "Subject" else "utf-8"
    return Header(text, charset, maxlinelen=_LINE, header_name=header).encode(linesep="\r\n")


def _is_plain(text: str) -> bool:
    """Whether it can stand in a header as it is: ASCII, short words, nothing that reads as an encoded word."""
    return text.isascii() and "=?" not in text and max(map(len, text.split(" "))) < 60


def _one_line(text: str) -> str:
    """`text` with every run of control characters, line separators and direction marks as one space."""
    return _BREAKS.sub(" ", text.encode("utf-8", "replace").decode()).strip()


def _block(headers: Headers) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("ascii")


def _boundary(message_id: str, level: str) -> str:
    """RFC 2045 6.7 names "=_" as what can stand in no encoded text."""
    return "=_" + sha256(f"{level} {message_id}".encode()).hexdigest()[:32]


def _payload(mail: Draft, message_id: str, keyring: Keyring, inner: Headers, outer: Headers | None) -> bytes:
    """Text and attachments with copies of the headers; `outer` are the headers outside of the encryption, if any."""
    words = MIMEPart(_POLICY)
    text = _CONTROLS.sub("", mail.body.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n"))
    words.set_content(text.rstrip("\n") + "\n", charset="utf-8", cte=_transfer_encoding(text))
    files = [_file(attachment) for attachment in mail.attachments]
    if mail.template.rpartition("/")[2] == "receipt":
        files.append(_key_file(keyring.own, keyring.export(keyring.own)))
    # RFC 9788 2.1; older mailers know the parameter of its draft.
    protected = f'protected-headers="v1"; hp="{"cipher" if outer else "clear"}"'
    seen = tuple(("HP-Outer", f"{name}:\r\n {value}") for name, value in outer or ())
    headers = _block((*inner, *seen))
    if not files:
        return headers + _entity(words, protected)
    boundary = _boundary(message_id, "mixed")
    kind = _folded("Content-Type", f'multipart/mixed; boundary="{_ANY_BOUNDARY}"; {protected}')
    return headers + _joined(kind.replace(_ANY_BOUNDARY.encode(), boundary.encode()), boundary, _entity(words), *files)


def _transfer_encoding(text: str) -> str:
    """Both leave no blank at a line's end; only base64 also leaves no "From " at its start (RFC 3156 5)."""
    foreign = len(text) - len(text.encode("ascii", "ignore"))
    return "base64" if foreign * 10 > len(text) or _FROM.search(text) else "quoted-printable"


def _entity(part: MIMEPart, protected: str = "") -> bytes:
    """Headers and content as the library has them, `protected` among the parameters of the content's type."""
    values = ((name, str(value)) for name, value in part.items())
    headers = (
        _folded(name, f"{value}; {protected}" if protected and name == "Content-Type" else value)
        for name, value in values
    )
    return b"".join((*headers, b"\r\n", _crlf(str(part.get_payload()).encode("ascii"))))


@lru_cache(256)
def _folded(name: str, value: str) -> bytes:
    """A header as the library writes it, which takes its time: most mails have the same ones."""
    return _POLICY.fold_binary(name, _POLICY.header_store_parse(name, value)[1])


@lru_cache(2)
def _key_file(fingerprint: str, key: bytes) -> bytes:
    return _file(Attachment(f"OpenPGP_0x{fingerprint[-16:]}.asc", "application/pgp-keys", key))


def _file(attachment: Attachment) -> bytes:
    media_type = attachment.media_type.lower()
    if not _MEDIA_TYPE.fullmatch(media_type):
        media_type = "application/octet-stream"
    main, _, sub = media_type.partition("/")
    name = _one_line(attachment.filename)[:120] or "attachment"
    charset = {"charset": "utf-8"} if main == "text" else None  # all text of ours
    part = MIMEPart(_POLICY)
    part.set_content(attachment.content, main, sub, filename=name, params=charset)
    return _entity(part)


def _signed(payload: bytes, message_id: str, keyring: Keyring) -> bytes:
    signature, micalg = keyring.sign(payload)
    headers = (
        ("Content-Type", 'application/pgp-signature; name="signature.asc"'),
        ("Content-Description", "OpenPGP digital signature"),
        ("Content-Disposition", 'attachment; filename="signature.asc"'),
    )
    kind = f'multipart/signed; micalg={micalg};\r\n protocol="application/pgp-signature"'
    return _multipart(kind, _boundary(message_id, "signed"), payload, _block(headers) + b"\r\n" + _crlf(signature))


def _encrypted(ciphertext: bytes, message_id: str) -> bytes:
    version = (
        ("Content-Type", "application/pgp-encrypted"),
        ("Content-Description", "PGP/MIME version identification"),
    )
    message = (
        ("Content-Type", 'application/octet-stream; name="encrypted.asc"'),
        ("Content-Description", "OpenPGP encrypted message"),
        ("Content-Disposition", 'inline; filename="encrypted.asc"'),
    )
    return _multipart(
        'multipart/encrypted;\r\n protocol="application/pgp-encrypted"',
        _boundary(message_id, "encrypted"),
        _block(version) + b"\r\nVersion: 1\r\n",
        _block(message) + b"\r\n" + _crlf(ciphertext),
    )


def _multipart(kind: str, boundary: str, *parts: bytes) -> bytes:
    return _joined(_block((("Content-Type", f'{kind};\r\n boundary="{boundary}"'),)), boundary, *parts)


def _joined(kind: bytes, boundary: str, *parts: bytes) -> bytes:
    delimiter = b"--" + boundary.encode()
    body = b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts)
    return kind + b"\r\n" + body + delimiter + b"--\r\n"


def _crlf(armor: bytes) -> bytes:
    return armor.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
