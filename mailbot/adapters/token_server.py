"""What is asked of an OAuth 2 token server and what its answers mean (oauthlib).

RFC 6749 for tokens, RFC 7636 and 8252 for a code from a browser, RFC 8628 for a code entered in one. No secret is in
any error: they repeat neither what was sent nor an answer as a whole.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote

from oauthlib.oauth2 import (  # type: ignore[import-untyped]  # ships no types
    BackendApplicationClient,
    Client,
    DeviceClient,
    OAuth2Error,
    WebApplicationClient,
)

from mailbot.adapters.grants import Grant
from mailbot.adapters.tls import printable
from mailbot.adapters.token_wire import TokenWire, is_safe
from mailbot.errors import AccessError, TransientError

_TOKEN = re.compile(r"[!-~]{1,16384}")  # RFC 6749 A.12; what else it held could end the SASL message early
_LONGEST = 86_400  # seconds that a token is believed to live, whatever the server says
_UNSAID = 300  # seconds, where the server does not say
_LONGEST_SIGN_IN = 1_800
_SECRETS = ("client_secret", "refresh_token", "device_code", "code", "code_verifier")
_BUSY = ("temporarily_unavailable", "server_error")


@dataclass(frozen=True)
class TokenSettings:
    """A token server and who we are to it; `table` names these settings in errors, `remedy` says how to sign in."""

    table: str
    remedy: str
    client_id: str
    client_secret: Callable[[], str] = field(repr=False)
    token_url: str
    device_url: str = ""
    authorization_url: str = ""
    scopes: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    ca_file: str = ""
    timeout: float = 30


@dataclass(frozen=True)
class DeviceCode:
    """What a person enters where, and how we ask whether they did."""

    device_code: str = field(repr=False)
    user_code: str
    url: str
    seconds: int
    interval: int


@dataclass(frozen=True)
class Consent:
    """The page that a person opens, and what proves that its answer belongs to it."""

    url: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect: str


class TokenServer:
    """Asks one token server for tokens.

    Raises TransientError while it cannot be reached or is busy, AccessError for what only a person can mend.
    """

    def __init__(self, settings: TokenSettings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.settings = settings
        self._wire = TokenWire(settings.table, settings.ca_file, settings.timeout)
        self._clock = clock

    def credentials(self) -> Grant:
        """A grant for the application itself."""
        client = BackendApplicationClient(self.settings.client_id)
        return self._token(client.prepare_request_body(include_client_id=False, scope=self._scopes))

    def refresh(self, refresh_token: str) -> Grant:
        """The next grant; the server may have put a new refresh token in the old one's place, or kept that."""
        client = Client(self.settings.client_id, refresh_token=refresh_token)
        return self._token(client.prepare_refresh_body(refresh_token=refresh_token, scope=self._scopes), refresh_token)

    def start_device(self) -> DeviceCode:
        """A code for a person to enter (RFC 8628 3.1)."""
        answer = self._ask(self.settings.device_url, f"scope={quote(' '.join(self.settings.scopes))}")
        url = str(answer.get("verification_uri") or answer.get("verification_url") or "")  # Google's older name
        code, user_code = answer.get("device_code"), str(answer.get("user_code") or "")
        if not isinstance(code, str) or not user_code or not is_safe(url):
            raise AccessError(
                f"{self._wire.place(self.settings.device_url)} gave no code to enter; is device_url right?"
            )
        seconds = min(_number(answer.get("expires_in"), _LONGEST_SIGN_IN), _LONGEST_SIGN_IN)
        interval = min(max(_number(answer.get("interval"), 5), 1), 60)
        return DeviceCode(code, printable(user_code, 40), printable(url), seconds, interval)

    def poll_device(self, device: DeviceCode, pause: int) -> Grant | int:
        """The grant, or the seconds to wait before asking again; `pause` is how long we waited."""
        client = DeviceClient(self.settings.client_id)
        try:
            return self._token(client.prepare_request_body(device.device_code, scope=()))
        except Refused as exc:
            if exc.code == "authorization_pending":
                return pause
            if exc.code == "slow_down":
                return pause + 5  # RFC 8628 3.5
            raise

    def consent(self, redirect: str) -> Consent:
        """The page where a person agrees; it ends at `redirect`, which is on their own machine (RFC 8252 7.3)."""
        client = WebApplicationClient(self.settings.client_id)
        verifier = client.create_code_verifier(64)
        state = client.state_generator()
        url = client.prepare_request_uri(
            self.settings.authorization_url,
            redirect_uri=redirect,
            scope=self._scopes,
            state=state,
            code_challenge=client.create_code_challenge(verifier, "S256"),
            code_challenge_method="S256",
            **dict(self.settings.extra),
        )
        return Consent(url, state, verifier, redirect)

    def exchange(self, consent: Consent, address: str) -> Grant:
        """The grant for the address that the person's browser ended at."""
        client = WebApplicationClient(self.settings.client_id)
        try:
            # The library refuses http, which on the person's own machine is the rule.
            found = client.parse_request_uri_response(
                address.strip().replace("http://", "https://", 1), state=consent.state
            )
        except OAuth2Error as exc:
            why = printable(str(exc.error), 60)
            raise AccessError(f"{self.settings.table}: that address holds no consent ({why}); try again") from None
        body = client.prepare_request_body(
            code=found["code"], redirect_uri=consent.redirect, code_verifier=consent.verifier, include_client_id=False
        )
        return self._token(body)

    @property
    def _scopes(self) -> list[str]:
        return list(self.settings.scopes)

    def _token(self, body: str, refresh_token: str = "") -> Grant:
        now = self._clock()  # before the question: the token's life is counted from no later than it began
        answer = self._ask(self.settings.token_url, body)
        access = answer.get("access_token")
        refresh = answer.get("refresh_token") or refresh_token
        kind = str(answer.get("token_type", "bearer")).lower()
        if not isinstance(access, str) or not _TOKEN.fullmatch(access) or kind != "bearer":
            raise AccessError(f"{self._wire.place(self.settings.token_url)} gave no usable token; is token_url right?")
        if not isinstance(refresh, str):
            raise AccessError(f"{self._wire.place(self.settings.token_url)} gave an unusable refresh token")
        seconds = min(_number(answer.get("expires_in"), _UNSAID), _LONGEST)
        return Grant(access, now, now + timedelta(seconds=seconds), refresh)

    def _ask(self, url: str, body: str) -> dict[str, Any]:
        """The answer's JSON object; an error in it is raised."""
        secret = self.settings.client_secret()
        form = body + f"&client_id={quote(self.settings.client_id)}"
        form += f"&client_secret={quote(secret)}" if secret else ""
        status, text = self._wire.post(url, form)
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            answer = None
        if status >= 500 or status == 429:
            raise TransientError(f"{self._wire.place(url)} answers HTTP {status}")
        if not isinstance(answer, dict):
            raise TransientError(f"{self._wire.place(url)} does not answer as a token server does (HTTP {status})")
        if "error" in answer or status >= 400:
            raise self._refusal(url, answer, dict(parse_qsl(body)) | {"client_secret": secret})
        return answer

    def _refusal(self, url: str, answer: dict[str, Any], sent: dict[str, str]) -> Exception:
        code, text = str(answer.get("error") or "no reason"), str(answer.get("error_description") or "")
        for secret in filter(None, map(sent.get, _SECRETS)):
            text, code = text.replace(secret, "…"), code.replace(secret, "…")
        code, text = printable(code, 60), printable(text.partition("\n")[0])
        why = f"{code}: {text}" if text else code
        if code == "invalid_grant" and "refresh_token" in sent:
            return Refused(code, f"{self.settings.table}: the desk's sign-in has ended: {why}; {self.settings.remedy}")
        if code in _BUSY:
            return TransientError(f"{self._wire.place(url)} is busy ({why})")
        return Refused(code, f"{self._wire.place(url)} refuses us ({why}); {self.settings.remedy}")


class Refused(AccessError):
    """What the token server said no to, with the code of RFC 6749 5.2."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def _number(value: object, default: int) -> int:
    """A count of seconds; some servers write it as text."""
    try:
        return max(int(str(value)[:12]), 0)
    except ValueError:
        return default
