"""Rasa's NLU training data: YAML with an intent for each label.

Turns go out in the long form, text beside metadata, which Rasa keeps; both forms come in, read as
Rasa reads them: entities unmarked, the ends stripped. A text that this would change stands word
for word in its metadata too.
https://legacy-docs-oss.rasa.com/docs/rasa/nlu-training-data
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from classifier.errors import DataError, OutputError
from classifier.records import Record
from training.dataset import Place
from training.exchange.source import Found, found
from training.files import read_bytes

UNLABELLED = "Rasa has no place for turns without a label; take another format"
"""What is wrong with writing such a turn."""

# Nodes for each byte: one takes at least a byte to write, and aliases stand for any number.
_MOST_NODES = 10
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\}|\[\s*\{.*?\}\s*\])")


def read_rasa(path: Path) -> Iterator[Found]:
    """Yield the examples of all intents, or what is wrong with one.

    An intent ``opt_out/unsubscribe`` gives label and kind.

    Args:
        path: A YAML file.

    Raises:
        DataError: The file cannot be read or is no NLU training data.
    """
    import yaml

    try:
        written = read_bytes(path)
        loader = _loader()(written)
        root = loader.get_single_node()
        _check_nodes(path, root, _MOST_NODES * len(written))
        content = root and loader.construct_document(root)
    except (yaml.YAMLError, ValueError, LookupError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f" at line {line + 1}" if line is not None else ""
        raise DataError(f"{path}: is not YAML{where}") from None
    if not isinstance(content, dict) or not isinstance(content.get("nlu"), list):
        raise DataError(f"{path}: has no list named nlu; is it Rasa's NLU training data?")
    for node, entry in zip(_child(root, "nlu").value, content["nlu"], strict=True):
        if not isinstance(entry, dict) or "intent" not in entry:
            continue  # synonyms, lookup tables and regexes stand in the same list
        examples = _child(node, "examples") if "examples" in entry else node
        for line, example in _examples(examples, entry.get("examples")):
            yield found(Place(str(path), line), partial(_record, entry, example))


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
            raise OutputError(UNLABELLED)
        text = record["text"]
        metadata = {k: v for k, v in record.items() if k not in {"text", "label"}}
        metadata |= {"text": text} if _plain(text) != text else {}
        intents.setdefault(record["label"], []).append({"text": text, "metadata": metadata})
    content = {
        "version": "3.1",
        "nlu": [{"intent": name, "examples": examples} for name, examples in intents.items()],
    }
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(content, file, Dumper=dumper, allow_unicode=True, sort_keys=False, width=120)


@cache
def _loader() -> Any:  # ruff: ignore[any-type]  # a class of a library
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Builds plain data only, dates as they are written."""

    Loader.add_constructor("tag:yaml.org,2002:timestamp", Loader.construct_yaml_str)
    return Loader


def _check_nodes(path: Path, root: Any, most: int) -> None:  # ruff: ignore[any-type]  # of a library
    """Refuse a key that stands twice, whose first value YAML drops, and aliases without end.

    Raises:
        DataError: There is one.
    """
    nodes, count = [root] if root else [], 0
    while nodes:
        node = nodes.pop()
        children = node.value if node.id != "scalar" else []
        if node.id == "mapping":
            _check_keys(path, [key for key, _value in children])
            children = [child for pair in children for child in pair]
        count += len(children)
        if count > most:
            problem = "its aliases repeat too much; write out what they stand for"
            raise DataError(f"{path}: {problem}")
        nodes += reversed(children)


def _check_keys(path: Path, keys: list[Any]) -> None:
    lines: dict[tuple[str, str], int] = {}
    for key in keys:
        if key.id != "scalar" or key.tag.endswith(":merge"):  # << may stand twice
            continue
        name, line = (key.tag, key.value), key.start_mark.line + 1
        if name in lines:
            problem = f"the key of line {lines[name]} again; put what both hold under one"
            raise DataError(f"{Place(str(path), line)}: {problem}")
        lines[name] = line


def _child(node: Any, name: str) -> Any:  # ruff: ignore[any-type]  # of a library
    return next(value for key, value in reversed(node.value) if key.value == name)


def _examples(node: Any, examples: object) -> Iterator[tuple[int, object]]:  # ruff: ignore[any-type]
    """Yield the line of each example, and the example; None where a line has no dash."""
    first = node.start_mark.line + 1
    if isinstance(examples, str):
        for number, line in enumerate(map(str.strip, examples.split("\n")), start=1):
            if line:
                place = first + number if node.style == "|" else first
                yield place, line[1:] if line.startswith("-") else None
    elif isinstance(examples, list):
        for child, example in zip(node.value, examples, strict=True):
            yield child.start_mark.line + 1, example
    else:
        yield first, None


def _record(entry: dict[str, Any], example: object) -> Record:
    label, _slash, kind = str(entry["intent"]).partition("/")
    decided = {"label": label} | ({"kind": kind} if kind else {})
    example = {"text": example} if isinstance(example, str) else example
    if not isinstance(example, dict) or not isinstance(example.get("text"), str):
        raise DataError("examples: must each be a text behind a dash, or an object with a text")
    text, metadata = _plain(example["text"]), _metadata(example.get("metadata"))
    whole = metadata.get("text", text)
    if not isinstance(whole, str) or _plain(whole) != text:
        remedy = "write both alike, or drop metadata.text"
        raise DataError(f"text: differs from metadata.text, the same word for word; {remedy}")
    return _metadata(entry.get("metadata")) | {"text": text} | metadata | decided


def _plain(text: str) -> str:
    return _ENTITY.sub(r"\1", text.strip())


def _metadata(value: object) -> Record:
    if value is None:
        return {}
    try:
        plain = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        plain = None
    if not isinstance(plain, dict):
        raise DataError("metadata: must be an object of texts, numbers, truth values and lists")
    return plain
