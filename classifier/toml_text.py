"""Parses TOML that a user wrote; whatever is wrong with it is one kind of error."""

import tomllib
from typing import Any


def parse_toml(text: str) -> dict[str, Any]:
    """Return what a TOML text holds.

    Args:
        text: All of it.

    Raises:
        ValueError: It is not TOML; the message says why, and where that is known.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = str(error)
    except ValueError:  # Python reads no number of more than some thousand digits
        problem = "a number has too many digits"
    except RecursionError:
        problem = "brackets are nested too deep"
    raise ValueError(problem)
