"""Rasa's NLU training data: YAML with an intent for each label.

Turns go out in the long form, text beside metadata, which Rasa keeps; both forms come in.
https://legacy-docs-oss.rasa.com/docs/rasa/nlu-training-data
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from classifier.errors import DataError, OutputError
from classifier.records import Record
from training.exchange.source import Found, found, read_bytes

_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


def read_rasa(path: Path) -> Iterator[Found]:
    """Yield the examples of all intents, or what is wrong with one.

    An intent ``opt_out/unsubscribe`` gives label and kind. Examples are counted over the file.

    Args:
        path: A YAML file.

    Raises:
        DataError: The file cannot be read or is no NLU training data.
    """
    import yaml

    try:
        content = yaml.load(read_bytes(path), Loader=_loader())  # ruff: ignore[unsafe-yaml-load]
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f" at line {line + 1}" if line is not None else ""
        raise DataError(f"{path}: is not YAML{where}") from None
    if not isinstance(content, dict) or not isinstance(content.get("nlu"), list):
        raise DataError(f"{path}: has no list named nlu; is it Rasa's NLU training data?")
    number = 0
    for entry in content["nlu"]:
        intent = entry.get("intent") if isinstance(entry, dict) else None
        if not isinstance(intent, str):
            continue  # synonyms, lookup tables and regexes stand in the same list
        for example in _examples(entry.get("examples")):
            number += 1
            yield found(path, number, lambda i=intent, e=example: _record(i, e))  # type: ignore[misc]


def write_rasa(path: Path, records: Iterable[Record]) -> None:
    """Write turns as examples of the intents opt_out, complaint and normal.

    Args:
        path: Where to.
        records: Labelled records.

    Raises:
        OutputError: A turn has no label; Rasa has no place for it.
    """
    import yaml

    intents: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        if "label" not in record:
            message = "Rasa has no place for turns without a label; take another format"
            raise OutputError(f"{path}: {message}")
        metadata = {k: v for k, v in record.items() if k not in {"text", "label"}}
        example = {"text": record["text"], "metadata": metadata}
        intents.setdefault(record["label"], []).append(example)
    content = {
        "version": "3.1",
        "nlu": [{"intent": name, "examples": examples} for name, examples in intents.items()],
    }
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(content, file, Dumper=dumper, allow_unicode=True, sort_keys=False, width=120)


def _loader() -> Any:  # ruff: ignore[any-type]  # a class of a library; both build plain data only
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _examples(examples: object) -> list[object]:
    if isinstance(examples, str):
        lines = examples.splitlines()
        return [_ENTITY.sub(r"\1", line[2:].strip()) for line in lines if line.startswith("- ")]
    return examples if isinstance(examples, list) else []


def _record(intent: str, example: object) -> Record:
    label, _slash, kind = intent.partition("/")
    record: Record = {"label": label} | ({"kind": kind} if kind else {})
    if isinstance(example, str):
        return record | {"text": example}
    if not isinstance(example, dict) or not isinstance(example.get("text"), str):
        raise DataError("examples: must be texts, or objects with a text")
    metadata = example.get("metadata")
    if not isinstance(metadata, dict):
        return record | {"text": _ENTITY.sub(r"\1", example["text"].strip())}
    return metadata | record | {"text": example["text"]}
