"""Every wrong answer, with what a person needs to understand it."""

from collections.abc import Sequence
from typing import Any

from classifier.model_bundle import Bundle
from classifier.records import prediction_to_record
from classifier.turns import Turn
from training.answers import Answer, FrozenAnswers
from training.dataset import LabelledTurn, length_of
from training.report.evidence import explain
from training.report.neighbours import Neighbour, nearest_turns
from training.report.slices import noise_of

_NEIGHBOURS = 3


def describe_mistakes(
    bundle: Bundle, answers: FrozenAnswers, known: Sequence[LabelledTurn]
) -> list[dict[str, Any]]:
    """Return each wrong answer as plain data, the surest first.

    Args:
        bundle: The model that answered.
        answers: Those of them whose mistakes are wanted.
        known: The training turns, of which the nearest are shown.
    """
    wrong = sorted(
        ((split, a) for split, part in answers.items() for a in part if not a.right),
        key=lambda one: (-max(one[1].prediction.scores), one[1].turn.id),
    )
    nearest = nearest_turns(bundle, [a.turn.turn for _split, a in wrong], known, _NEIGHBOURS)
    return [
        _describe(split, answer)
        | {"evidence": explain(bundle, answer), "nearest": [_neighbour(one) for one in near]}
        for (split, answer), near in zip(wrong, nearest, strict=True)
    ]


def _describe(split: str, answer: Answer) -> dict[str, Any]:
    turn = answer.turn
    prediction = prediction_to_record(answer.prediction)
    del prediction["model_version"]
    return describe_turn(turn) | {"split": split, "prediction": prediction}


def describe_turn(turn: LabelledTurn) -> dict[str, Any]:
    """Return a labelled turn as plain data.

    Args:
        turn: Any.
    """
    return {
        "id": turn.id,
        "label": turn.label.value,
        "kind": turn.kind,
        "channel": turn.turn.channel.value,
        "script": turn.script,
        "industry": turn.industry,
        "length": length_of(turn.turn),
        "noise": noise_of(turn),
        "context": _context(turn.turn),
        "text": turn.turn.text,
    }


def _context(turn: Turn) -> list[dict[str, str]]:
    return [{"speaker": said.speaker.value, "text": said.text} for said in turn.context]


def _neighbour(neighbour: Neighbour) -> dict[str, Any]:
    turn = neighbour.turn
    return {
        "id": turn.id,
        "label": turn.label.value,
        "text": turn.turn.text,
        "context": _context(turn.turn)[-1:],
        "likeness": neighbour.likeness,
    }
