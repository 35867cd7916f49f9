"""JSON Lines on their way into a file."""

import json
from collections.abc import Iterable
from pathlib import Path

from classifier.errors import OutputError
from classifier.records import Record
from training.files import replace_file


def to_lines(records: Iterable[Record]) -> bytes:
    """Return JSON Lines.

    Args:
        records: Plain data.
    """
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    # Half a surrogate pair, which UTF-8 cannot hold, becomes JSON's own escape.
    return text.encode("utf-8", "backslashreplace")


def append_lines(path: Path, records: Iterable[Record]) -> None:
    """Add records to a file; what it holds stays byte for byte.

    Args:
        path: A JSON Lines file, which need not be there.
        records: Plain data.

    Raises:
        OutputError: The file cannot be read or written.
    """
    try:
        before = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror}") from None
    if before and not before.endswith(b"\n"):
        before += b"\n"
    replace_file(path, before + to_lines(records))
