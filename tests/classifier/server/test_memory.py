"""What a worker gives back of the memory that it took."""

import subprocess
import sys

PROGRAM = """
import ctypes
from classifier.server.memory import give_memory_back, keep_little_memory

keep_little_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4_096


def take_and_free(size, count):
    pieces = [libc.malloc(size) for _ in range(count)]
    for piece in pieces:
        ctypes.memset(piece, 1, size)
    last = libc.malloc(100 << 10)  # stands above them, so that the end cannot shrink
    for piece in pieces:
        libc.free(piece)
    return last


take_and_free(8 << 20, 1)  # by itself the library learns from this to keep pieces of such a size
give_memory_back()
before = resident()
take_and_free(1 << 20, 20)
print(resident() - before)
"""


def test_large_pieces_are_given_back() -> None:
    """Twenty of a mebibyte, though one of eight was freed before, with something above them."""
    program = [sys.executable, "-c", PROGRAM]
    grown = subprocess.run(program, capture_output=True, text=True, check=True).stdout
    assert int(grown) < 4 << 20
