"""The floors that need Python: `python -m bench.inside NAME FOLDER COUNT [ARGUMENT…]`.

Each prints how many mails it handled, and imports what it needs where it needs it: the time of an import counts.
"""

import ssl
import sys
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

_BATCH = 50


def library(folder: Path, count: int, home: str) -> int:
    """python-gnupg: one gpg a mail, and threads around it."""
    import gnupg  # type: ignore[import-untyped]  # ships no types

    gpg = gnupg.GPG(gnupghome=home, options=["--trust-model", "always", "--no-auto-check-trustdb"])
    return sum(bool(gpg.decrypt((folder / f"{number:04}.asc").read_bytes()).ok) for number in range(count))


def parse(folder: Path, count: int) -> int:
    """The standard library reads the outer mail and takes the ciphertext out."""
    found = 0
    for number in range(count):
        *_, cipher = message_from_bytes((folder / f"{number:04}.eml").read_bytes()).walk()
        content = cipher.get_payload(decode=True)
        found += isinstance(content, bytes) and b"BEGIN PGP MESSAGE" in content
    return found


def fetch(folder: Path, count: int, host: str, port: str, ca_file: str, user: str, password: str) -> int:
    """imapclient fetches all mails over TLS, fifty at once."""
    from imapclient import IMAPClient  # type: ignore[import-untyped]  # ships no types

    client = IMAPClient(host, int(port), ssl_context=ssl.create_default_context(cafile=ca_file))
    client.login(user, password)
    client.select_folder("INBOX", readonly=True)
    waiting = client.search("ALL")
    found = 0
    for start in range(0, len(waiting), _BATCH):
        answer = client.fetch(waiting[start : start + _BATCH], ["BODY.PEEK[]"])
        found += sum(b"BEGIN PGP MESSAGE" in data[b"BODY[]"] for data in answer.values())
    client.logout()
    return found


_FLOORS: dict[str, Callable[..., int]] = {"library": library, "parse": parse, "fetch": fetch}

if __name__ == "__main__":
    name, place, number_of, *arguments = sys.argv[1:]
    sys.stdout.write(f"{_FLOORS[name](Path(place), int(number_of), *arguments)}\n")
