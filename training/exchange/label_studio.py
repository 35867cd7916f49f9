"""Label Studio's JSON: a list of tasks with their annotations.

``data`` holds the turn, ``annotations[].result[]`` the choices of the controls ``label``, ``kind``,
``reasons`` and ``also_complaint``. https://labelstud.io/guide/export#Label-Studio-JSON-format-of-annotated-tasks
"""

import json
from collections.abc import Iterable, Iterator
from itertools import starmap
from pathlib import Path
from typing import Any

from classifier.errors import DataError
from classifier.records import Record
from training.exchange.labels import ALSO_COMPLAINT
from training.exchange.source import Found, found, read_bytes

_CONTROLS = ("label", "kind", "reasons", ALSO_COMPLAINT)


def read_label_studio(path: Path) -> Iterator[Found]:
    """Yield the turns of an export, one for each task, or what is wrong with it.

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
    for number, task in enumerate(tasks, start=1):
        yield found(path, number, lambda task=task: _from_task(task))  # type: ignore[misc]


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
    if record.get(ALSO_COMPLAINT):
        chosen[ALSO_COMPLAINT] = ["yes"]
    result = [
        {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": choices}}
        for name, choices in chosen.items()
    ]
    annotations = [{"id": number, "result": result}] if result else []
    return {"id": number, "data": data, "annotations": annotations}


def _from_task(task: object) -> Record:
    if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
        raise DataError("data: must be an object with the turn")
    annotations = task.get("annotations") or []
    if not isinstance(annotations, list):
        raise DataError("annotations: must be a list")
    decisions = [
        _decision(annotation)
        for annotation in annotations
        if isinstance(annotation, dict) and not annotation.get("was_cancelled")
    ]
    if not decisions:
        raise DataError("annotations: is empty; nobody has labelled this task")
    if any(decision != decisions[0] for decision in decisions):
        said = " and ".join(sorted({str(decision.get("label")) for decision in decisions}))
        raise DataError(f"annotations: labellers differ ({said}); settle it in the tool")
    record: Record = task["data"]
    return record | decisions[0]


def _decision(annotation: dict[str, Any]) -> Record:
    chosen: dict[str, list[str]] = {}
    for part in annotation.get("result") or []:
        value = part.get("value") if isinstance(part, dict) else None
        choices = value.get("choices") if isinstance(value, dict) else None
        if isinstance(choices, list) and part.get("from_name") in _CONTROLS:
            chosen[part["from_name"]] = choices
    for control in ("label", "kind"):
        if len(chosen.get(control, [""])) != 1:
            raise DataError(f"{control}: must be one choice")
    if "label" not in chosen:
        raise DataError("label: no choice was made in the control named label")
    decision: Record = {"label": chosen["label"][0], ALSO_COMPLAINT: ALSO_COMPLAINT in chosen}
    decision |= {"kind": chosen["kind"][0]} if "kind" in chosen else {}
    return decision | {"reasons": chosen.get("reasons", [])}
