"""A person signs the desk in: by a code that they enter in any browser, or by a page that they open there."""

import time
from collections.abc import Callable

from mailbot.adapters.access import AccessTokens
from mailbot.adapters.grants import Grant
from mailbot.adapters.token_server import TokenServer
from mailbot.errors import AccessError

REDIRECT = "http://127.0.0.1:8765/"
"""Where the browser ends with its code. Nothing listens there: the person pastes the address, from any machine."""


def sign_in(
    access: AccessTokens,
    flow: str,
    put: Callable[[str], None],
    ask: Callable[[str], str],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Lead a person through it and keep what it gives. Raises AccessError or TransientError."""
    if access.by_itself:
        held = access.held()
        access.renew(held.access_token if held else "")
    elif flow == "code":
        _by_page(access, put, ask)
    else:
        _by_code(access, put, sleep)


def _by_code(access: AccessTokens, put: Callable[[str], None], sleep: Callable[[float], None]) -> None:
    server: TokenServer = access.server
    device = server.start_device()
    put(f"Open {device.url} in any browser, sign in as the desk's mailbox and enter the code {device.user_code}")
    put(f"The code is good for {device.seconds // 60} minutes; waiting.")
    left, pause = float(device.seconds), device.interval
    while left > 0:
        sleep(pause)
        left -= pause
        answer = server.poll_device(device, pause)
        if not isinstance(answer, int):
            _keep(access, answer)
            return
        pause = answer
    raise AccessError(f"{server.settings.table}: nobody entered the code in time; {server.settings.remedy}")


def _by_page(access: AccessTokens, put: Callable[[str], None], ask: Callable[[str], str]) -> None:
    server: TokenServer = access.server
    consent = server.consent(REDIRECT)
    put(f"Open this page in any browser, sign in as the desk's mailbox and agree:\n\n{consent.url}\n")
    put(f"The browser then goes to {REDIRECT}…, which it cannot show. Copy that whole address from its address bar.")
    _keep(access, server.exchange(consent, ask("The address")))


def _keep(access: AccessTokens, grant: Grant) -> None:
    if not grant.refresh_token:
        settings = access.server.settings
        raise AccessError(f"{settings.table}: the server gave no refresh token; is offline access among the scopes?")
    access.keep(grant)
