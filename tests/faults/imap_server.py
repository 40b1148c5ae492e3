"""A small IMAP server for tests that says what it is told to say: refusals, silence, lies, and ends at any byte.

What is not scripted it does honestly, as RFC 3501 has it, for the few commands that the desk uses.
"""

import re
import socket
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress

HANG, DROP = "hang", "drop"
Answer = str | Callable[["Line", str, str], None]
_PIECE = re.compile(r"BODY\.PEEK\[(HEADER)?\]<0\.(\d+)>")
_END_OF_HEADER = b"\r\n\r\n"


class ImapServer:
    """One account on loopback; `folders` is what lies in it, by UID."""

    def __init__(self, *mails: bytes, able: str = "MOVE UIDPLUS IDLE", prefix: str = "") -> None:
        self.able, self.prefix = able.split(), prefix
        self.folders: dict[str, MutableMapping[int, bytes]] = {"INBOX": dict(enumerate(mails, 1))}
        self.validity = 7
        self.deleted: set[int] = set()
        self.greeting = "* OK ready"
        self.left = -1  # bytes that it still says, over all connections, before it ends the one that it is on; -1: all
        self.said = 0
        self.heard: list[str] = []
        self.logins = 0
        self._scripts: dict[str, deque[Answer]] = defaultdict(deque)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port = self._listener.getsockname()[1]
        self.ended = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def script(self, command: str, *answers: Answer) -> None:
        """What to answer to the next such commands: lines with {tag}, HANG, DROP, or a function."""
        self._scripts[command].extend(answers)

    def next_answer(self, command: str) -> Answer | None:
        """What the script has for it."""
        return self._scripts[command].popleft() if self._scripts[command] else None

    def reset(self) -> None:
        """Forget the script and speak without end."""
        self._scripts.clear()
        self.left = -1

    def count(self, command: str) -> int:
        """How often it heard that."""
        return sum(line.startswith(command) for line in self.heard)

    def contents(self, folder: str) -> list[bytes]:
        """The mails of a folder, oldest first; without those that are marked deleted in the INBOX."""
        mails = self.folders.get(folder, {})
        return [mails[uid] for uid in sorted(mails) if folder != "INBOX" or uid not in self.deleted]

    def put(self, folder: str, content: bytes) -> None:
        """Another mail."""
        mails = self.folders.setdefault(folder, {})
        mails[max(mails, default=0) + 1] = content

    def close(self) -> None:
        """End every connection."""
        self.ended.set()
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.append(connection)
                threading.Thread(target=Line(self, connection).serve, daemon=True).start()


class Line:
    """One connection to it."""

    def __init__(self, server: ImapServer, connection: socket.socket) -> None:
        self.server, self._connection = server, connection
        self._idle_tag = ""

    def serve(self) -> None:
        """Answer until one side ends it."""
        with suppress(OSError, ValueError), self._connection, self._connection.makefile("rb") as lines:
            if self.server.greeting == HANG:
                self.server.ended.wait()
            self.say(self.server.greeting)
            while line := lines.readline():
                tag, _, rest = line.decode().strip().partition(" ")
                name, _, arguments = rest.partition(" ")
                if name == "UID":
                    sub, _, arguments = arguments.partition(" ")
                    name = f"UID {sub}"
                if tag == "DONE":
                    tag, name = self._idle_tag, "DONE"
                self.server.heard.append(f"{name} {arguments}".strip())
                self._answer(tag, name, arguments)

    def say(self, *lines: str | bytes) -> None:
        """Send lines, or bytes as they are; at the byte that the server ends at, end."""
        for line in lines:
            data = line if isinstance(line, bytes) else f"{line}\r\n".encode()
            if self.server.left >= 0:
                data, self.server.left = data[: self.server.left], max(0, self.server.left - len(data))
            self.server.said += len(data)
            self._connection.sendall(data)
            if self.server.left == 0:
                self.server.left = -1
                self._connection.shutdown(socket.SHUT_RDWR)
                raise OSError("cut")

    def normal(self, tag: str, name: str, arguments: str) -> None:
        """What an honest server says."""
        made = getattr(self, f"_{name.lower().replace(' ', '_')}", None)
        for answer in made(arguments) if made else ():
            self.say(answer)
        if name != "IDLE":
            self.say(f"{tag} OK done")
        if name == "LOGOUT":
            raise OSError("over")

    def _answer(self, tag: str, name: str, arguments: str) -> None:
        if name == "IDLE":
            self._idle_tag = tag
        answer = self.server.next_answer(name)
        if answer is None:
            self.normal(tag, name, arguments)
        elif callable(answer):
            answer(self, tag, arguments)
        elif answer == HANG:
            self.server.ended.wait()
        elif answer == DROP:
            self._connection.shutdown(socket.SHUT_RDWR)
        else:
            self.say(*answer.format(tag=tag).splitlines())

    def _capability(self, _: str) -> Iterator[str]:
        yield " ".join(("* CAPABILITY IMAP4rev1", *self.server.able))

    def _login(self, _: str) -> Iterator[str]:
        self.server.logins += 1
        yield from ()

    def _namespace(self, _: str) -> Iterator[str]:
        yield f'* NAMESPACE (("{self.server.prefix}" ".")) NIL NIL'

    def _list(self, arguments: str) -> Iterator[str]:
        name = arguments.split('"')[-2]
        if name in self.server.folders:
            yield f'* LIST () "." "{name}"'

    def _create(self, arguments: str) -> Iterator[str]:
        self.server.folders[arguments.strip('"')] = {}
        yield from ()

    def _select(self, arguments: str) -> Iterator[str]:
        mails = self.server.folders[arguments.strip('"')]
        yield f"* {len(mails)} EXISTS"
        yield f"* OK [UIDVALIDITY {self.server.validity}] ok"
        yield f"* OK [UIDNEXT {max(mails, default=0) + 1}] ok"

    def _uid_search(self, arguments: str) -> Iterator[str]:
        uids = sorted(self.server.folders["INBOX"])
        first, _, rest = arguments.partition(" ")
        if first == "UID":
            found = [uid for uid in uids if uid == int(rest)]
        else:
            start, _, end = first.partition(":")
            found = uids[int(start) - 1 : len(uids) if end == "*" else int(end)]
        if "UNDELETED" in rest:
            found = [uid for uid in found if uid not in self.server.deleted]
        yield " ".join(("* SEARCH", *map(str, found)))

    def _uid_fetch(self, arguments: str) -> Iterator[str | bytes]:
        uids, _, item = arguments.partition(" ")
        mails: Mapping[int, bytes] = self.server.folders["INBOX"]
        for uid in _numbers(uids, mails):
            if not (found := _PIECE.search(item)):
                yield f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(mails[uid])})"
                continue
            content = mails[uid]
            if found[1]:
                content = content.partition(_END_OF_HEADER)[0] + _END_OF_HEADER
            content = content[: int(found[2])]
            yield f"* {uid} FETCH (UID {uid} BODY[{found[1] or ''}]<0> {{{len(content)}}}"
            yield content
            yield ")"

    def _uid_move(self, arguments: str) -> Iterator[str]:
        yield from self._uid_copy(arguments)
        for uid in _numbers(arguments.split(" ")[0], self.server.folders["INBOX"]):
            del self.server.folders["INBOX"][uid]
            yield f"* {uid} EXPUNGE"

    def _uid_copy(self, arguments: str) -> Iterator[str]:
        uids, _, target = arguments.partition(" ")
        for uid in _numbers(uids, self.server.folders["INBOX"]):
            self.server.put(target.strip('"'), self.server.folders["INBOX"][uid])
        yield from ()

    def _uid_store(self, arguments: str) -> Iterator[str]:
        self.server.deleted.add(int(arguments.split(" ")[0]))
        yield from ()

    def _uid_expunge(self, arguments: str) -> Iterator[str]:
        self.server.folders["INBOX"].pop(int(arguments), None)
        yield from ()

    def _idle(self, _: str) -> Iterator[str]:
        yield "+ idling"


def _numbers(uids: str, mails: Mapping[int, bytes]) -> list[int]:
    found: list[int] = []
    for part in uids.split(","):
        first, _, last = part.partition(":")
        found += range(int(first), int(last or first) + 1)
    return [uid for uid in found if uid in mails]


@contextmanager
def serving(*mails: bytes, able: str = "MOVE UIDPLUS IDLE", prefix: str = "") -> Iterator[ImapServer]:
    """A server that ends with the block."""
    server = ImapServer(*mails, able=able, prefix=prefix)
    try:
        yield server
    finally:
        server.close()
