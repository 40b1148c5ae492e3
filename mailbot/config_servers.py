"""The keys of `[imap]` and `[smtp]`: the mail servers, and who we are to them."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from mailbot.config_base import Keys
from mailbot.config_oauth import FlowKeys
from mailbot.config_values import Command, File, Host, Line, Name, Port, Variable
from mailbot.secrets import Secret


class OAuth2Keys(FlowKeys, Keys):
    """An access token instead of a password, asked for at each login: mailbot gets it (`client_id`), or you do."""

    token_env: Variable | None = Field(None, description="Environment variable that holds the access token.")
    token_file: File = Field(None, description="File whose first line is the access token.")
    token_command: Command | None = Field(None, description="Program that prints an access token; no shell runs it.")

    def secret(self, table: str, folder: Path) -> Secret:
        """Where the token of the login in `table` is."""
        return Secret(f"{table}.token", self.token_env or "", self.token_file, self.token_command or (), folder)


class LoginKeys(Keys):
    """Who we are to a mail server."""

    username: Line = Field("", description="The login's name.")
    password_env: Variable | None = Field(None, description="Environment variable that holds the password.")
    password_file: File = Field(None, description="File whose first line is the password.")
    password_command: Command | None = Field(None, description="Program that prints the password; no shell runs it.")
    oauth2: OAuth2Keys | None = Field(None, description="A table of its own: a token instead of a password.")

    def secret(self, table: str, folder: Path) -> Secret:
        """Where the token, if there is `oauth2`, or the password of the login in `table` is."""
        if self.oauth2:
            return self.oauth2.secret(f"[{table}.oauth2]", folder)
        key = f"[{table}].password"
        return Secret(key, self.password_env or "", self.password_file, self.password_command or (), folder)


class ServerKeys(Keys):
    """A mail server."""

    host: Host = Field(description="The server's name or IP address.")
    port: Port = Field(description="The server's port.")
    security: Literal["tls", "starttls", "plain"] = Field(
        "tls", description="`tls` from the first byte, `starttls`, or `plain`, which is for this machine only."
    )
    ca_file: File = Field(None, description="Certificates to trust; empty: the system's (`SSL_CERT_FILE` moves them).")


class ImapKeys(LoginKeys, ServerKeys):
    """Where mail arrives."""

    port: Port = Field(993, description="The server's port.")
    folder: Name = Field("INBOX", description="The folder that is the queue.")
    sent_folder: Line = Field(
        "",
        description="Where the server keeps a copy of what it sends for us: `[Gmail]/Sent Mail`; empty: it keeps "
        "none. It is asked before a mail of which we do not know whether it went out is repeated.",
    )
    authserv_id: Line = Field(
        "",
        description="What our own mail server calls itself in `Authentication-Results`; empty: none is believed. "
        "Good words count above the `Received` line from outside only. An answer that it finds forged confirms nobody.",
    )


class SmtpKeys(LoginKeys, ServerKeys):
    """Where mail leaves; without a username no login is made."""

    port: Port = Field(465, description="The server's port.")
