"""What people name the columns of a table, and the values in them."""

import tomllib
from functools import cache
from importlib.resources import files

from classifier.cells import COLUMNS
from classifier.text.fold import fold


def field_of(name: str) -> str:
    """Return the field that a column's name stands for, or the name itself.

    Args:
        name: As it stands over the column, in any case, width and script, English or Chinese.
    """
    return _names()[""].get(fold(name).bare, name.strip())


def value_of(field: str, cell: str) -> str:
    """Return the value that a cell stands for, or the cell itself.

    Args:
        field: Of the record.
        cell: What stands in its column.
    """
    return _names()[field].get(fold(cell).bare, cell) if field in _names() else cell


@cache
def _names() -> dict[str, dict[str, str]]:
    """Return field -> folded name -> value; under an empty string folded name -> field."""
    text = files("training.exchange").joinpath("column_names.toml").read_text("utf-8")
    table = tomllib.loads(text)
    columns = {name: [] for name in COLUMNS} | table["columns"]
    return {
        field: {fold(name).bare: value for value, names in said.items() for name in (value, *names)}
        for field, said in {"": columns, **table["values"]}.items()
    }
