"""Sets of fixed strings."""

from enum import StrEnum


class Value(StrEnum):
    """Base of enums whose members are strings, and are looked up at the speed of strings.

    The hash of the standard library's enums is Python code, which each look-up would run.
    """

    __hash__ = str.__hash__
