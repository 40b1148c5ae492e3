"""A window of one's own for reports about a site: its security.txt (RFC 9116), and where its parts belong."""

from datetime import UTC, date, datetime, time, timedelta

from mailbot.core.hosts import is_ip, normalised_host, registrable_domain, site_of
from mailbot.core.securitytxt import mail_address, parse
from mailbot.core.views import KitView
from mailbot.errors import ConfigError

LIFETIME = timedelta(days=334)
"""RFC 9116 section 2.5.5 asks for less than a year; a month less leaves time to replace the file."""

_LANGUAGES = "ja, en"


def host_of(place: str) -> str:
    """The host that a domain or URL names, in normal form. Raises ConfigError."""
    site = site_of(place) if "://" in place else None
    host = normalised_host(site.host if site else place)
    if host is None or is_ip(host) or "." not in host:
        raise ConfigError((f"{place}: not a domain like www.example.jp",))
    return host


def window(place: str, contact: str, today: date, *, key: bool) -> KitView:
    """The window of the site at `place` (a domain or URL), reports going to `contact` ("": security@ its domain).

    `key`: there is a public key to be published, and the file is signed with it. Raises ConfigError.
    """
    host = host_of(place)
    address = mail_address(contact or f"security@{registrable_domain(host)}")
    if address is None:
        raise ConfigError((f"{contact}: not a mail address like security@example.jp",))
    return KitView(
        domain=host,
        contact=address,
        txt_url=f"https://{host}/.well-known/security.txt",
        page_url=f"https://{host}/security/",
        encryption=f"https://{host}/.well-known/pgp-key.asc" if key else "",
        expires=today + LIFETIME,
        signed=key,
    )


def security_txt(kit: KitView, now: datetime) -> str:
    """The file, not signed yet. It is read back before it is given away: what it says is what was meant."""
    expires = datetime.combine(kit.expires, time(), UTC)
    lines = [
        f"Contact: mailto:{kit.contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        *([f"Encryption: {kit.encryption}"] if kit.encryption else []),
        f"Preferred-Languages: {_LANGUAGES}",
        f"Canonical: {kit.txt_url}",
        f"Policy: {kit.page_url}",
    ]
    text = "\n".join(lines) + "\n"
    read = parse(text, now, kit.txt_url)
    if read.problems or read.contact != (kit.contact,) or read.expires != expires:
        raise ConfigError((f"{kit.contact}: cannot stand in a security.txt; name another with --contact",))
    return text
