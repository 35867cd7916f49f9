"""Archives answered by a real Dask cluster: the same answers, nothing lost with the cluster."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest

from classifier.archive.parts import Parts
from classifier.archive.run import Job, answer_archive
from classifier.archive.workers import Model, _Process, begin_worker, cluster
from classifier.errors import ClusterError, ClusterLostError, OutputError
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


def folder_of(output: Path, about: dict[str, str]) -> Path:
    """Begin the parts of an output and return their folder."""
    parts = Parts(output)
    with parts.held(about):
        return parts.folder


@pytest.mark.usefixtures("impatient")
def test_a_run_outlives_its_cluster(source: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    """A cluster that dies is named with the remedy; started again it goes on with the parts."""
    for name in ("before", "after"):
        (tmp_path / name).mkdir()
    with start_cluster(tmp_path / "before") as lost:
        answers = answer_archive(job(source, "out.jsonl", tiny_bundle, lost.address))
        next(answers)
        for process in (*lost.workers, lost.scheduler):
            process.kill()
            process.wait()
        with pytest.raises(ClusterLostError) as told:
            list(answers)
    assert str(told.value).startswith(f"{lost.address}: the Dask cluster went away; start it again")
    with start_cluster(tmp_path / "after") as started:
        again = list(answer_archive(job(source, "out.jsonl", tiny_bundle, started.address)))
    assert again[0].resumed
    assert again[-1].rows == 243
    texts = [
        json.loads(line)["text"] for line in (tmp_path / "out.jsonl").read_bytes().splitlines()
    ]
    assert len(texts) == 242


class _LastWords(Model):
    """A model that ends the scheduler in the moment in which it is sent to the workers."""

    scheduler: ClassVar[subprocess.Popen[bytes]]

    def __reduce__(self) -> tuple[type[Model], tuple[Path, bool]]:
        self.scheduler.kill()
        self.scheduler.wait()
        return Model, (self.bundle, self.second_reader)


@pytest.mark.usefixtures("impatient")
def test_a_cluster_lost_before_the_first_row_is_told_as_that(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    """Dask then gives up with a plain OSError, which is not one of the output."""
    folder = folder_of(tmp_path / "out.jsonl", {})
    with start_cluster(tmp_path, workers=1) as lost:
        _LastWords.scheduler = lost.scheduler
        going = cluster(_LastWords(tiny_bundle, False), lost.address, {}, folder)
        with pytest.raises(ClusterLostError, match=f"^{lost.address}: .*run the same command"):
            going.__enter__()


def test_a_worker_that_cannot_write_is_told_as_that(
    source: Path, tiny_bundle: Path, dask_address: str, tmp_path: Path
) -> None:
    """A part that a worker cannot write is an error of the output, not of the cluster."""
    parts = tmp_path / "out.jsonl.parts"
    (parts / "00000001.part").mkdir(parents=True)
    (parts / "holder.txt").touch()  # as a run leaves it
    with pytest.raises(OutputError, match=r"out\.jsonl\.parts: cannot be written: Is a directory"):
        list(answer_archive(job(source, "out.jsonl", tiny_bundle, dask_address)))


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
    folder = folder_of(tmp_path / "out.jsonl", about)
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
    run = (Model(tiny_bundle, False), good, folder_of(tmp_path / "a.jsonl", good))
    begin_worker(*run)
    stale = make_variant(tmp_path / "stale", review=0.01)
    other = {"model_version": "newer"}
    with pytest.raises(ClusterError, match="sees another model"):
        begin_worker(Model(stale, False), other, folder_of(tmp_path / "b.jsonl", other))
    begin_worker(*run)
    assert _Process.classifier is not None
    assert _Process.classifier.manifest.version == good["model_version"]
