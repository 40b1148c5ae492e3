"""What a command costs: wall time, and the CPU of everything it starts, daemons such as gpg-agent included.

A daemon leaves the tree of its starter, so times(2) of the starter misses it; and gpg-agent does all the work with
secret keys. Here each command runs under a process that inherits orphans (PR_SET_CHILD_SUBREAPER), ends those that are
left when the command is done, and collects what each has used.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

_TICK = os.sysconf("SC_CLK_TCK")
_SUBREAPER = 36  # prctl(2)


@dataclass(frozen=True)
class Cost:
    """Seconds, megabytes and cores. `own` is the command's process, `children` what it waited for, `daemons` the rest.

    `rss` is the largest single process's peak; 0 if it cannot be told from that of the meter. `others` says how many
    cores other work kept busy meanwhile.
    """

    status: int
    output: str
    wall: float
    own: float
    children: float
    daemons: float
    rss: float
    servers: Mapping[str, float]
    others: float

    @property
    def cpu(self) -> float:
        """Of the command and all it started."""
        return self.own + self.children + self.daemons


@dataclass(frozen=True)
class _Seen:
    """What the meter has to say about a command."""

    status: int
    output: str
    wall: float
    own: float
    children: float
    daemons: float
    rss: float


def measure(command: Sequence[str], servers: Mapping[str, int], log: Path, **env: str) -> Cost:
    """Run it once. `servers` are process ids whose trees' CPU is told apart; stderr goes to `log`."""
    before = {name: _tree(pid) for name, pid in servers.items()}
    busy = _busy()
    seen = _metered(command, log, env)
    busy = _busy() - busy
    used = {name: _tree(pid) - before[name] for name, pid in servers.items()}
    known = seen.own + seen.children + seen.daemons + sum(used.values())
    return Cost(**asdict(seen), servers=used, others=max(0.0, (busy - known) / seen.wall))


def _metered(command: Sequence[str], log: Path, env: Mapping[str, str]) -> _Seen:
    """Run it under a fresh process that inherits orphans."""
    reads, writes = os.pipe()
    meter = os.fork()
    if meter == 0:
        os.close(reads)
        _be_the_meter(command, log, env, writes)
    os.close(writes)
    with open(reads, encoding="utf-8") as pipe:
        told = pipe.read()
    os.waitpid(meter, 0)
    return _Seen(**json.loads(told))


def adopt_orphans() -> None:
    """Be the parent of every process below this one whose own parent has ended."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def _be_the_meter(command: Sequence[str], log: Path, env: Mapping[str, str], to: int) -> NoReturn:
    try:
        adopt_orphans()
        with log.open("wb") as errors, open(to, "w", encoding="utf-8") as pipe:
            json.dump(asdict(_observed(command, errors.fileno(), env)), pipe)
        os._exit(0)
    except BaseException as exc:
        sys.stderr.write(f"{type(exc).__name__}: {exc}\n")
        os._exit(1)


def _observed(command: Sequence[str], errors: int, env: Mapping[str, str]) -> _Seen:
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env={**os.environ, **env}
    )
    assert process.stdout is not None
    output = process.stdout.read().decode("utf-8", "replace")
    # Looked at before it is reaped: only then the kernel still tells its own time from that of its children.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    wall = time.perf_counter() - start
    own, children = _times(process.pid)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    daemons, rss = 0.0, usage.ru_maxrss
    while left := child_processes(os.getpid()):
        for pid in left:
            os.kill(pid, signal.SIGTERM)
            _, _, usage = os.wait4(pid, 0)
            daemons += usage.ru_utime + usage.ru_stime
            rss = max(rss, usage.ru_maxrss)
    # Between fork and exec a child is as large as its parent.
    least = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return _Seen(process.returncode, output, wall, own, children, daemons, rss / 1024 if rss > 1.2 * least else 0)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on: parent at 1, times at 11 to 14."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _times(pid: int) -> tuple[float, float]:
    """CPU seconds of the process, and of those that it has waited for."""
    fields = [int(field) / _TICK for field in _stat(pid)[11:15]]
    return fields[0] + fields[1], fields[2] + fields[3]


def child_processes(parent: int) -> list[int]:
    """The processes that are directly below that one."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int(_stat(int(entry.name))[1]) == parent:
                found.append(int(entry.name))
        except OSError:  # it has ended meanwhile
            continue
    return found


def _tree(pid: int) -> float:
    """CPU seconds of a process, of those it has waited for and of its living descendants."""
    try:
        used = sum(_times(pid))
    except OSError:
        return 0.0
    return used + sum(_tree(child) for child in child_processes(pid))


def _busy() -> float:
    """CPU seconds that the machine has worked since it was started."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / _TICK
