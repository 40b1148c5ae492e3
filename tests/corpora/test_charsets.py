"""Texts in sixteen languages, in every set that mail is written in, under right, missing and wrong labels."""

import base64
import quopri
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from mailbot.core.messages import RawMail
from mailbot.core.parse import parse
from tests.corpora.charset_texts import TEXTS, written

UNSAID = (None, "us-ascii", "unknown-8bit")
WRONG = ("iso-8859-1", "utf-8", "iso-2022-jp", "shift_jis", "euc-jp", "gb2312")
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "7bit": bytes,
    "8bit": bytes,
    "quoted-printable": quopri.encodestring,
    "base64": base64.encodebytes,
}
# The same sign under two code points, as vendors and standards disagree.
SAME = str.maketrans({"〜": "～", "—": "―", "−": "－", "‖": "∥"})
FLOORS = {
    ("right", "text"): 1.0,
    ("right", "sentence"): 1.0,
    ("right", "words"): 1.0,
    ("missing", "text"): 0.99,
    ("missing", "sentence"): 0.97,
    ("missing", "words"): 0.92,
    ("wrong", "text"): 0.96,
    ("wrong", "sentence"): 0.93,
    ("wrong", "words"): 0.86,
}


@dataclass(frozen=True)
class Sample:
    """Some bytes under a label, and how they read."""

    language: str
    size: str
    written_in: str
    label: str | None
    octets: bytes
    text: str

    @property
    def truth(self) -> str:
        return "right" if self.label == self.written_in else "missing" if self.label in UNSAID else "wrong"


def samples() -> Iterator[Sample]:
    for language, (whole, sets) in TEXTS.items():
        sentence = max(whole.split("\n")[:3], key=len)
        for size, text in (("text", whole), ("sentence", sentence), ("words", sentence[:14].rstrip())):
            for name, codec in sets.items():
                octets, reads = written(text, codec)
                for label in dict.fromkeys((name, *UNSAID, *WRONG)):
                    yield Sample(language, size, name, label, octets, reads)


def read(sample: Sample, encoding: str) -> str:
    label = f"Content-Type: text/plain; charset={sample.label}\r\n" if sample.label else ""
    head = f"From: a@example.jp\r\n{label}Content-Transfer-Encoding: {encoding}\r\n\r\n"
    return parse(RawMail(head.encode() + ENCODINGS[encoding](sample.octets), "test")).text


def alike(text: str) -> str:
    return text.translate(SAME).strip("\n")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_t10_t11_t12_t13_t16_share_that_reads_as_written(encoding: str) -> None:
    """Under its right label every text reads as it was written; under none or a wrong one nearly every one does."""
    total: Counter[tuple[str, str]] = Counter()
    read_well: Counter[tuple[str, str]] = Counter()
    missed: Counter[tuple[str, str, str | None]] = Counter()
    for sample in samples():
        kind = (sample.truth, sample.size)
        well = alike(read(sample, encoding)) == alike(sample.text)
        total[kind] += 1
        read_well[kind] += well
        missed[sample.language, sample.written_in, sample.label] += not well
    lines = [f"{' '.join(kind)}: {read_well[kind]} of {total[kind]}" for kind in total]
    lines += [
        f"not: {language} in {name} as {label}: {n} of 3 sizes" for (language, name, label), n in missed.items() if n
    ]
    print(f"\n{encoding}: {read_well.total()} of {total.total()} as written", *lines, sep="\n  ")  # noqa: T201  # the score
    shares = {kind: read_well[kind] / total[kind] for kind in total}
    assert not {kind: share for kind, share in shares.items() if share < FLOORS[kind]}
