"""The inks of charts on white and on black, and which text is legible on each.

`k…` follow Paul Tol's "muted" scheme and `q…` his "sunset", made for colour-blind readers; on black the darkest are
lighter. Neighbours differ in lightness too, and every bar has an edge.
"""

from collections.abc import Iterator
from typing import NamedTuple

_INKS = {
    "k1": ("#4477aa", "#6fa3d8"),
    "k2": ("#882255", "#d06a9b"),
    "k3": ("#88ccee", "#a9dcf5"),
    "k4": ("#332288", "#6a5acd"),
    "k5": ("#ddcc77", "#e3d48a"),
    "k6": ("#117733", "#3a9d5d"),
    "k7": ("#cc6677", "#d9808f"),
    "k8": ("#44aa99", "#5fc4b3"),
    "k9": ("#aa4499", "#c66bb8"),
    "k10": ("#999933", "#b9b955"),
    "k11": ("#661100", "#a65a3a"),
    "rest": ("#f4f4f4", "#e9e9e9"),
    "q1": ("#364b9a", "#4b62b8"),
    "q2": ("#4476b2", "#5d8dc8"),
    "q3": ("#6ea6cd", "#7db3d8"),
    "q4": ("#98cae1", "#a2d2e8"),
    "q5": ("#c2e4ef", "#c2e4ef"),
    "q6": ("#eaeccc", "#eaeccc"),
    "q7": ("#feda8b", "#feda8b"),
    "q8": ("#fdb366", "#fdb366"),
    "q9": ("#f67e4b", "#f67e4b"),
    "q10": ("#d53a2a", "#e2523f"),
    "q11": ("#a50026", "#c0223f"),
}
_DARK, _LIGHT = "#16181d", "#ffffff"


class Ink(NamedTuple):
    """An ink's colour on white paper and on a dark screen, and the colour of text on it."""

    name: str
    light: str
    on_light: str
    dark: str
    on_dark: str


def inks() -> Iterator[Ink]:
    """Every ink."""
    for name, (light, dark) in _INKS.items():
        yield Ink(name, light, legible_on(light), dark, legible_on(dark))


def legible_on(colour: str) -> str:
    """Black or white, whichever contrasts more."""
    return max((_DARK, _LIGHT), key=lambda text: contrast(text, colour))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2): 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
