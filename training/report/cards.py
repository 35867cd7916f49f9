"""The model card and the datasheet, in English and Chinese, from the content of a report."""

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from training.report.page import new_environment
from training.report.words import LANGUAGES, Words

_WEAKEST, _FAILING = 3, 3
_LEAST_TURNS = 30
"""Fewer opt-outs say too little to be named a weak slice."""

_NAMED = ("channel", "script", "length", "context", "noise", "industry")


def render_cards(content: Mapping[str, Any]) -> dict[str, str]:
    """Return file name -> Markdown: ``model_card.LANGUAGE.md``, ``datasheet.LANGUAGE.md``.

    Args:
        content: From `training.report.write.build_report`; no transcript is used of it.
    """
    words = Words()
    environment = new_environment(words, markup=False)
    refused = [v["gate"] for v in content["gates"]["verdicts"] if not v["passed"]]
    facts = dict(content) | {
        "failed": [words.gate(gate) for gate in refused],
        "unjudged": _unjudged(words, content["gates"]["empty"]),
        "weakest": _weakest(content["slices"]),
        "failing": _failing(content["behaviour"]),
    }
    return {
        f"{name}.{language}.md": environment.get_template(f"{template}.{language}.md.j2").render(
            facts
        )
        for name, template in (("model_card", "card"), ("datasheet", "datasheet"))
        for language in LANGUAGES
    }


def _unjudged(words: Words, empty: Mapping[str, str] | None) -> dict[str, str]:
    if empty is None:
        return {}
    gate, split = words.gate(empty["gate"]), words.both(f"split.{empty['split']}")
    return {
        language: text.format(gate=gate[language], split=split[language])
        for language, text in words.both("headline.empty_gate").items()
    }


def _weakest(slices: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for dimension in _NAMED:
        for part in slices[dimension]:
            label = part["labels"]["opt_out"]
            if label["support"] >= _LEAST_TURNS:
                found.append({
                    "dimension": dimension,
                    "value": part["value"],
                    "recall": label["recall"]["value"],
                    "turns": label["support"],
                })
    return sorted(found, key=itemgetter("recall"))[:_WEAKEST]


def _failing(suites: list[dict[str, Any]]) -> list[dict[str, Any]]:
    totals: dict[str, list[int]] = {}
    for suite in suites:
        total = totals.setdefault(suite["capability"], [0, 0])
        total[0] += len(suite["failures"])
        total[1] += len(suite["cases"])
    worst = sorted(totals.items(), key=lambda entry: -entry[1][0] / entry[1][1])
    return [
        {"capability": name, "failures": failed, "cases": cases}
        for name, (failed, cases) in worst[:_FAILING]
        if failed
    ]
