"""Addresses that may and may not be contacted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.networks import is_inward, reach, refusal, untouchable
from mailbot.errors import ConfigError

NOWHERE = reach((), ())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::c0a8:1",
        "64:ff9b:1::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "localhost",
        "2130706433",
        "",
    ],
)
def test_refused(address: str) -> None:
    """What is not plainly public is refused, in whatever dress."""
    assert refusal(address, "example.jp", NOWHERE)


@pytest.mark.parametrize("address", ["8.8.8.8", "203.178.137.58", "2404:6800::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_public(address: str) -> None:
    """Public addresses may be contacted."""
    assert refusal(address, "example.jp", NOWHERE) is None


@pytest.mark.parametrize(
    ("allowed", "address", "fine"),
    [
        ("127.0.0.0/8", "127.0.0.1", True),
        ("127.0.0.0/8", "::ffff:127.0.0.1", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("[::1]", "::1", True),
        ("10.1.2.3/8", "10.9.9.9", True),
        ("example.jp", "10.0.0.1", True),
        ("other.jp", "10.0.0.1", False),
    ],
)
def test_allow_private(allowed: str, address: str, fine: bool) -> None:
    """What allow_private lists, as network, address or host name, may be contacted."""
    assert (refusal(address, "example.jp", reach((allowed,), ())) is None) is fine


@pytest.mark.parametrize(
    ("listed", "host", "touchable"),
    [
        ("example.jp", "example.jp", False),
        ("example.jp", "www.example.jp", False),
        ("*.example.jp", "www.example.jp", False),
        ("Example.JP", "example.jp", False),
        ("例え.jp", "xn--r8jz45g.jp", False),
        ("example.jp", "notexample.jp", True),
        ("www.example.jp", "example.jp", True),
    ],
)
def test_never_touch_host(listed: str, host: str, touchable: bool) -> None:
    """A host in never_touch is out of bounds with all that lies under it."""
    assert untouchable(host, reach((), (listed,))) is not touchable


def test_never_touch_wins() -> None:
    """A network in never_touch is refused though allow_private lists it or it is public."""
    exceptions = reach(("10.0.0.0/8",), ("10.0.0.0/24", "8.8.8.8"))
    assert refusal("10.0.0.1", "example.jp", exceptions)
    assert refusal("8.8.8.8", "example.jp", exceptions)
    assert refusal("10.0.1.1", "example.jp", exceptions) is None


@pytest.mark.parametrize("address", ["8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_never_touch_in_another_dress(address: str) -> None:
    """An address in never_touch is refused however it is wrapped in an IPv6 one."""
    assert refusal(address, "example.jp", reach((), ("8.8.8.8",))) == "listed in never_touch"


@given(network=st.sampled_from(["10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16"]), data=st.data())
def test_t55_wrapped_private_addresses(network: str, data: st.DataObject) -> None:
    """A private IPv4 address is refused bare, mapped, compatible, translated and tunnelled."""
    inside = data.draw(st.ip_addresses(v=4, network=network))
    high, low = int(inside) >> 16, int(inside) & 0xFFFF
    wraps = ("{}", "::ffff:{}", "::{}", "::ffff:0:{}", "64:ff9b::{}", "64:ff9b:1::{}")
    forms = [wrap.format(inside) for wrap in wraps] + [f"2002:{high:x}:{low:x}::1", f"2001:0:{high:x}:{low:x}::1"]
    assert [form for form in forms if refusal(form, "example.jp", NOWHERE) is None] == []


@pytest.mark.parametrize(
    ("host", "inward"),
    [
        ("localhost", True),
        ("a.localhost", True),
        ("metadata.google.internal", True),
        ("printer.local", True),
        ("router.home.arpa", True),
        ("abc.onion", True),
        ("local.example.jp", False),
        ("notlocalhost", False),
        ("localhost.example.jp", False),
        ("example.jp", False),
    ],
)
def test_inward_names(host: str, inward: bool) -> None:
    """Names that are set aside for the inside of a network are known."""
    assert is_inward(host) is inward


@pytest.mark.parametrize(("allowed", "anything"), [((), False), (("10.0.0.0/8",), True), (("a.jp",), True)])
def test_allows_anything(allowed: tuple[str, ...], anything: bool) -> None:
    """Whether allow_private lists anything at all is known."""
    assert reach(allowed, ("b.jp",)).allows_anything is anything


def test_bad_entries() -> None:
    """Every entry that is neither network nor host is reported."""
    with pytest.raises(ConfigError) as caught:
        reach(("10.0.0.0/99", "ok.example"), ("a b",))
    assert len(caught.value.problems) == 2
