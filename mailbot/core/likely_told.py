"""What a letter tells in sentences that no rule knows: of all its sentences, the one most like what was told elsewhere.

Theory. Rules for sentences know wordings that somebody thought of; strangers write others. But whatever the wording, a
sentence about what may come of a fault has somebody who does harm, something harmed and a "can". So the words of each
idea are signs, many to a sign, and what a sentence tells is weighed by the signs in it and by its place. The weights
are learnt from letters of which it is known. What is found so is the last resort: it is in no field that a rule has
read, and never so sure as to be relied on.
"""

import math

from mailbot.core.fields import FIELD_KINDS
from mailbot.core.model import Field, FieldValue
from mailbot.core.reading import sentences, short
from mailbot.core.sentence_shapes import Sentences, Told

LIKELY = "sentences/"
_FEWEST_SENTENCES = 3  # of fewer there is no best
_MOST_SENTENCES = 150  # a letter is told in fewer
_LONGEST = 600
_MOST_TOLD = 3
_CONFIDENCE = 0.3
_OF_OTHERS = 0.5  # a sentence in another field is taken again only if that much speaks for it
_ASKS = ("?", "？", "か。", "か")  # who asks tells nothing
_MARKS = "-*+・●○■□◆※>| \t　"


def likely_told(flow: str, known: tuple[Field, ...], rules: Sentences) -> tuple[Field, ...]:
    """The fields that nothing in `known` states and that a sentence of the unwrapped text most likely tells."""
    named = {field.name: field.value for field in known}
    wanted = [told for told in rules.told if told.field not in named]
    pieces = sentences(flow)[:_MOST_SENTENCES] if wanted else ()
    if len(pieces) < _FEWEST_SENTENCES:
        return ()
    ideas = [rules.ideas_in(piece[:_LONGEST]) for piece in pieces]
    last = max(len(pieces) - 1, 1)
    asked = [piece.rstrip().endswith(_ASKS) for piece in pieces]
    taken = [any(_holds(value, piece) for value in named.values()) for piece in pieces]
    found = []
    for told in wanted:
        likely = [_likely(told.weigh(ideas[n], n / last, len(piece))) for n, piece in enumerate(pieces)]
        free = [n for n, share in enumerate(likely) if share >= _least(told, taken[n]) and not asked[n]]
        if free:
            best = max(free, key=lambda n: likely[n])
            more = sorted((n for n in free if n != best and likely[n] >= told.more), key=lambda n: -likely[n])
            found.append(_field(told, [pieces[n] for n in sorted((best, *more[: _MOST_TOLD - 1]))], pieces[best]))
    return tuple(found)


def _least(told: Told, taken: bool) -> float:
    return max(_OF_OTHERS, told.enough) if taken else told.enough


def _likely(weight: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(min(weight, 30.0), -30.0)))


def _holds(value: FieldValue, piece: str) -> bool:
    """Whether the sentence is part of what another field says."""
    return piece in value if isinstance(value, str) else isinstance(value, tuple) and piece in value


def _field(told: Told, pieces: list[str], best: str) -> Field:
    lines = tuple(short(piece, 500).lstrip(_MARKS) for piece in pieces)
    value: FieldValue = lines if FIELD_KINDS[told.field] == "list" else "\n".join(lines)
    return Field(told.field, value, f"{LIKELY}{told.field.rpartition('.')[2]}", _CONFIDENCE, short(best))
