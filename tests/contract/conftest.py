"""A web server on loopback with an authority of its own, and fetchers that may ask it."""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import trustme

from mailbot.adapters.guard import Guard, Resolver
from mailbot.adapters.spacing import Spacing
from mailbot.adapters.web import GuardedFetcher
from tests.contract.web_server import Make, Web, resolve, serving


@pytest.fixture(scope="module")
def web_authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(web_authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    web_authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def web(web_authority: trustme.CA) -> Iterator[Web]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    web_authority.issue_cert("example.test", "*.example.test", "other.test", "127.0.0.1").configure_cert(context)
    with serving(context) as server:
        yield server


@pytest.fixture
def plain_web() -> Iterator[Web]:
    with serving(None) as server:
        yield server


@pytest.fixture
def fetcher(ca_file: str) -> Make:
    def make(
        resolver: Resolver = resolve,
        allow_private: Sequence[str] = ("127.0.0.0/8",),
        never_touch: Sequence[str] = (),
        private_ports: Mapping[int, int] | None = None,
        **changes: object,
    ) -> GuardedFetcher:
        guard = Guard(resolver, allow_private, never_touch, Spacing(0), private_ports)
        settings = {"ca_file": ca_file, "timeout": 20.0}
        return GuardedFetcher(guard, **{**settings, **changes})  # type: ignore[arg-type]

    return make
