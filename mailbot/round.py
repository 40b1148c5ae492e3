"""What one round of the bot did, counted."""

from dataclasses import dataclass, field


@dataclass
class Round:
    """What one round did; the JSON of `run --once`."""

    arrived: int = 0
    accounted: dict[str, int] = field(default_factory=dict)
    sent: int = 0
    queued: int = 0
    held: int = 0
    dead: int = 0
    problems: list[str] = field(default_factory=list)

    def count(self, kind: str) -> None:
        """One more mail of that kind."""
        self.arrived += 1
        self.accounted[kind] = self.accounted.get(kind, 0) + 1
