"""Where the collection of real mails lies, if it lies beside the checkout."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "corpus"


def corpus_dir() -> Path | None:
    """The folder of real mails, or None."""
    path = Path(os.environ.get("MAILBOT_CORPUS", _BESIDE))
    return path if path.is_dir() else None


needs_corpus = pytest.mark.skipif(
    corpus_dir() is None, reason="the collection of real mails is not beside the checkout (set MAILBOT_CORPUS)"
)
