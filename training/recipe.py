"""Reads recipe.toml: every setting of a training run."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from classifier.errors import DataError
from training.files import read_toml, replace_file

DEFAULT_RECIPE = Path(__file__).parent / "recipe.toml"
_RULES = Path(__file__).parent / "rule_floor.toml"


_RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, 2**32 - 1),
    "data_contexts_lost": (0, 1),
    "data_other_talk": (0, 1),
    "dictionary_min_count": (0, 1_000_000),
    "dictionary_max_characters": (1, 20),
    "features_min_turns": (1, 1_000),
    "features_length_exponent": (0, 1),
    "model_inverse_regularisation": (1e-6, 1e6),
    "model_tolerance": (1e-9, 1),
    "model_folds": (2, 50),
    "reader_from_opt_out": (0, 1),
    "reader_from_complaint": (0, 1),
    "reader_stop_recall": (0, 1),
    "reader_review_recall": (0, 1),
    "reader_complaint_recall": (0, 1),
    "thresholds_stop_recall": (0, 1),
    "thresholds_review_recall": (0, 1),
    "thresholds_complaint_recall": (0, 1),
    "thresholds_objection": (0, 1),
    "jobs_count": (1, 1_024),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of a training run, named ``section_setting`` after recipe.toml.

    Attributes:
        seed: Of the order in which tuning tries recipes.
        data_contexts_lost: Share of the turns whose own words suffice that are learnt without
            their context.
        data_other_talk: Share of the turns that are learnt between what others said.
        dictionary_min_count: Words that jieba has seen less often are left out.
        dictionary_max_characters: Longer words are left out.
        features_min_turns: Features seen in fewer training turns are left out.
        features_length_exponent: Rows are divided by their length to this power, from 0 to 1.
        model_inverse_regularisation: ``C`` of the logistic regression, above 0.
        model_tolerance: Where its solver stops.
        model_folds: Folds by group, at least 2.
        reader_from_opt_out: The second reader is asked where the linear score of opt_out reaches
            this,
        reader_from_complaint: or that of complaint this.
        reader_stop_recall: Like `thresholds_stop_recall` and the next two, for the joint scores.
        reader_review_recall: For the joint scores.
        reader_complaint_recall: For the joint scores.
        thresholds_stop_recall: Share of opt-outs that must reach the stop threshold.
        thresholds_review_recall: Share of opt-outs that must reach the review threshold.
        thresholds_complaint_recall: Share of complaints that must reach theirs.
        thresholds_objection: What opt_out and complaint must reach together where neither reaches
            its own; for the joint scores too.
        jobs_count: Processes for the folds; results do not depend on it.
    """

    seed: int
    data_contexts_lost: float
    data_other_talk: float
    dictionary_min_count: int
    dictionary_max_characters: int
    features_min_turns: int
    features_length_exponent: float
    model_inverse_regularisation: float
    model_tolerance: float
    model_folds: int
    reader_from_opt_out: float
    reader_from_complaint: float
    reader_stop_recall: float
    reader_review_recall: float
    reader_complaint_recall: float
    thresholds_stop_recall: float
    thresholds_review_recall: float
    thresholds_complaint_recall: float
    thresholds_objection: float
    jobs_count: int


@dataclass(frozen=True, slots=True)
class Floors:
    """Shares that must reach the thresholds, from 0 to 1.

    Attributes:
        stop: Of the opt-outs, the stop threshold.
        review: Of the opt-outs, the review threshold.
        complaint: Of the complaints not stopped, the complaint threshold.
    """

    stop: float
    review: float
    complaint: float


def linear_floors(recipe: Recipe) -> Floors:
    """Return the floors of the linear model alone.

    Args:
        recipe: Its ``thresholds`` section.
    """
    return Floors(
        recipe.thresholds_stop_recall,
        recipe.thresholds_review_recall,
        recipe.thresholds_complaint_recall,
    )


def joint_floors(recipe: Recipe) -> Floors:
    """Return the floors of both readers together.

    Args:
        recipe: Its ``reader`` section.
    """
    return Floors(
        recipe.reader_stop_recall, recipe.reader_review_recall, recipe.reader_complaint_recall
    )


def read_recipe(path: Path = DEFAULT_RECIPE) -> Recipe:
    """Read a recipe file.

    Args:
        path: A TOML file with the sections and settings of the default one.

    Raises:
        DataError: The file is missing, is not TOML, lacks a setting, has one too many or
            one out of range.
    """
    content = read_toml(path)
    flat: dict[str, Any] = {}
    for name, value in content.items():
        entries = {f"{name}_{k}": v for k, v in value.items()} if isinstance(value, dict) else None
        flat |= {name: value} if entries is None else entries
    names = {field.name for field in fields(Recipe)}
    for name in sorted(names ^ flat.keys()):
        verb = "is missing" if name in names else "is not a setting of a recipe"
        raise DataError(f"{path}: {name.replace('_', '.', 1)} {verb}")
    return checked_recipe(path, Recipe(**flat))


def checked_recipe(path: Path, recipe: Recipe) -> Recipe:
    """Return a recipe whose settings are all in range.

    Args:
        path: Where they come from, for the message.
        recipe: Any recipe.

    Raises:
        DataError: A setting is of the wrong type or out of range.
    """
    for field in fields(Recipe):
        value, (low, high) = getattr(recipe, field.name), _RANGES[field.name]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (whole if field.type is int else number) or not low <= value <= high:
            kind = "whole number" if field.type is int else "number"
            shown = f"a {kind} from {low:,} to {high:,}"
            raise DataError(f"{path}: {field.name.replace('_', '.', 1)} must be {shown}")
    return recipe


def write_recipe(path: Path, recipe: Recipe) -> None:
    """Write a recipe as a file that `read_recipe` reads.

    Args:
        path: Where to.
        recipe: What to write.

    Raises:
        OutputError: It cannot be written there.
    """
    sections: dict[str, list[str]] = {}
    for name, value in asdict(recipe).items():
        section, _underscore, setting = name.partition("_")
        sections.setdefault(section if setting else "", []).append(
            f"{setting or section} = {value!r}\n"
        )
    text = "".join(f"\n[{n}]\n" * bool(n) + "".join(lines) for n, lines in sections.items())
    replace_file(path, text.encode())


def read_rules() -> list[dict[str, Any]]:
    """Read the rules of the floor as plain data: one for each ``[[rule]]`` of rule_floor.toml.

    Raises:
        DataError: The file is missing or is not TOML.
    """
    rules: list[dict[str, Any]] = read_toml(_RULES).get("rule", [])
    return rules
