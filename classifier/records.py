"""The record format of files and pipes: one JSON object a line, to turns and back."""

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

from msgspec import Struct
from msgspec.json import Encoder, decode

from classifier.errors import FieldViolation, InvalidTurnError
from classifier.turns import (
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
)

Record = dict[str, Any]
_Member = TypeVar("_Member", Channel, Speaker)
_CHANNELS = {channel.value: channel for channel in Channel}
_OTHER_CHANNELS = (  # a table's 渠道 may be that of sales
    ", in a table also 电话, 聊天, 短信, 邮件, 网页; a column of other words can be left out or "
    "renamed"
)
_SPEAKERS = {speaker.value: speaker for speaker in Speaker}


def parse_line(line: bytes) -> Record:
    """Return the JSON object of one line.

    Args:
        line: One line of a JSON Lines file, with or without its line break.

    Raises:
        InvalidTurnError: The line is not UTF-8, not JSON or not an object; the message says where.
    """
    try:
        record = _DECODER.decode(line.removeprefix(BOM_UTF8).decode())
    except UnicodeDecodeError as error:
        _refuse("line", f"is not UTF-8 at byte {error.start + 1}")
    except json.JSONDecodeError as error:
        _refuse("line", f"is not JSON: {error.msg} at column {error.colno}")
    except (RecursionError, ValueError):
        _refuse("line", "is not a record: nested too deeply or a number too long")
    if not isinstance(record, dict):
        _refuse("line", 'is not a JSON object; write {"text": …}')
    return record


def turn_from_record(record: Mapping[str, Any]) -> Turn:
    """Return the turn that a record describes; only ``text`` is required.

    Args:
        record: Fields ``text``, ``channel`` (default voice), ``context``, ``alternatives``; others
            are not looked at.

    Raises:
        InvalidTurnError: A field is missing, of the wrong type, unknown or over a limit.
    """
    if "text" not in record:
        _refuse("text", "is missing; every record needs one")
    channel = record.get("channel")
    return Turn(
        text=_string("text", record["text"]),
        channel=Channel.VOICE
        if channel is None
        else _member("channel", channel, _CHANNELS, _OTHER_CHANNELS),
        context=tuple(
            ContextTurn(
                _member(f"context[{i}].speaker", entry.get("speaker"), _SPEAKERS),
                _string(f"context[{i}].text", entry.get("text")),
            )
            for i, entry in enumerate(_objects("context", record.get("context")))
        ),
        alternatives=tuple(
            Alternative(
                _string(f"alternatives[{i}].text", entry.get("text")),
                _number(f"alternatives[{i}].confidence", entry.get("confidence", 0)),
            )
            for i, entry in enumerate(_objects("alternatives", record.get("alternatives")))
        ),
    )


class _Scores(Struct, frozen=True, gc=False):
    opt_out: float
    complaint: float
    normal: float


class _Answer(Struct, frozen=True, gc=False):
    """The ``prediction`` object of the record format; its fields stand in this order."""

    label: Label
    scores: _Scores
    also_complaint: bool
    reasons: tuple[Reason, ...]
    action: Action
    needs_review: bool
    evidence: tuple[EvidenceSpan, ...]
    rule: str
    model_version: str
    second_reading: bool


def prediction_to_record(prediction: Prediction) -> Record:
    """Return the ``prediction`` object of the record format.

    Args:
        prediction: What the classifier said.
    """
    record: Record = decode(prediction_to_json(prediction))
    return record


def prediction_to_json(prediction: Prediction) -> bytes:
    """Return the ``prediction`` object of the record format as JSON.

    Args:
        prediction: What the classifier said.
    """
    answer = _Answer(
        prediction.label,
        _Scores(*prediction.scores),
        prediction.also_complaint,
        prediction.reasons,
        prediction.action,
        prediction.needs_review,
        prediction.evidence,
        prediction.rule,
        prediction.model_version,
        prediction.second_reading,
    )
    return _ENCODER.encode(answer)


def _refuse(field: str, problem: str) -> NoReturn:
    raise InvalidTurnError([FieldViolation(field, problem)]) from None


def _refuse_constant(name: str) -> NoReturn:
    _refuse("line", f"is not JSON: {name}")


# Made once: to make one for each line takes as long as to read a short one.
_ENCODER = Encoder()
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _string(field: str, value: object) -> str:
    if not isinstance(value, str):
        _refuse(field, "must be a string")
    return value


def _number(field: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse(field, "must be a number from 0 to 1")
    try:
        return float(value)
    except OverflowError:
        _refuse(field, "must be a number from 0 to 1")


def _member(field: str, value: object, members: dict[str, _Member], more: str = "") -> _Member:
    if isinstance(value, str) and value in members:
        return members[value]
    _refuse(field, f"must be one of {', '.join(members)}{more}")


def _objects(field: str, value: object) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list):
        _refuse(field, "must be a list of objects")
    for i, entry in enumerate(value):
        if not isinstance(entry, dict):
            _refuse(f"{field}[{i}]", "must be an object")
    return value
