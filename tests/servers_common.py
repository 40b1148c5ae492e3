"""What the servers for tests have in common: their name, their password and a throw-away certificate authority."""

import os
import socket
import ssl
from pathlib import Path

import pytest
import trustme

HOST = "localhost"
"""The name in the servers' certificates; "127.0.0.1" reaches them too, but is not in them."""

PASSWORD = "correct-horse"


class Authority:
    """A certificate authority that lives as long as the tests."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.file = str(folder / "ca.pem")
        self._ca.cert_pem.write_to_path(self.file)
        issued = self._ca.issue_cert(HOST)
        self.certificate = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
        self.key = issued.private_key_pem.bytes()
        self._issued = issued

    def server_context(self) -> ssl.SSLContext:
        """For a server that shows the certificate."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._issued.configure_cert(context)
        return context


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def skip_or_fail(reason: str) -> None:
    """Skip, unless MAILBOT_REQUIRE_SERVERS=1 says that the servers must be there."""
    if reason and os.environ.get("MAILBOT_REQUIRE_SERVERS") == "1":
        pytest.fail(f"MAILBOT_REQUIRE_SERVERS=1, but: {reason}")
    if reason:
        pytest.skip(reason)
