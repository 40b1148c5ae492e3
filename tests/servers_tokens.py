"""A token server for tests, on loopback: device codes, codes of a page, client credentials, rotation, revocation.

It also answers the questions of a mail server about a token, as Dovecot's oauth2 passdb asks them.
"""

import base64
import hashlib
import json
import secrets
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

CLIENT, SECRET = "mailbot-tests", "client-secret-of-tests"
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"

Answer = tuple[int, Any]


@dataclass
class Family:
    """One sign-in: its user, the refresh token that is good now, and its access tokens."""

    user: str
    refresh: str = ""
    spent: set[str] = field(default_factory=set)
    access: set[str] = field(default_factory=set)
    revoked: bool = False


class TokenServer:
    """Rotates refresh tokens, and takes one that comes twice for stolen: the whole sign-in is revoked then."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.families: list[Family] = []
        self.requests: list[dict[str, str]] = []
        self.issued: list[str] = []
        self.lifetime = 3600
        self.rotates = True
        self.approved: dict[str, str] = {}  # device code -> user
        self.codes: dict[str, tuple[str, str]] = {}  # code of the page -> user, challenge
        self.script: list[Answer] = []  # answers to give first at the token address
        self._polls = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.scheme = "https" if context else "http"
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """An address of it."""
        return f"{self.scheme}://{host}:{self.port}/{path}"

    def sign_in(self, user: str) -> dict[str, Any]:
        """What a person's sign-in gives, without a browser."""
        self.families.append(Family(user))
        return self._tokens(self.families[-1])

    def approve(self, device_code: str, user: str) -> None:
        """The person has entered the code."""
        self.approved[device_code] = user

    def agree(self, url: str, user: str) -> str:
        """The person has agreed on the page: the address that their browser ends at."""
        asked = dict(parse_qsl(urlsplit(url).query))
        assert asked["code_challenge_method"] == "S256"
        code = self._new("code")
        self.codes[code] = user, asked["code_challenge"]
        return f"{asked['redirect_uri']}?state={asked['state']}&code={code}"

    def revoke(self, user: str) -> None:
        """The person, or an administrator, has taken the sign-in back: nothing of it is good any more."""
        for family in self.families:
            if family.user == user:
                family.revoked = True
                family.access.clear()

    def revoke_access(self, user: str) -> None:
        """Access tokens end before their time; the sign-in stays."""
        for family in self.families:
            if family.user == user:
                family.access.clear()

    def user_of(self, token: str) -> str:
        """Whose access token it is; "" if nobody's."""
        return next((family.user for family in self.families if token in family.access), "")

    def token(self, form: dict[str, str]) -> Answer:
        """The token address."""
        if self.script:
            return self.script.pop(0)
        if form.get("client_id") != CLIENT or form.get("client_secret", SECRET) != SECRET:
            return 401, {"error": "invalid_client", "error_description": "who are you?"}
        match form.get("grant_type"):
            case "refresh_token":
                return self._refresh(form.get("refresh_token", ""))
            case "client_credentials" if "client_secret" in form:
                self.families.append(Family("user1"))
                return 200, {k: v for k, v in self._tokens(self.families[-1]).items() if k != "refresh_token"}
            case "authorization_code" if form.get("code") in self.codes:
                user, challenge = self.codes.pop(form["code"])
                digest = hashlib.sha256(form["code_verifier"].encode()).digest()
                if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
                    return 400, {"error": "invalid_grant"}
                return 200, self.sign_in(user)
            case kind if kind == _DEVICE:
                self._polls += 1
                if form["device_code"] in self.approved:
                    return 200, self.sign_in(self.approved[form["device_code"]])
                return 400, {"error": "slow_down" if self._polls % 3 == 2 else "authorization_pending"}
        return 400, {"error": "invalid_request"}

    def _refresh(self, token: str) -> Answer:
        family = next((f for f in self.families if token == f.refresh or token in f.spent), None)
        if family is not None and token in family.spent:
            family.revoked = True
            family.access.clear()
        if family is None or family.revoked:
            # A careless server: it repeats what was sent.
            return 400, {"error": "invalid_grant", "error_description": f"Token {token} has been expired or revoked."}
        return 200, self._tokens(family)

    def _tokens(self, family: Family) -> dict[str, Any]:
        access = self._new("access")
        family.access.add(access)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": self.lifetime, "scope": "other mail"}
        if self.rotates or not family.refresh:
            family.spent |= {family.refresh} - {""}
            family.refresh = self._new("refresh")
            answer["refresh_token"] = family.refresh
        return answer

    def _new(self, kind: str) -> str:
        self.issued.append(f"{kind}-{secrets.token_hex(12)}")
        return self.issued[-1]

    def _answer(self, path: str, form: dict[str, str]) -> Answer:
        match path:
            case "/token":
                return self.token(form)
            case "/device":
                code = self._new("device")
                where = "https://login.test/device"
                answer = {"device_code": code, "user_code": "WDJB-MJHT", "verification_uri": where, "interval": 5}
                return 200, answer | {"expires_in": 900}
            case "/tokeninfo":
                user = self.user_of(form.get("access_token", ""))
                return (200, {"user": user, "active": True}) if user else (401, {"error": "invalid_token"})
            case "/elsewhere":
                return 302, {}
        return 404, "<html>not here</html>"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                form = dict(parse_qsl(body.decode()))
                outer.requests.append({"path": self.path} | form)
                self._send(*outer._answer(self.path, form))

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                self._send(*outer._answer(parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()}))

            def _send(self, status: int, answer: Any) -> None:
                content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", outer.url("token"))
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        return Handler
