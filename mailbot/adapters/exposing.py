"""Shows numbers to a Prometheus server: as a file for its node exporter, or on a port (prometheus_client)."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from socketserver import BaseRequestHandler
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import write_to_textfile
from prometheus_client.registry import Collector

from mailbot.core.metrics import Metric
from mailbot.errors import ConfigError

PATIENCE = 10.0
"""Seconds that a client may keep silent."""
_FAMILIES = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily}


class Board:
    """The numbers as they were last shown; safe to be read from another thread."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._shown: tuple[Metric, ...] = ()
        self._registry.register(_Shown(lambda: self._shown))
        self._end: Callable[[], None] = lambda: None

    def show(self, metrics: Iterable[Metric]) -> None:
        """Put these in the place of the earlier ones."""
        self._shown = tuple(metrics)

    def write(self, path: Path) -> None:
        """Put the file there whole or leave the old one. Raises OSError."""
        write_to_textfile(str(path), self._registry)

    def serve(self, address: str, port: int) -> int:
        """Answer there until `close`; the port. Raises ConfigError if it cannot be had."""
        try:
            server, thread = start_http_server(port, address, self._registry)
        except OSError as exc:
            raise ConfigError((f"[metrics]: {address}:{port} cannot be listened on: {exc.strerror}",)) from None

        server.RequestHandlerClass = _impatient(server.RequestHandlerClass)

        def end() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        self._end = end
        return int(server.server_port)

    def close(self) -> None:
        """Answer nobody any more."""
        self._end()
        self._end = lambda: None


def _impatient(handler: Any) -> type[BaseRequestHandler]:
    """The same for clients that send nothing, or hang up: they hold no thread, and no traceback is printed."""

    class Impatient(handler):  # type: ignore[misc]  # whatever the library uses
        timeout = PATIENCE

        def handle(self) -> None:
            with suppress(OSError):
                super().handle()

    return Impatient


class _Shown(Collector):
    def __init__(self, shown: Callable[[], tuple[Metric, ...]]) -> None:
        self._of = shown

    def collect(self) -> Iterable[Family]:
        for metric in self._of():
            family = _FAMILIES[metric.kind](metric.name, metric.what, labels=metric.labels)
            for labels, value in metric.values.items():
                family.add_metric(labels, value)
            yield family
