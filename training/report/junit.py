"""The report as JUnit XML, which every build server reads."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree  # ruff: ignore[suspicious-xml-etree-import]  # ours

_NO_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_junit(content: Mapping[str, Any]) -> str:
    """Return the XML: a case for each gate, so that a build fails where a model may not go live.

    Figures are properties; behaviour cases and goals that are missed, of which gates allow some,
    stand in ``system-out``.

    Args:
        content: From `training.report.write.build_report`.
    """
    gates = content["gates"]
    cases = [(verdict["gate"], verdict["failure"]) for verdict in gates["verdicts"]]
    if gates["problem"]:
        cases.append(("gates", gates["problem"]))
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(bool(failure) for _name, failure in cases)),
    }
    root = ElementTree.Element("testsuites", counts, name=f"wurao {content['model']['version']}")
    suite = ElementTree.SubElement(root, "testsuite", counts, name="gates")
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in _figures(content).items():
        if value is not None:
            ElementTree.SubElement(properties, "property", name=name, value=str(value))
    for name, failure in cases:
        case = ElementTree.SubElement(suite, "testcase", classname="gates", name=_clean(name))
        if failure:
            ElementTree.SubElement(case, "failure", message=_clean(failure))
    told = ElementTree.SubElement(suite, "system-out")
    told.text = _clean("\n".join(["", *_missed(content), ""]))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _missed(content: Mapping[str, Any]) -> Iterator[str]:
    for goal in content["goals"]:
        if goal["met"] is False:
            yield f"goal missed: {goal['name']}: {goal['text']}, wanted {goal['goal']}"
    for suite in content["behaviour"]:
        for failure in suite["failures"]:
            name = f"{suite['capability']}.{suite['expectation']} {failure['id']}"
            yield f"behaviour case failed: {name}: {_misread(failure)}"


def _misread(failure: Mapping[str, Any]) -> str:
    twin = failure["twin"]
    text = f"{failure['label']} answered {failure['answer']}: {failure['text']}"
    if twin is None:
        return text
    return f"{text} | twin {twin['label']} answered {twin['answer']}: {twin['text']}"


def _figures(content: Mapping[str, Any]) -> dict[str, object]:
    figures: dict[str, object] = {
        f"{name}_per_1000": rate["per_thousand"] for name, rate in content["headline"].items()
    }
    figures["test.calibration_error"] = content["calibration"]["error"]
    for split, scores in content["scores"].items():
        figures[f"{split}.macro_f1"] = scores["macro_f1"]["value"]
        figures |= _label_figures(split, scores["labels"])
    for dimension, parts in content["slices"].items():
        for part in parts if dimension != "kind" else ():  # A kind has one label.
            figures |= _label_figures(f"test.{dimension}.{part['value']}", part["labels"])
    for suite in content["behaviour"]:
        name = f"behaviour.{suite['capability']}.{suite['expectation']}"
        figures |= {f"{name}.cases": len(suite["cases"]), f"{name}.failed": len(suite["failures"])}
    return figures


def _label_figures(name: str, labels: Mapping[str, Any]) -> dict[str, object]:
    return {
        f"{name}.{label}.{figure}": scores[figure]["value"]
        for label, scores in labels.items()
        for figure in ("precision", "recall", "f1")
    }


def _clean(text: str) -> str:
    return _NO_XML.sub("�", text)
