"""What takes the place of a file goes on belonging to whom that belongs, with its permissions."""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

_NOT_KEPT = "its owner and group cannot be kept; do this as its owner or as root"
_NOT_OF_GROUP = "its group cannot be kept; join it, give the file one of yours, or do this as root"
_READABLE_BY_GROUP_OR_OTHERS = 0o044


def keep_owner(descriptor: int, held: os.stat_result) -> None:
    """Give a new file to the owner and group of an older one, with its permissions.

    Args:
        descriptor: Of the new file.
        held: Of the older one.

    Raises:
        PermissionError: It cannot be given to them.
    """
    try:
        os.fchown(descriptor, held.st_uid, held.st_gid)
    except OSError:  # some containers answer otherwise than by "not permitted"
        raise PermissionError(errno.EPERM, _NOT_KEPT) from None
    os.fchmod(descriptor, stat.S_IMODE(held.st_mode))


def keep_readers(new: Path, old: Path) -> None:
    """Let those read a file who may read the one that it takes the place of, and nobody else.

    Owner and group stay. Who may not give a file to its owner, but writes for the same group,
    becomes its owner, unless only the owner could read it.

    Args:
        new: The file, before it has the name of the other.
        old: The one that it replaces.

    Raises:
        PermissionError: Somebody would lose it.
        OSError: One of them cannot be looked at.
    """
    held = old.stat()
    # A link there may be a trap: root would give away what it leads to.
    descriptor = os.open(new, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        try:
            keep_owner(descriptor, held)
        except PermissionError as error:
            with suppress(OSError):
                os.fchown(descriptor, -1, held.st_gid)
            now = os.fstat(descriptor)
            if _somebody_loses(now, held):
                why = _NOT_OF_GROUP if now.st_uid == held.st_uid else error.strerror
                raise PermissionError(error.errno, why, str(old)) from None
            os.fchmod(descriptor, stat.S_IMODE(held.st_mode))
    finally:
        os.close(descriptor)


def try_readers(trial: Path, old: Path) -> None:
    """Learn, before anything is written, whether `keep_readers` will do.

    Args:
        trial: A name that is free, in the folder where the new file will be.
        old: The file that will be replaced.

    Raises:
        PermissionError: Somebody would lose it.
        OSError: No file can be made there.
    """
    trial.touch(exist_ok=False)
    try:
        keep_readers(trial, old)
    finally:
        trial.unlink()


def _somebody_loses(now: os.stat_result, held: os.stat_result) -> bool:
    owner_stays = now.st_uid == held.st_uid or held.st_mode & _READABLE_BY_GROUP_OR_OTHERS
    group_may_more = held.st_mode >> 3 & ~held.st_mode & 0o7
    return not owner_stays or (now.st_gid != held.st_gid and group_may_more != 0)
