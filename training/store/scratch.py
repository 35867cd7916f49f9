"""The lock of a store, and folders for what is under way in it; what a killed process left is told.

Whoever works in one holds a lock on a file in it, which the kernel lets go when the process ends,
however it ends. Other containers on the same volume see it too, as they would not see a process id.
"""

import errno
import fcntl
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from classifier.errors import ModelStoreError

VERSIONS = "versions"
"""Of a store, the folder of its bundles."""

_LOCK = "in_use"
_READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)
_PURPOSES = ("training", "incoming", "pruned", "alias")


@contextmanager
def locked(store: Path) -> Generator[None]:
    """Change a store while nobody else does; it is begun where it is not there.

    Args:
        store: The store's folder.

    Raises:
        ModelStoreError: Who runs this may not change it.
        OSError: There can be no store.
    """
    try:
        (store / VERSIONS).mkdir(parents=True, exist_ok=True)
        file = (store / ".lock").open("w")
    except OSError as error:
        if error.errno not in _READ_ONLY:
            raise
        remedy = "run it as the owner of the store, or name another with --store"
        message = f"{store}: cannot be changed: {error.strerror}; {remedy}"
        raise ModelStoreError(message) from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def new_scratch(store: Path, purpose: str) -> Generator[Path]:
    """Yield a new folder inside a store that is locked; it is cleared away.

    Args:
        store: The store's folder.
        purpose: What it is for: training, incoming, pruned or alias.
    """
    with (
        tempfile.TemporaryDirectory(dir=store, prefix=f".{purpose}-") as folder,
        (Path(folder) / _LOCK).open("w") as file,
    ):
        fcntl.flock(file, fcntl.LOCK_EX)
        yield Path(folder)


def leftovers(store: Path) -> list[Path]:
    """Return the folders in which nobody works any more, by name.

    Args:
        store: The store's folder; where it is not locked, a folder that is being made may be among
            them.
    """
    found = sorted(path for purpose in _PURPOSES for path in store.glob(f".{purpose}-*"))
    return [folder for folder in found if not _in_use(folder / _LOCK)]


def _in_use(lock: Path) -> bool:
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        # Held, or another user's.
        return True
    return False
