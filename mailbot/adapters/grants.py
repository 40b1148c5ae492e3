"""What a token server gave us, kept sealed: one file for each account, whole or as before."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from mailbot.adapters.codec import GRANTS_NAME, Codec, Unsealable
from mailbot.adapters.durable import disk_failure, make_private_folder, write_file
from mailbot.adapters.lock import hold
from mailbot.errors import AccessError

_VERSION = 1
_PATIENCE = 90.0  # longer than a token server may take to answer the process that holds the lock
_EARLY = timedelta(minutes=5)
_BACKWARDS = timedelta(minutes=5)
_MAX_BYTES = 200_000


@dataclass(frozen=True)
class Grant:
    """A token to log in with for a while, and one to get the next with ("" where none is needed)."""

    access_token: str = field(repr=False)
    issued: datetime
    expires: datetime
    refresh_token: str = field(default="", repr=False)

    def is_fresh(self, now: datetime) -> bool:
        """Whether the access token may still be used: not close to its end, and our clock was not set back since."""
        early = min(_EARLY, (self.expires - self.issued) / 4)
        return self.issued - _BACKWARDS <= now < self.expires - early


class GrantFile:
    """The sealed file of one account, and the lock that keeps a refresh token from being used twice."""

    def __init__(self, state: Path, account: str, codec: Codec) -> None:
        """`account` names the file and is what its bytes are sealed for."""
        self._folder = state / GRANTS_NAME
        self._purpose = f"{GRANTS_NAME}/{account}"
        self._codec = codec
        self.path = self._folder / account

    def load(self) -> Grant | None:
        """The grant; None if nobody ever signed in. Raises AccessError when the file cannot be used."""
        try:
            with self.path.open("rb") as file:
                stored = file.read(_MAX_BYTES)
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise AccessError(f"{self.path}: cannot be read: {exc.strerror}; see its owner and mode") from exc
        try:
            data = json.loads(self._codec.unseal(stored, self._purpose))
        except (Unsealable, ValueError):
            raise AccessError(f"{self.path}: damaged, or sealed with another key than [state] names") from None
        if data.get("version") != _VERSION:
            raise AccessError(f"{self.path}: written by another version of mailbot; use that one, or sign in again")
        issued, expires = datetime.fromisoformat(data["issued"]), datetime.fromisoformat(data["expires"])
        return Grant(data["access_token"], issued, expires, data["refresh_token"])

    def save(self, grant: Grant) -> None:
        """Keep the grant in place of what was there. Raises TransientError."""
        data = asdict(grant) | {"issued": grant.issued.isoformat(), "expires": grant.expires.isoformat()}
        plain = json.dumps(data | {"version": _VERSION}).encode()
        try:
            make_private_folder(self._folder)
            write_file(self.path, self._codec.seal(plain, self._purpose))
        except OSError as exc:
            raise disk_failure(self.path, exc) from exc

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone with the file. Raises TransientError if another process does not let go of it."""
        try:
            make_private_folder(self._folder)
        except OSError as exc:
            raise disk_failure(self.path, exc) from exc
        lock = hold(self.path.with_name(f"{self.path.name}.lock"), _PATIENCE)
        try:
            yield
        finally:
            lock.release()
