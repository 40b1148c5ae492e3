"""Which mail address a user id of an OpenPGP key carries.

Whoever makes a key writes its user ids, so one that could be read in two ways carries no address at all.
"""

from mailbot.core.addresses import address_of

_SMALL = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def address_in(user_id: str) -> str:
    """The address of `Name <address>` or of a bare address, as `comparable` writes it; "" if there is none."""
    text = user_id.strip()
    before, bracket, rest = text.partition("<")
    if bracket:
        if not rest.endswith(">") or set(rest[:-1]) & set("<>") or ">" in before:
            return ""
        text = rest[:-1]
    return comparable(text) if text == text.strip() else ""


def comparable(address: str) -> str:
    """The address with its domain as the network writes it and ASCII letters small; "" if it is none.

    Other letters stay: lower() would turn the Kelvin sign into a "k", and so one address into another.
    """
    return address_of(address).translate(_SMALL)
