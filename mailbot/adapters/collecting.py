"""When Python looks for garbage: not while a state is read, all of which stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def nothing_collected() -> Iterator[None]:
    """No search for cycles meanwhile: among rows that only grow it finds none, and takes half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def kept_to_the_end() -> Iterator[None]:
    """The same; and what is there on leaving is never searched again: for a process that ends when it has used it."""
    with nothing_collected():
        yield
        gc.freeze()
