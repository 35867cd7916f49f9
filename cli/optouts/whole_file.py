"""Files that are whole or as they were."""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO


@contextmanager
def private_file(path: Path) -> Generator[BinaryIO]:
    """Yield a file that takes the place of another when all of it is written.

    Broken off, what was there before is there still. The new one has clear numbers, and is readable
    by its owner alone.

    Args:
        path: Of a regular file, there or not yet, also through a link.

    Raises:
        OutputError: It cannot be written.
    """
    with _whole_file(path, lambda _new, _old: None) as file:  # made so
        yield file


@contextmanager
def readable_file(path: Path) -> Generator[BinaryIO]:
    """Yield one that names no subject: readable by whom the older one was, or as the system has it.

    Args:
        path: Of a regular file, there or not yet, also through a link.

    Raises:
        OutputError: It cannot be written.
    """
    with _whole_file(path, _let_read) as file:
        yield file


@contextmanager
def _whole_file(path: Path, settle: Callable[[Path, Path], None]) -> Generator[BinaryIO]:
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
                settle(partial, target)
                os.fsync(descriptor)
                partial.replace(target)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None


def _let_read(new: Path, old: Path) -> None:
    from classifier.file_owner import keep_readers

    if old.exists():
        keep_readers(new, old)
    else:
        mask = os.umask(0o077)
        os.umask(mask)
        new.chmod(0o666 & ~mask)
