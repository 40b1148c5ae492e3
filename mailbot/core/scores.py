"""CVSS vectors and what they score, by the `cvss` library."""

from cvss import CVSS2, CVSS3, CVSS4, CVSSError  # type: ignore[import-untyped]

from mailbot.core.patterns import compile_pattern

_VECTOR = compile_pattern(
    r"(?:CVSS\s*:\s*([234]\.[01])\s*/\s*|CVSS\s*v?([234](?:\.[01])?)[^/\n]{0,40}?\(?\b)?"
    r"((?:AV|AC|AT|Au|PR|UI|S|C|I|A|VC|VI|VA|SC|SI|SA):[A-Z]{1,2}(?:/[A-Z]{1,3}:[A-Z]{1,6}){4,40})"
)
_PARSERS = {"2": CVSS2, "3": CVSS3, "4": CVSS4}


def vector_in(folded: str) -> str | None:
    """The first valid vector in the text, with its prefix: 3.1 where the text does not say which 3."""
    for found in _VECTOR.finditer(folded):
        metrics = (found.group(3) or "").upper().replace("AU:", "Au:")
        vector = _prefixed(metrics, found.group(1) or found.group(2) or "")
        if score_of(vector) is not None:
            return vector
    return None


def _prefixed(metrics: str, version: str) -> str:
    if "Au:" in metrics:
        return metrics
    if "VC:" in metrics:
        return f"CVSS:4.0/{metrics}"
    return f"CVSS:{'3.0' if version == '3.0' else '3.1'}/{metrics}"


def score_of(vector: str) -> float | None:
    """The base score of a vector, 0 to 10; None if the vector is not valid."""
    version = "2" if not vector.startswith("CVSS:") else vector[5:6]
    try:
        return float(_PARSERS[version](vector).base_score)
    except (CVSSError, KeyError):
        return None
