"""Strings from outside, made fit to stand in a mail of ours."""

import re
from urllib.parse import SplitResult, unquote, urlsplit

from mailbot.core.model import Case

TEXT_LIMIT = 50_000
LINE_LIMIT = 300

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_HOST = re.compile(r"[\w.\-]{1,253}|[0-9a-f:.]{2,45}")
_PLAIN_SEGMENT = re.compile(r"[\w\-.~ +,@]*")


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """Text without control, direction and invisible characters; a cut is marked with […]."""
    if len(text) <= limit and text.replace("\n", "").replace("\u3000", "").isprintable():
        return text  # nothing invisible is printable, nor any other end of a line
    unified = re.sub("\r\n|[\r\x85\u2028\u2029]", "\n", text[: limit + 1])
    shown = _UNSEEN.sub("", unified)
    return shown if len(text) <= limit else shown[:limit] + "\n[…]"


def one_line(text: str) -> str:
    """Text that may stand within a sentence of ours."""
    flat = " ".join(clean(text).split())
    return flat if len(flat) <= LINE_LIMIT else flat[:LINE_LIMIT] + "…"


def split_url(url: str) -> SplitResult | None:
    """The parts of an http(s) URL, which may lack its scheme; None if it is none."""
    url = one_line(url)
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        usable = _HOST.fullmatch(parts.hostname or "") and (parts.port is None or parts.port > 0)
        return parts if usable and parts.scheme in ("", "http", "https") else None
    except ValueError:
        return None


def plain_url(url: str, with_path: bool = True) -> str:
    """The URL without user, query and fragment, cut before a path segment that could be an attack; "" if it is none."""
    parts = split_url(url)
    if parts is None:
        return ""
    start = f"{parts.scheme}://" if parts.scheme else ""
    start += parts.netloc.rpartition("@")[2]
    if not with_path:
        return f"{start}/"
    kept: list[str] = []
    for segment in parts.path.split("/")[1:]:
        shown = unquote(segment)
        if ".." in shown or not _PLAIN_SEGMENT.fullmatch(shown):
            kept.append("")
            break
        kept.append(segment)
    return "/".join((start, *kept))


def hosts(case: Case) -> tuple[str, ...]:
    """The hosts that the report is about, in lower case."""
    urls = (*case.field_text("target.urls").split("\n"), case.field_text("product.url"))
    found = (split_url(url) for url in urls if url.strip())
    return tuple(dict.fromkeys(parts.hostname or "" for parts in found if parts))
