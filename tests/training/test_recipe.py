"""Reading recipes."""

from pathlib import Path

import pytest

from classifier.errors import DataError, OutputError
from training.recipe import DEFAULT_RECIPE, read_recipe, write_recipe


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("seed = ", "sede = ", "sede is not a setting"),
        ("folds = 5", "folds = 5.5", "model.folds must be a whole number"),
        ("folds = 5", 'folds = "5"', "model.folds must be a whole number"),
        ("folds = 5", "folds = 1", "model.folds must be a whole number from 2 to 50"),
        ("stop_recall = 0.", "stop_recall = 1.", "reader.stop_recall must be a number"),
        ("folds = 5", "", "model.folds is missing"),
        ("[model]", "[model", "is not TOML"),
        ("folds = 5", "folds = " + "5" * 5_000, "is not TOML: a number has too many digits"),
    ],
)
def test_wrong_recipe_names_file_and_setting(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    """A typing error in a recipe never trains something else in silence."""
    path = tmp_path / "recipe.toml"
    path.write_text(DEFAULT_RECIPE.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(DataError, match=problem) as caught:
        read_recipe(path)
    assert str(path) in str(caught.value)


def test_missing_recipe_is_named(tmp_path: Path) -> None:
    """The message names the path."""
    with pytest.raises(DataError, match=r"none\.toml: cannot be read"):
        read_recipe(tmp_path / "none.toml")


def test_a_recipe_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """It is our error, not a traceback."""
    with pytest.raises(OutputError, match=r"none/recipe\.toml: cannot be written"):
        write_recipe(tmp_path / "none" / "recipe.toml", read_recipe(DEFAULT_RECIPE))
