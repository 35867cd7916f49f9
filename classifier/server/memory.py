"""What a worker keeps of the memory that it took."""

import ctypes
import gc
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # as <malloc.h> has them
_KEPT_BYTES = 4 << 20
_MAPPED_BYTES = 512 << 10
_ARENAS = 2
_OBJECTS_BEFORE_COLLECTION = 10_000  # a call makes some hundreds, and hardly any in a cycle


def keep_little_memory() -> None:
    """Bound what the C library keeps of what is given back; to be called before threads start.

    By itself it learns from the first long turn to keep all that such a turn takes, in each thread
    that read one. What is larger than a turn of usual length needs at once is mapped and given back
    instead.
    """
    with suppress(AttributeError):  # of the GNU C library alone
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _MAPPED_BYTES)
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_ARENA_MAX, _ARENAS)


def settle_memory() -> None:
    """Leave what was loaded alone from now on: the model lives as long as the process."""
    gc.collect()
    gc.freeze()  # walking it would pause calls
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTION)
    give_memory_back()


def give_memory_back() -> None:
    """Let the C library give back what loading left behind, a tenth of a worker's memory."""
    with suppress(AttributeError):  # of the GNU C library alone
        ctypes.CDLL(None).malloc_trim(0)
