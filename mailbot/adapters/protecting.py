"""Locks the details of a case into one file with a passphrase, for a contact point that has no key."""

from collections.abc import Sequence

from mailbot.adapters import pdfs, typeset, zipped
from mailbot.core.messages import Attachment


class FileProtector:
    """Implements `ports.Protector`."""

    def lock(self, form: str, text: str, files: Sequence[Attachment], passphrase: str) -> bytes:
        """A PDF with the files inside it, or a ZIP file with the text as details.txt."""
        if form == "pdf":
            enclosed = [(file.filename, file.media_type, file.content) for file in files]
            return pdfs.lock(typeset.typeset(text), passphrase, enclosed)
        # Old Windows programs read a text as UTF-8 only where it begins with a byte order mark.
        words = text.replace("\n", "\r\n").encode("utf-8-sig")
        return zipped.zipped([("details.txt", words), *((file.filename, file.content) for file in files)], passphrase)
