"""The report as JUnit XML, which every build server reads."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree  # ruff: ignore[suspicious-xml-etree-import]  # ours

_NO_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class _Case:
    """A case of a suite: what failed, empty where it passed, and what is told of it besides."""

    name: str
    failure: str
    told: str = ""


def render_junit(content: Mapping[str, Any]) -> str:
    """Return the XML: a suite of the gates, and one of the capabilities of the behaviour cases.

    A build fails where a model may not go live: a capability fails only where a gate on it alone
    does. Figures are properties; the behaviour cases that went wrong are the text of their
    capability. Goals that are missed stand in ``system-out``.

    Args:
        content: From `training.report.write.build_report`.
    """
    gates = content["gates"]
    judged = [_Case(verdict["gate"], verdict["failure"]) for verdict in gates["verdicts"]]
    if gates["problem"]:
        judged.append(_Case("gates", gates["problem"]))
    behaviour = [*_capabilities(content)]
    name = f"wurao {content['model']['version']}"
    root = ElementTree.Element("testsuites", _counts([*judged, *behaviour]), name=name)
    suite = _add_suite(root, "gates", judged, _figures(content))
    told = ElementTree.SubElement(suite, "system-out")
    told.text = _clean("\n".join(["", *_missed(content), ""]))
    _add_suite(root, "behaviour", behaviour, {})
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _counts(cases: Sequence[_Case]) -> dict[str, str]:
    failed = sum(bool(case.failure) for case in cases)
    return {"tests": str(len(cases)), "failures": str(failed)}


def _add_suite(
    root: ElementTree.Element, name: str, cases: Sequence[_Case], figures: Mapping[str, object]
) -> ElementTree.Element:
    suite = ElementTree.SubElement(root, "testsuite", _counts(cases), name=name)
    if figures:
        properties = ElementTree.SubElement(suite, "properties")
        for figure, value in figures.items():
            if value is not None:
                ElementTree.SubElement(properties, "property", name=figure, value=str(value))
    for case in cases:
        entry = ElementTree.SubElement(suite, "testcase", classname=name, name=_clean(case.name))
        if case.failure:
            failure = ElementTree.SubElement(entry, "failure", message=_clean(case.failure))
            failure.text = _clean(case.told) or None
        elif case.told:
            ElementTree.SubElement(entry, "system-out").text = _clean(case.told)
    return suite


def _capabilities(content: Mapping[str, Any]) -> Iterator[_Case]:
    told: dict[str, list[str]] = {}
    for suite in content["behaviour"]:
        lines = told.setdefault(suite["capability"], [""])
        failures, cases = suite["failures"], len(suite["cases"])
        lines.append(f"{suite['expectation']}: {len(failures)} of {cases} cases failed")
        lines += [f"behaviour case failed: {f['id']}: {_misread(f)}" for f in failures]
    for capability, lines in told.items():
        failure = "; ".join(content["gates"]["behaviour"].get(capability, []))
        yield _Case(capability, failure, "\n".join([*lines, ""]))


def _missed(content: Mapping[str, Any]) -> Iterator[str]:
    for goal in content["goals"]:
        if goal["met"] is False:
            yield f"goal missed: {goal['name']}: {goal['text']}, wanted {goal['goal']}"


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
