"""What a person would read in the parts of a mail, which files come with it, and what OpenPGP data it holds."""

from dataclasses import replace

from mailbot.core import alternatives, armor, charset, filenames, flowed, htmltext, packed, pgpmime, transfer
from mailbot.core.contents import Contents
from mailbot.core.limits import Limits
from mailbot.core.messages import PgpKind
from mailbot.core.mime import MESSAGES, Part

FORWARDED = "---------- Forwarded message ----------"

_READABLE = ("text/plain", "text/html", "text/markdown", "text/enriched", "text/richtext")


def read(top: Part, limits: Limits = Limits(), hints: tuple[str, ...] = ()) -> tuple[str, Contents]:  # noqa: B008
    """The text of a whole mail, and everything else in it; `hints` are charset labels used elsewhere in it."""
    contents = Contents(limits, hints)
    text = _text(top, contents, top=True)
    if len(contents.pgp) > armor.LIMIT:
        contents.pgp = contents.pgp[: armor.LIMIT]
        contents.defects.append(f"limit: more than {armor.LIMIT} pieces of OpenPGP data")
    contents.name_the_nameless()
    if len(text) > limits.text_characters:
        contents.defects.append(f"limit: text of more than {limits.text_characters} characters")
    return text.strip("\n"), contents


def _text(part: Part, contents: Contents, top: bool = False) -> str:
    if pgpmime.is_encrypted(part):
        return _encrypted(part, contents, top)
    if not part.children:
        return _leaf(part, contents, top)
    if part.media_type == "multipart/signed" or pgpmime.is_signed(part):
        return _signed(part, contents, top)
    if part.media_type == "multipart/alternative":
        return _alternative(part, contents)
    if part.media_type == "multipart/report":
        return _report(part, contents)
    if part.media_type in MESSAGES:
        return _forwarded(part, contents)
    return _mixed(part, contents, top and len(part.children) == 1)


def _mixed(part: Part, contents: Contents, top: bool) -> str:
    """All parts below each other; what Outlook packed into a winmail.dat as well only where it says more."""
    texts: list[str] = []
    for child in part.children:
        text, before = _text(child, contents, top), _joined(texts)
        if before and not child.children and packed.is_tnef(filenames.given_name(child)[0], child.media_type):
            text = alternatives.only_in(text, before) if alternatives.says_more(text, before) else ""
        texts.append(text)
    return _joined(texts)


def _joined(texts: list[str]) -> str:
    return "\n\n".join(text.strip("\n") for text in texts if text.strip())


def _encrypted(part: Part, contents: Contents, top: bool) -> str:
    found = pgpmime.encrypted(part)
    if found is None:
        contents.defects.append("encrypted part missing")
        return _joined([_text(child, contents) for child in part.children]) or _leaf(part, contents, top)
    more = contents.inner()
    text = _joined([_text(child, more) for child in pgpmime.beside(part)])
    root = top and not (text or more.attachments or more.pgp)
    if not root:
        # Text around ciphertext may be an attempt to have its plaintext sent on (EFAIL).
        contents.defects.append("encrypted part is not the whole mail")
    contents.pgp.append(replace(found, root=root))
    contents.add(more)
    return text


def _signed(part: Part, contents: Contents, top: bool) -> str:
    if not pgpmime.is_signed(part):
        return _joined([_text(child, contents, top and n == 0) for n, child in enumerate(part.children)])
    found = pgpmime.signed(part)
    others = pgpmime.unsigned(part)
    if found is None:
        contents.defects.append("signature part missing")
    else:
        contents.pgp.append(replace(found, root=top and not others))
        if not top:
            contents.defects.append("signed part is not the whole mail")
    return _joined([_text(part.children[0], contents, top), *(_text(child, contents) for child in others)])


def _alternative(part: Part, contents: Contents) -> str:
    """The plain text unless it is empty; every alternative's files, but only the chosen one's inline OpenPGP data."""
    read_parts = []
    for child in part.children:
        inner = contents.inner()
        read_parts.append((child, _text(child, inner), inner))
    plain = [entry for entry in read_parts if entry[0].media_type == "text/plain" and entry[1].strip()]
    written = [entry for entry in read_parts if entry[1].strip()]
    chosen = next(iter(plain or written), None)
    more = []
    for entry in read_parts:
        _, text, inner = entry
        if entry is not chosen:
            inner.pgp = [found for found in inner.pgp if not found.inline]
            if chosen and alternatives.says_more(text, chosen[1]):
                inner.defects.append("text and HTML differ")
                more.append(f"{alternatives.ONLY_HTML}\n{alternatives.only_in(text, chosen[1])}")
        contents.add(inner)
    return _joined([chosen[1], *more]) if chosen else ""


def _report(part: Part, contents: Contents) -> str:
    """Of a report (RFC 6522) the first part is for people; the others stay files, whatever their type."""
    text = _text(part.children[0], contents)
    for child in part.children[1:]:
        _attach(child, contents, child.body if child.media_type in MESSAGES else None)
    return text


def _forwarded(part: Part, contents: Contents) -> str:
    message = part.children[0]
    inner = contents.inner()
    _attach(part, contents, message.raw, "forwarded.eml")
    text = _text(message, inner)
    # A signature inside a forwarded mail says nothing about who sent this one.
    kept = [found for found in inner.pgp if found.kind in (PgpKind.ENCRYPTED, PgpKind.PUBLIC_KEY)]
    inner.pgp = [replace(found, inline=True) for found in kept]
    contents.add(inner)
    head = [
        (name, charset.header_text(message.header(name.lower()), contents.hints)[0])
        for name in ("From", "Subject", "Date")
    ]
    return "\n".join([FORWARDED, *(f"{name}: {value}" for name, value in head if value), "", text.strip("\n")])


def _leaf(part: Part, contents: Contents, top: bool = False) -> str:
    readable = part.media_type in _READABLE or part.media_type.startswith("multipart/")
    readable = readable or (top and part.media_type.startswith("text/"))
    if not readable or part.disposition == "attachment":
        if part.media_type not in (pgpmime.VERSION, pgpmime.SIGNATURE):
            return _attach(part, contents)
        return ""
    if filenames.given_name(part)[0]:
        _attach(part, contents, look_inside=False)
    data, defects = _content(part)
    contents.defects += defects
    label = part.parameters.get("charset", b"").decode("latin-1")
    if part.media_type == "text/html":
        text, repairs = charset.decode(data, label or htmltext.declared_charset(data), contents.hints)
        contents.defects += repairs
        return _html(text, contents)
    data = packed.without_uuencoded(data, contents)
    text, repairs = charset.decode(data, label, contents.hints)
    contents.defects += repairs
    return _plain(part, data, text, contents)


def _content(part: Part) -> tuple[bytes, tuple[str, ...]]:
    if not part.media_type.startswith("multipart/"):
        data, defects = part.content()
        inside = transfer.unlabelled_base64(data) if transfer.is_plain(part.encoding) else None
        return (data, defects) if inside is None else (inside, (*defects, "base64 without saying so"))
    # A multipart without parts: whatever stands around the delimiters is all there is to read.
    mark = b"--" + part.parameters.get("boundary", b"").rstrip()
    lines = part.body.splitlines(keepends=True)
    return b"".join(line for line in lines if mark == b"--" or line.strip() not in (mark, mark + b"--")), ()


def _plain(part: Part, data: bytes, text: str, contents: Contents) -> str:
    # Signatures cover the bytes as they came; UTF-16 has no armor in its bytes.
    label = part.parameters.get("charset", b"").decode("latin-1")
    found = armor.in_text(data, label) if b"-----BEGIN PGP " in data else armor.in_text(text.encode(), "utf-8")
    contents.pgp += found.parts
    contents.defects += found.defects
    if part.parameters.get("format", b"").lower() == b"flowed" and not found.parts:
        return flowed.unwrap(text, part.parameters.get("delsp", b"").lower() == b"yes")
    return text


def _html(source: str, contents: Contents) -> str:
    text, defects = htmltext.html_text(source, contents.limits.html_characters)
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
) -> str:
    """Keep a part as a file; the text that a winmail.dat holds."""
    defects: tuple[str, ...] = ()
    if content is None:
        content, defects = part.content()
    filename, odd = filenames.given_name(part, contents.hints)
    contents.defects += [*defects, *odd]
    if packed.is_tnef(filename, part.media_type):
        text = packed.from_tnef(content, contents)
        if text is not None:
            return text
        contents.defects.append("winmail.dat was not read")
    if contents.attach(filename or name, part.media_type, content) and look_inside:
        found = armor.in_file(filename or name, part.media_type, content)
        contents.pgp += found.parts
        contents.defects += found.defects
    return ""
