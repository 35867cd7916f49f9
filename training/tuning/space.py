"""The recipes that a search tries."""

import itertools
import random
from dataclasses import asdict
from pathlib import Path

from classifier.errors import DataError
from training.files import read_toml
from training.recipe import Recipe, checked_recipe

DEFAULT_SPACE = Path(__file__).parent / "space.toml"
TUNABLE = (
    "dictionary_min_count", "dictionary_max_characters", "features_min_turns",
    "features_length_exponent", "model_inverse_regularisation", "model_tolerance",
)  # fmt: skip
"""Settings that change the linear model's scores."""


def read_space(path: Path, recipe: Recipe) -> list[Recipe]:
    """Return every recipe of a space, the given one first, the others in a shuffled order.

    Args:
        path: A TOML file with a list of values for each setting to be tried.
        recipe: What holds for all other settings; its seed shuffles.

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
            values[full] = tried
    found = [
        checked_recipe(path, Recipe(**asdict(recipe) | dict(zip(values, chosen, strict=True))))
        for chosen in itertools.product(*values.values())
    ]
    others = [tried for tried in dict.fromkeys(found) if tried != recipe]
    random.Random(recipe.seed).shuffle(others)  # ruff: ignore[suspicious-non-cryptographic-random-usage]
    return [recipe, *others]
