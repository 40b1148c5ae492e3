"""What every JSON shape has in common."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """A JSON object with exactly these members."""

    model_config = ConfigDict(extra="forbid", frozen=True)
