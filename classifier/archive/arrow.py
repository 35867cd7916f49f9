"""What is done by pyarrow, which need not be installed."""

import io
from contextlib import suppress
from importlib import import_module
from typing import IO, Any

from classifier.errors import ArchiveError

_PACKED_BYTES = 64 * 1024  # read at once


def import_arrow() -> Any:  # ruff: ignore[any-type]  # an untyped package
    """Return pyarrow, which reads Parquet and zstd.

    Raises:
        ArchiveError: It is not installed.
    """
    try:
        import_module("pyarrow.parquet")
        return import_module("pyarrow")
    except ImportError:
        raise ArchiveError("Parquet and zst need pyarrow: `pip install wurao[bulk]`") from None


def open_zstd(file: IO[bytes]) -> IO[bytes]:
    """Return a file unpacked; reading raises `OSError` only where it is broken, not before.

    Args:
        file: Packed, at its start.
    """
    return io.BufferedReader(_Unpacking(file), _PACKED_BYTES)


class _Unpacking(io.RawIOBase):
    """Arrow's stream, which by itself loses all that it was asked for together with a break."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._stream = self._open()
        self._done = 0
        self._break: OSError | None = None

    def _open(self) -> Any:  # ruff: ignore[any-type]  # an untyped package
        arrow = import_arrow()
        return arrow.CompressedInputStream(arrow.PythonFile(self._file), "zstd")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # ruff: ignore[any-type]  # as its base's
        if self._break:
            raise self._break
        try:
            found = self._stream.read(len(buffer))
        except OSError as error:
            self._break = error
            found = self._before_break(len(buffer))
            if not found:
                raise
        buffer[: len(found)] = found
        self._done += len(found)
        return len(found)

    def _before_break(self, most: int) -> bytes:
        """Return what was not read yet, byte by byte: Arrow gives no part of what it fails at."""
        self._file.seek(0)
        # The broken one is kept, since it would close the file.
        self._broken, self._stream = self._stream, self._open()
        left, found = self._done, bytearray()
        with suppress(OSError):
            while left and (skipped := self._stream.read(min(left, _PACKED_BYTES))):
                left -= len(skipped)
            while len(found) < most and (byte := self._stream.read(1)):
                found += byte
        return bytes(found)
