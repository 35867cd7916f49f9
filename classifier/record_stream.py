"""Runs records through a classifier one line at a time; a bad line stops no other."""

import json
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from msgspec import MsgspecError, Raw
from msgspec.json import Decoder, Encoder

from classifier.errors import InvalidTurnError
from classifier.records import (
    parse_line,
    prediction_to_json,
    prediction_to_record,
    turn_from_record,
)
from classifier.turns import Prediction, Turn

Classify = Callable[[list[Turn]], list[Prediction | InvalidTurnError]]
"""Answers several turns in order, each with a prediction or the reason for refusing it."""

# Made once: to make one for each line takes as long as to read a short one.
_TURNS = Decoder(Turn)
_FIELDS = Decoder(dict[str, Raw])  # as they were written, numbers that are too large for us too
_ENCODER = Encoder()


@dataclass(frozen=True, slots=True)
class AnsweredLine:
    """A line that was answered.

    Attributes:
        line: Number of the line, counted from 1.
        content: The line.
        turn: The turn on it.
        prediction: What is said of it.
    """

    line: int
    content: bytes
    turn: Turn
    prediction: Prediction

    def to_json(self) -> bytes:
        """Return the record with its prediction as one line of the record format."""
        return answered(self.content, self.prediction)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that could not be answered.

    Attributes:
        line: Number of the line, counted from 1.
        error: What is wrong with it.
    """

    line: int
    error: str


def read_turn(line: bytes) -> Turn:
    """Return the turn on one line of the record format.

    Args:
        line: With or without its line break.

    Raises:
        InvalidTurnError: As `parse_line` and `turn_from_record` say.
    """
    try:
        line.decode()  # the decoder would skip what is no UTF-8 in a field that is not ours
        return _TURNS.decode(line)
    except (MsgspecError, UnicodeDecodeError, RecursionError):
        # Those two know in our words what is wrong, and whether it is: a byte order mark, a null
        # in the place of a list and half a character in a field that is not ours do no harm.
        return turn_from_record(parse_line(line))


def answered(line: bytes, prediction: Prediction) -> bytes:
    """Return a line with the prediction; its fields stand as they were written.

    Args:
        line: From which `read_turn` read a turn; an older prediction on it gives way.
        prediction: What is said of it.
    """
    if _may_have_prediction(line):
        try:
            record = _FIELDS.decode(line.removeprefix(BOM_UTF8))
        except MsgspecError:
            # A field that we only pass through holds half a surrogate pair.
            if "prediction" in (half := parse_line(line)):
                half["prediction"] = prediction_to_record(prediction)
                return json.dumps(half).encode() + b"\n"
        else:
            if "prediction" in record:
                record["prediction"] = Raw(prediction_to_json(prediction))
                return _ENCODER.encode(record) + b"\n"
    # A record has a text, so its last brace stands behind a field.
    fields = line.removeprefix(BOM_UTF8).rstrip()[:-1]
    return b'%b, "prediction": %b}\n' % (fields, prediction_to_json(prediction))


def _may_have_prediction(line: bytes) -> bool:
    # By its name, or with letters of it escaped; asked thus, it takes less than half the time.
    return line.find(b"prediction") >= 0 or (b"\\" in line and b"\\u00" in line)


def classify_lines(
    lines: Iterable[bytes], classify: Classify, batch_size: int
) -> Iterator[AnsweredLine | BadLine]:
    """Yield one outcome for each line that is not blank, in order.

    Args:
        lines: Lines of a JSON Lines file.
        classify: Answers up to `batch_size` turns.
        batch_size: How many lines are asked about at once, at least 1.
    """
    waiting: list[tuple[int, bytes, Turn] | BadLine] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            waiting.append((number, line, read_turn(line)))
        except InvalidTurnError as error:
            waiting.append(BadLine(number, str(error)))
        if len(waiting) == batch_size:
            yield from _answer(waiting, classify)
            waiting = []
    yield from _answer(waiting, classify)


def _answer(
    waiting: list[tuple[int, bytes, Turn] | BadLine], classify: Classify
) -> Iterator[AnsweredLine | BadLine]:
    turns = [line[2] for line in waiting if not isinstance(line, BadLine)]
    answers = iter(classify(turns) if turns else ())
    for line in waiting:
        if isinstance(line, BadLine):
            yield line
            continue
        number, content, turn = line
        answer = next(answers)
        if isinstance(answer, InvalidTurnError):
            yield BadLine(number, str(answer))
        else:
            yield AnsweredLine(number, content, turn, answer)
