"""What coordinators should weigh before they accept a report; proposals only, nothing is refused by itself.

The reasons are those of the guideline: V-2-4 and IV-2-5 (what a report must hold), III (what it is about).
"""

from collections.abc import Callable

from mailbot.core.extract_urls import host_of
from mailbot.core.fields import value_of
from mailbot.core.model import Field, Track

LOW_INFORMATION = "it says little of what is wrong, where, or with what effect"
NOT_A_FAULT = "it may be about a fraud, an incident or an inner system, not about a fault of a public site or product"
SETTINGS = "it may be about settings or an old version in use, not about a fault of the site or product"
KNOWN = "it may be public or mended already"
ABROAD = "the site may not be meant for people in Japan"
ILLEGAL = "more may have been done than was needed to see the fault"
KEPT_PRIVATE = "the finder keeps passages of it for the desk; they are told to nobody else"
HINTS = (LOW_INFORMATION, NOT_A_FAULT, SETTINGS, KNOWN, ABROAD, ILLEGAL, KEPT_PRIVATE)
"""Every hint there is; labels.toml puts them into other languages."""

BY_WORDS = {
    "low-information": LOW_INFORMATION,
    "not-a-fault": NOT_A_FAULT,
    "settings": SETTINGS,
    "known": KNOWN,
    "illegal": ILLEGAL,
}
"""The hints that words give, by the file of their signals."""
_SUBSTANCE = ("vulnerability.type", "vulnerability.steps", "vulnerability.impact", "vulnerability.reason")
_AT_HOME = (".jp",)

Weight = Callable[[str], float]
"""What the signals of routing/NAME.toml say of the mail."""


def hints_of(fields: tuple[Field, ...], track: Track, language: str, weight: Weight) -> tuple[str, ...]:
    """The hints that apply, in the order of HINTS."""
    found = {hint for name, hint in BY_WORDS.items() if weight(name) > 0}
    if not any(value_of(fields, name) for name in _SUBSTANCE):
        found.add(LOW_INFORMATION)
    if value_of(fields, "public") is True:
        found.add(KNOWN)
    if track is Track.WEBSITE and language != "ja" and _is_abroad(fields):
        found.add(ABROAD)
    if any(field.private for field in fields):
        found.add(KEPT_PRIVATE)
    return tuple(hint for hint in HINTS if hint in found)


def _is_abroad(fields: tuple[Field, ...]) -> bool:
    """Whether every site has a name outside Japan; its language is not looked at."""
    urls = value_of(fields, "target.urls")
    hosts = [host_of(url) for url in urls] if isinstance(urls, tuple) else []
    return bool(hosts) and not any(host.endswith(_AT_HOME) for host in hosts)
