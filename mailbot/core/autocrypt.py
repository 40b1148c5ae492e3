"""The key in the Autocrypt header of a mail (Autocrypt Level 1, section 2.1)."""

from base64 import b64decode
from binascii import Error as Base64Error

from mailbot.core.messages import ParsedMail
from mailbot.core.packets import MAX_KEY_BYTES
from mailbot.core.user_ids import comparable

_KNOWN = frozenset(("addr", "prefer-encrypt", "keydata"))


def autocrypt_keys(mail: ParsedMail) -> tuple[bytes, ...]:
    """The sender's own key, if exactly one header is valid and for the address in From; () else.

    What others are said to use (Autocrypt-Gossip) is nobody's word on their own key, and is not looked at.
    """
    if mail.sender is None:
        return ()
    headers = [value for name, value in mail.headers if name.lower() == "autocrypt"]
    sender = comparable(mail.sender.address)
    found = [key for value in headers if (key := _key_in(value, sender)) is not None]
    return tuple(found) if len(found) == 1 else ()


def _key_in(value: str, sender: str) -> bytes | None:
    """The key in a header that is valid and for `sender`."""
    pairs = [part.partition("=") for part in value.split(";") if part.strip()]
    fields = {name.strip().lower(): content.strip() for name, _, content in pairs}
    unknown = {name for name in fields if not name.startswith("_")} - _KNOWN
    # An attribute that we do not know may change what the header means, unless its name says that it does not.
    if unknown or len(fields) != len(pairs) or not sender or comparable(fields.get("addr", "")) != sender:
        return None
    data = "".join(fields.get("keydata", "").split())
    if not 0 < len(data) <= MAX_KEY_BYTES * 2:
        return None
    try:
        return b64decode(data, validate=True) or None
    except (Base64Error, ValueError):
        return None
