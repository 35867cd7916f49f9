"""What pyarrow unpacks is whole up to the place where it is broken."""

from pathlib import Path

import pyarrow
import pytest

from classifier.archive.arrow import open_zstd


@pytest.mark.parametrize("count", [1, 100_000])
def test_all_before_a_break_is_read(count: int, tmp_path: Path) -> None:
    """Behind it nothing, however often it is asked for."""
    lines = [b"%d\n" % (place * 7_919) for place in range(count)]
    packed = pyarrow.Codec("zstd").compress(b"".join(lines), asbytes=True)
    (tmp_path / "in.zst").write_bytes(packed + b"nothing packed")
    found: list[bytes] = []
    with (tmp_path / "in.zst").open("rb") as file:
        unpacked = open_zstd(file)
        with pytest.raises(OSError, match="ZSTD decompress failed"):
            found.extend(unpacked)
        with pytest.raises(OSError, match="ZSTD decompress failed"):
            unpacked.readline()
    assert found == lines
