"""`wurao classify` on a Dask cluster."""

import json
from pathlib import Path

from tests.cli.test_commands import wurao


def test_an_archive_is_answered_by_a_cluster(
    tiny_data: Path, tiny_bundle: Path, tmp_path: Path, dask_address: str
) -> None:
    """Every turn comes back, and Dask says nothing."""
    source, output = tiny_data / "test" / "short_answers.jsonl", tmp_path / "out.jsonl"
    verb = ("classify", source, "-o", output, "--bundle", tiny_bundle, "--dask", dask_address)
    assert "distributed" not in wurao(*verb).stderr
    found = [json.loads(line) for line in output.read_bytes().splitlines()]
    asked = [json.loads(line) for line in source.read_bytes().splitlines()]
    assert [record | {"prediction": None} for record in found] == [
        record | {"prediction": None} for record in asked
    ]
    wurao("classify", source, "--bundle", tiny_bundle, "--dask", dask_address, status=2)
