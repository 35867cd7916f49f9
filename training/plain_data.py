"""From dataclasses and structs to what JSON can hold."""

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from msgspec import Struct, structs


def to_plain(value: Any) -> Any:  # ruff: ignore[any-type]  # plain data of any depth
    """Return data for JSON: records become objects, what could not be measured None.

    Args:
        value: Dataclasses, structs, mappings, lists and plain values, in one another.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return to_plain(asdict(value))
    if isinstance(value, Struct):
        return to_plain(structs.asdict(value))
    if isinstance(value, Mapping):
        return {str(key): to_plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(entry) for entry in value]
    return None if isinstance(value, float) and math.isnan(value) else value
