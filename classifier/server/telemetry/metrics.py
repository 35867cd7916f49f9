"""Tells Prometheus what the workers counted."""

import logging
import os
import socket
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from itertools import accumulate
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from prometheus_client import CollectorRegistry, MetricsHandler
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from classifier.errors import SettingsError
from classifier.server.telemetry.figure_families import CALLS, FAMILIES, FAULTS, Family
from classifier.server.telemetry.figures import Figures, share_figures
from classifier.server.variables import host_and_port

_log = logging.getLogger(__name__)
_PAGE = os.sysconf("SC_PAGESIZE")
_CONNECTIONS = 16  # each has a thread beside the event loop
_IDLE_SECONDS = 5
_Request = socket.socket | tuple[bytes, socket.socket]  # the latter of datagrams alone


class FiguresCollector(Collector):
    """Adds up the figures of all workers whenever Prometheus asks."""

    def __init__(self, workers: Sequence[Figures]) -> None:
        """Keep where the figures are.

        Args:
            workers: The figures of each place a worker has; a restarted worker counts on in its
                predecessor's.
        """
        self._workers = workers

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        for family in FAMILIES:
            yield _metric(family, [_sum(self._workers, family, i) for i in range(len(family.rows))])
        restarts = sum(figures.restarts for figures in self._workers)
        yield CounterMetricFamily(
            "wurao_worker_restarts", "Workers that died and were replaced.", restarts
        )
        yield from self._states()

    def _states(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("wurao_worker_up", "1 while the worker runs.", labels=["worker"])
        memory = GaugeMetricFamily(
            "wurao_worker_resident_bytes", "Resident memory of a worker.", labels=["worker"]
        )
        model = GaugeMetricFamily(
            "wurao_model_info", "Workers that serve a model, by its version.", labels=["version"]
        )
        serving: dict[str, int] = {}
        for place, figures in enumerate(self._workers):
            resident = _resident_bytes(figures.process)
            up.add_metric([str(place)], float(resident is not None))
            if resident is not None:
                memory.add_metric([str(place)], resident)
                version = figures.model_version
                serving[version] = serving.get(version, 0) + 1
        for version, workers in serving.items():
            model.add_metric([version], workers)
        yield from (up, memory, model)


class _Answering(MetricsHandler):
    timeout = _IDLE_SECONDS  # whoever connects and says nothing holds his thread no longer

    def do_GET(self) -> None:  # ruff: ignore[invalid-function-name]  # as the standard library has it
        """Answer, or refuse what cannot be read as a request of Prometheus."""
        try:
            parse_qs(urlsplit(self.path).query)
            choose_encoder(self.headers.get("Accept") or "")
        except (ValueError, TypeError):  # the latter of versions that it cannot compare
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        super().do_GET()


class _Server(ThreadingHTTPServer):
    def __init__(self, host: str, port: int, registry: CollectorRegistry) -> None:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        self.address_family = places[0][0]
        self._free = threading.Semaphore(_CONNECTIONS)
        super().__init__((host, port), _Answering.factory(registry))

    def process_request(self, request: _Request, client_address: object) -> None:
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread is to be had
            self._free.release()
            raise

    def process_request_thread(self, request: _Request, client_address: object) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: _Request, client_address: object) -> None:
        del request, client_address
        if not isinstance(sys.exception(), OSError):  # whoever asked is gone
            _log.error("Prometheus could not be answered", exc_info=True)


@contextmanager
def expose_workers(address: str, workers: int) -> Generator[int]:
    """Answer Prometheus for worker processes; yield the memory where they count, by descriptor.

    Args:
        address: Host and port; port 0 takes a free one.
        workers: How many.

    Raises:
        SettingsError: The address cannot be listened on, or there is no memory.
    """
    shared = share_figures(workers)
    try:
        with expose(address, [Figures(shared, number) for number in range(workers)]):
            yield shared
    finally:
        os.close(shared)


@contextmanager
def expose(address: str, workers: Sequence[Figures]) -> Generator[int]:
    """Answer Prometheus over HTTP, from a thread of this process; yield the port.

    Args:
        address: Host and port; port 0 takes a free one.
        workers: The figures of each place that a worker has.

    Raises:
        SettingsError: The address cannot be listened on.
    """
    registry = CollectorRegistry(auto_describe=True)  # else `name[]` finds nothing of ours
    registry.register(FiguresCollector(workers))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    try:
        server = _Server(*host_and_port(address), registry)
    except OSError as error:
        message = f"{address}: cannot be listened on: {error.strerror}; see WURAO_METRICS_ADDRESS"
        raise SettingsError(message) from None
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host = address.rpartition(":")[0]
    _log.info("metrics on http://%s:%d/metrics", host, server.server_port)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _sum(workers: Sequence[Figures], family: Family, row: int) -> list[float]:
    rows = [figures.row(family, row) for figures in workers if not family.live or _runs(figures)]
    return [sum(numbers) for numbers in zip(*rows, strict=True)] or [0.0] * family.width


def _metric(family: Family, rows: Sequence[Sequence[float]]) -> Metric:
    names = list(family.label_names)
    if family.bounds:
        histogram = HistogramMetricFamily(family.name, family.help, labels=names)
        limits = [*(str(float(bound)) for bound in family.bounds), "+Inf"]
        for labels, numbers in zip(family.rows, rows, strict=True):
            counts = list(accumulate(numbers[:-1]))
            buckets = list(zip(limits, counts, strict=True))
            histogram.add_metric(labels, buckets, numbers[-1])
        return histogram
    kind = GaugeMetricFamily if family.live else CounterMetricFamily
    metric = kind(family.name, family.help, labels=names)
    for labels, numbers in zip(family.rows, rows, strict=True):
        if numbers[0] or family is not CALLS or labels[1] in FAULTS:  # most codes never happen
            metric.add_metric(labels, numbers[0])
    return metric


def _runs(figures: Figures) -> bool:
    return _resident_bytes(figures.process) is not None


def _resident_bytes(process: int) -> int | None:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1])
    except (OSError, ValueError):
        return None
    return pages * _PAGE if pages else None
