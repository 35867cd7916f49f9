"""Archives answered by a real Dask cluster: the same answers, nothing lost with the cluster."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from classifier.archive.parts import Parts
from classifier.archive.run import Job, answer_archive
from classifier.archive.workers import Model, _Process, begin_worker
from classifier.errors import ClusterError
from classifier.model_bundle import load_bundle
from tests.dask_processes import start_cluster


@pytest.fixture
def source(tiny_data: Path, tmp_path: Path) -> Path:
    """243 turns, the third line of them broken."""
    lines = (tiny_data / "test" / "short_answers.jsonl").read_bytes().splitlines(keepends=True)
    lines[2] = b"{}\n"
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"".join(lines))
    return path


def job(source: Path, output: str, bundle: Path, dask: str = "") -> Job:
    """Return a job in chunks of 20 rows."""
    folder = source.parent
    return Job(source, folder / output, bundle, False, 1, dask, chunk_rows=20)


def test_a_cluster_answers_like_this_machine(
    source: Path, tiny_bundle: Path, dask_address: str
) -> None:
    """Same file, same bad line; no part is left."""
    here = list(answer_archive(job(source, "here.jsonl", tiny_bundle)))
    there = list(answer_archive(job(source, "there.jsonl", tiny_bundle, dask_address)))
    assert there == here
    assert there[0].problems[0][0] == 3
    folder = source.parent
    assert (folder / "there.jsonl").read_bytes() == (folder / "here.jsonl").read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == [
        "here.jsonl", "in.jsonl", "there.jsonl",
    ]  # fmt: skip


@pytest.mark.usefixtures("impatient")
def test_a_run_outlives_its_cluster(source: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    """A cluster that dies is named; the same run goes on here with the parts that it made."""
    (tmp_path / "dask").mkdir()
    with start_cluster(tmp_path / "dask") as cluster:
        answers = answer_archive(job(source, "out.jsonl", tiny_bundle, cluster.address))
        next(answers)
        for process in (*cluster.workers, cluster.scheduler):
            process.kill()
            process.wait()
        with pytest.raises(ClusterError, match="run it again to go on"):
            list(answers)
    again = list(answer_archive(job(source, "out.jsonl", tiny_bundle)))
    assert again[0].resumed
    assert again[-1].rows == 243
    texts = [
        json.loads(line)["text"] for line in (tmp_path / "out.jsonl").read_bytes().splitlines()
    ]
    assert len(texts) == 242


def test_a_worker_that_does_not_see_the_output_is_refused(
    source: Path, tiny_bundle: Path, dask_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of the same name on another machine is not the same folder."""
    monkeypatch.chdir(source.parent)
    # This path means another folder to each process.
    output = Path("/proc/self/cwd/out.jsonl")
    there = Job(source, output, tiny_bundle, False, 1, dask_address, chunk_rows=20)
    with pytest.raises(ClusterError, match="folder that all machines share"):
        list(answer_archive(there))
    assert not output.exists()


def test_a_worker_that_does_not_see_the_bundle_is_refused(
    tmp_path: Path, tiny_bundle: Path
) -> None:
    """Nor does a worker answer by another model that lies at the same place."""
    about = {"model_version": "another"}
    folder = Parts(tmp_path / "out.jsonl", about).folder
    with pytest.raises(ClusterError, match="sees another model"):
        begin_worker(Model(tiny_bundle, False), about, folder)
    with pytest.raises(ClusterError, match="put the bundle on a folder that all machines share"):
        begin_worker(Model(tmp_path / "none", False), about, folder)
    with pytest.raises(ClusterError, match="put the output on a folder that all machines share"):
        begin_worker(Model(tiny_bundle, False), {}, folder)


def test_a_refused_run_leaves_the_one_before_alone(
    tiny_bundle: Path, make_variant: Callable[..., Path], tmp_path: Path
) -> None:
    """A worker that was ready for a run answers it with its model after refusing another."""
    good = {"model_version": load_bundle(tiny_bundle, False).manifest.version}
    run = (Model(tiny_bundle, False), good, Parts(tmp_path / "a.jsonl", good).folder)
    begin_worker(*run)
    stale = make_variant(tmp_path / "stale", review=0.01)
    other = {"model_version": "newer"}
    with pytest.raises(ClusterError, match="sees another model"):
        begin_worker(Model(stale, False), other, Parts(tmp_path / "b.jsonl", other).folder)
    begin_worker(*run)
    assert _Process.classifier is not None
    assert _Process.classifier.manifest.version == good["model_version"]
