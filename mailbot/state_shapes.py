"""The JSON of the verbs that keep the memory."""

from mailbot.shape import Shape


class GapShape(Shape):
    """`verify`: one thing that does not agree."""

    kind: str
    where: str
    what: str
    advice: str
