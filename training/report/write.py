"""Makes the report of a bundle and writes it: a page, JSON, JUnit XML, model card, datasheet."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from classifier.errors import OutputError
from classifier.model_bundle import load_bundle
from classifier.turn_classifier import TurnClassifier
from training.answers import ask_frozen
from training.beside_bundle import REPORT_FOLDER, REPORT_PAGE
from training.checks import read_digested
from training.files import replacement
from training.gates.rules import DEFAULT_GATES, read_gates
from training.learning_curve import read_learning_curve
from training.plain_data import to_plain
from training.progress import Report, silent
from training.report.cards import render_cards
from training.report.content import Content, build_content
from training.report.judged import compare_answers, judge_answers
from training.report.junit import render_junit
from training.report.page import render_page

JSON, JUNIT = "report.json", "report.xml"
_STEPS = 4
_SECTIONS = (
    "headline", "gates", "labels", "confusion", "slices", "curves", "calibration", "learning",
    "behaviour", "conversations", "comparison", "mistakes", "goals", "model",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What a report is to hold.

    Attributes:
        against: A bundle to compare with; None for none.
        gates: A file of gates.
    """

    against: Path | None = None
    gates: Path = DEFAULT_GATES


def count_steps(options: ReportOptions) -> int:
    """Return how often `build_report` reports.

    Args:
        options: What the report is to hold.
    """
    return _STEPS + (options.against is not None)


def build_report(
    data_folder: Path, bundle_folder: Path, options: ReportOptions, report: Report = silent
) -> Content:
    """Ask a bundle about all frozen turns and return what there is to say.

    Args:
        data_folder: The folder ``data``.
        bundle_folder: The bundle.
        options: What the report is to hold.
        report: Told of each step.

    Raises:
        BundleError: A bundle cannot be used.
        DataError: The data set, the gates or the recipe are not sound.
    """
    gates, bundle = read_gates(options.gates), load_bundle(bundle_folder)
    classifier = TurnClassifier(bundle)
    beside = TurnClassifier(load_bundle(options.against)) if options.against else None
    report("reading the data")
    splits, digests = read_digested(data_folder)
    report("asking the model")
    answers = ask_frozen(classifier, splits)
    other, version = None, ""
    if beside is not None:
        report("asking the other model")
        other, version = ask_frozen(beside, splits), beside.manifest.version
    report("measuring, finding the nearest training turns")
    content = build_content(bundle, classifier, splits, answers)
    content["model"]["data_unchanged"] = bundle.manifest.data_digest == digests.train
    content["made"] = datetime.now(UTC).isoformat(timespec="seconds")
    content["gates"] = judge_answers(gates, classifier, answers, other, version)
    content["comparison"] = compare_answers(bundle, answers, other, version) if other else None
    content["learning_curve"] = read_learning_curve(bundle_folder)
    report("drawing")
    plain: Content = to_plain(content)
    return plain


def write_report(content: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write the page, the JSON and the JUnit file; return their paths.

    They take the place of older ones when all of them are written.

    Args:
        content: From `build_report`.
        folder: Where to; made if need be.

    Raises:
        OutputError: They can't be written there.
    """
    shown = [name for name in _SECTIONS if name != "comparison" or content["comparison"]]
    texts = {
        REPORT_PAGE: render_page(dict(content) | {"sections": shown}),
        JSON: json.dumps(content, ensure_ascii=False, indent=1) + "\n",
        JUNIT: render_junit(content),
    }
    texts |= render_cards(content)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            for name, text in texts.items():
                stack.enter_context(replacement(folder / name)).write_text(text, "utf-8")
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written: {error.strerror}") from None
    return [folder / name for name in texts]


def add_report(
    data_folder: Path, bundle_folder: Path, options: ReportOptions, report: Report = silent
) -> Path:
    """Write the report of a bundle into its folder; return the page's path.

    Args:
        data_folder: The folder ``data``.
        bundle_folder: The bundle.
        options: What the report is to hold.
        report: Told of each step.

    Raises:
        BundleError: A bundle cannot be used.
        DataError: The data set is not sound.
        OutputError: The report can't be written there.
    """
    content = build_report(data_folder, bundle_folder, options, report)
    return write_report(content, bundle_folder / REPORT_FOLDER)[0]
