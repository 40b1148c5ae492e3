"""A recorded traffic (HAR) without what it tells of the one who recorded it: cookies, credentials, program, address.

What reproduction needs stays: URLs, methods, parameters, status, and headers that are not secret.
"""

import json
from typing import Any

_SECRET_HEADERS = frozenset(
    (
        *("cookie", "set-cookie", "authorization", "proxy-authorization", "x-api-key", "api-key", "x-auth-token"),
        *("x-csrf-token", "x-xsrf-token", "x-access-token", "x-amz-security-token", "x-forwarded-for", "x-real-ip"),
        *("forwarded", "via", "client-ip", "true-client-ip", "x-client-data", "user-agent", "from"),
    )
)
_LEFT_OUT = frozenset(
    ("cookies", "creator", "browser", "pages", "comment", "connection", "_initiator", "_webSocketMessages", "cache")
)
_BODY = 2_000  # characters of an answer's body
_DEPTH = 40


def without_identity(text: str, mark: str) -> str | None:
    """The traffic as indented JSON, or None if it cannot be read."""
    try:
        record = json.loads(text)
        return json.dumps(_clean(record, mark, _DEPTH), ensure_ascii=False, indent=1)
    except (ValueError, RecursionError):
        return None


def _clean(value: Any, mark: str, depth: int) -> Any:
    if depth == 0:
        return mark
    if isinstance(value, list):
        return [_clean(each, mark, depth - 1) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {key: inner for key, inner in value.items() if key not in _LEFT_OUT}
    if isinstance(kept.get("mimeType"), str) and isinstance(body := kept.get("text"), str) and "size" in kept:
        kept["text"] = mark if kept.get("encoding") == "base64" else body[:_BODY]
    if isinstance(headers := kept.get("headers"), list):
        kept["headers"] = [_header(each, mark) for each in headers]
    return {key: _clean(inner, mark, depth - 1) for key, inner in kept.items()}


def _header(header: Any, mark: str) -> Any:
    name = header.get("name") if isinstance(header, dict) else None
    return {"name": name, "value": mark} if isinstance(name, str) and name.lower() in _SECRET_HEADERS else header
