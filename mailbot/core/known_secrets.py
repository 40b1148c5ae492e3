"""Keys and tokens that are known by their shape: what detect-secrets lists, with its own patterns.

Its plugins that guess by entropy or by the word before a value are left aside: they take payloads for secrets.
"""

import re
from collections.abc import Iterator
from functools import cache

import re2  # type: ignore[import-untyped]

from mailbot.core.cuts import Cut
from mailbot.core.patterns import Pattern

_REST = re.compile(r"[A-Za-z0-9_\-+/=.]{0,2000}")
_NOT_LAST = "=.-_"
_AHEAD = r"(?!\w)"  # the one thing that RE2 cannot; a token is followed to its end anyway
_TOO_MANY = re.compile(r",[0-9]{4,}\}")  # RE2 repeats 1000 times at most; without a limit it is as fast
_MORE = (
    r"\beyJ[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]*)?",  # RFC 7519
    r"\bAIza[0-9A-Za-z_\-]{35}",  # Google
    r"\bgithub_pat_[A-Za-z0-9_]{22,120}",
    r"\b(?:sk|pk|rk)_(?:live|test)_[0-9a-zA-Z]{10,120}",  # Stripe, of any length
    r"\bxox[abeoprs]-[0-9A-Za-z-]{10,200}",
    r"\bya29\.[0-9A-Za-z_\-]{20,400}",
    r"\bsk-(?:proj-|ant-)?[A-Za-z0-9_\-]{32,200}",
)
"""Shapes that came up after the library's last release, or that it takes only in part."""


def known_secrets(text: str) -> Iterator[Cut]:
    """Where such keys stand in the text as it is written: letter case counts."""
    for kind, pattern in _patterns():
        for found in pattern.finditer(text):
            rest = _REST.match(text, found.end())
            end = rest.end() if rest else found.end()
            while end > found.end() and text[end - 1] in _NOT_LAST:
                end -= 1
            yield Cut(found.start(), end, "known_secret", kind)


@cache
def _patterns() -> tuple[tuple[str, Pattern], ...]:
    # The library takes 150 ms to load, and most mails need none of it.
    from detect_secrets.plugins.artifactory import ArtifactoryDetector
    from detect_secrets.plugins.aws import AWSKeyDetector
    from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
    from detect_secrets.plugins.discord import DiscordBotTokenDetector
    from detect_secrets.plugins.github_token import GitHubTokenDetector
    from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
    from detect_secrets.plugins.jwt import JwtTokenDetector
    from detect_secrets.plugins.mailchimp import MailchimpDetector
    from detect_secrets.plugins.npm import NpmDetector
    from detect_secrets.plugins.openai import OpenAIDetector
    from detect_secrets.plugins.pypi_token import PypiTokenDetector
    from detect_secrets.plugins.sendgrid import SendGridDetector
    from detect_secrets.plugins.slack import SlackDetector
    from detect_secrets.plugins.square_oauth import SquareOAuthDetector
    from detect_secrets.plugins.stripe import StripeDetector
    from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
    from detect_secrets.plugins.twilio import TwilioKeyDetector

    keys = (
        AWSKeyDetector,
        AzureStorageKeyDetector,
        OpenAIDetector,
        SendGridDetector,
        StripeDetector,
        TwilioKeyDetector,
    )
    tokens = (
        *(ArtifactoryDetector, DiscordBotTokenDetector, GitHubTokenDetector, GitLabTokenDetector, JwtTokenDetector),
        *(MailchimpDetector, NpmDetector, PypiTokenDetector, SlackDetector, SquareOAuthDetector),
        TelegramBotTokenDetector,
    )
    listed = [("api_key", p) for plugin in keys for p in plugin.denylist]
    listed += [("token", p) for plugin in tokens for p in plugin.denylist]
    ours = [("token", re.compile(source)) for source in _MORE]
    return tuple((kind, _linear(pattern)) for kind, pattern in (*listed, *ours))


def _linear(pattern: re.Pattern[str]) -> Pattern:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not pattern.flags & re.IGNORECASE
    source = _TOO_MANY.sub(",}", pattern.pattern.replace(_AHEAD, ""))
    compiled: Pattern = re2.compile(source, options=options)
    return compiled
