"""What people name the columns of a table, and the values in them."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from classifier.cells import COLUMNS
from classifier.text.fold import fold
from classifier.turns import Speaker

# Of a line as we write it, one space; text may hold colons and begin with spaces itself.
_SAID = re.compile(r"([^:\uff1a]+)[:\uff1a] ?(.*)")
_PARTED = re.compile(r"[\s,\uff0c\u3001;\uff1b]+")


def field_of(name: str) -> str:
    """Return the field that a column's name stands for, or the name itself.

    Args:
        name: As it stands over the column, in any case, width and script, English or Chinese; as
            `heading_of` writes it, it stands for itself.
    """
    field = _names()[""].get(fold(name).bare)
    bare = name.strip()
    if field is None:
        return bare
    return bare[1:] if bare.startswith("'") else field


def heading_of(field: str) -> str:
    """Return what to write over a column, so that it is read as this field and no other.

    Args:
        field: Of the record, or another that may be called as people call one of those.
    """
    return field if field_of(field) == field.strip() else f"'{field}"


def value_of(field: str, cell: str) -> str:
    """Return what a cell stands for in the words of the data set, or the cell itself.

    Args:
        field: Of the record.
        cell: What stands in its column.
    """
    if cell.startswith("["):  # JSON
        return cell
    if field == "context":
        return "\n".join(map(_line, cell.split("\n")))
    if field == "reasons":
        return " ".join(_value(field, word) for word in _PARTED.split(cell) if word)
    return _value(field, cell) if field in COLUMNS else cell


def _line(line: str) -> str:
    found = _SAID.match(line)
    speaker = _value("speaker", found[1]) if found else ""
    return f"{speaker}: {found[2]}" if found and speaker in tuple(Speaker) else line


def _value(field: str, word: str) -> str:
    return _names()[field].get(fold(word).bare, word) if field in _names() else word


@cache
def _names() -> dict[str, dict[str, str]]:
    """Return field -> folded name -> value; under an empty string folded name -> field."""
    text = files("classifier").joinpath("column_names.toml").read_text("utf-8")
    table = tomllib.loads(text)
    columns = {name: [] for name in COLUMNS} | table["columns"]
    return {
        field: {fold(name).bare: value for value, names in said.items() for name in (value, *names)}
        for field, said in {"": columns, **table["values"]}.items()
    }
