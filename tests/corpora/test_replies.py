"""Replies of real mail programs in many languages: the new text, compared with what a person marked.

`replies.json` holds, for each body, the lines (from 1, inclusive) that its sender wrote: without quotation, attribution
and header block, signature block, device note and legal caution. A closing phrase and a name typed below it belong to
the text. Where a body begins with headers of its own, what follows them is the text.
"""

import json
from pathlib import Path

from mailbot.core.quoting import new_text
from tests.corpus import corpus_dir, needs_corpus

LEAST = 0.95
EXPECTED = Path(__file__).with_name("replies.json")


@needs_corpus
def test_new_text_of_real_replies() -> None:
    """At least 95 of 100 bodies give exactly the marked text, white space aside; the others are listed."""
    corpus = corpus_dir()
    assert corpus is not None
    expected: dict[str, list[list[int]]] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    differing = []
    for name, ranges in expected.items():
        text = (corpus / "reply-mail-parser-reply" / "texts" / name).read_text(encoding="utf-8")
        lines = text.split("\n")
        marked = " ".join(line for begin, end in ranges for line in lines[begin - 1 : end]).split()
        found = new_text(text).split()
        if found != marked:
            differing.append(f"{name}: {len(marked)} words marked, {len(found)} found")
    equal = len(expected) - len(differing)
    print(f"\nreplies: new text equal in {equal} of {len(expected)}", *differing, sep="\n  ")  # noqa: T201  # the score
    assert equal >= LEAST * len(expected)
