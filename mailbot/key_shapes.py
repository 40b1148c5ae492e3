"""The JSON of the verb `key`."""

from pydantic import AwareDatetime

from mailbot.shape import Shape


class KeyLineShape(Shape):
    """`key list`: the key of one address."""

    address: str
    fingerprint: str
    source: str
    expires: AwareDatetime | None
    usable: bool
    waiting: list[str]  # fingerprints that came for this address and wait for a decision


class KeyShape(Shape):
    """`key show`: one key that is held."""

    fingerprint: str
    algorithm: str
    user_ids: list[str]
    created: AwareDatetime | None
    expires: AwareDatetime | None
    usable: bool
    why: str  # what is wrong with it, if it is not usable
    pinned_for: list[str]
    waiting: list[str]
