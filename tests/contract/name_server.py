"""A small name server on loopback, which answers what a test tells it to."""

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Zone = Mapping[tuple[str, str], str | Sequence[str]]


def answer(query: dns.message.Message, zone: Zone) -> dns.message.Message:
    """What the zone says; names that begin with "lame" fail, names that nobody knows are not there."""
    question = query.question[0]
    name, kind = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
    response = dns.message.make_response(query, recursion_available=True)
    for _ in range(3):  # an alias that leads in circles is left to the one who asks
        if (name, "CNAME") not in zone or (name, kind) in zone:
            break
        target = str(zone[name, "CNAME"])
        response.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", target))
        name = target
    if (name, kind) in zone:
        told = zone[name, kind]
        texts = (told,) if isinstance(told, str) else told
        response.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *texts))
    elif name == "lame.example.test." or (name.startswith("lame-six") and kind == "AAAA"):
        response.set_rcode(dns.rcode.SERVFAIL)
    elif not any(known == name for known, _ in zone):
        response.set_rcode(dns.rcode.NXDOMAIN)
    return response


@contextmanager
def naming(zone: Zone) -> Iterator[str]:
    """Where the server listens, as "127.0.0.1:5353"."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            wire, client = line.recvfrom(4096)
            if not wire:
                return
            line.sendto(answer(dns.message.from_wire(wire), zone).to_wire(), client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    host, port = line.getsockname()
    yield f"{host}:{port}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.sendto(b"", (host, port))
    thread.join()
    line.close()
