"""What a person would read in the parts of a mail, which files come with it, and what OpenPGP data it holds."""

from dataclasses import dataclass, field, replace

from mailbot.core import armor, charset, filenames, flowed, htmltext, pgpmime
from mailbot.core.messages import Attachment, PgpKind, PgpPart
from mailbot.core.mime import Part

FORWARDED = "---------- Forwarded message ----------"

_READABLE = ("text/plain", "text/html", "text/markdown", "text/enriched", "text/richtext")
_MESSAGES = ("message/rfc822", "message/global")
_COMPARED = 50_000  # characters of text and of HTML that are compared
_TELLING = 80  # three-letter runs that only the HTML has, before we speak of a difference


@dataclass
class Contents:
    """What has been found so far, in the order of the mail."""

    attachments: list[Attachment] = field(default_factory=list)
    pgp: list[PgpPart] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)

    def add(self, other: "Contents") -> None:
        """Everything of `other`, after what is already here."""
        self.attachments += other.attachments
        self.pgp += other.pgp
        self.defects += other.defects


def read(top: Part) -> tuple[str, Contents]:
    """The text of a whole mail, and everything else in it."""
    contents = Contents()
    text = _text(top, contents, top=True)
    if len(contents.pgp) > armor.LIMIT:
        contents.pgp = contents.pgp[: armor.LIMIT]
        contents.defects.append(f"limit: more than {armor.LIMIT} pieces of OpenPGP data")
    numbered = [
        attachment
        if attachment.filename
        else replace(attachment, filename=filenames.default_name(n, attachment.media_type))
        for n, attachment in enumerate(contents.attachments, 1)
    ]
    contents.attachments = numbered
    return text.strip("\n"), contents


def _text(part: Part, contents: Contents, top: bool = False) -> str:
    if pgpmime.is_encrypted(part):
        return _encrypted(part, contents, top)
    if not part.children:
        return _leaf(part, contents, top)
    if part.media_type == "multipart/signed":
        return _signed(part, contents, top)
    if part.media_type == "multipart/alternative":
        return _alternative(part, contents)
    if part.media_type == "multipart/report":
        return _report(part, contents)
    if part.media_type in _MESSAGES:
        return _forwarded(part, contents)
    return _joined([_text(child, contents) for child in part.children])


def _joined(texts: list[str]) -> str:
    return "\n\n".join(text.strip("\n") for text in texts if text.strip())


def _encrypted(part: Part, contents: Contents, top: bool) -> str:
    found = pgpmime.encrypted(part)
    if found is None:
        contents.defects.append("encrypted part missing")
        return _joined([_text(child, contents) for child in part.children]) or _leaf(part, contents, top)
    if not top:
        # Text around ciphertext may be an attempt to have its plaintext sent on (EFAIL).
        contents.defects.append("encrypted part is not the whole mail")
    contents.pgp.append(found)
    return ""


def _signed(part: Part, contents: Contents, top: bool) -> str:
    if not pgpmime.is_signed(part):
        return _joined([_text(child, contents, top and n == 0) for n, child in enumerate(part.children)])
    found = pgpmime.signed(part)
    if found is None:
        contents.defects.append("signature part missing")
    else:
        contents.pgp.append(found)
        if not top:
            contents.defects.append("signed part is not the whole mail")
    others = part.children[1:] if found is None else part.children[2:]
    return _joined([_text(part.children[0], contents, top), *(_text(child, contents) for child in others)])


def _alternative(part: Part, contents: Contents) -> str:
    """The plain text unless it is empty; every alternative's files, but only the chosen one's inline OpenPGP data."""
    read_parts = []
    for child in part.children:
        inner = Contents()
        read_parts.append((child, _text(child, inner), inner))
    plain = [entry for entry in read_parts if entry[0].media_type == "text/plain" and entry[1].strip()]
    written = [entry for entry in read_parts if entry[1].strip()]
    chosen = next(iter(plain or written), None)
    for entry in read_parts:
        _, text, inner = entry
        if entry is not chosen:
            inner.pgp = [found for found in inner.pgp if not found.inline]
            if chosen and _says_more(text, chosen[1]):
                inner.defects.append("text and HTML differ")
        contents.add(inner)
    return chosen[1] if chosen else ""


def _report(part: Part, contents: Contents) -> str:
    """Of a report (RFC 6522) the first part is for people; the others stay files, whatever their type."""
    text = _text(part.children[0], contents)
    for child in part.children[1:]:
        _attach(child, contents, child.body if child.media_type in _MESSAGES else None)
    return text


def _forwarded(part: Part, contents: Contents) -> str:
    message = part.children[0]
    inner = Contents()
    _attach(part, contents, message.raw, "forwarded.eml")
    text = _text(message, inner)
    # A signature inside a forwarded mail says nothing about who sent this one.
    kept = [found for found in inner.pgp if found.kind in (PgpKind.ENCRYPTED, PgpKind.PUBLIC_KEY)]
    inner.pgp = [replace(found, inline=True) for found in kept]
    contents.add(inner)
    head = [(name, charset.header_text(message.header(name.lower()))[0]) for name in ("From", "Subject", "Date")]
    return "\n".join([FORWARDED, *(f"{name}: {value}" for name, value in head if value), "", text.strip("\n")])


def _leaf(part: Part, contents: Contents, top: bool = False) -> str:
    readable = part.media_type in _READABLE or part.media_type.startswith("multipart/")
    readable = readable or (top and part.media_type.startswith("text/"))
    if not readable or part.disposition == "attachment":
        if part.media_type not in (pgpmime.VERSION, pgpmime.SIGNATURE):
            _attach(part, contents)
        return ""
    if filenames.given_name(part):
        _attach(part, contents, look_inside=False)
    data, defects = part.content()
    text, repairs = charset.decode(data, part.parameters.get("charset", b"").decode("latin-1"))
    contents.defects += [*defects, *repairs]
    return _html(text, contents) if part.media_type == "text/html" else _plain(part, data, text, contents)


def _plain(part: Part, data: bytes, text: str, contents: Contents) -> str:
    # Signatures cover the bytes as they came; UTF-16 has no armor in its bytes.
    found = armor.in_text(data if b"-----BEGIN PGP " in data else text.encode())
    contents.pgp += found.parts
    contents.defects += found.defects
    if part.parameters.get("format", b"").lower() == b"flowed" and not found.parts:
        return flowed.unwrap(text, part.parameters.get("delsp", b"").lower() == b"yes")
    return text


def _html(source: str, contents: Contents) -> str:
    text, defects = htmltext.html_text(source)
    found = armor.in_text(text.encode())
    contents.defects += [*defects, *found.defects]
    for piece in found.parts:
        if piece.kind is PgpKind.CLEARSIGNED:
            contents.defects.append("signed text in HTML cannot be checked")
        else:
            contents.pgp.append(piece)
    return text


def _attach(
    part: Part, contents: Contents, content: bytes | None = None, name: str = "", look_inside: bool = True
) -> None:
    defects: tuple[str, ...] = ()
    if content is None:
        content, defects = part.content()
    filename = filenames.given_name(part) or name
    contents.attachments.append(Attachment(filename, part.media_type, content))
    contents.defects += defects
    if part.media_type == "application/ms-tnef":
        contents.defects.append("winmail.dat was not read")
    if look_inside:
        found = armor.in_file(filename, part.media_type, content)
        contents.pgp += found.parts
        contents.defects += found.defects


def _says_more(rich: str, plain: str) -> bool:
    """Whether `rich` says much that `plain` does not: by runs of three letters, so that wrapping does not matter."""
    runs, known = _runs(rich), _runs(plain)
    extra = len(runs - known)
    return extra > _TELLING and extra > 0.4 * len(runs)


def _runs(text: str) -> set[str]:
    letters = "".join(character for character in text[:_COMPARED] if character.isalnum())
    return {letters[i : i + 3] for i in range(len(letters) - 2)}
