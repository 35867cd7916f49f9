"""Which processors sum exactly, by what Linux tells of them."""

from pathlib import Path

import pytest

from classifier import second_reader
from classifier.processor import sums_exactly
from classifier.second_reader import SecondReader
from classifier.turns import Turn
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("told", "exact"),
    [
        ("flags\t\t: fpu sse4_2 avx2 avx512f avx512_vnni", True),
        ("flags\t\t: fpu sse4_2 avx2 avx_vnni", True),
        ("flags\t\t: fpu sse4_2 avx2", False),
        ("flags\t\t: fpu sse4_2 avx2 avx_vnni avx512f", False),
        ("Features\t: fp asimd asimddp", False),
        ("", False),
    ],
)
def test_only_vnni_sums_exactly(tmp_path: Path, told: str, exact: bool) -> None:
    """AVX-512 without its own VNNI loses, whatever the shorter kernels can do."""
    path = tmp_path / "cpuinfo"
    path.write_text(f"processor\t: 0\nmodel name\t: A {told[:3]}\n{told}\n", "utf-8")
    assert sums_exactly(path) is exact


def test_a_system_that_does_not_tell(tmp_path: Path) -> None:
    """Elsewhere than on Linux the careful kernels are taken."""
    assert not sums_exactly(tmp_path / "cpuinfo")


def test_careful_kernels_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the careful ones read is what those taken here read, on any processor."""
    trained = ROOT / "training" / "second_reader" / "trained"
    network = trained / "reader.onnx"
    vocabulary = (trained / "characters.txt").read_text("utf-8").split("\n")
    turn = Turn("我没投过啊 是不是别人拿我简历投的")
    taken = SecondReader(network, vocabulary).read(turn)
    monkeypatch.setattr(second_reader, "sums_exactly", lambda: False)
    assert SecondReader(network, vocabulary).read(turn) == pytest.approx(taken, abs=1e-4)
