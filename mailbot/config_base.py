"""What every table of mailbot.toml is."""

from pydantic import BaseModel, ConfigDict


class Keys(BaseModel):
    """A table of the file: nothing but its keys, and never changed once read."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
