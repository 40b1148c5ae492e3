"""The passphrase of a protected file: told by telephone, written into no mail to the one it is for, stored nowhere.

It is made of the desk's secret and the mail, so the same mail has the same one after a crash, and whoever has not the
key that seals the desk's memory cannot make it. Digits alone: they can be said and typed in any language.
"""

import hmac
from hashlib import sha256

_GROUPS, _LENGTH = 5, 5  # 25 digits: 83 bits


def make_passphrase(secret: bytes, item: str) -> str:
    """The passphrase of the file in that outbox item."""
    number = int.from_bytes(hmac.digest(secret, f"passphrase\n{item}".encode(), sha256), "big")
    digits = f"{number % 10 ** (_GROUPS * _LENGTH):0{_GROUPS * _LENGTH}d}"
    return "-".join(digits[at : at + _LENGTH] for at in range(0, len(digits), _LENGTH))
