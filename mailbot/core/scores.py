"""CVSS vectors and what they score, by the `cvss` library."""

from cvss import CVSS2, CVSS3, CVSS4, CVSSError  # type: ignore[import-untyped]

from mailbot.core.patterns import compile_pattern

_VECTOR = compile_pattern(
    r"(CVSS\s*:\s*[234]\.[01]\s*/\s*)?"
    r"((?:AV|AC|AT|Au|PR|UI|S|C|I|A|VC|VI|VA|SC|SI|SA):[A-Z]{1,2}(?:/[A-Z]{1,3}:[A-Z]{1,6}){4,40})"
)
_SLASH = compile_pattern(r"\s{0,3}/\s{0,3}")
_PARSERS = {"2": CVSS2, "3": CVSS3, "4": CVSS4}
_USUAL_3 = "CVSS:3.1/"


def vector_in(folded: str) -> str | None:
    """The first valid vector in the text, with its prefix if it is written with one."""
    for found in _VECTOR.finditer(_SLASH.sub("/", folded)):
        metrics = (found.group(2) or "").upper().replace("AU:", "Au:")
        vector = "".join((found.group(1) or "").upper().split()) + metrics
        if score_of(vector) is not None:
            return vector
    return None


def whole(vector: str) -> str:
    """The vector with the prefix of the version that its metrics belong to; version 2 has none."""
    if vector.startswith("CVSS:") or "Au:" in vector:
        return vector
    return f"CVSS:4.0/{vector}" if "VC:" in vector else f"{_USUAL_3}{vector}"


def score_of(vector: str) -> float | None:
    """The base score of a vector, 0 to 10; None if the vector is not valid."""
    prefixed = whole(vector)
    version = prefixed[5:6] if prefixed.startswith("CVSS:") else "2"
    try:
        return float(_PARSERS[version](prefixed).base_score)
    except (CVSSError, KeyError):
        return None
