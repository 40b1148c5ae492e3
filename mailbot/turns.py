"""What keeps several processes with one memory apart: turns, in which things are decided, and claims on one thing.

A turn must not dawdle. Where what is decided in it turns out to need the outside (a file cleaned, a key looked up),
the turn ends there, the errand is done, and the same is decided anew in another turn, with the answer at hand.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from mailbot.bot import Bot
from mailbot.memory import Store

P = ParamSpec("P")
T = TypeVar("T")

_ERRANDS = {
    "reader": ("read",),
    "cleaner": ("clean",),
    "directory": ("find",),
    "keyring": ("inspect", "import_key", "export"),
}
"""Calls of the bot's ports that take their time: never within a turn. Each may be done once too often."""

_Answers = dict[object, Callable[[], Any]]


@contextmanager
def claimed(store: Store, what: str) -> Iterator[bool]:
    """Whether this process may act on that mail or outbox item; until the end of the block no other one may."""
    if not store.claim(what):
        yield False
        return
    try:
        yield True
    finally:
        store.let_go(what)


def in_turn(bot: Bot, work: Callable[Concatenate[Bot, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` gives, which looks up, decides and stores in one turn.

    It is begun anew after each errand, so it must act through the bot that it is given, and on nothing but the memory.
    """
    answers: _Answers = {}
    within = replace(bot, **_ports(bot, answers))
    while True:
        try:
            with bot.store.turn():
                return work(within, *args, **kwargs)
        except _Errand as errand:
            answers[errand.which] = _done(errand.call)


class _Errand(BaseException):
    """Ends a turn that cannot go on without it. Not an Exception: nobody may take it for a fault."""

    def __init__(self, which: object, call: Callable[[], Any]) -> None:
        super().__init__()
        self.which = which
        self.call = call


class _Within:
    """A port within a turn: what takes its time is answered from what was done before the turn."""

    def __init__(self, name: str, port: Any, answers: _Answers) -> None:
        self._name = name
        self._port = port
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)
        return partial(self._answered, name, call) if name in _ERRANDS[self._name] else call

    def _answered(self, name: str, call: Callable[..., Any], *args: Any) -> Any:
        which = (self._name, name, args)
        if which not in self._answers:
            raise _Errand(which, partial(call, *args))
        return self._answers[which]()


def _ports(bot: Bot, answers: _Answers) -> dict[str, Any]:
    """The bot's ports as they are within a turn; those that it lacks are lacking there, too."""
    ports = {name: getattr(bot, name) for name in _ERRANDS}
    return {name: _Within(name, port, answers) for name, port in ports.items() if port is not None}


def _done(call: Callable[[], Any]) -> Callable[[], Any]:
    """Do it now, and give back what tells how it went: its answer or its failure."""
    try:
        answer = call()
    except Exception as exc:
        return partial(_fail, exc)
    return lambda: answer


def _fail(exc: Exception) -> Any:
    raise exc
