"""One request to a token server: over TLS, never led elsewhere, bounded in size and time (httpx).

Not the fetcher of public files: this server is one that the desk's own configuration names, and secrets go to it.
"""

import ssl
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from mailbot.adapters.tls import client_context, printable
from mailbot.core.hosts import is_loopback
from mailbot.errors import AccessError, PermanentError, TransientError

_MAX_ANSWER = 65_536
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


def is_safe(url: str) -> bool:
    """Whether secrets may go there: https, or http that does not leave this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    )


@dataclass(frozen=True)
class TokenWire:
    """How token servers of one table of the configuration are spoken to."""

    table: str
    ca_file: str = ""
    timeout: float = 30

    def place(self, url: str) -> str:
        """The server as errors name it."""
        return f"{self.table}: {urlsplit(url).hostname}"

    def post(self, url: str, form: str) -> tuple[int, bytes]:
        """Status and body. Raises TransientError, or AccessError where the configuration is wrong."""
        import httpx  # slow to import, and most desks ask no token server

        if not is_safe(url):
            raise AccessError(f"{self.table}: a token server is asked over https only")
        try:
            context = client_context(self.ca_file, self.table.strip("[]"))
        except PermanentError as exc:
            raise AccessError(str(exc).replace("].ca_file", "].oauth_ca_file")) from exc
        ends = time.monotonic() + 2 * self.timeout
        content = b""
        try:
            # No redirect, which could lead the secrets elsewhere, and no proxy or netrc of the environment.
            with (
                httpx.Client(verify=context, trust_env=False, timeout=self.timeout, follow_redirects=False) as http,
                http.stream("POST", url, content=form.encode("ascii"), headers=_HEADERS) as response,
            ):
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > _MAX_ANSWER or time.monotonic() > ends:
                        raise TransientError(f"{self.place(url)} sends too much or too slowly")
                return response.status_code, content
        except httpx.HTTPError as exc:
            if _is_untrusted(exc):
                raise AccessError(f"{self.place(url)}: its certificate is not trusted; see oauth_ca_file") from None
            why = printable(str(exc), 120) or type(exc).__name__
            raise TransientError(f"{self.place(url)} cannot be reached ({why})") from None


def _is_untrusted(exc: BaseException | None) -> bool:
    """Whether the server's certificate was the reason; the library chains it as context, not as cause."""
    while exc is not None and not isinstance(exc, ssl.SSLCertVerificationError):
        exc = exc.__cause__ or exc.__context__
    return exc is not None
