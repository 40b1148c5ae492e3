"""Reads mail in a process of its own, which is ended from outside when a mail takes too long or too much memory.

A parser that hangs in C or eats memory cannot be stopped from within. So the process that keeps the desk's memory never
parses: a child does, one mail at a time, and what it found comes back through a pipe. The child holds nothing that
anybody waits for: no lock, no file, no connection. It may be killed at any moment; the next mail gets a new one.
"""

import contextlib
import gc
import logging
import os
import pickle
import resource
import signal
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe
from typing import Any, NoReturn

from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail
from mailbot.errors import MailbotError, ReadingError, TransientError, why_of
from mailbot.ports import Reading

Read = Callable[[RawMail], Reading]
Work = Callable[[Any], object]
"""What a child does with a question: both go through a pipe."""

_COPIES = 4  # of a mail's content in what is found: text, new text, attachments, OpenPGP data
_DESCRIPTORS = 65_536  # more than a parent has ever opened
_LEFT_ALONE = 5  # seconds after the limit at which a child ends itself: its parent died, or it would have done so


class _Ended(ReadingError):
    """The child died or ran out of memory; mails that it read before may have had a part in it."""


class ChildReader:
    """Implements `ports.Reader` with one long-lived child."""

    def __init__(self, read: Read, limits: Limits) -> None:
        """`read` runs in the child, with what it knew when the child was started."""
        self._read = read
        self._limits = limits
        # Started early: a process that has not grown yet is forked in a millisecond, and has little to let go of.
        self._child: Child | None = Child(read, limits)

    def read(self, raw: RawMail) -> Reading:
        """What the mail tells. Raises ReadingError over the limits, and what `read` raises on purpose as it is."""
        if self._child and self._child.is_gone():
            self.close()
        is_fresh = self._child is None or self._child.is_fresh
        try:
            return self._ask(raw)
        except _Ended:
            if is_fresh:
                raise
        return self._ask(raw)

    def close(self) -> None:
        """End the child; never raises."""
        if self._child:
            self._child.end()
        self._child = None

    def _ask(self, raw: RawMail) -> Reading:
        child, self._child = self._child or Child(self._read, self._limits), None
        try:
            answer = child.ask(raw)
        except BaseException:
            child.end()
            raise
        self._child = child  # only one that has answered reads the next mail
        if isinstance(answer, MailbotError):
            raise answer
        assert isinstance(answer, Reading)
        return answer


class Child:
    """A child as its parent sees it: it answers one question after another, within time and memory."""

    def __init__(self, work: Work, limits: Limits) -> None:
        """`work` runs in the child. Raises TransientError."""
        self._seconds = limits.read_seconds
        self._most = _most(limits)
        self.is_fresh = True
        try:
            self._pipe, theirs = Pipe()
            self._pid = _fork()
        except OSError as exc:
            raise TransientError(f"the process that reads mail cannot be started ({exc.strerror}); see ulimit") from exc
        if self._pid == 0:
            _live(theirs, work, limits)
        theirs.close()

    def is_gone(self) -> bool:
        """Whether it has died since its last answer: it was asked nothing, so all that can come is the end."""
        return self._pipe.poll()

    def ask(self, question: object) -> object:
        """What it found, or why it could not (a MailbotError); after an exception it has to be ended."""
        self.is_fresh = False
        try:
            self._pipe.send(question)
            if not self._pipe.poll(self._seconds):
                raise ReadingError(f"reading took longer than {self._seconds} s ([limits].read_seconds)")
            answer = pickle.loads(self._pipe.recv_bytes(self._most))  # from our own child
        except (EOFError, OSError):
            raise _Ended(f"the process that read it {_manner(self.end())}") from None
        if isinstance(answer, _Ended):
            raise answer
        result: object = answer
        return result

    def end(self) -> int:
        """Kill it with all that it has started; its exit status, below 0 for a signal. Safe to repeat."""
        self._pipe.close()
        if self._pid == 0:
            return 0
        pid, self._pid = self._pid, 0
        for kill in (os.killpg, os.kill):  # by itself as well: it may not have become a group yet
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _most(limits: Limits) -> int:
    return _COPIES * (limits.mail_bytes + limits.decrypted_bytes)


def _manner(status: int) -> str:
    if status >= 0:
        return f"ended by itself ({status})"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-status).name}"
    return f"was ended by signal {-status}"


def _fork() -> int:
    with warnings.catch_warnings():
        # Python 3.12 warns of threads. The desk has none; a server embedded in a test holds nothing of ours.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _live(pipe: Connection, work: Work, limits: Limits) -> NoReturn:
    """All that the child does: answers until its parent closes the pipe."""
    try:
        _settle(pipe.fileno(), limits.read_memory_bytes)
        while True:
            question = pipe.recv()
            # Ends it also in the middle of a mail, should nobody be left to do so.
            signal.alarm(limits.read_seconds + _LEFT_ALONE)
            pipe.send_bytes(_answer(work, question, limits))
            signal.alarm(0)
    finally:
        os._exit(0)  # whatever it was: no clean-up, no traceback; both belong to the parent


def _settle(pipe: int, memory: int) -> None:
    """Let go of everything that is the parent's, and take on the limits."""
    os.setpgid(0, 0)
    for number in (signal.SIGINT, signal.SIGTERM):  # the parent decides about an orderly end
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    logging.disable()
    gc.freeze()  # nothing of the parent's is collected here: it might close a descriptor that is another one by now
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.closerange(3, pipe)
    os.closerange(pipe + 1, _DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the mail
    # macOS has no such limit, there time alone counts; and a lower one that is set already stays.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _answer(work: Work, question: object, limits: Limits) -> bytes:
    """What was found, or why not, as it goes through the pipe."""
    failure: MailbotError
    try:
        answer = pickle.dumps(work(question), pickle.HIGHEST_PROTOCOL)
        if len(answer) <= _most(limits):
            return answer
        failure = ReadingError(f"what was found in it is larger than {_most(limits)} bytes")
    except MailbotError as exc:
        failure = exc
    except MemoryError:
        failure = _Ended(
            f"reading needed more memory than {limits.read_memory_bytes} bytes ([limits].read_memory_bytes)"
        )
    except Exception as exc:
        failure = ReadingError(why_of(exc))
    return pickle.dumps(failure)
