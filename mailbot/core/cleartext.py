"""What is left of a text in clear once its armored blocks were opened."""

import re
from collections.abc import Mapping

from mailbot.core import armor

_SIGNED_LINES = re.compile(
    rb"[^\r\n]*\r?\n(?:[A-Za-z]+:[^\r\n]*\r?\n)*[ \t]*\r?\n(.*)^-----BEGIN PGP SIGNATURE-----", re.M | re.S
)
_ESCAPED = re.compile(rb"(?m)^- ")


def without_armor(text: str, opened: Mapping[bytes, str]) -> str:
    """`text` with each block that was opened replaced by what `opened` has for it, and without signatures' armor.

    Blocks that stay closed stay where they are. In one pass, however many beginnings there are.
    """
    return _replaced(text.encode("utf-8", "replace"), opened).decode("utf-8", "replace")


def _replaced(data: bytes, opened: Mapping[bytes, str], *, outermost: bool = True) -> bytes:
    done: list[bytes] = []
    position = 0
    for block in armor.blocks(data):
        shown = _shown(block, opened, outermost)
        if shown is not None:
            done += [data[position : block.start], shown]
            position = block.end
    return b"".join(done) + data[position:]


def _shown(block: armor.Block, opened: Mapping[bytes, str], outermost: bool) -> bytes | None:
    if block.what == b"MESSAGE":
        text = opened.get(armor.tidy(block.content))
        return None if text is None else text.encode()
    if block.what != b"SIGNED MESSAGE" or block.quoted or not block.complete or not outermost:
        return None
    found = _SIGNED_LINES.match(block.content)
    return _replaced(_ESCAPED.sub(b"", found[1]).strip(b"\r\n"), opened, outermost=False) if found else None
