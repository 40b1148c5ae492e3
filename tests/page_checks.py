"""What every page must be, whoever wrote the words in it: checks over the page as a browser parses it."""

from base64 import b64encode
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree

from justhtml import JustHTML

FORBIDDEN = ("script", "iframe", "object", "embed", "form", "input", "img", "base", "link", "foreignobject", "animate")
BIDI = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u061c"
STRANGE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{7*7}}{% for x in y %}",
    "</title></style><script>alert(1)</script>",
    "</pre><svg onload=alert(1)>",
    "javascript:alert(1)",
    "https://evil.example/?a=<b>&c=1",
    "=cmd()|' /C calc'!A0",
    "abc\u202egnp.exe\u2066x",
    "\x1b[31mred\x00\x07",
    "Z" + "\u0336" * 60,
    "&lt;b&gt; <!-- -->",
    "\u2028line\ufeff\U000e0041",
    "x" * 5000,
)
"""What strangers may write where a page shows their words."""


def drawing(text: str) -> ElementTree.Element:
    """The drawing, parsed as strictly as XML is."""
    return ElementTree.fromstring(text)  # noqa: S314 -- our own, made a moment ago


def elements(page: str) -> list[Any]:
    """Every element of the page."""
    return list(JustHTML(page, sanitize=False).query("*"))


def assert_sound(page: str) -> list[Any]:
    """Fail unless the page is valid, runs nothing, loads nothing, and shows every character; its elements."""
    assert JustHTML(page, sanitize=False, collect_errors=True).errors == []
    found = elements(page)
    assert [each.name for each in found if each.name.lower() in FORBIDDEN] == []
    for each in found:
        assert [name for name in each.attrs if name.startswith("on") or name == "style"] == [], each.name
        for name in ("href", "src", "action", "data", "xlink:href"):
            target = each.attrs.get(name) or ""
            assert ":" not in target, target
            assert not target.startswith("/"), target
    names = [each.attrs["id"] for each in found if "id" in each.attrs]
    assert len(names) == len(set(names))
    assert not set(page) & set(BIDI)
    assert not [char for char in page if ord(char) < 32 and char != "\n"]
    assert "{{" not in page.replace("{{7*7}}", "")
    assert_policy(page, found)
    return found


def assert_policy(page: str, found: list[Any]) -> None:
    """Fail unless the page's policy allows exactly its own style sheet."""
    policy = next(e.attrs["content"] for e in found if e.attrs.get("http-equiv") == "Content-Security-Policy")
    style = page.split("<style>", 1)[1].split("</style>", 1)[0]
    known = b64encode(sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{known}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style
    assert "@import" not in style
    assert [e.name for e in found].count("style") == 1
