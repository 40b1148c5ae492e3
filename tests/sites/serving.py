"""Puts the invented sites on loopback: name server, web server with and without TLS, RDAP, WHOIS."""

import json
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

from tests.contract.name_server import naming
from tests.sites.loading import InventedSite, Page
from tests.sites.registries import rdap_answers, whois_answer, whois_texts

RDAP_HOST = "rdap.reiji-registry.example"
_NOT_FOUND = Page(
    404, {"Content-Type": "text/html; charset=utf-8"}, b"<html><title>404</title><h1>Not Found</h1></html>"
)


@dataclass(frozen=True)
class Net:
    """Where everything listens."""

    resolver: str
    web_port: int
    plain_port: int
    whois: str
    rdap_url: str
    ca_file: str
    asked: list[str] = field(default_factory=list)  # URLs, in the order they were fetched


@contextmanager
def served(sites: Sequence[InventedSite], folder: Path) -> Iterator[Net]:
    """All sites at once; `folder` takes the file with the authority's certificate."""
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    zone = {key: values for site in sites for key, values in site.zone.items()}
    zone[f"{RDAP_HOST}.", "A"] = ("127.0.0.1",)
    asked: list[str] = []
    plain_hosts = {host for site in sites for host in site.plain_hosts}
    organisations = {host: name for site in sites for host, name in site.certificates.items()}
    context = _by_name(authority, plain_hosts, organisations)
    with ExitStack() as stack:
        yield Net(
            resolver=stack.enter_context(naming(zone)),
            web_port=stack.enter_context(_web(_pages(sites), asked, context, plain_hosts)),
            plain_port=stack.enter_context(_web(_pages(sites), asked, None, plain_hosts)),
            whois=stack.enter_context(_whois(whois_texts(sites))),
            rdap_url=f"https://{RDAP_HOST}",
            ca_file=str(ca_file),
            asked=asked,
        )


class _Places:
    """What is answered where."""

    def __init__(self, pages: Mapping[tuple[str, str], Page], missing: Mapping[str, Page]) -> None:
        self._pages = pages
        self._missing = missing
        self.hosts = {host for host, _ in pages}

    def at(self, host: str, path: str) -> Page:
        """The page; a name without pages of its own leads to its www."""
        if host not in self.hosts and f"www.{host}" in self.hosts:
            return Page(301, {"Location": f"https://www.{host}{path}"}, b"")
        return self._pages.get((host, path)) or self._missing.get(host, _NOT_FOUND)


def _pages(sites: Sequence[InventedSite]) -> _Places:
    pages = {key: page for site in sites for key, page in site.pages.items()}
    for path, told in rdap_answers(sites).items():
        pages[RDAP_HOST, f"/{path}"] = Page(
            200, {"Content-Type": "application/rdap+json"}, json.dumps(told, ensure_ascii=False).encode()
        )
    return _Places(pages, {host: page for site in sites for host, page in site.missing.items()})


def _by_name(authority: trustme.CA, plain_hosts: set[str], organisations: Mapping[str, str]) -> ssl.SSLContext:
    """A TLS context that shows each name its own certificate; to names without TLS it speaks none."""
    known: dict[str, ssl.SSLContext] = {}

    def choose(connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        if name is None or name in plain_hosts:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        if name not in known:
            known[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert(name, organization_name=organisations.get(name)).configure_cert(known[name])
        connection.context = known[name]
        return None

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("default.example").configure_cert(context)
    context.sni_callback = choose
    return context


@contextmanager
def _web(places: _Places, asked: list[str], context: ssl.SSLContext | None, plain_hosts: set[str]) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            host = self.headers.get("Host", "").partition(":")[0].lower()
            asked.append(f"{'http' if context is None else 'https'}://{host}{self.path}")
            if context is None and host not in plain_hosts:
                self.put(Page(301, {"Location": f"https://{host}{self.path}"}, b""))
            else:
                self.put(places.at(host, self.path))

        def put(self, page: Page) -> None:
            self.send_response(page.status)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # names without TLS are meant to fail

        def finish_request(self, request: object, client_address: object) -> None:
            if context is not None:
                request = context.wrap_socket(request, server_side=True)  # type: ignore[arg-type]
            try:
                super().finish_request(request, client_address)  # type: ignore[arg-type]
            finally:
                request.close()  # type: ignore[attr-defined]

    with _running(Server(("127.0.0.1", 0), Handler)) as port:
        yield port


@contextmanager
def _whois(texts: Mapping[str, str]) -> Iterator[str]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            query = self.rfile.readline(1_000).decode("ascii", "replace")
            self.wfile.write(whois_answer(texts, query).replace("\n", "\r\n").encode("iso-2022-jp", "replace"))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with _running(Server(("127.0.0.1", 0), Handler)) as port:
        yield f"127.0.0.1:{port}"


@contextmanager
def silent() -> Iterator[str]:
    """A server that takes connections and never says a word, as "127.0.0.1:port"."""
    over = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            over.wait(60)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with _running(Server(("127.0.0.1", 0), Handler)) as port:
        try:
            yield f"127.0.0.1:{port}"
        finally:
            over.set()


@contextmanager
def _running(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
