"""The contract and its stubs."""

from itertools import pairwise
from pathlib import Path

from protos.generate import generate
from tests.conftest import ROOT

PROTOS = ROOT / "protos"


def test_committed_stubs_are_what_the_compiler_makes(tmp_path: Path) -> None:
    """Nobody edits a stub or forgets to regenerate it."""
    generate(tmp_path)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*_pb2*"))
    assert made
    for path in made:
        assert (PROTOS / path).read_text("utf-8") == (tmp_path / path).read_text("utf-8"), path


def test_every_element_is_commented() -> None:
    """A reader of the proto needs no other page: messages, calls and enums carry a comment."""
    lines = (PROTOS / "wurao/v1/classifier.proto").read_text("utf-8").splitlines()
    for before, line in pairwise(lines):
        if line.strip().startswith(("message ", "enum ", "rpc ", "service ")):
            assert before.strip().startswith("//"), line
