"""What stands in the database instead of what the desk knows: sealed documents, and keyed hashes to find them by."""

import hmac
from typing import Any

from mailbot.adapters.codec import Codec, SealedCodec, Unsealable, derive
from mailbot.adapters.snapshot import decode, encode
from mailbot.errors import PermanentError

_MARK_BYTES = 16


class Sealer:
    """Seals and opens with the state's key; hashes with one that is made from it."""

    def __init__(self, key: bytes) -> None:
        self._codec: Codec = SealedCodec(key)
        self._index_key = derive(key, "index")

    def seal(self, document: dict[str, Any], table: str, row_id: str) -> bytes:
        """The document as it is stored in that row; it opens in no other."""
        return self.seal_bytes(encode(document), table, row_id)

    def unseal(self, stored: bytes, table: str, row_id: str) -> Any:
        """The document. Raises PermanentError for one that does not open."""
        return decode(self.unseal_bytes(stored, table, row_id))

    def seal_bytes(self, plain: bytes, table: str, row_id: str) -> bytes:
        """The same for bytes."""
        return self._codec.seal(plain, _purpose(table, row_id))

    def unseal_bytes(self, stored: bytes, table: str, row_id: str) -> bytes:
        """The same for bytes."""
        try:
            return self._codec.unseal(stored, _purpose(table, row_id))
        except Unsealable as exc:
            what = f"row {row_id} of the table {table} does not open ({exc})"
            raise PermanentError(f"PostgreSQL: {what}; restore a backup of the database") from exc

    def mark(self, kind: str, text: str) -> bytes:
        """What a row is found by, told to nobody without the key: HMAC-SHA256, shortened."""
        message = f"{kind}\0{text}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._index_key, message, "sha256")[:_MARK_BYTES]


def _purpose(table: str, row_id: str) -> str:
    return f"postgresql {table} {row_id}"
