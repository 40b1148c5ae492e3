"""What mailbot.toml may say about getting access tokens: presets of providers, flows, and whether the keys agree.

Scopes and addresses of Gmail and Microsoft 365 are those of their public documents.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field

from mailbot.config_values import Command, File, HttpsUrl, Line, Variable, is_url, must_be
from mailbot.core.hosts import is_loopback
from mailbot.secrets import Secret

Flow = Literal["device", "code", "client_credentials"]


def _is_token_url(value: str) -> str:
    """Secrets cross it: https, or http that does not leave this machine."""
    schemes = ("https", "http") if value and is_loopback(urlsplit(value).hostname or "") else ("https",)
    if value and not is_url(value, schemes):
        raise ValueError
    return value


TokenUrl = Annotated[str, AfterValidator(_is_token_url), must_be('an https URL (http on this machine only), or ""')]
Tenant = Annotated[str, Field(pattern=r"\A[A-Za-z0-9][A-Za-z0-9.-]{0,127}\z"), must_be("a tenant's id or domain")]
Scopes = Annotated[
    tuple[Annotated[str, Field(pattern=r"\A[!#-\[\]-~]{1,200}\z")], ...],
    must_be("a list of scopes, each without spaces"),
]


@dataclass(frozen=True)
class Endpoints:
    """Where tokens are asked for, how, and for what."""

    flow: Flow
    token_url: str
    device_url: str
    authorization_url: str
    scopes: tuple[str, ...]
    extra: tuple[tuple[str, str], ...] = ()  # parameters of the page that a person opens


_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
_OUTLOOK = "https://outlook.office365.com"
_ANY_TENANT = "organizations"


class FlowKeys(BaseModel):
    """How access tokens are got from a token server, which `client_id` says that mailbot does itself."""

    client_id: Line = Field(
        "", description="Our application's id at the token server; with it mailbot gets tokens itself."
    )
    provider: Literal["", "google", "microsoft"] = Field(
        "", description="Whose addresses and scopes to use; empty: those given here."
    )
    flow: Literal["", "device", "code", "client_credentials"] = Field(
        "",
        description="`device`: a code entered in any browser; `code`: a page opened in any browser, its last address "
        "pasted back; `client_credentials`: no person. Empty: `code` for `google`, else `device`.",
    )
    tenant: Tenant = Field(_ANY_TENANT, description="Microsoft's directory (tenant) id or domain.")
    client_secret_env: Variable | None = Field(None, description="Environment variable that holds the client secret.")
    client_secret_file: File = Field(None, description="File whose first line is the client secret.")
    client_secret_command: Command | None = Field(None, description="Program that prints it; no shell runs it.")
    token_url: TokenUrl = Field("", description="The token server's address; empty: the provider's.")
    device_url: TokenUrl = Field("", description="Where device codes are asked for; empty: the provider's.")
    authorization_url: HttpsUrl = Field("", description="The page where a person agrees; empty: the provider's.")
    scopes: Scopes = Field((), description="What is asked for; empty: what the provider needs for IMAP and SMTP.")
    oauth_ca_file: File = Field(None, description="Certificates to trust for the token server; empty: the system's.")

    @property
    def signs_in(self) -> bool:
        """Whether mailbot gets tokens itself."""
        return bool(self.client_id)

    def client_secret(self, table: str, folder: Path) -> Secret:
        """Where the client secret of the login in `table` is; an application that people sign in to may have none."""
        way = self.client_secret_env or "", self.client_secret_file, self.client_secret_command or ()
        return Secret(f"[{table}.oauth2].client_secret", *way, folder, may_be_empty=True)

    def endpoints(self) -> Endpoints:
        """The keys given here, and the provider's for the rest."""
        flow: Flow = self.flow or ("code" if self.provider == "google" else "device")
        preset = _preset(self.provider, flow, self.tenant)
        return Endpoints(
            flow,
            self.token_url or preset.token_url,
            self.device_url or preset.device_url,
            self.authorization_url or preset.authorization_url,
            self.scopes or preset.scopes,
            preset.extra,
        )


def _preset(provider: str, flow: Flow, tenant: str) -> Endpoints:
    if provider == "google":
        return Endpoints(
            flow,
            "https://oauth2.googleapis.com/token",
            "https://oauth2.googleapis.com/device/code",
            "https://accounts.google.com/o/oauth2/v2/auth",
            ("https://mail.google.com/",),
            (("access_type", "offline"), ("prompt", "consent")),  # without both it gives no refresh token
        )
    if provider == "microsoft":
        base = _MICROSOFT.format(tenant=tenant)
        people = (f"{_OUTLOOK}/IMAP.AccessAsUser.All", f"{_OUTLOOK}/SMTP.Send", "offline_access")
        scopes = (f"{_OUTLOOK}/.default",) if flow == "client_credentials" else people
        return Endpoints(flow, f"{base}/token", f"{base}/devicecode", f"{base}/authorize", scopes)
    return Endpoints(flow, "", "", "", ())


def oauth_disagreements(place: str, table: dict[str, Any]) -> Iterator[str]:
    """What is wrong between the keys of an oauth2 table that says how tokens are got."""
    if not table.get("client_id"):
        yield f"{place}.client_id: is missing: our application's id at the token server"
    tokens = [name for name in ("token_env", "token_file", "token_command") if table.get(name)]
    if tokens:
        yield f"{place}: {tokens[0]} and client_id exclude each other; keep one"
    secrets = [name for name in table if name.startswith("client_secret_") and table[name]]
    if len(secrets) > 1:
        yield f"{place}: {' and '.join(secrets)} exclude each other; keep one"
    provider, flow = table.get("provider") or "", table.get("flow") or ""
    flow = flow or ("code" if provider == "google" else "device")
    if flow == "client_credentials":
        if not secrets:
            ways = ", ".join(f"client_secret_{way}" for way in ("env", "file", "command"))
            yield f'{place}: the flow "client_credentials" needs a client secret; give one of {ways}'
        if provider == "microsoft" and table.get("tenant", _ANY_TENANT) == _ANY_TENANT:
            yield f'{place}.tenant: the flow "client_credentials" needs your own tenant\'s id or domain'
        if provider == "google":
            yield f'{place}.flow: Google has no "client_credentials" for mailboxes; leave flow out'
    if provider:
        return
    needed = {"device": ("token_url", "device_url"), "code": ("token_url", "authorization_url")}
    for key in needed.get(flow, ("token_url",)):
        if not table.get(key):
            yield f'{place}.{key}: is missing: the flow "{flow}" needs it where no provider is named'


def wants_flow(table: dict[str, Any]) -> bool:
    """Whether the table is about getting tokens, also when it is wrong about it."""
    return any(table.get(name) for name in FlowKeys.model_fields)
