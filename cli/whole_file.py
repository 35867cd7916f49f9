"""Files that are whole or as they were."""

import os
import sys
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

STANDARD_OUTPUT = Path("-")


def private_file(path: Path) -> AbstractContextManager[BinaryIO]:
    """Return, to be entered, a file that takes the place of another when all of it is written.

    Broken off, what was there before is there still. The new one has clear numbers, and is readable
    by its owner alone.

    Args:
        path: Of a regular file, there or not yet, also through a link.

    Raises:
        OutputError: It cannot be written.
    """
    return _whole_file(path, private=True)


def private_output(path: Path) -> AbstractContextManager[BinaryIO]:
    """Return, to be entered, standard output where the path is ``-``, else a `private_file`.

    Args:
        path: As of a `private_file`, or ``-``.

    Raises:
        OutputError: It cannot be written.
    """
    return nullcontext(sys.stdout.buffer) if path == STANDARD_OUTPUT else private_file(path)


def readable_file(path: Path) -> AbstractContextManager[BinaryIO]:
    """Return, to be entered, such a file of no clear numbers: as readable as the older one was.

    Where there is none yet, as the system has it.

    Args:
        path: Of a regular file, there or not yet, also through a link.

    Raises:
        OutputError: It cannot be written.
    """
    return _whole_file(path, private=False)


@contextmanager
def _whole_file(path: Path, private: bool) -> Generator[BinaryIO]:
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
                if not private:  # as it was made
                    _let_read(partial, target)
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
