"""Files with clear numbers: whole or as they were, and for nobody else to read."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO


@contextmanager
def private_file(path: Path, *, private: bool = True) -> Generator[BinaryIO]:
    """Yield a file that takes the place of another when all of it is written.

    Broken off, what was there before is there still.

    Args:
        path: Of a regular file, there or not yet, also through a link.
        private: Whether its owner alone may read the new one; else who could read the older one,
            or as the system has it.

    Raises:
        OutputError: It cannot be written.
    """
    from classifier.archive.output_file import output_file
    from classifier.errors import OutputError
    from classifier.file_owner import keep_readers

    target = output_file(path)
    try:
        descriptor, name = mkstemp(dir=target.parent, prefix=f".{target.name}.")
        partial = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            try:
                yield file
                file.flush()
                if not private and target.exists():
                    keep_readers(partial, target)
                else:
                    os.fchmod(descriptor, 0o600 if private else 0o666 & ~_mask())
                os.fsync(file.fileno())
                partial.replace(target)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None


def _mask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
