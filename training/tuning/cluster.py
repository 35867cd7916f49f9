"""Lends joblib a Dask cluster."""

from collections.abc import Generator
from contextlib import contextmanager

from joblib import parallel_config

from classifier.cluster import connect

_PACKAGES = ("joblib", "jieba", "numpy", "scikit-learn", "scipy")


@contextmanager
def on_cluster(address: str) -> Generator[None]:
    """Run what joblib runs meanwhile on a Dask cluster.

    Args:
        address: Of the scheduler, such as ``tcp://HOST:8786``.

    Raises:
        ClusterError: The cluster cannot be used, or was lost.
    """
    with connect(address, _PACKAGES) as client, parallel_config(backend="dask", client=client):
        yield
