"""What the codes of statistics are called, in each language: from rules/statistics/labels.toml and kinds.toml.

Quarters and spans of days are written by this module; everything else is looked up.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mailbot.core.statistics.figures import Figure, Remark, Series

_QUARTER = re.compile(r"(\d{4})Q([1-4])", re.ASCII)
_SPAN = re.compile(r"(\d+)(-?)(\d*)", re.ASCII)
_MONTHS = {"ja": ("3月末", "6月末", "9月末", "12月末"), "en": ("Mar", "Jun", "Sep", "Dec")}

Names = Mapping[str, str]
"""Language to words: at least ja and en."""


@dataclass(frozen=True)
class Title:
    """What a figure is called, and its number in the quarterly report; `yearly` is its number in the yearly one."""

    names: Names
    number: str  # "2-1"
    yearly: str = ""  # "1-2"

    def text(self, language: str) -> str:
        """The title alone."""
        return self.names[language]


@dataclass(frozen=True)
class Labels:
    """All words of the statistics."""

    titles: Mapping[str, Title]  # by figure code
    names: Mapping[str, Mapping[str, Names]]  # namespace -> code -> language
    remarks: Mapping[str, Names]  # sentences with {name} in them
    words: Mapping[str, Names]  # headings and other words of the page

    def title(self, figure: Figure) -> Title:
        """Title and number of a figure."""
        return self.titles[figure.code]

    def column(self, figure: Figure, code: str, language: str) -> str:
        """What a column is called."""
        return self.name(figure.columns_in, code, language)

    def series(self, figure: Figure, series: Series, language: str) -> str:
        """What a series is called."""
        return self.name(figure.series_in, series.code, language)

    def name(self, namespace: str, code: str, language: str) -> str:
        """What a code is called; a code that nobody named shows itself."""
        match namespace:
            case "quarter":
                return quarter_name(code, language)
            case "quarter_end":
                return quarter_end_name(code, language)
            case "days" if _SPAN.fullmatch(code):
                return span_name(code, language)
        known = self.names.get(namespace, {}).get(code) or self.names.get("common", {}).get(code)
        return known[language] if known else code

    def sentence(self, remark: Remark, language: str) -> str:
        """A remark as a sentence; what has no number is shown as a dash."""
        types = self.names.get("website_type", {})
        numbers = {
            name: types[value][language] if isinstance(value, str) and value in types else _shown(value)
            for name, value in remark.numbers
        }
        return self.remarks[remark.code][language].format_map(numbers)

    def word(self, code: str, language: str) -> str:
        """A heading or another word of the page."""
        return self.words[code][language]


def quarter_name(code: str, language: str) -> str:
    """「2021年1Q」, "2021 Q1"."""
    found = _QUARTER.fullmatch(code)
    if not found:
        return code
    year, n = found.groups()
    return f"{year}年{n}Q" if language == "ja" else f"{year} Q{n}"


def quarter_end_name(code: str, language: str) -> str:
    """「2021年3月末」, "end of Mar 2021"."""
    found = _QUARTER.fullmatch(code)
    if not found:
        return code
    year, n = found.groups()
    month = _MONTHS.get(language, _MONTHS["en"])[int(n) - 1]
    return f"{year}年{month}" if language == "ja" else f"end of {month} {year}"


def span_name(code: str, language: str) -> str:
    """「4～5日」「301日～」, "4-5 days", "301 days and more"."""
    found = _SPAN.fullmatch(code)
    if not found:
        return code
    first, dash, last = found.groups()
    if language == "ja":
        return f"{first}～{last}日" if last else f"{first}日～" if dash else f"{first}日"
    return f"{first}–{last} days" if last else f"{first} days or more" if dash else f"{first} days"


def _shown(value: int | float | str | None) -> str:
    match value:
        case None:
            return "–"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.2f}"
        case _:
            return value
