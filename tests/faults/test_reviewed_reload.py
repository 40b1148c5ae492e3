"""SIGHUP: what a second look found about the moment between two desks."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from mailbot import daemon
from mailbot.cli import working
from mailbot.errors import ConfigError
from tests.faults.quick_desk import QuickDesk


def _settings(name: str, state: str = "state") -> Any:
    return SimpleNamespace(name=name, state=SimpleNamespace(dir=state))


class Reloading:
    """`mailbot.cli.working` around fakes: settings are names, and of some no desk can be put together."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, bad: str, orders: list[int]) -> None:
        self.bad, self.orders, self.served, self.said = bad, orders, list[str](), list[str]()
        self.stops = set[int]()
        monkeypatch.setattr(working, "config_of", lambda *_: _settings("new", "elsewhere" if bad == "dir" else "state"))
        monkeypatch.setattr(working, "load_knowledge", lambda _: None)
        monkeypatch.setattr(working, "Watch", lambda *_: SimpleNamespace(close=lambda: None))
        monkeypatch.setattr(working, "open_mailbox", lambda _: SimpleNamespace(close=lambda: None))
        monkeypatch.setattr(working, "build", self._build)
        monkeypatch.setattr(working, "say", self.said.append)
        monkeypatch.setattr(daemon, "serve", self._serve)

    @contextmanager
    def _build(self, config: Any) -> Iterator[Any]:
        if config.name == self.bad:
            raise ConfigError(("state.key: not there",))
        yield config

    def _serve(self, bot: Any, *_: Any, may_reload: Any, stop: Any, **__: Any) -> int:
        self.served.append(bot.name)
        self.stops.add(id(stop))
        order = self.orders.pop(0)
        return order if order != daemon.RELOAD or may_reload() else 0


@pytest.mark.parametrize(("bad", "served"), [("", ["old", "new"]), ("new", ["old", "old"]), ("dir", ["old"])])
def test_settings_that_no_desk_can_be_made_of_leave_the_earlier_ones(
    monkeypatch: pytest.MonkeyPatch, bad: str, served: list[str]
) -> None:
    """SIGHUP ends no daemon that works; and each desk in turn hears the same signals."""
    reloading = Reloading(monkeypatch, bad, [daemon.RELOAD, 0])
    nothing: Any = None
    assert working._serve(nothing, _settings("old")) == 0
    assert (reloading.served, len(reloading.stops)) == (served, 1)
    assert ("nothing is loaded anew; the earlier settings stay" in reloading.said) is bool(bad)


def test_settings_that_never_worked_end_the_daemon_at_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to go on with: the exit status tells."""
    Reloading(monkeypatch, "old", [])
    nothing: Any = None
    with pytest.raises(ConfigError):
        working._serve(nothing, _settings("old"))


def test_a_signal_between_two_desks_is_heard() -> None:
    """SIGTERM while the next desk is put together: it does not begin."""
    desk, stop = QuickDesk(), daemon.Stop()
    stop.asked.set()
    watch: Any = SimpleNamespace()
    assert daemon.serve(desk.bot, desk.mailbox, lambda: desk.now, lambda _: None, watch=watch, stop=stop) == 0
