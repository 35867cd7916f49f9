"""What a line of the log holds of one decision, to records and back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from classifier.records import Record, turn_from_record
from classifier.turns import LABELS, Action, ContextTurn, Label, Prediction, Speaker, Turn

_SCORE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class LoggedDecision:
    """One classified turn.

    Attributes:
        time: Seconds since 1970.
        request_id: Of the call that it came by.
        turn: What was said; what is read back is masked and has one context turn at most.
        length: Code points of the text as it was said.
        prediction: What was said of it; evidence and reasons are not kept.
        share: How many of the turns of its kind are in the log, above 0 and at most 1: a decision
            stands for ``1 / share`` of them.
        id: Of a decision that was read; no two in a log have the same.
    """

    time: float
    request_id: str
    turn: Turn
    length: int
    prediction: Prediction
    share: float
    id: str = ""


def decision_to_record(decision: LoggedDecision, mask: Callable[[str], str]) -> Record:
    """Return what the log holds, in the form that `wurao classify` reads.

    Args:
        decision: The turn as it was said.
        mask: Takes personal data out of a text.
    """
    turn, prediction = decision.turn, decision.prediction
    said = [ContextTurn(said.speaker, mask(said.text)) for said in last_said_to_subject(turn)]
    return {
        "time": iso_time(decision.time),
        "request_id": decision.request_id,
        "channel": turn.channel.value,
        "context": [{"speaker": line.speaker.value, "text": line.text} for line in said],
        "text": mask(turn.text),
        "length": decision.length,
        "share": decision.share,
        "prediction": {
            "label": prediction.label.value,
            "scores": {
                label.value: round(score, _SCORE_DIGITS)
                for label, score in zip(LABELS, prediction.scores, strict=True)
            },
            "action": prediction.action.value,
            "needs_review": prediction.needs_review,
            "rule": prediction.rule,
            "second_reading": prediction.second_reading,
            "model_version": prediction.model_version,
        },
    }


def decision_from_record(record: Mapping[str, Any]) -> LoggedDecision:
    """Return the decision that a line of the log holds.

    Args:
        record: From `decision_to_record`, with an id.

    Raises:
        InvalidTurnError: It describes no turn.
        KeyError: A field is missing.
        ValueError: A field cannot be read.
    """
    found = record["prediction"]
    scores = [float(found["scores"][label.value]) for label in LABELS]
    return LoggedDecision(
        time=datetime.fromisoformat(record["time"]).timestamp(),
        request_id=record["request_id"],
        turn=turn_from_record(record),
        length=int(record["length"]),
        prediction=Prediction(
            label=Label(found["label"]),
            scores=(scores[0], scores[1], scores[2]),
            action=Action(found["action"]),
            model_version=found["model_version"],
            needs_review=found["needs_review"],
            rule=found["rule"],
            second_reading=found["second_reading"],
        ),
        share=float(record["share"]),
        id=record["id"],
    )


def iso_time(seconds: float) -> str:
    """Return a time in UTC to the millisecond.

    Args:
        seconds: Since 1970.
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def last_said_to_subject(turn: Turn) -> tuple[ContextTurn, ...]:
    """Return what the log keeps of a turn's context: one line, or none.

    Args:
        turn: Any.
    """
    for said in reversed(turn.context):
        if said.speaker is not Speaker.USER and said.text.strip():
            return (said,)
    return ()
