"""The bytes of every mail received, each in a file named by its digest: mail/ab/cdef….eml under the state folder."""

import re
from hashlib import sha256
from pathlib import Path

from mailbot.adapters.codec import Codec, Unsealable
from mailbot.adapters.durable import disk_failure, make_private_folder, sync_folder, write_file
from mailbot.core.messages import RawMail
from mailbot.errors import PermanentError, TransientError

_DIGEST = re.compile(r"[0-9a-f]{64}")


class FileSpool:
    """Implements `memory.Spool` in one folder; only a purge removes something from it."""

    def __init__(self, folder: Path, codec: Codec) -> None:
        self._folder, self._codec = folder, codec

    def keep(self, mail: RawMail) -> None:
        """Durable when it returns. Raises TransientError when the disk takes nothing."""
        path = self._path(mail.digest)
        try:
            if path.exists():
                # A crash may have come between the rename and its confirmation.
                sync_folder(path.parent)
                return
            make_private_folder(path.parent)
            write_file(path, self._codec.seal(mail.content, _purpose(mail.digest)))
        except OSError as exc:
            raise disk_failure(path, exc) from exc

    def load(self, digest: str) -> RawMail | None:
        """The mail, its digest checked; None if it was never kept. Raises PermanentError for a damaged file."""
        if not _DIGEST.fullmatch(digest):
            return None
        path = self._path(digest)
        try:
            content = self._codec.unseal(path.read_bytes(), _purpose(digest))
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise TransientError(f"{path}: cannot be read ({exc.strerror}); look at the disk") from exc
        except Unsealable as exc:
            raise PermanentError(f"{path}: does not open ({exc}); restore it from a backup") from exc
        if sha256(content).hexdigest() != digest:
            raise PermanentError(f"{path}: is not the mail it is named for; restore it from a backup")
        return RawMail(content, "spool")

    def remove(self, digest: str) -> None:
        """Forget the bytes of that mail; safe to repeat. Raises TransientError."""
        path = self._path(digest)
        try:
            if path.exists():
                path.unlink()
                sync_folder(path.parent)
        except OSError as exc:
            raise disk_failure(path, exc) from exc

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / f"{digest[2:]}.eml"


def _purpose(digest: str) -> str:
    return f"mail {digest}"
