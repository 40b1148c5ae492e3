"""Values that are no secret although they stand where one would: payloads, placeholders, words that everyone uses."""

import re

_PAYLOAD = re.compile(
    r"[<>{}$`*\\(]|\.\./|%(?:27|22|3c|3e|24|7b|0d|0a|00|2e%2e|5c|60)|https?:|javascript:|\.\.%2f"
    r"|(?:^|[\s'+])(?:or|and|union|select|sleep|waitfor|etc/passwd)(?:[\s'+(]|$)|'\s?--|[\"']\s?(?:or|and|;)",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"(?:x{2,}|\*+|\.{2,}|…+|-+|_+|#+|[●○■□〇◯＊]+|0+|\?+|a{2,}|ａ+)|(?:your|my|some|the|any|new|old|valid|invalid|dummy|"
    r"sample|example|fake|test|redacted|masked|hidden|removed|omitted|snip)(?:[_\- .]?[a-z0-9]{0,20}){0,3}",
    re.IGNORECASE,
)
_WORDS = frozenset(
    (
        *(
            "password",
            "passwd",
            "pass",
            "pw",
            "admin",
            "administrator",
            "root",
            "user",
            "guest",
            "test",
            "demo",
            "secret",
        ),
        *("token", "value", "session", "cookie", "true", "false", "null", "none", "nil", "undefined", "empty", "on"),
        *("off", "yes", "no", "ok", "ja", "en", "ja-jp", "en-us", "light", "dark", "abc", "foo", "bar", "baz", "hoge"),
        *(
            "fuga",
            "piyo",
            "expired",
            "deleted",
            "invalid",
            "valid",
            "default",
            "anonymous",
            "disabled",
            "enabled",
            "lax",
        ),
        *("strict", "bearer", "basic", "string", "required", "optional", "attacker", "victim", "evil", "hacker", "asc"),
        *("desc", "member", "public", "private", "csrf", "xsrf", "id", "pwned", "hacked", "injected", "1234", "12345"),
        *("123456", "password1", "password123", "abc123", "changeme", "letmein", "deny", "allow", "denied", "missing"),
    )
)
_NEVER_ALONE = re.compile(r"[\s\W_]*")


def is_payload(value: str) -> bool:
    """Whether the value is an attack's text rather than something that was issued to a person."""
    return _PAYLOAD.search(value) is not None


def is_nobodys(value: str) -> bool:
    """Whether the value is a payload, a placeholder, or a word that gives nothing away."""
    bare = value.strip().strip("'\"“”「」[]<>")
    if not bare or _NEVER_ALONE.fullmatch(bare) or is_payload(value):
        return True
    return bare.casefold() in _WORDS or _PLACEHOLDER.fullmatch(bare) is not None
