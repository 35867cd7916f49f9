"""Label Studio's JSON: a list of tasks with their annotations.

``data`` holds the turn, ``annotations[].result[]`` the choices of the controls ``label``, ``kind``,
``reasons`` and ``also_complaint``. https://labelstud.io/guide/export#Label-Studio-JSON-format-of-annotated-tasks
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import starmap
from pathlib import Path
from typing import Any

from classifier.errors import DataError
from classifier.records import Record
from training.dataset import Place
from training.exchange.source import Found, found, leave_unasked_open
from training.files import read_bytes

_ALSO_COMPLAINT = "also_complaint"
_CONTROLS = ("label", "kind", "reasons", _ALSO_COMPLAINT)


def read_label_studio(path: Path) -> Iterator[Found]:
    """Yield the turns of an export, or what is wrong with a task.

    A task gives as many as there are different answers, so that those who differ are in conflict.
    Where one is the ground truth, it alone counts.

    Args:
        path: A JSON file.

    Raises:
        DataError: The file cannot be read or is no list of tasks.
    """
    try:
        tasks = json.loads(read_bytes(path))
    except (ValueError, RecursionError):
        raise DataError(f"{path}: is not JSON") from None
    if not isinstance(tasks, list):
        raise DataError(f"{path}: is no list of tasks; export as JSON, not JSON-MIN")
    if tasks and not any(isinstance(task, dict) and "data" in task for task in tasks):
        raise DataError(f"{path}: its tasks have no data; export as JSON, not JSON-MIN")
    yield from leave_unasked_open(_answers(path, tasks))


def _answers(path: Path, tasks: Sequence[Any]) -> Iterator[Found]:
    for number, task in enumerate(tasks, start=1):
        place = Place(str(path), number, "task")
        try:
            annotations = _counting(task)
        except DataError as error:
            yield Found(place, None, str(error))
            continue
        different: dict[object, Found] = {}
        for annotation in annotations:
            answer = found(place, partial(_answer, task["data"], annotation))
            different.setdefault(_meaning(answer), answer)
        yield from different.values()


def write_label_studio(path: Path, records: Iterable[Record]) -> None:
    """Write turns as tasks, annotated where they have a label.

    Args:
        path: Where to.
        records: With or without labels.
    """
    tasks = list(starmap(_to_task, enumerate(records, start=1)))
    path.write_text(json.dumps(tasks, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _to_task(number: int, record: Record) -> dict[str, Any]:
    data = {key: value for key, value in record.items() if key not in _CONTROLS}
    chosen: dict[str, list[Any]] = {
        key: [record[key]] for key in ("label", "kind") if key in record
    }
    if record.get("reasons"):
        chosen["reasons"] = list(record["reasons"])
    if record.get(_ALSO_COMPLAINT):
        chosen[_ALSO_COMPLAINT] = ["yes"]
    result = [
        {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": choices}}
        for name, choices in chosen.items()
    ]
    annotations = [{"id": number, "result": result}] if result else []
    return {"id": number, "data": data, "annotations": annotations}


def _counting(task: object) -> list[dict[str, Any]]:
    if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
        raise DataError("data: must be an object with the turn")
    annotations = task.get("annotations") or []
    if not isinstance(annotations, list):
        raise DataError("annotations: must be a list")
    given = [a for a in annotations if isinstance(a, dict) and not a.get("was_cancelled")]
    if not given:
        raise DataError("annotations: is empty; nobody has labelled this task")
    return [a for a in given if a.get("ground_truth") is True] or given


def _meaning(answer: Found) -> object:
    said = answer.record or {}
    decided = [str(said.get(control)) for control in ("label", "kind", _ALSO_COMPLAINT)]
    return (answer.problem, *decided, frozenset(said.get("reasons", ())))


def _answer(data: Record, annotation: dict[str, Any]) -> Record:
    return data | _decision(annotation)


def _decision(annotation: dict[str, Any]) -> Record:
    chosen: dict[str, list[str]] = {}
    result = annotation.get("result") or []
    if not isinstance(result, list):
        raise DataError("result: must be a list")
    for part in result:
        value = part.get("value") if isinstance(part, dict) else None
        choices = value.get("choices") if isinstance(value, dict) else None
        if isinstance(choices, list) and (control := part.get("from_name")) in _CONTROLS:
            if not all(isinstance(choice, str) for choice in choices):
                raise DataError(f"{control}: its choices must be texts")
            if chosen.setdefault(control, choices) != choices:
                raise DataError(f"{control}: was answered twice, and not alike")
    for control in ("label", "kind"):
        if len(chosen.get(control, [""])) != 1:
            raise DataError(f"{control}: must be one choice")
    if "label" not in chosen:
        raise DataError("label: no choice was made in the control named label")
    also = chosen.get(_ALSO_COMPLAINT, ["no"])
    if also not in (["yes"], ["no"]):
        raise DataError(f"{_ALSO_COMPLAINT}: must be yes or no")
    decision: Record = {"label": chosen["label"][0], _ALSO_COMPLAINT: also == ["yes"]}
    decision |= {"kind": chosen["kind"][0]} if "kind" in chosen else {}
    return decision | {"reasons": chosen.get("reasons", [])}
