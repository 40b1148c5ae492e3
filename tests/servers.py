"""Real servers for tests: Dovecot for IMAP, aiosmtpd for SMTP, under a throw-away certificate authority."""

from tests.servers_common import HOST, PASSWORD, Authority, free_port, skip_or_fail
from tests.servers_dovecot import Dovecot, missing_dovecot
from tests.servers_smtp import DROP, HANG, Received, SmtpSink

__all__ = [
    "DROP",
    "HANG",
    "HOST",
    "PASSWORD",
    "Authority",
    "Dovecot",
    "Received",
    "SmtpSink",
    "free_port",
    "missing_dovecot",
    "skip_or_fail",
]
