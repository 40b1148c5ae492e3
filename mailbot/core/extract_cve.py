"""A CVE record (format 5) in the words of our JSON form: https://cveproject.github.io/cve-schema/."""

from collections.abc import Iterator
from typing import Any

from mailbot.core.json_paths import at, entries, unique, words

_FINDERS = ("finder", "reporter", "analyst", "")


def cve_terms(record: dict[str, Any]) -> dict[str, Any] | None:
    """What the record says under our labels; None if it is no CVE record."""
    cna = at(record, "containers", "cna")
    if not isinstance(cna, dict):
        return None
    affected = list(entries(cna, "affected"))
    metrics = list(_metrics(cna))
    return {
        "cve": words(record, "cveMetadata", "cveId"),
        "product": next(iter(unique(words(one, "product") or words(one, "packageName") for one in affected)), ""),
        "vendor": next(iter(unique(words(one, "vendor") for one in affected)), ""),
        "versions": ", ".join(unique(version for one in affected for version in _versions(one))),
        "title": words(cna, "title"),
        "description": _told(cna, "descriptions"),
        "cwe": unique(words(d, "cweId") for p in entries(cna, "problemTypes") for d in entries(p, "descriptions")),
        "weakness_text": unique(
            words(d, "description") for p in entries(cna, "problemTypes") for d in entries(p, "descriptions")
        ),
        "cvss": next(iter(unique(words(metric, "vectorString") for metric in metrics)), ""),
        "score": next((metric["baseScore"] for metric in metrics if metric.get("baseScore") is not None), None),
        "impact": "\n".join(unique(_told(one, "descriptions") for one in entries(cna, "impacts"))),
        "workaround": _told(cna, "workarounds"),
        "steps": _told(cna, "configurations"),
        "exploits": _told(cna, "exploits"),
        "discovery_date": words(cna, "dateDiscovered")[:10],
        "credit_name": next(iter(unique(words(c, "value") for c in entries(cna, "credits") if _found(c))), ""),
    }


def _told(cna: Any, name: str) -> str:
    """The English text of a list of texts, else the first one."""
    told = list(entries(cna, name))
    english = [text for text in told if words(text, "lang").lower().startswith("en")]
    return "\n".join(unique(words(text, "value") for text in english or told[:1]))


def _metrics(cna: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The scores, the newest kind first."""
    for kind in ("cvssV4_0", "cvssV3_1", "cvssV3_0", "cvssV2_0"):
        yield from (metric[kind] for metric in entries(cna, "metrics") if isinstance(metric.get(kind), dict))


def _versions(product: dict[str, Any]) -> Iterator[str]:
    """The affected versions as ranges: `>= 6.0, < 6.2.5`."""
    for version in entries(product, "versions"):
        if words(version, "status") not in ("affected", ""):
            continue
        begin, before, upto = (words(version, key) for key in ("version", "lessThan", "lessThanOrEqual"))
        end = f"< {before}" if before else f"<= {upto}" if upto else ""
        from_start = begin in ("", "0", "*", "n/a", "unspecified")
        if end:
            yield end if from_start else f">= {begin}, {end}"
        elif not from_start:
            yield begin


def _found(credit: dict[str, Any]) -> bool:
    return words(credit, "type") in _FINDERS
