"""Is a CSAF document what the standard wants? By the schema of OASIS and the mandatory tests, section 6.1.

The `csaf` library carries schema, CVSS schemas and tests in itself and asks no network.
"""

import re
from collections.abc import Mapping
from typing import Any

_QUOTED = re.compile(r"(['\"`]).*?\1", re.DOTALL)


def csaf_problems(document: Mapping[str, Any]) -> tuple[str, ...]:
    """What is wrong with the document: test and place, never what stands there. Nothing if it is valid."""
    # Here, since it takes a third of a second, which other verbs need not wait for.
    from csaf.csaf.v20 import validate  # type: ignore[import-untyped]

    report = validate(dict(document), preset="basic")
    return tuple(
        f"{result.id} {error.instance_path}: {_QUOTED.sub('…', error.message)[:200]}"
        for result in report.results
        if not result.passed and not result.skipped
        for error in result.errors
    )
