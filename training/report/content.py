"""Everything that a report says, as plain data: the page, the JSON and the JUnit file hold it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from classifier.model_bundle import Bundle
from classifier.turn_classifier import TurnClassifier
from classifier.turns import LABELS, Turn
from training.answers import Answer, FrozenAnswers
from training.dataset import LabelledTurn
from training.evaluation import score_answers
from training.goals.table import System, measure
from training.report.behaviour import behaviour_suites
from training.report.conversations import score_conversations
from training.report.curves import calibration, histogram, threshold_curves
from training.report.headline import headline, outcomes, workload
from training.report.mistakes import describe_mistakes, describe_turn
from training.report.neighbours import LEAST_LIKENESS
from training.report.slices import kind_scores, slice_scores

FORMAT = 2
"""Layout of the content; grows by one when a field changes its meaning."""

Content = dict[str, Any]
"""Plain data for JSON."""


def build_content(
    bundle: Bundle,
    classifier: TurnClassifier,
    splits: Mapping[str, Sequence[LabelledTurn]],
    answers: FrozenAnswers,
) -> Content:
    """Return what a report on one model says by itself, not yet plain.

    Args:
        bundle: The model.
        classifier: Made of it.
        splits: All splits of the data set.
        answers: To each frozen split.
    """
    test, scored = answers["test"], {name: answers[name] for name in ("test", "challenge")}
    return {
        "format": FORMAT,
        "model": _model(bundle, classifier, splits),
        "data": _data(splits),
        "headline": headline(test),
        "outcomes": outcomes(test),
        "workload": workload(test),
        "scores": {name: score_answers(part).to_dict() for name, part in scored.items()},
        "slices": {**slice_scores(test), "kind": kind_scores(test)},
        "threshold_curves": threshold_curves(test, classifier.thresholds),
        "calibration": calibration(test),
        "histogram": histogram(test),
        "behaviour": _behaviour(answers["behaviour"]),
        "conversations": score_conversations(classifier, test),
        "goals": _goals(splits, answers),
        "mistakes": describe_mistakes(bundle, scored, splits["train"]),
        "least_likeness": LEAST_LIKENESS,
    }


def _model(
    bundle: Bundle, classifier: TurnClassifier, splits: Mapping[str, Sequence[LabelledTurn]]
) -> Content:
    manifest = bundle.manifest
    return {
        "version": manifest.version,
        "data_digest": manifest.data_digest,
        "test_digest": manifest.test_digest,
        "features": len(bundle.linear),
        "second_reader": bundle.second_reader is not None,
        "thresholds": classifier.thresholds,
        "turns": {split: len(turns) for split, turns in splits.items()},
        "recipe": manifest.recipe,
        "libraries": manifest.libraries,
    }


def _data(splits: Mapping[str, Sequence[LabelledTurn]]) -> Content:
    everything = [turn for turns in splits.values() for turn in turns]
    fields = {
        "channel": [turn.turn.channel.value for turn in everything],
        "script": [turn.script for turn in everything],
        "industry": [turn.industry for turn in everything],
    }
    return {
        "labels": [label.value for label in LABELS],
        "splits": {
            split: [sum(turn.label is label for turn in turns) for label in LABELS]
            for split, turns in splits.items()
        },
        "shares": {name: dict(Counter(values).most_common()) for name, values in fields.items()},
    }


def _behaviour(answers: Sequence[Answer]) -> list[Content]:
    twins = _twins([answer.turn for answer in answers])
    given = {answer.turn.id: answer.prediction.label.value for answer in answers}
    suites = []
    for suite in behaviour_suites(answers):
        failures = [
            describe_turn(case.turn)
            | {"answer": case.answer.value, "twin": _twin(twins.get(case.turn.id), given)}
            for case in suite.cases
            if not case.passed
        ]
        suites.append({
            "capability": suite.capability,
            "expectation": suite.expectation,
            "cases": [case.turn.id for case in suite.cases],
            "failed": suite.failed,
            "failures": failures,
        })
    return suites


def _twins(turns: Sequence[LabelledTurn]) -> dict[str, LabelledTurn]:
    by_id = {turn.id: turn for turn in turns}
    named = {turn.id: by_id[turn.pair] for turn in turns if turn.pair in by_id}
    # The first of a pair names no twin; it is shown with the first turn that names it.
    naming = {turn.pair: turn for turn in reversed(turns)}
    return naming | named


def _twin(turn: LabelledTurn | None, given: Mapping[str, str]) -> Content | None:
    return None if turn is None else describe_turn(turn) | {"answer": given[turn.id]}


def _goals(splits: Mapping[str, Sequence[LabelledTurn]], answers: FrozenAnswers) -> list[Content]:
    known = {id(a.turn.turn): a.prediction for part in answers.values() for a in part}

    def recall(turns: Sequence[Turn]) -> tuple[np.ndarray, np.ndarray | None]:
        given = [known[id(turn)] for turn in turns]
        places = np.array([LABELS.index(prediction.label) for prediction in given])
        return places, np.array([prediction.needs_review for prediction in given])

    results = measure([System("this model", recall)], splits, None, lambda _step: None)
    return [
        {"name": row.name, "goal": row.goal, "text": row.cells[0].text, "met": row.cells[0].met}
        for row in results.rows
    ]
