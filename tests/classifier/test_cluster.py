"""A Dask cluster is used only if it runs what runs here."""

import gc
import sys
from pathlib import Path

import dask
import distributed
import pytest

from classifier.cluster import connect, count_threads, lost_is_told
from classifier.errors import ClusterError, ClusterLostError
from tests.certificates import issue
from tests.dask_processes import start_cluster
from tests.server_process import free_port


def test_a_sound_cluster_works(dask_address: str) -> None:
    """Its workers are those of this installation."""
    with connect(dask_address, ["numpy"]) as client:
        assert client.submit(sum, [1, 2]).result() == 3


def test_what_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """No scheduler, no extra: one line says what to do."""
    nobody = f"tcp://127.0.0.1:{free_port()}"
    for address in (nobody, "nonsense://x", "127.0.0.1", "tcp://127.0.0.1:port"):
        refused = pytest.raises(ClusterError, match="no Dask scheduler answers there")
        with dask.config.set({"distributed.comm.timeouts.connect": "1s"}), refused:
            connect(address, []).__enter__()
        # One left half open would be ended by the collector, perhaps while another starts.
        clients = [found for found in gc.get_objects() if type(found) is distributed.Client]
        assert {client.status for client in clients} <= {"closed"}
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install wurao\[dask\]"):
        connect(nobody, []).__enter__()


@pytest.mark.usefixtures("impatient")
def test_a_cluster_without_workers_is_named(tmp_path: Path) -> None:
    """Nobody waits for ever."""
    with (
        start_cluster(tmp_path, workers=0) as cluster,
        pytest.raises(ClusterError, match="no worker that answers"),
    ):
        connect(cluster.address, []).__enter__()


@pytest.mark.usefixtures("impatient")
def test_a_cluster_that_goes_away_is_told_as_that(tmp_path: Path) -> None:
    """Whichever call notices it, and however Dask puts it: scheduler and remedy are named."""
    told = r"tcp://127\.0\.0\.1:\d+: the Dask cluster went away; start it again and run the same"
    with start_cluster(tmp_path, workers=1) as cluster, connect(cluster.address, []) as client:
        cluster.scheduler.kill()
        cluster.scheduler.wait()
        # Mostly Dask gives up on the first with a plain OSError, which has no number.
        with pytest.raises(ClusterLostError, match=told), lost_is_told(cluster.address):
            client.run(sum, [1, 2])
        with pytest.raises(ClusterLostError, match=told), lost_is_told(cluster.address):
            count_threads(client)


def test_a_cluster_with_certificates_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dask's own settings name them; without them one line says so."""
    authority = issue("authority")
    certificate, key, roots = (tmp_path / name for name in ("c.pem", "k.pem", "a.pem"))
    issue("cluster", authority).write(certificate, key)
    roots.write_bytes(authority.certificate_pem)
    settings = {"distributed.comm.tls.ca-file": str(roots)}
    for role in ("scheduler", "worker", "client"):
        settings[f"distributed.comm.tls.{role}.cert"] = str(certificate)
        settings[f"distributed.comm.tls.{role}.key"] = str(key)
    for name, value in settings.items():
        variable = name.replace("-", "_").replace(".", "__").upper()
        monkeypatch.setenv(f"DASK_{variable}", value)
    with (
        dask.config.set(settings),
        start_cluster(tmp_path, workers=1, protocol="tls") as cluster,
        connect(cluster.address, []) as client,
    ):
        assert cluster.address.startswith("tls://")
        assert client.submit(sum, [1, 2]).result() == 3
    with pytest.raises(ClusterError, match=r"needs certificates: .* distributed\.comm\.tls"):
        connect(cluster.address, []).__enter__()


@pytest.mark.parametrize(
    ("package", "where", "problem"),
    [
        ("jieba", "worker_path", "127.0.0.1:.* has jieba 9, here 0"),
        ("wurao", "scheduler_path", "the scheduler has wurao 9, here 0"),
    ],
)
def test_a_machine_with_other_packages_is_refused(
    tmp_path: Path, package: str, where: str, problem: str
) -> None:
    """Answers of other code or libraries are never mixed in."""
    folder = _install(tmp_path, package)
    with (
        start_cluster(tmp_path, workers=1, **{where: str(folder)}) as cluster,
        pytest.raises(ClusterError, match=problem),
    ):
        connect(cluster.address, ["jieba"]).__enter__()


def test_a_machine_without_a_package_is_refused(
    dask_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is installed here alone would fail there, later and worse."""
    monkeypatch.syspath_prepend(_install(tmp_path, "somereader"))
    with pytest.raises(ClusterError, match="has somereader missing, here 9"):
        connect(dask_address, ["somereader"]).__enter__()


def _install(folder: Path, package: str) -> Path:
    path = folder / "packages" / f"{package}-9.dist-info" / "METADATA"
    path.parent.mkdir(parents=True)
    path.write_text(f"Name: {package}\nVersion: 9\n", "utf-8")
    return folder / "packages"
