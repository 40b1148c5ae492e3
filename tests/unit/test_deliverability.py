"""Advice on the desk's own domain, from the records that stand in the DNS."""

import pytest

from mailbot.core.deliverability import dmarc, mx, reverse, spf


@pytest.mark.parametrize(
    ("records", "found", "advised"),
    [
        ([], "no SPF record", True),
        (["google-site-verification=x", "v=spf10 -all"], "no SPF record", True),
        (["v=spf1 mx -all"], "-all", False),
        (["V=SPF1 include:_spf.example.net ~ALL"], "~all", False),
        (["v=spf1 ip4:192.0.2.0/24 ?all"], "?all", True),
        (["v=spf1 all"], "+all", True),
        (["v=spf1 +all"], "+all", True),
        (["v=spf1 redirect=_spf.example.net"], "another domain", False),
        (["v=spf1 mx include:small.all.example"], "no end", True),
        (["v=spf1 -all", "v=spf1 mx -all"], "2 SPF records", True),
    ],
)
def test_spf(records: list[str], found: str, *, advised: bool) -> None:
    """One record that ends in ~all or -all needs no advice."""
    advice = spf(records, "desk.example")
    assert (found in advice.found, bool(advice.todo)) == (True, advised)


@pytest.mark.parametrize(
    ("records", "found", "advised"),
    [
        ([], "no DMARC record", True),
        (["v=DMARC1; p=reject; rua=mailto:a@b.example"], "reject", False),
        (["v=DMARC1;p=quarantine"], "quarantine", False),
        (["v=DMARC1; p=none; sp=reject"], "none", True),
        (["v=DMARC1; rua=mailto:a@b.example"], "no policy", True),
        (["v=DMARC1; p=reject", "v=DMARC1; p=none"], "2 DMARC records", True),
        (["v=spf1 -all"], "no DMARC record", True),
    ],
)
def test_dmarc(records: list[str], found: str, *, advised: bool) -> None:
    """One record with a policy that acts needs no advice."""
    advice = dmarc(records, "desk.example")
    assert (found in advice.found, bool(advice.todo)) == (True, advised)


@pytest.mark.parametrize(
    ("records", "advised"),
    [([], True), (["0 ."], True), (["10 mx.desk.example"], False), (["10 a.x", "20 b.x"], False)],
)
def test_mx(records: list[str], *, advised: bool) -> None:
    """No record and the null record (RFC 7505) both keep answers away."""
    assert bool(mx(records, "desk.example").todo) is advised


@pytest.mark.parametrize(
    ("addresses", "names", "back", "found"),
    [
        ((), (), (), "no address"),
        (("192.0.2.1",), (), (), "no reverse name"),
        (("192.0.2.1",), ("mx.example",), ("192.0.2.2",), "does not lead back"),
        (("192.0.2.1",), ("mx.example",), ("192.0.2.1",), "and back"),
    ],
)
def test_reverse_name(addresses: tuple[str, ...], names: tuple[str, ...], back: tuple[str, ...], found: str) -> None:
    """The address must have a name, and the name must lead back to the address."""
    advice = reverse(addresses, names, back, "smtp.example")
    assert found in advice.found
    assert bool(advice.todo) is (found != "and back")
