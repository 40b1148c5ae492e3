"""Addresses that a domain with mail should have (RFC 2142): guesses, made only where mail is taken in at all."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from mailbot.core.contacts import checked_at
from mailbot.core.hosts import Site, is_ip, is_tenant, registrable_domain, within
from mailbot.core.model import Contact
from mailbot.finding.tools import Tools, Unanswered

NAME = "role"
_SCORES = {"security": 0.45, "abuse": 0.35, "info": 0.3, "webmaster": 0.29, "postmaster": 0.28}
_MAX_DOMAINS = 4


def look(site: Site, now: datetime, tools: Tools) -> Sequence[Contact]:
    """The role addresses of the nearest domain of the site that takes mail. Raises Unanswered, TransientError."""
    if is_ip(site.host) or is_tenant(site.host):
        return ()
    silent: Unanswered | None = None
    for domain in _domains(site.host):
        try:
            records = tools.names.records(domain, "MX")
        except Unanswered as exc:
            silent = exc
            continue
        if found := _roles(domain, records, now):
            return found
    if silent is not None:
        raise silent
    return ()


def _roles(domain: str, records: Sequence[str], now: datetime) -> Sequence[Contact]:
    hosts = [host for _, _, host in (record.partition(" ") for record in records) if host not in ("", ".")]
    if not hosts:  # a null MX (RFC 7505): no mail at all
        return ()
    evidence = (f"mx: {hosts[0]}", checked_at(now))
    why = f"usual address of a domain with mail (RFC 2142); nobody says that {domain} has it"
    return [
        Contact(n, f"{role}@{domain}", NAME, score=score, why=why, evidence=evidence)
        for n, (role, score) in enumerate(_SCORES.items(), 1)
    ]


def _domains(host: str) -> Iterator[str]:
    """The host without "www." and what it lies in, down to the registered domain."""
    top = registrable_domain(host)
    name = host.removeprefix("www.") if within(host.removeprefix("www."), top) else host
    labels = name.split(".")
    names = [".".join(labels[i:]) for i in range(len(labels))]
    inside = [name for name in names if within(name, top)]
    yield from dict.fromkeys((*inside[: _MAX_DOMAINS - 1], top))
