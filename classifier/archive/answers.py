"""Answers one chunk and writes it as a part of the output."""

import csv
import gzip
import io
import json
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import uuid4

from classifier.archive.arrow import import_arrow
from classifier.archive.csv_rows import TURN_COLUMNS
from classifier.archive.files import Chunk, Kind, Shape
from classifier.archive.rows import cells_of_row, read_columns, record_of_row, rows_of_batch
from classifier.cells import from_cells
from classifier.errors import DataError, InvalidTurnError
from classifier.record_stream import answered, read_turn
from classifier.records import prediction_to_record, turn_from_record
from classifier.turn_classifier import TurnClassifier
from classifier.turns import LABELS, Prediction

_GZIP_LEVEL = 1
PREDICTION_COLUMNS = {
    "prediction_label": "str",
    "prediction_opt_out": "float",
    "prediction_complaint": "float",
    "prediction_normal": "float",
    "prediction_also_complaint": "bool",
    "prediction_reasons": "list",
    "prediction_action": "str",
    "prediction_needs_review": "bool",
    "prediction_rule": "str",
    "prediction_model_version": "str",
    "prediction_second_reading": "bool",
    "prediction_evidence": "str",
}
"""Columns that a prediction adds to a table, with their types; older ones give way."""

Problem = tuple[int, str]
"""Number of a line or row, and what is wrong with it."""


def answer_chunk(classifier: TurnClassifier, chunk: Chunk, kind: Kind, part: Path) -> list[Problem]:
    """Answer a chunk, write the part and return what could not be answered.

    Args:
        classifier: The model.
        chunk: Rows.
        kind: Of the output.
        part: Where to; it is complete or not there.

    Raises:
        OSError: It cannot be written.
    """
    problems: list[Problem] = []
    partial = unfinished(part)
    if kind.shape is Shape.LINES:
        _write(partial, kind, _answer_lines(classifier, chunk, problems))
    elif kind.shape is Shape.CSV:
        _write(partial, kind, _answer_cells(classifier, chunk, kind.separator, problems))
    elif isinstance(chunk.rows, list):  # says where Parquet is broken
        problems += enumerate(chunk.rows, start=chunk.first_row)
        partial.touch()
    else:
        _answer_batch(classifier, chunk, problems, partial)
    partial.replace(part)
    return problems


def unfinished(part: Path) -> Path:
    """Return where to write what becomes a part; no two writers of a part get the same path.

    A cluster that takes a worker for dead has another do its chunk, and the first may still write.

    Args:
        part: The part.
    """
    return part.with_suffix(f".{uuid4().hex}.partial")


def flat(prediction: Prediction) -> dict[str, Any]:
    """Return a prediction as columns of a table.

    Args:
        prediction: What was said of a turn.
    """
    record = prediction_to_record(prediction)
    scores = record.pop("scores")
    evidence = json.dumps(record.pop("evidence"), ensure_ascii=False)
    first = {"label": record.pop("label")} | {label.value: scores[label.value] for label in LABELS}
    columns = first | record | {"evidence": evidence}
    return {f"prediction_{name}": value for name, value in columns.items()}


def _answer_lines(classifier: TurnClassifier, chunk: Chunk, problems: list[Problem]) -> bytes:
    # Reading, answering and writing in turn, line by line, would push each other out of the caches.
    lines, turns = [], []
    for number, line in enumerate(chunk.rows, start=chunk.first_row):
        if isinstance(line, str):
            problems.append((number, line))
        elif not line.isspace():
            try:
                turns.append(read_turn(line))
                lines.append(line)
            except InvalidTurnError as error:
                problems.append((number, str(error)))
    predictions = [classifier.classify(turn) for turn in turns]
    return b"".join(map(answered, lines, predictions))


def _answer_cells(
    classifier: TurnClassifier, chunk: Chunk, separator: str, problems: list[Problem]
) -> bytes:
    head = chunk.head
    if head is None:
        raise TypeError("a chunk of a CSV file has its head")
    kept = [place for place, name in enumerate(head.names) if name not in PREDICTION_COLUMNS]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator or head.separator)
    for number, row in enumerate(chunk.rows, start=chunk.first_row):
        if isinstance(row, str):
            problems.append((number, row))
            continue
        if not any(row):
            continue
        cells = cells_of_row(chunk, row)
        found = {name: cells[name] for name in ("text", *TURN_COLUMNS) if name in cells}
        try:
            prediction = classifier.classify(turn_from_record(from_cells(found)))
        except (DataError, InvalidTurnError) as error:
            problems.append((number, str(error)))
            continue
        told = flat(prediction)
        own = [row[place] if place < len(row) else "" for place in kept]
        writer.writerow([*own, *(_cell(told[name]) for name in PREDICTION_COLUMNS)])
    return out.getvalue().encode()


def _answer_batch(
    classifier: TurnClassifier, chunk: Chunk, problems: list[Problem], partial: Path
) -> None:
    arrow = import_arrow()
    kept, answers = [], []
    for place, row in enumerate(rows_of_batch(read_columns(chunk, TURN_COLUMNS))):
        if isinstance(row, str):
            problems.append((chunk.first_row + place, row))
            continue
        try:
            answers.append(flat(classifier.classify(turn_from_record(record_of_row(row)))))
            kept.append(place)
        except (DataError, InvalidTurnError) as error:
            problems.append((chunk.first_row + place, str(error)))
    table = arrow.Table.from_batches(_slices(chunk.rows, kept), chunk.rows.schema)
    table = table.drop_columns([name for name in table.column_names if name in PREDICTION_COLUMNS])
    types = {"str": arrow.string(), "float": arrow.float64(), "bool": arrow.bool_()}
    types["list"] = arrow.list_(arrow.string())
    for name, kind in PREDICTION_COLUMNS.items():
        column = arrow.array([answer[name] for answer in answers], types[kind])
        table = table.append_column(name, column)
    arrow.parquet.write_table(table, partial)


def _slices(batch: Any, places: list[int]) -> list[Any]:  # ruff: ignore[any-type]  # untyped
    # Arrow's `take` does not know each type of column; one slice holds all rows up to a bad one.
    runs = groupby(enumerate(places), key=lambda counted: counted[1] - counted[0])
    rows = [[place for _, place in run] for _, run in runs]
    return [batch.slice(run[0], len(run)) for run in rows]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(value) if isinstance(value, list) else str(value)


def _write(path: Path, kind: Kind, content: bytes) -> None:
    path.write_bytes(pack(content, kind.packed) if content else b"")


def pack(content: bytes, packed: str) -> bytes:
    """Return bytes compressed so that the packed pieces may be joined.

    Args:
        content: Any bytes.
        packed: ``gz``, ``zst``, or empty.
    """
    if packed == "gz":
        return gzip.compress(content, _GZIP_LEVEL)
    if packed == "zst":
        compressed: bytes = import_arrow().Codec("zstd").compress(content, asbytes=True)
        return compressed
    return content
