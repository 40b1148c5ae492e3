"""What one mail, or one entity inside its encryption, turned out to hold; and the one text a person reads of it.

Decrypted text and text that came in clear are never joined as if they were one (EFAIL): the decrypted text stands
first, the rest below a line that says so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mailbot.core import charset, mime
from mailbot.core.messages import Attachment
from mailbot.core.signatures import Signed

NOT_ENCRYPTED = "[the following was not encrypted]"
QUOTED = "[the following was encrypted and quoted]"

_SUFFIX = re.compile(r"\.(asc|pgp|gpg)\Z", re.IGNORECASE)


@dataclass
class Layer:
    """The contents of one mail or entity, by how they came."""

    secret: list[str] = field(default_factory=list)  # decrypted texts, in order
    clear: str = ""
    quoted: list[str] = field(default_factory=list)  # decrypted texts of quoted blocks
    attachments: list[Attachment] = field(default_factory=list)
    signed: list[Signed] = field(default_factory=list)
    within: list[Signed] = field(default_factory=list)  # the same, inside the encryption
    keys: list[bytes] = field(default_factory=list)
    payload: mime.Part | None = None  # the decrypted entity whose protected headers count
    whole: bool = False  # the content was one PGP/MIME ciphertext, and it was decrypted
    defects: list[str] = field(default_factory=list)  # of decrypted content
    crypto: list[str] = field(default_factory=list)  # defects of the cryptography

    @property
    def text(self) -> str:
        """Everything that can be read, each kind marked."""
        secret = "\n\n".join(text for text in self.secret if text.strip())
        pieces = [secret] if secret else []
        if self.clear.strip():
            clear = self.clear.strip("\n")
            pieces.append(f"{NOT_ENCRYPTED}\n{clear}" if secret else clear)
        if self.quoted:
            pieces.append("\n\n".join([QUOTED, *map(_as_quotation, self.quoted)]))
        return "\n\n".join(pieces)

    def take(self, inner: "Layer") -> None:
        """Add what an entity inside the encryption holds."""
        self.secret += [*inner.secret, inner.clear]
        self.quoted += inner.quoted
        self.within += inner.signed
        self.attachments += inner.attachments
        self.keys += inner.keys
        self.defects += inner.defects
        self.crypto += inner.crypto

    def without_repeats(self, shown: Sequence[str]) -> None:
        """Take out texts that only repeat the protected headers."""
        for text in filter(str.strip, shown):
            self.clear = self.clear.replace(text, "", 1).strip("\n")
            self.signed = [replace(s, text=s.text.replace(text, "", 1).strip("\n")) for s in self.signed]
        self.attachments = [
            file
            for file in self.attachments
            if file.media_type != "text/rfc822-headers"
            or charset.decode(file.content, None)[0].strip("\n") not in shown
        ]

    def add_file(self, file: Attachment, content: bytes) -> None:
        """A decrypted file under its own name; or as the text of a mail that has no other."""
        text = charset.decode(content, None)[0]
        is_text = b"\0" not in content and "\ufffd" not in text
        if is_text and not self.text.strip():
            self.secret.append(text.strip("\n"))
            return
        name = _SUFFIX.sub("", file.filename) or "decrypted"
        self.attachments.append(Attachment(name, "text/plain" if is_text else "application/octet-stream", content))


def unmarked(text: str) -> str:
    """The text without our own lines in it: what is read from a mail must be what its sender wrote."""
    return "\n".join(line for line in text.split("\n") if line not in (NOT_ENCRYPTED, QUOTED))


def _as_quotation(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
