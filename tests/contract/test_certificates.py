"""Looking at certificates that a real TLS server on loopback shows."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from mailbot.adapters.certificates import TlsCertificates, names_in
from mailbot.adapters.guard import Guard
from mailbot.adapters.spacing import Spacing
from mailbot.finding.tools import CertificateNames, Unanswered
from tests.contract.web_server import Web, resolve

KEY = ec.generate_private_key(ec.SECP256R1())
DAY = datetime(2026, 11, 22, tzinfo=UTC)


def looking(allow: Sequence[str] = ("127.0.0.0/8",), timeout: float = 10.0) -> TlsCertificates:
    return TlsCertificates(Guard(resolve, allow, (), Spacing(0)), timeout)


def certificate(subject: Sequence[tuple[x509.ObjectIdentifier, str]], names: Sequence[str] | None = None) -> bytes:
    """A self-signed one that expired long ago (DER)."""
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in subject])
    made = (
        x509.CertificateBuilder(name, name, KEY.public_key(), x509.random_serial_number())
        .not_valid_before(DAY - timedelta(days=900))
        .not_valid_after(DAY - timedelta(days=800))
    )
    if names is not None:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
    return made.sign(KEY, SHA256()).public_bytes(Encoding.DER)


def test_names() -> None:
    """Organisation, country and hosts are read of a certificate that nobody vouches for."""
    subject = [
        (NameOID.COUNTRY_NAME, "JP"),
        (NameOID.ORGANIZATION_NAME, "例示株式会社\n二行目"),
        (NameOID.COMMON_NAME, "x"),
    ]
    hosts = ("WWW.example.jp", "*.example.jp", "example.jp", "127.1", "a b")
    found = CertificateNames("例示株式会社 二行目", "JP", ("www.example.jp", "example.jp"))
    assert names_in(certificate(subject, hosts)) == found


def test_nothing_named() -> None:
    """Most certificates name no organisation; some name no host either."""
    assert names_in(certificate([(NameOID.COMMON_NAME, "example.jp")])) == CertificateNames()


def test_t55_names_are_counted() -> None:
    """A certificate with very many names gives the first of them."""
    assert len(names_in(certificate([], [f"a{n}.example.jp" for n in range(500)])).hosts) == 100


@pytest.mark.parametrize("data", [b"", b"\x30\x82\x01\x00", b"\x00" * 100, certificate([])[:-20], b"x" * 60_000])
def test_unreadable(data: bytes) -> None:
    """What is no certificate has no names."""
    with pytest.raises(Unanswered, match="certificate"):
        names_in(data)


def test_server(web: Web) -> None:
    """A server's certificate is looked at though its authority is unknown here; no request is made."""
    found = looking().of(f"www.example.test:{web.port}")
    assert {"example.test", "other.test"} <= set(found.hosts)
    assert web.asked == []


def test_server_by_address(web: Web) -> None:
    """A server without a name is looked at as well."""
    assert "example.test" in looking().of(f"127.0.0.1:{web.port}").hosts


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("127.0.0.1", "loopback"),
        ("metadata.example.test", "link-local"),
        ("[::ffff:10.0.0.1]", "private"),
        ("8.8.8.8:22", "port 22"),
        ("nowhere.example.test", "no address"),
        ("localhost", "inside"),
        ("2130706433", "not a usable host"),
    ],
)
def test_t55_certificates_of_the_inside(place: str, why: str) -> None:
    """A host that a fetch may not go to is not looked at either."""
    with pytest.raises(Unanswered, match=why):
        looking(allow=()).of(place)


@contextmanager
def speaking(answer: bytes) -> Iterator[str]:
    """A server that says this, which is no TLS, and then nothing."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.sendall(answer)
                over.wait(30)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize(("answer", "why"), [(b"SSH-2.0-x\r\n", "no TLS"), (b"", "in time")])
def test_t55_server_that_misbehaves(answer: bytes, why: str) -> None:
    """A server that speaks no TLS, or not at all, is left."""
    with speaking(answer) as place, pytest.raises(Unanswered, match=why):
        looking(timeout=10.0 if answer else 0.2).of(place)


def test_nobody_listens() -> None:
    """A refused connection is told."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(Unanswered, match="no TLS"):
            looking().of(f"127.0.0.1:{free.getsockname()[1]}")
