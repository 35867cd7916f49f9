"""The training run: data set and recipe in, bundle out."""

import platform
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from sklearn.pipeline import make_pipeline

from classifier.manifest import Manifest, Thresholds
from classifier.model_bundle import (
    BundleParts,
    load_bundle,
    read_reader,
    refuse_other_folder,
    write_bundle,
)
from classifier.text.features import FeatureExtractor
from classifier.text.fingerprint import fingerprint
from classifier.text.words import WordCutter
from classifier.turn_classifier import TurnClassifier
from classifier.turns import LABELS
from training.answers import ask
from training.checks import DataDigests, read_digested
from training.compile import compile_model
from training.dataset import LabelledTurn
from training.dictionary import build_dictionary
from training.evaluation import score_answers
from training.features import DAMPER
from training.fit import FittedModel, check_coverage, fit_model, fit_rows, label_numbers
from training.joining import Joining, join_readers
from training.learning_curve import learning_curve, write_learning_curve
from training.libraries import library_versions
from training.lost_contexts import lose_contexts
from training.metrics import Scores
from training.monitor.reference import profile_frozen_test, write_reference
from training.other_talk import add_other_talk
from training.progress import Report, silent
from training.recipe import Recipe, linear_floors, read_recipe, read_rules
from training.stored_pipeline import write_pipeline
from training.thresholds import choose_thresholds

STEPS = 8
"""How often a run reports, for a progress display."""

DEFAULT_READER = Path(__file__).parent / "second_reader" / "trained"
"""The second reader that the repository carries; `make reader` trains it anew."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What came of a training run.

    Attributes:
        manifest: Of the bundle that was written.
        scores: On the frozen test.
        features: How many the model knows.
    """

    manifest: Manifest
    scores: Scores
    features: int


def train(
    data_folder: Path,
    recipe_path: Path,
    bundle_folder: Path,
    report: Report = silent,
    reader_folder: Path | None = DEFAULT_READER,
) -> TrainingResult:
    """Check the data, fit, calibrate, choose thresholds, score the frozen test, write a bundle.

    Args:
        data_folder: The folder ``data``.
        recipe_path: A recipe file.
        bundle_folder: Where the bundle goes; an older one there is replaced at the end.
        report: Told of each of the `STEPS`.
        reader_folder: The second reader's files; None for a bundle without one.

    Raises:
        DataError: The recipe or the data set is wrong; nothing was written.
        BundleError: Something that is no bundle stands at `bundle_folder`; it was left alone. Or
            what runs the second reader is not installed.
    """
    refuse_other_folder(bundle_folder)
    recipe = read_recipe(recipe_path)
    rules = read_rules()
    report("checking the data")
    splits, digests = read_digested(data_folder)
    report("building the dictionary")
    words = build_dictionary(recipe.dictionary_min_count, recipe.dictionary_max_characters)
    reader = read_reader(reader_folder) if reader_folder else None
    turns = add_other_talk(
        lose_contexts(splits["train"], recipe.data_contexts_lost), recipe.data_other_talk
    )
    check_coverage(turns)
    rows = fit_rows(turns, words, recipe, report)
    model = fit_model(turns, rows, recipe, report)
    report("measuring what more labels teach")
    curve = learning_curve(model, rows, turns, splits["test"], recipe)
    del rows  # a third of a gigabyte
    # By turns as callers send them are decisions chosen, not by those that were altered to teach.
    came = [i for i, turn in enumerate(splits["train"]) if turn.turn == turns[i].turn]
    kept, linear = [turns[i] for i in came], model.label.out_of_fold_[came]
    joining = None
    report("joining the second reader" if reader else "no second reader is asked for")
    if reader is not None:
        joining = join_readers(reader, kept, linear, recipe)
    report("writing the bundle and scoring the frozen test")
    thresholds = choose_thresholds(
        linear, label_numbers(kept), linear_floors(recipe), recipe.thresholds_objection
    )
    manifest = _manifest(digests, model, recipe, thresholds, joining)
    parts_in = partial(_parts, model, rules, reader_folder)
    result = _write_and_score(manifest, parts_in, splits["test"], bundle_folder)
    write_learning_curve(curve, bundle_folder)
    return result


def _manifest(
    digests: DataDigests,
    model: FittedModel,
    recipe: Recipe,
    thresholds: Thresholds,
    joining: Joining | None,
) -> Manifest:
    libraries = library_versions(with_reader=joining is not None)
    return Manifest(
        labels=tuple(LABELS),
        thresholds=thresholds,
        length_exponent=model.features[DAMPER].exponent,
        fingerprint=fingerprint(FeatureExtractor(WordCutter(model.words))),
        data_digest=digests.train,
        test_digest=digests.test,
        recipe=asdict(recipe),
        libraries=libraries | {"python": platform.python_version()},
        test_scores={},
        second_reading=joining.plan if joining else None,
        second_thresholds=joining.thresholds if joining else None,
    )


def _parts(
    model: FittedModel, rules: list[dict[str, Any]], reader_folder: Path | None, scratch: Path
) -> BundleParts:
    names, weights, biases = compile_model(model)
    pipeline_path = scratch / "pipeline.joblib"
    write_pipeline(pipeline_path, make_pipeline(model.features, model.label))
    return BundleParts(names, weights, biases, model.words, rules, pipeline_path, reader_folder)


def _write_and_score(
    manifest: Manifest,
    parts_in: Callable[[Path], BundleParts],
    test: list[LabelledTurn],
    bundle_folder: Path,
) -> TrainingResult:
    with tempfile.TemporaryDirectory(prefix="wurao-train-") as folder:
        scratch = Path(folder)
        parts = parts_in(scratch)
        # Scored through the bundle as it will be served, then written again with its scores.
        unscored = scratch / "bundle"
        write_bundle(unscored, manifest, parts)
        bundle = load_bundle(unscored)
        answers = ask(TurnClassifier(bundle), test)
        scores = score_answers(answers)
        scored = replace(manifest, test_scores=scores.to_dict())
        written = write_bundle(bundle_folder, scored, parts)
        write_reference(profile_frozen_test(bundle, written.version, answers), bundle_folder)
        return TrainingResult(written, scores, len(parts.features))
