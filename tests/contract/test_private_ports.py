"""Ports that stand for others where allow_private lists the server, so that a rehearsal needs no privileged one."""

from pathlib import Path

import pytest

from mailbot.adapters.guard import Guard
from mailbot.adapters.spacing import Spacing
from mailbot.adapters.web import GuardedFetcher
from mailbot.config import load
from mailbot.errors import ConfigError
from tests.contract.web_server import SECURITY_TXT, Web, resolve
from tests.sites.configuration import DESK


def test_private_server_is_reached_at_the_port_that_stands_for_443(web: Web, ca_file: str) -> None:
    """A URL without a port leads to the stand-in, under the name that the URL has."""
    guard = Guard(resolve, ("127.0.0.0/8",), (), Spacing(0), private_ports={443: web.port})
    fetched = GuardedFetcher(guard, ca_file=ca_file).fetch("https://www.example.test/ok")
    assert (fetched.body, fetched.url) == (SECURITY_TXT, "https://www.example.test/ok")
    assert web.asked[0][1]["host"] == "www.example.test"


def test_public_server_keeps_its_port() -> None:
    """What allow_private does not list is reached at the well-known port."""
    guard = Guard(lambda _: ("192.88.98.1",), ("127.0.0.0/8",), private_ports={443: 8443})
    assert guard.check("www.example.jp").port(443) == 443


@pytest.mark.parametrize("pair", ["443", "443:", ":8443", "443:0", "443:70000", "https:8443", "443:8443:1"])
def test_pair_that_is_none_is_told(pair: str, tmp_path: Path) -> None:
    """Two ports with a colon between them; anything else is a mistake that the configuration's reader tells."""
    path = tmp_path / "mailbot.toml"
    path.write_text(f'{DESK}private_ports = ["{pair}"]\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="443:8443"):
        load(path)
