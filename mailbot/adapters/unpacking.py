"""Takes in a body of bounded size, also one that was compressed unasked: little may be made into much (zlib)."""

import zlib
from collections.abc import AsyncIterator

_AUTO = 32 + zlib.MAX_WBITS  # gzip or zlib, as its first bytes say


class NotUnpacked(Exception):
    """The body is compressed in a way that is not read, or damaged."""


class TooLarge(Exception):
    """The body is over the limit, as it came or unpacked."""


async def taken(chunks: AsyncIterator[bytes], encoding: str, max_bytes: int) -> bytes:
    """The body. Raises TooLarge as soon as it passes `max_bytes`, and NotUnpacked."""
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise NotUnpacked("the body is compressed in a way that was not asked for")
    unpack = zlib.decompressobj(_AUTO) if encoding not in ("", "identity") else None
    body = bytearray()
    came = 0
    async for chunk in chunks:
        came += len(chunk)
        try:
            body += unpack.decompress(chunk, max_bytes + 1 - len(body)) if unpack else chunk
        except zlib.error as exc:
            raise NotUnpacked("the compressed body is damaged") from exc
        if max(came, len(body)) > max_bytes:
            raise TooLarge(f"more than {max_bytes} bytes")
    if unpack and came and not unpack.eof:
        raise NotUnpacked("the compressed body is cut short")
    return bytes(body)
