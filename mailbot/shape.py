"""What every JSON shape has in common."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """A JSON object with exactly these members."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class UnderscoredShape(Shape):
    """The same; where a member's name is taken in Python it ends in an underscore here, and does not in the JSON."""

    model_config = ConfigDict(alias_generator=lambda name: name.rstrip("_"), populate_by_name=True)
