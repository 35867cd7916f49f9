"""Runs records through a classifier one line at a time; a bad line stops no other."""

import json
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from classifier.errors import InvalidTurnError
from classifier.records import Record, parse_line, prediction_to_record, turn_from_record
from classifier.turns import Prediction, Turn

Classify = Callable[[list[Turn]], list[Prediction | InvalidTurnError]]
"""Answers several turns in order, each with a prediction or the reason for refusing it."""

_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False)


@dataclass(frozen=True, slots=True)
class AnsweredLine:
    """A line that was answered.

    Attributes:
        line: Number of the line, counted from 1.
        content: The line.
        record: The record as it was read.
        prediction: What is said of it.
    """

    line: int
    content: bytes
    record: Record
    prediction: Prediction

    def to_json(self) -> bytes:
        """Return the record with its prediction as one line of the record format."""
        return answered(self.content, self.record, self.prediction)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that could not be answered.

    Attributes:
        line: Number of the line, counted from 1.
        error: What is wrong with it.
    """

    line: int
    error: str


def answered(line: bytes, record: Record, prediction: Prediction) -> bytes:
    """Return a line with the prediction; its fields stand as they were written.

    Args:
        line: As it was read.
        record: The same, parsed; an older prediction in it gives way.
        prediction: What is said of it.
    """
    answer = prediction_to_record(prediction)
    if "prediction" not in record:
        # A record has a text, so its last brace stands behind a field.
        fields = line.removeprefix(BOM_UTF8).rstrip()[:-1]
        return b'%b, "prediction": %b}\n' % (fields, _ENCODER.encode(answer).encode())
    full = record | {"prediction": answer}
    try:
        return _ENCODER.encode(full).encode() + b"\n"
    except UnicodeEncodeError:
        # A field that we only pass through holds half a surrogate pair.
        return json.dumps(full).encode() + b"\n"


def classify_lines(
    lines: Iterable[bytes], classify: Classify, batch_size: int
) -> Iterator[AnsweredLine | BadLine]:
    """Yield one outcome for each line that is not blank, in order.

    Args:
        lines: Lines of a JSON Lines file.
        classify: Answers up to `batch_size` turns.
        batch_size: How many lines are asked about at once, at least 1.
    """
    waiting: list[tuple[int, bytes, Record] | BadLine] = []
    turns: list[Turn] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = parse_line(line)
            turns.append(turn_from_record(record))
            waiting.append((number, line, record))
        except InvalidTurnError as error:
            waiting.append(BadLine(number, str(error)))
        if len(waiting) == batch_size:
            yield from _answer(waiting, turns, classify)
            waiting, turns = [], []
    yield from _answer(waiting, turns, classify)


def _answer(
    waiting: list[tuple[int, bytes, Record] | BadLine], turns: list[Turn], classify: Classify
) -> Iterator[AnsweredLine | BadLine]:
    answers = iter(classify(turns) if turns else ())
    for line in waiting:
        if isinstance(line, BadLine):
            yield line
            continue
        number, content, record = line
        answer = next(answers)
        if isinstance(answer, InvalidTurnError):
            yield BadLine(number, str(answer))
        else:
            yield AnsweredLine(number, content, record, answer)
