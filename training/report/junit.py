"""The report as JUnit XML, which every build server reads."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree  # ruff: ignore[suspicious-xml-etree-import]  # ours

_NO_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_Case = tuple[str, str]
"""Name of a case and why it failed; empty where it passed."""


def render_junit(content: Mapping[str, Any]) -> str:
    """Return the XML: suites ``gates``, ``goals`` and ``behaviour.CAPABILITY.EXPECTATION``.

    Args:
        content: From `training.report.write.build_report`.
    """
    root = ElementTree.Element("testsuites", name=f"wurao {content['model']['version']}")
    gates = content["gates"]
    problem = [("gates", gates["problem"])] if gates["problem"] else []
    _suite(
        root,
        "gates",
        [*problem, *((v["gate"], v["failure"]) for v in gates["verdicts"])],
        _figures(content),
    )
    _suite(root, "goals", (_goal(goal) for goal in content["goals"]))
    for suite in content["behaviour"]:
        why = {failure["id"]: _misread(failure) for failure in suite["failures"]}
        name = f"behaviour.{suite['capability']}.{suite['expectation']}"
        _suite(root, name, ((case, why.get(case, "")) for case in suite["cases"]))
    for total in ("tests", "failures"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _suite(
    root: ElementTree.Element,
    name: str,
    cases: Iterable[_Case],
    properties: Mapping[str, object] | None = None,
) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=name)
    if properties:
        listed = ElementTree.SubElement(suite, "properties")
        for key, value in properties.items():
            ElementTree.SubElement(listed, "property", name=key, value=str(value))
    tests = failures = 0
    for case, failure in cases:
        tests += 1
        element = ElementTree.SubElement(suite, "testcase", classname=name, name=_clean(case))
        if failure:
            failures += 1
            ElementTree.SubElement(element, "failure", message=_clean(failure))
    suite.set("tests", str(tests))
    suite.set("failures", str(failures))


def _goal(goal: Mapping[str, Any]) -> _Case:
    missed = goal["met"] is False
    return goal["name"], f"{goal['text']}, wanted {goal['goal']}" if missed else ""


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
    for split, scores in content["scores"].items():
        figures[f"{split}.macro_f1"] = scores["macro_f1"]["value"]
        for label, of in scores["labels"].items():
            for name in ("precision", "recall", "f1"):
                figures[f"{split}.{label}.{name}"] = of[name]["value"]
    return figures


def _clean(text: str) -> str:
    return _NO_XML.sub("�", text)
