"""The keys of a decision log."""

from pathlib import Path

from classifier.errors import KeyFileError
from classifier.key_file import is_missing, read_keys


def read_log_keys(path: Path) -> dict[int, bytes]:
    """Return version -> key.

    Args:
        path: See `classifier.key_file`.

    Raises:
        KeyFileError: It is not there, and the message says how to make it; or it cannot be read.
    """
    if is_missing(path):
        message = f"{path}: is not there; make it with `wurao decisions new-key --keys {path}`"
        raise KeyFileError(message)
    return read_keys(path)
