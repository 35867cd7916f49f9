"""Label Studio's tasks, with one annotation or several."""

import json
from pathlib import Path
from typing import Any

from training.exchange.intake import sort_incoming
from training.exchange.label_studio import read_label_studio


def choices(name: str, *values: object) -> dict[str, Any]:
    """Return what was chosen in a control."""
    value = {"choices": list(values)}
    return {"from_name": name, "to_name": "text", "type": "choices", "value": value}


def said(label: str, *more: dict[str, Any], **fields: object) -> dict[str, Any]:
    """Return an annotation."""
    return {"result": [choices("label", label), *more], **fields}


def written(folder: Path, *tasks: object) -> Path:
    """Write an export."""
    path = folder / "export.json"
    path.write_text(json.dumps(tasks), "utf-8")
    return path


def test_what_label_studio_writes(tmp_path: Path) -> None:
    """Cancelled annotations do not count; what is wrong with a task is told with its number."""
    cancelled = {"was_cancelled": True, "result": []}
    path = written(
        tmp_path,
        {
            "data": {"text": "在忙"},
            "annotations": [said("normal", choices("kind", "busy")), cancelled],
        },
        {"data": {"text": "哦"}, "annotations": []},
        {"data": 3},
        {"data": {"text": "嗯"}, "annotations": [said("normal", choices("reasons", 1))]},
        {
            "data": {"text": "嗯"},
            "annotations": [said("opt_out", choices("also_complaint", "maybe"))],
        },
        {"data": {"text": "嗯"}, "annotations": [{"result": 5}]},
        {"data": {"text": "嗯"}, "annotations": [said("opt_out", choices("label", "normal"))]},
    )
    good, *bad = read_label_studio(path)
    assert good.record == {
        "text": "在忙", "label": "normal", "kind": "busy", "also_complaint": False, "reasons": [],
    }  # fmt: skip
    assert [f"{entry.place}: {entry.problem}" for entry in bad] == [
        f"{path}: task 2: annotations: is empty; nobody has labelled this task",
        f"{path}: task 3: data: must be an object with the turn",
        f"{path}: task 4: reasons: its choices must be texts",
        f"{path}: task 5: also_complaint: must be yes or no",
        f"{path}: task 6: result: must be a list",
        f"{path}: task 7: label: was answered twice, and not alike",
    ]


def test_an_order_of_reasons_is_no_difference(tmp_path: Path) -> None:
    """Labellers who chose the same, in whatever order, give one turn."""
    reasons = ["privacy", "legal"]
    path = written(
        tmp_path,
        {
            "data": {"text": "别打了"},
            "annotations": [
                said("complaint", choices("reasons", *order)) for order in (reasons, reasons[::-1])
            ],
        },
    )
    [entry] = read_label_studio(path)
    assert entry.record is not None
    assert entry.record["reasons"] == reasons


def test_what_the_task_says_of_a_control_is_for_the_check(small_data: Path, tmp_path: Path) -> None:
    """A kind that is no word is refused with its task, and so is a number that is none."""
    tasks = ({"text": "嗯", "kind": ["x"]}, {"text": "嗯", "备注": float("nan")}, {"text": "嗯嗯"})
    path = written(tmp_path, *({"data": data, "annotations": [said("normal")]} for data in tasks))
    intake = sort_incoming(read_label_studio(path), small_data, "other")
    assert len(intake.new) == 1
    assert intake.refused[0].startswith(f"{path}: task 1: kind: must be")
    assert intake.refused[1].startswith(f"{path}: task 2: 备注: holds NaN or an endless number")


def test_ground_truth_wins(tmp_path: Path) -> None:
    """Where one annotation is marked as true, the others do not count."""
    annotations = [said("normal"), said("opt_out", ground_truth=True), said("complaint")]
    [entry] = read_label_studio(
        written(tmp_path, {"data": {"text": "别打了"}, "annotations": annotations})
    )
    assert entry.record is not None
    assert entry.record["label"] == "opt_out"


def test_labellers_who_differ_are_in_conflict(small_data: Path, tmp_path: Path) -> None:
    """Both answers are listed for decision and neither is taken in, as from doccano."""
    annotations = [said("normal"), said("opt_out"), said("normal")]
    path = written(tmp_path, {"data": {"text": "这个号不用了吧"}, "annotations": annotations})
    found = list(read_label_studio(path))
    assert [entry.record and entry.record["label"] for entry in found] == ["normal", "opt_out"]
    intake = sort_incoming(found, small_data, "other")
    assert (intake.new, intake.refused) == ({}, [])
    assert sorted(conflict.incoming["label"] for conflict in intake.conflicts) == [
        "normal",
        "opt_out",
    ]
