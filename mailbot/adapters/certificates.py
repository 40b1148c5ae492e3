"""Looks at the certificate that a TLS server shows (cryptography), over a guarded connection.

The certificate is read without asking whether anybody vouches for it: an expired or self-signed one still says whom its
maker claims to be. That is weak evidence about a site and never a reason to trust it; nothing is sent over the line.
"""

import asyncio
import ssl
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mailbot.adapters.guard import Checked, Guard, connected
from mailbot.core.hosts import normalised_host
from mailbot.finding.tools import CertificateNames, Unanswered

if TYPE_CHECKING:
    from cryptography.x509 import NameAttribute

PORT = 443
_MAX_CERTIFICATE = 50_000
_MAX_NAMES = 100
_MAX_NAME = 200  # characters


class TlsCertificates:
    """`Certificates` by a handshake with a checked address."""

    def __init__(self, guard: Guard, timeout: float = 5.0) -> None:
        self._guard = guard
        self._timeout = timeout
        self._tls = ssl.create_default_context()
        self._tls.check_hostname = False
        self._tls.verify_mode = ssl.CERT_NONE

    def of(self, host: str) -> CertificateNames:
        """Whom the certificate of "host" or "host:port" names. Raises Unanswered, TransientError."""
        named, port, checked = self._guard.admit_server("certificate", host, PORT, self._timeout)
        try:
            certificate = asyncio.run(self._shown_by(checked, port, named))
        except TimeoutError as exc:
            raise Unanswered(f"certificate: {named} does not answer in time") from exc
        except OSError as exc:  # ssl.SSLError is one
            raise Unanswered(f"certificate: {named} takes no TLS connection") from exc
        return names_in(certificate)

    async def _shown_by(self, checked: Checked, port: int, host: str) -> bytes:
        async with asyncio.timeout(self._timeout):
            _, writer = await connected(checked, port, self._tls, host)
            try:
                line = writer.get_extra_info("ssl_object")
                return line.getpeercert(binary_form=True) or b""
            finally:
                writer.transport.abort()


def names_in(certificate: bytes) -> CertificateNames:
    """Whom a certificate (DER) names; "*.example.jp" is given as example.jp. Raises Unanswered if it is unreadable."""
    from cryptography import x509  # late: it is heavy, and few runs look at a certificate
    from cryptography.x509.oid import NameOID

    if not 0 < len(certificate) <= _MAX_CERTIFICATE:
        raise Unanswered("certificate: none, or far too large a one")
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        names = [*parsed.subject][:_MAX_NAMES]
    except (ValueError, TypeError, x509.InvalidVersion) as exc:
        raise Unanswered("certificate: cannot be read") from exc
    try:
        extension = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        listed = extension.value.get_values_for_type(x509.DNSName)[:_MAX_NAMES]
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        listed = []
    hosts = (normalised_host(name.removeprefix("*.")) for name in listed)
    return CertificateNames(
        organisation=_first(names, NameOID.ORGANIZATION_NAME.dotted_string),
        country=_first(names, NameOID.COUNTRY_NAME.dotted_string),
        hosts=tuple(dict.fromkeys(host for host in hosts if host)),
    )


def _first(names: "Sequence[NameAttribute[str | bytes]]", kind: str) -> str:
    """The first of that kind, in one line of printable characters."""
    for name in names:
        if name.oid.dotted_string == kind and isinstance(name.value, str):
            return " ".join("".join(c if c.isprintable() else " " for c in name.value[:_MAX_NAME]).split())
    return ""
