"""Runs a program that a stranger's data may keep busy: for so many seconds, and for so many bytes of output.

Output is counted while it comes. What grows a thousandfold when it is unpacked is stopped at the limit, not after it
has filled the memory.
"""

import contextlib
import os
import select
import selectors
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_CHUNK = 65_536


@dataclass
class Run:
    """What came out of a program; `returncode` is -1 unless it ended by itself."""

    output: bytearray = field(default_factory=bytearray)
    errors: bytearray = field(default_factory=bytearray)
    returncode: int = -1
    timed_out: bool = False
    too_much: bool = False


def run(
    words: Sequence[str], content: bytes, env: Mapping[str, str], seconds: float, max_output: int, max_errors: int
) -> Run:
    """Give it `content`, take what it writes, and end it at a limit. Raises OSError if it cannot be started."""
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, env=dict(env), bufsize=0) as process:
        done = Run()
        try:
            _talk(process, memoryview(content), done, time.monotonic() + seconds, (max_output, max_errors))
            if not (done.timed_out or done.too_much):
                _await(process.pid, max(seconds, 1))
                done.returncode = process.wait(max(seconds, 1))
        except subprocess.TimeoutExpired:
            done.timed_out = True
        finally:
            process.kill()
    return done


def _await(pid: int, seconds: float) -> None:
    """Sleep until it has ended, where the system can tell: waiting with a limit looks again and again instead."""
    if not hasattr(os, "pidfd_open"):
        return
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            poll.poll(seconds * 1_000)
        finally:
            os.close(descriptor)


def _talk(
    process: "subprocess.Popen[bytes]", content: memoryview, done: Run, until: float, limits: tuple[int, int]
) -> None:
    assert process.stdin
    assert process.stdout
    assert process.stderr
    with selectors.DefaultSelector() as selector:
        os.set_blocking(process.stdin.fileno(), False)
        selector.register(process.stdin, selectors.EVENT_WRITE)
        selector.register(process.stdout, selectors.EVENT_READ, (done.output, limits[0]))
        selector.register(process.stderr, selectors.EVENT_READ, (done.errors, limits[1]))
        while selector.get_map():
            left = until - time.monotonic()
            ready = selector.select(left) if left > 0 else []
            done.timed_out = not ready
            for key, _ in ready:
                if key.data is None:
                    content = _give(key.fd, content)
                    if not content:
                        selector.unregister(process.stdin)
                        process.stdin.close()
                elif not _take(done, key.fd, *key.data):
                    selector.unregister(key.fileobj)
            if done.timed_out or done.too_much:
                return


def _take(done: Run, descriptor: int, into: bytearray, limit: int) -> bool:
    """Whether there may be more to read."""
    chunk = os.read(descriptor, _CHUNK)
    into += chunk
    done.too_much = done.too_much or len(into) > limit
    return bool(chunk)


def _give(descriptor: int, content: memoryview) -> memoryview:
    """What is left to write; nothing where the program has stopped reading."""
    try:
        return content[os.write(descriptor, content[:_CHUNK]) :]
    except BlockingIOError:
        return content
    except BrokenPipeError:
        return content[:0]
