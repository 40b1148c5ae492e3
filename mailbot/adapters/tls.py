"""How connections to the mail servers are secured, and what their failures mean to whoever set them up."""

import ssl
from collections.abc import Iterator
from socket import gaierror
from typing import Literal

from mailbot.core.hosts import is_loopback
from mailbot.errors import PermanentError

Security = Literal["tls", "starttls", "plain"]

_NAME_MISMATCHES = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH


def client_context(ca_file: str, section: str) -> ssl.SSLContext:
    """A context that checks certificate and name, by `ca_file` alone or, if empty, by the system's authorities.

    Raises PermanentError that names `[section].ca_file`.
    """
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as exc:  # ssl.SSLError is one
        raise PermanentError(f"[{section}].ca_file: {ca_file} cannot be read as PEM certificates ({exc})") from exc


def refuse_open_line(security: Security, host: str, section: str) -> None:
    """Raises PermanentError when passwords and mail would cross a network in the clear."""
    if security == "plain" and not is_loopback(host):
        raise PermanentError(f'[{section}].security: "plain" is for loopback only; use "tls" or "starttls" for {host}')


def is_untrusted(exc: BaseException) -> bool:
    """Whether the server's certificate was the reason."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(exc))


def explain(exc: BaseException, section: str, host: str, port: int) -> str:
    """Why the connection failed and which setting to look at, in one line."""
    server = f"{host}:{port}"
    for cause in _causes(exc):
        match cause:
            case ssl.SSLCertVerificationError() if cause.verify_code in _NAME_MISMATCHES:
                return f"[{section}].host: the certificate of {server} is for another name"
            case ssl.SSLCertVerificationError():
                return f"[{section}].ca_file: the certificate of {server} is not trusted ({cause.verify_message})"
            case ssl.SSLError():
                return f"[{section}].security or .port: no TLS with {server} ({printable(str(cause))})"
            case gaierror():
                return f"[{section}].host: {host}: name not known ({cause.strerror})"
            case ConnectionRefusedError():
                return f"[{section}].host or .port: {server} refuses connections"
            case TimeoutError():
                return f"[{section}].host or .port: {server} did not answer in time"
            case _:
                continue
    return f"[{section}].host or .port: {server} cannot be reached ({printable(str(exc)) or type(exc).__name__})"


def printable(text: str, limit: int = 200) -> str:
    """A server's words on one line: no control characters, not longer than `limit`."""
    return "".join(character if character.isprintable() else " " for character in text)[:limit].strip()


def _causes(exc: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = exc
    while current is not None:
        yield current
        current = current.__cause__
