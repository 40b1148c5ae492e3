"""The distance between two connections to a host."""

from mailbot.adapters.spacing import Spacing


class Clock:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def spacing(clock: Clock) -> Spacing:
    return Spacing(2.0, clock=lambda: clock.now, sleep=clock.sleep)


def test_the_same_host_waits() -> None:
    """The first is asked at once, the next two seconds later; another host does not wait."""
    clock = Clock()
    paced = spacing(clock)
    assert all(paced.wait(host, 10.0) for host in ("a.jp", "a.jp", "b.jp", "a.jp"))
    assert clock.slept == [2.0, 2.0]


def test_time_that_went_by_counts() -> None:
    """Who comes later waits less, or not at all."""
    clock = Clock()
    paced = spacing(clock)
    paced.wait("a.jp", 10.0)
    clock.now = 1.5
    paced.wait("a.jp", 10.0)
    clock.now = 60.0
    paced.wait("a.jp", 10.0)
    assert clock.slept == [0.5]


def test_turns_are_given_in_order() -> None:
    """Those who come at the same moment get turns one after the other; a turn too far off is not taken."""
    slept: list[float] = []
    paced = Spacing(2.0, clock=lambda: 0.0, sleep=slept.append)
    assert [paced.wait("a.jp", 5.0) for _ in range(5)] == [True, True, True, False, False]
    assert slept == [2.0, 4.0]


def test_t55_hosts_are_forgotten() -> None:
    """A thousand hosts are remembered, however many are named."""
    paced = spacing(Clock())
    for n in range(2_000):
        paced.wait(f"a{n}.jp", 0.0)
    assert len(paced._free) == 1_000
