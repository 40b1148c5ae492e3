"""Clauses: the parts of a sentence that say one thing each, so that "you may share it, but not my name" is two."""

from mailbot.core.patterns import compile_pattern

_SUBJECT = (
    r"(?:i|we|you|they|he|she|please|it|my|our|the|nor|then|also|otherwise|feel|kindly|don't|do|only|all|let|if|"
    r"(?:not|never) my|no (?:credits?|names?|direct|contact|acknowledg\w+|public\w*))\b"
)
# A clause ends where a group does; what follows the group only tells that a new one begins.
_BOUNDARY = compile_pattern(
    r"((?:ます|ません|です|でした|ました|でしょう|ない|たい|いる|ある|する|よい|良い|いい|構い|可)"
    r"(?:が|けれども?|けど|ものの|ので|から|ため|し、)、?\s*"
    r"|(?:ので|ため|けど|けれど|一方)、\s*|(?:[てで]|ず|[きしちにりえけせてねべめれ])、\s*"
    r"|;\s|\s(?:--?|/)\s"
    r"|,?\s(?:but|however|although|though|whereas|while|because|except)\s)"
    rf"|(,\s)(?:and\s|or\s|so\s|as\s)?{_SUBJECT}"
    r"|(\sand\s)(?:i|we|you|they|please|it|also|then|that|would|will|do|don't|am)\b"
)


def clause_of(sentence: str, start: int, end: int) -> str:
    """The clause that holds sentence[start:end]; more than one where these words go beyond one."""
    first, last = 0, len(sentence)
    for found in _BOUNDARY.finditer(sentence):
        edge = max(found.end(group) for group in (1, 2, 3))
        if edge <= start:
            first = edge
        elif edge >= end:
            last = edge
            break
    return sentence[first:last]
