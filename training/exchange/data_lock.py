"""Keeps those apart who change a data set at once."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def locked_data(data_folder: Path) -> Generator[None]:
    """Let nobody else change a data set, from reading it to writing; wait while another does.

    Args:
        data_folder: The folder ``data``; whether it is there is for its reader to say.
    """
    if not data_folder.is_dir():
        yield
        return
    descriptor = os.open(data_folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system that several machines share may have no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
