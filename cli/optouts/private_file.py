"""Files with clear numbers: whole or as they were, and for nobody else to read."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO


@contextmanager
def private_file(path: Path, mode: int = 0o600) -> Generator[BinaryIO]:
    """Yield a file that takes the place of another when all of it is written.

    Broken off, what was there before is there still. The new one is readable by its owner alone
    unless more is said.

    Args:
        path: Of a regular file, there or not yet, also through a link.
        mode: Who may read the new one, where it names no subject.

    Raises:
        OutputError: It cannot be written.
    """
    from classifier.archive.output_file import output_file
    from classifier.errors import OutputError

    target = output_file(path)
    try:
        descriptor, name = mkstemp(dir=target.parent, prefix=f".{target.name}.")
        partial = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            try:
                yield file
                file.flush()
                os.fchmod(descriptor, mode)
                os.fsync(file.fileno())
                partial.replace(target)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None
