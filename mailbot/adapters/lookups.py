"""The file of what the search for contact points was told lately.

The contact points are public, but the hosts that were looked up tell which sites have reports: it is sealed like all
state. It is a convenience: whatever is wrong with it costs a look-up more, never a search.
"""

import contextlib
from pathlib import Path

from mailbot.adapters.codec import Codec, Unsealable
from mailbot.adapters.durable import make_private_folder, write_file

NAME = "lookups"
_MAX_BYTES = 20_000_000


class SealedLookups:
    """A `Shelf` in the state folder."""

    def __init__(self, folder: Path, codec: Codec) -> None:
        self._path = folder / NAME
        self._codec = codec

    def load(self) -> bytes:
        """What was kept last; b"" if that is nothing, or cannot be read."""
        try:
            if self._path.stat().st_size > _MAX_BYTES:
                return b""
            return self._codec.unseal(self._path.read_bytes(), NAME)
        except (OSError, Unsealable):
            return b""

    def keep(self, data: bytes) -> None:
        """Keep these instead; a full disk keeps the old ones."""
        with contextlib.suppress(OSError):
            make_private_folder(self._path.parent)
            write_file(self._path, self._codec.seal(data, NAME))
