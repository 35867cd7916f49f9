"""Tells in which encoding a list was written: by its bytes, its header, then its characters."""

import codecs
from functools import partial
from pathlib import Path

from classifier.errors import ListError
from classifier.everyday_characters import count_unusual

ENCODINGS = ("utf-8-sig", "gb18030", "big5hkscs")
"""Those that are told apart, Python's names; what reads as the first is never another."""

_BLOCK = 1 << 20


def decodes(path: Path, encoding: str) -> bool:
    """Say whether a file can be read in an encoding.

    Args:
        path: The file.
        encoding: Python's name of it.

    Raises:
        ListError: There is no such encoding.
    """
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise ListError(f"{encoding}: is no encoding; name one such as gb18030 or big5") from None
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def unusual_characters(path: Path, encoding: str) -> int:
    """Return how many characters of a file are none of everyday use, read in an encoding.

    What was written in the other of GB18030 and Big5 reads as a heap of them.

    Args:
        path: The file, which can be read so.
        encoding: Of `ENCODINGS`, but for UTF-8.
    """
    with path.open(encoding=encoding) as file:
        return count_unusual(iter(partial(file.read, _BLOCK), ""), encoding)
