"""Between the wire and the nouns."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from wurao.v1 import classifier_pb2 as pb
from wurao.v1.subjects_pb2 import Contact

from classifier.errors import FieldViolation, InvalidTurnError
from classifier.turns import (
    MAX_CONTEXT_TURNS,
    Action,
    Alternative,
    Channel,
    ContextTurn,
    EvidenceSpan,
    Label,
    Prediction,
    Reason,
    Speaker,
    Turn,
    alternatives_problem,
    context_problem,
)

if TYPE_CHECKING:  # a client needs no model
    from classifier.turn_classifier import TurnClassifier

MAX_ID_CHARACTERS = 128
MAX_BATCH = 1_000
# More would not fit into the trailers of a call.
MAX_VIOLATIONS = 20

# A noun and its number on the wire have the same name.
_WIRE_CHANNELS = {noun: pb.Channel.Value(f"CHANNEL_{noun.name}") for noun in Channel}
_WIRE_SPEAKERS = {noun: pb.Speaker.Value(f"SPEAKER_{noun.name}") for noun in Speaker}
_WIRE_LABELS = {noun: pb.Label.Value(f"LABEL_{noun.name}") for noun in Label}
_WIRE_REASONS = {noun: pb.Reason.Value(f"REASON_{noun.name}") for noun in Reason}
_WIRE_ACTIONS = {noun: pb.Action.Value(f"ACTION_{noun.name}") for noun in Action}
_CHANNELS = {wire: noun for noun, wire in _WIRE_CHANNELS.items()}
_CHANNELS[pb.CHANNEL_UNSPECIFIED] = Channel.VOICE
_SPEAKERS = {wire: noun for noun, wire in _WIRE_SPEAKERS.items()}
_LABELS = {wire: noun for noun, wire in _WIRE_LABELS.items()}
_REASONS = {wire: noun for noun, wire in _WIRE_REASONS.items()}
_ACTIONS = {wire: noun for noun, wire in _WIRE_ACTIONS.items()}


def turn_from_request(request: pb.ClassifyRequest) -> Turn:
    """Return the turn that a request asks about.

    Args:
        request: As it came.

    Raises:
        InvalidTurnError: A limit is broken; fields are named as on the wire.
    """
    wire = request.turn
    try:
        # Every call comes through here, and nearly none has anything wrong with it.
        ids_fit = len(request.conversation_id) <= MAX_ID_CHARACTERS >= len(wire.turn_id)
        if ids_fit and len(wire.context) <= MAX_CONTEXT_TURNS:
            context = [ContextTurn(_SPEAKERS[said.speaker], said.text) for said in wire.context]
            alternatives = alternatives_from_wire(wire.alternatives)
            return Turn(wire.text, _CHANNELS[wire.channel], tuple(context), alternatives)
    except (KeyError, InvalidTurnError):
        pass
    raise InvalidTurnError(_violations(request))


def _violations(request: pb.ClassifyRequest) -> list[FieldViolation]:
    if not request.HasField("turn"):
        return [FieldViolation("turn", "is missing; every request needs one")]
    wire = request.turn
    violations: list[FieldViolation] = []
    check_id("conversation_id", request.conversation_id, violations)
    check_id("turn.turn_id", wire.turn_id, violations)
    channel = channel_from_wire("turn.channel", wire.channel, violations)
    crowded = context_problem(len(wire.context))  # a message may hold millions
    context = [
        context_turn_from_wire(f"turn.context[{i}]", said, violations)
        for i, said in enumerate(() if crowded else wire.context)
    ]
    try:
        Turn(wire.text, channel, tuple(context), alternatives_from_wire(wire.alternatives))
    except InvalidTurnError as error:
        violations += prefixed("turn", error)
    if crowded:
        violations.append(FieldViolation("turn.context", crowded))
    return violations


def prefixed(prefix: str, error: InvalidTurnError) -> list[FieldViolation]:
    """Return the same violations with their fields named from one message further out.

    Args:
        prefix: Name of the field that holds the message at fault.
        error: What is wrong inside.
    """
    return [FieldViolation(f"{prefix}.{v.field}", v.problem) for v in error.violations]


def check_id(field: str, value: str, violations: list[FieldViolation]) -> None:
    """Note an id that is too long.

    Args:
        field: Its path.
        value: As it came.
        violations: Where to.
    """
    if len(value) > MAX_ID_CHARACTERS:
        problem = f"has {len(value)} characters; at most {MAX_ID_CHARACTERS}"
        violations.append(FieldViolation(field, problem))


def channel_from_wire(field: str, wire: int, violations: list[FieldViolation]) -> Channel:
    """Return the channel; unspecified is voice, and so is an unknown one, which is noted.

    Args:
        field: Its path.
        wire: A ``wurao.v1.Channel``, perhaps unknown.
        violations: Where to.
    """
    channels: Mapping[Any, Channel] = _CHANNELS  # a client may send what is none
    channel = channels.get(wire)
    if channel is None:
        violations.append(FieldViolation(field, "is not a Channel"))
    return channel or Channel.VOICE


def context_turn_from_wire(
    field: str, said: pb.ContextTurn, violations: list[FieldViolation]
) -> ContextTurn:
    """Return an earlier turn; a missing or unknown speaker is noted.

    Args:
        field: Its path.
        said: As it came.
        violations: Where to.
    """
    speaker = _SPEAKERS.get(said.speaker)
    if speaker is None:
        problem = "must be SPEAKER_BOT, SPEAKER_USER or SPEAKER_AGENT"
        violations.append(FieldViolation(f"{field}.speaker", problem))
    return ContextTurn(speaker or Speaker.BOT, said.text)


def alternatives_from_wire(wire: Collection[pb.Alternative]) -> tuple[Alternative, ...]:
    """Return the recogniser's other hypotheses.

    Args:
        wire: As they came.

    Raises:
        InvalidTurnError: There are too many, of which a message may hold millions.
    """
    if problem := alternatives_problem(len(wire)):
        raise InvalidTurnError([FieldViolation("alternatives", problem)])
    return tuple([Alternative(other.text, other.confidence) for other in wire])


def request_from_turn(
    turn: Turn, turn_id: str = "", contact: Contact | None = None
) -> pb.ClassifyRequest:
    """Return the request that asks about a turn.

    Args:
        turn: The turn.
        turn_id: The caller's own id of it; empty where it has none.
        contact: Whom the bot talks to; None records nothing.
    """
    wire = pb.Turn(
        turn_id=turn_id,
        text=turn.text,
        channel=_WIRE_CHANNELS[turn.channel],
        context=context_to_wire(turn.context),
        alternatives=[
            pb.Alternative(text=other.text, confidence=other.confidence)
            for other in turn.alternatives
        ],
    )
    return pb.ClassifyRequest(turn=wire, contact=contact)


def context_to_wire(context: Iterable[ContextTurn]) -> list[pb.ContextTurn]:
    """Return earlier turns as they are sent.

    Args:
        context: Oldest first.
    """
    return [
        pb.ContextTurn(speaker=_WIRE_SPEAKERS[said.speaker], text=said.text) for said in context
    ]


def write_prediction(prediction: Prediction, wire: pb.Prediction) -> None:
    """Write a prediction into the answer that carries it.

    Field by field: messages made apart and copied in cost three times as much.

    Args:
        prediction: What the classifier said.
        wire: Empty.
    """
    wire.label = _WIRE_LABELS[prediction.label]
    scores = wire.scores
    scores.opt_out, scores.complaint, scores.normal = prediction.scores
    wire.action = _WIRE_ACTIONS[prediction.action]
    wire.model_version = prediction.model_version
    wire.also_complaint = prediction.also_complaint
    wire.needs_review = prediction.needs_review
    wire.rule = prediction.rule
    wire.second_reading = prediction.second_reading
    for reason in prediction.reasons:
        wire.reasons.append(_WIRE_REASONS[reason])
    for span in prediction.evidence:
        wire.evidence.add(start=span.start, end=span.end, text=span.text, weight=span.weight)


def prediction_from_wire(wire: pb.Prediction) -> Prediction:
    """Return a prediction as it was received.

    Args:
        wire: From a server of this version.
    """
    return Prediction(
        label=_LABELS[wire.label],
        scores=(wire.scores.opt_out, wire.scores.complaint, wire.scores.normal),
        action=_ACTIONS[wire.action],
        model_version=wire.model_version,
        also_complaint=wire.also_complaint,
        reasons=tuple(_REASONS[reason] for reason in wire.reasons),
        needs_review=wire.needs_review,
        evidence=tuple(
            EvidenceSpan(span.start, span.end, span.text, span.weight) for span in wire.evidence
        ),
        rule=wire.rule,
        second_reading=wire.second_reading,
    )


def violations_to_wire(violations: Sequence[FieldViolation]) -> list[pb.FieldViolation]:
    """Return what is wrong with one item of a batch or stream, `MAX_VIOLATIONS` at most.

    Args:
        violations: What the nouns refused.
    """
    return [
        pb.FieldViolation(field=violation.field, description=violation.problem)
        for violation in violations[:MAX_VIOLATIONS]
    ]


def model_to_wire(classifier: "TurnClassifier") -> pb.GetModelResponse:
    """Return what clients may know of the model.

    Args:
        classifier: That answers; its thresholds depend on whether the second reader is at work.
    """
    manifest = classifier.manifest
    scores = manifest.test_scores
    return pb.GetModelResponse(
        version=manifest.version,
        labels=[_WIRE_LABELS[Label(name)] for name in manifest.labels],
        thresholds=pb.Thresholds(**asdict(classifier.thresholds)),
        data_digest=manifest.data_digest,
        test_digest=manifest.test_digest,
        test_turns=scores["turns"],
        test_scores=[
            pb.LabelScores(
                label=_WIRE_LABELS[Label(name)],
                precision=_estimate(of["precision"]),
                recall=_estimate(of["recall"]),
                f1=_estimate(of["f1"]),
                support=of["support"],
            )
            for name, of in scores["labels"].items()
        ],
        test_macro_f1=_estimate(scores["macro_f1"]),
    )


def _estimate(figure: Mapping[str, Any]) -> pb.Estimate:
    return pb.Estimate(value=figure["value"], low=figure["low"], high=figure["high"])
