"""Reads mail in processes of their own, which are ended from outside when a mail takes too long or too much memory.

A parser that hangs in C or eats memory cannot be stopped from within. So the process that keeps the desk's memory never
parses: a child does, one mail at a time, and what it found comes back through a pipe. The child holds nothing that
anybody waits for: no lock, no file, no connection. It may be killed at any moment; the next mail gets a new one.

Mails that were named as the next ones are read ahead in the other children, while their parent decides about an
earlier one. That is work done early, never work done otherwise: what would be another answer by now is read anew.
"""

import contextlib
import gc
import logging
import os
import pickle
import resource
import signal
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from typing import Any, NoReturn

from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail, Signature
from mailbot.errors import MailbotError, ReadingError, TransientError, why_of
from mailbot.ports import Reading

Read = Callable[[RawMail], Reading]
Work = Callable[[Any], object]
"""What a child does with a question: both go through a pipe."""

_COPIES = 4  # of a mail's content in what is found: text, new text, attachments, OpenPGP data
_ENOUGH = 4  # children at once: each may take the whole limit of memory
_DESCRIPTORS = 65_536  # more than a parent has ever opened
_LEFT_ALONE = 5  # seconds after the limit at which a child ends itself: its parent died, or it would have done so


class _Ended(ReadingError):
    """The child died or ran out of memory; mails that it read before may have had a part in it."""


@dataclass(frozen=True)
class _Asked:
    """A mail in the hands of a child, which reads it or waits for somebody to take the answer."""

    raw: RawMail
    child: "Child"
    as_of: object  # what keys there were before it was asked
    alone: bool = False  # nothing else can be why the child dies: it read nothing before, and was waited for


class ChildReader:
    """Implements `ports.Reader` with a few long-lived children."""

    def __init__(self, read: Read, limits: Limits, as_of: Callable[[], object] = lambda: None) -> None:
        """`read` runs in the children, with what it knew when they were started.

        `as_of` gives another value whenever keys have changed.
        """
        self._read = read
        self._limits = limits
        self._as_of = as_of
        self._most = limits.read_processes or min(_cores(), _ENOUGH)
        # Started early: a process that has not grown yet is forked in a millisecond, and has little to let go of.
        self._idle = [Child(read, limits)]
        self._named: dict[str, RawMail] = {}
        self._ahead: dict[str, _Asked] = {}

    def expect(self, raw: RawMail) -> None:
        """The mail will be read soon; a child begins with it when one is free during another reading or after it."""
        if raw.digest not in self._ahead:
            self._named[raw.digest] = raw

    def forget(self) -> None:
        """Expect nothing any more; what is being read ahead is given up."""
        for asked in self._ahead.values():
            asked.child.end()
        self._ahead.clear()
        self._named.clear()

    def read(self, raw: RawMail) -> Reading:
        """What the mail tells. Raises ReadingError over the limits, and what `read` raises on purpose as it is."""
        self._named.pop(raw.digest, None)
        try:
            if asked := self._ahead.pop(raw.digest, None):
                reading = self._told_or_read_anew(asked)
                if asked.as_of == self._as_of() or not _hangs_on_keys(reading):
                    return reading
            return self._told_or_read_anew(self._ask(raw))
        finally:
            self._begin_the_next()

    def close(self) -> None:
        """End the children; never raises."""
        self.forget()
        self._end_idle()

    def _told_or_read_anew(self, asked: _Asked) -> Reading:
        self._begin_the_next(in_hand=1)
        try:
            return self._told(asked)
        except _Ended:
            if asked.alone:
                raise
        self._end_idle()  # they have read other mails, too
        return self._told(self._ask(asked.raw))

    def _told(self, asked: _Asked) -> Reading:
        try:
            answer = asked.child.answer()
        except BaseException:
            asked.child.end()
            raise
        self._idle.append(asked.child)  # only one that has answered reads the next mail
        if isinstance(answer, MailbotError):
            raise answer
        assert isinstance(answer, Reading)
        return answer

    def _ask(self, raw: RawMail) -> _Asked:
        """Raises TransientError where no child can be started."""
        if not self._idle and len(self._ahead) >= self._most:
            digest, last = self._ahead.popitem()
            last.child.end()
            self._named = {digest: last.raw, **self._named}
        child = self._free_child()
        asked = _Asked(raw, child, self._as_of(), alone=child.is_fresh)
        try:
            child.put(raw)
        except BaseException:
            child.end()
            raise
        return asked

    def _begin_the_next(self, in_hand: int = 0) -> None:
        """Let children that are free begin with what was named; what cannot be begun is read when its turn comes."""
        while self._named and len(self._ahead) + in_hand < self._most:
            raw = self._named.pop(next(iter(self._named)))
            try:
                child = self._free_child()
            except TransientError:
                return
            self._ahead[raw.digest] = _Asked(raw, child, self._as_of())
            child.put(raw)

    def _free_child(self) -> "Child":
        while self._idle:
            child = self._idle.pop()
            if not child.is_gone():
                return child
            child.end()
        return Child(self._read, self._limits)

    def _end_idle(self) -> None:
        while self._idle:
            self._idle.pop().end()


def _hangs_on_keys(reading: Reading) -> bool:
    """Whether another key could have made it another reading: no key changes what nobody signed and what was opened."""
    crypto = reading.opened.crypto
    return crypto.signature is not Signature.NONE or crypto.failure is not None


def _cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Child:
    """A child as its parent sees it: it answers one question after another, within time and memory."""

    def __init__(self, work: Work, limits: Limits) -> None:
        """`work` runs in the child. Raises TransientError."""
        self._seconds = limits.read_seconds
        self._most = _most(limits)
        self._until = 0.0
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
        self.put(question)
        return self.answer()

    def put(self, question: object) -> None:
        """Have it begin. It waits for questions, so this waits for nothing; that it died is told by its answer."""
        self.is_fresh = False
        self._until = time.monotonic() + self._seconds
        with contextlib.suppress(OSError):
            self._pipe.send(question)

    def answer(self) -> object:
        """What it found, or why it could not (a MailbotError); after an exception it has to be ended."""
        try:
            if not self._pipe.poll(max(0.0, self._until - time.monotonic())):
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
        # Python 3.12 warns of threads. The one that renews claims in a database waits meanwhile; a server embedded in a
        # test holds nothing of ours.
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
            answer = _answer(work, question, limits)
            signal.alarm(0)  # however long its parent is busy before it takes the answer
            pipe.send_bytes(answer)
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
