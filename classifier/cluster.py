"""Connects to a Dask cluster that is there already, and makes sure that it runs what runs here."""

import logging
import platform
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from classifier.errors import ClusterError, ClusterLostError

Cluster = Any
"""A ``distributed.Client``; the package is an extra, and untyped."""


@contextmanager
def connect(address: str, packages: Sequence[str]) -> Generator[Cluster]:
    """Yield a client of a cluster all of whose machines have the same packages as this process.

    How long a scheduler, or a first worker, is waited for is Dask's own setting
    ``distributed.comm.timeouts.connect``.

    Args:
        address: Of the scheduler, such as ``tcp://10.0.0.7:8786`` or ``tls://…``; Dask's own
            settings name the certificates.
        packages: Distributions that must be of the same version everywhere, beside this one.

    Raises:
        ClusterError: Dask is not installed, the scheduler or a worker cannot be reached or has
            other packages, or a worker was killed again and again.
        ClusterLostError: The cluster went away while it was in use.
    """
    try:
        dask: Any = import_module("dask")
        distributed: Any = import_module("distributed")
    except ImportError:
        raise ClusterError("Dask is not installed: `pip install wurao[dask]`") from None
    security = distributed.Security()
    if address.startswith("tls:") and not security.get_connection_args("client")["ssl_context"]:
        message = "needs certificates: Dask's settings distributed.comm.tls name them"
        raise ClusterError(f"{address}: {message}")
    # What it would log on the way is raised in the end.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        # A client of what is no address stays half open until it is collected; collected while
        # the next one starts, it would wait for the lock that this one holds.
        distributed.comm.get_address_host(address)
        client = distributed.Client(address, security=security, set_as_default=False)
    except (OSError, ValueError, RuntimeError):
        message = "no Dask scheduler answers there; give its address, such as tcp://HOST:8786"
        raise ClusterError(f"{address}: {message}") from None
    patience = dask.utils.parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"))
    with client:
        try:
            with lost_is_told(address):
                _refuse_other_packages(client, packages, patience)
            yield client
        except (CancelledError, distributed.comm.CommClosedError):
            raise ClusterLostError(_lost(address)) from None
        except distributed.KilledWorker:
            message = "workers were killed again and again, perhaps for memory"
            raise ClusterError(f"{address}: {message}; run it again to go on") from None


@contextmanager
def lost_is_told(address: str) -> Generator[None]:
    """Tell of a cluster that goes away while it is asked, in whatever way Dask notices it.

    Nothing else may be done meanwhile that raises OSError, here or in a task: Dask raises that
    very error where it tries in vain to reach its scheduler.

    Args:
        address: Of the scheduler.

    Raises:
        ClusterLostError: It went away.
    """
    try:
        yield
    except (CancelledError, OSError):
        raise ClusterLostError(_lost(address)) from None


def count_threads(client: Cluster) -> int:
    """Return how many tasks a cluster does at once.

    Args:
        client: From `connect`.

    Raises:
        OSError: It went away; see `lost_is_told`.
    """
    return max(1, int(sum(client.nthreads().values())))


def _lost(address: str) -> str:
    remedy = "start it again and run the same command, which goes on where this run was"
    return f"{address}: the Dask cluster went away; {remedy}"


def _refuse_other_packages(client: Cluster, packages: Sequence[str], patience: float) -> None:
    try:
        # A task makes a cluster that grows with its work start a first worker.
        client.submit(platform.python_version, pure=False).result(timeout=patience)
    except TimeoutError:
        raise ClusterError("the cluster has no worker that answers; start some") from None
    # Functions of Python alone: one of ours would end a worker that cannot import it.
    _refuse_others(
        "Python", platform.python_version(), _everywhere(client, platform.python_version)
    )
    for name in ("wurao", "dask", *packages):
        try:
            here = version(name)
        except PackageNotFoundError:
            here = ""
        _refuse_others(name, here, _everywhere(client, version, name))


def _everywhere(client: Cluster, function: Callable[..., str], *arguments: str) -> dict[str, str]:
    told = client.run(function, *arguments, on_error="return")
    try:
        told["the scheduler"] = client.run_on_scheduler(function, *arguments)
    except OSError:
        raise
    except Exception as error:  # ruff: ignore[blind-except]  # whatever the function raises
        told["the scheduler"] = error
    return {place: answer if isinstance(answer, str) else "" for place, answer in told.items()}


def _refuse_others(name: str, here: str, told: dict[str, str]) -> None:
    for place, there in told.items():
        if there != here:
            versions = f"{name} {there or 'missing'}, here {here or 'missing'}"
            remedy = "install the same requirements on every machine of the cluster"
            raise ClusterError(f"{place} has {versions}; {remedy}")
