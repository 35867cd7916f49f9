"""The recipes that a search tries."""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from math import prod
from pathlib import Path
from typing import Any

from classifier.errors import DataError
from training.files import read_toml
from training.recipe import Recipe, checked_recipe

DEFAULT_SPACE = Path(__file__).parent / "space.toml"
TUNABLE = (
    "dictionary_min_count", "dictionary_max_characters", "features_min_turns",
    "features_length_exponent", "model_inverse_regularisation", "model_tolerance",
)  # fmt: skip
"""Settings that change the linear model's scores."""


def read_space(path: Path, recipe: Recipe, number: int) -> list[Recipe]:
    """Return recipes to try, the given one first, the others drawn from a space.

    The space itself, which may be millions of recipes large, is not written out. The first of more
    are the same as those of fewer, so that a longer search goes on from a shorter one.

    Args:
        path: A TOML file with a list of values for each setting to be tried.
        recipe: What holds for all other settings; its seed draws.
        number: At least 1; fewer are returned where the space has fewer.

    Raises:
        DataError: The file is missing or no TOML, a setting cannot be tuned or is out of range.
    """
    values: dict[str, list[float]] = {}
    for section, settings in read_toml(path).items():
        for name, tried in settings.items() if isinstance(settings, dict) else [("", settings)]:
            full = f"{section}_{name}"
            if full not in TUNABLE or not isinstance(tried, list) or not tried:
                allowed = ", ".join(name.replace("_", ".", 1) for name in TUNABLE)
                message = f"{path}: {section}.{name}: must be a list of values for one of {allowed}"
                raise DataError(message)
            for value in tried:
                checked_recipe(path, replace(recipe, **{full: value}))
            values[full] = list(dict.fromkeys(tried))
    others = (tried for tried in _draw(values, recipe) if tried != recipe)
    return [recipe, *islice(others, number - 1)]


def _draw(values: dict[str, list[float]], recipe: Recipe) -> Iterator[Recipe]:
    """Yield each recipe of a space once, drawn at random, by its place among all."""
    size = prod(map(len, values.values()))
    drawer, drawn = random.Random(recipe.seed), set[int]()  # ruff: ignore[suspicious-non-cryptographic-random-usage]
    while len(drawn) < size:
        place = rest = drawer.randrange(size)
        if place in drawn:
            continue
        drawn.add(place)
        chosen: dict[str, Any] = {}
        for name, tried in values.items():
            rest, which = divmod(rest, len(tried))
            chosen[name] = tried[which]
        yield replace(recipe, **chosen)
