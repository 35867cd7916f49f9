"""Cells that a spreadsheet shows and never runs, and back to what they were.

A cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break is taken for a formula by
spreadsheets; an apostrophe in front makes it text. An apostrophe of one's own gets another one, so
that every cell comes back as it was. Source: OWASP, CSV injection.
"""

_TRIGGERS = "=+-@\t\r\n'"
_FULL_WIDTH = "\uff1d\uff0b\uff0d\uff20"  # what input methods write, and some programs fold
_DANGEROUS = frozenset(_TRIGGERS + _FULL_WIDTH)


def defuse(cell: str) -> str:
    """Return a cell that no spreadsheet runs.

    Args:
        cell: Any text.
    """
    return f"'{cell}" if cell[:1] in _DANGEROUS and cell else cell


def restore(cell: str) -> str:
    """Return what `defuse` was given; text that it never touches comes back unchanged.

    Args:
        cell: As it stands in a file.
    """
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _DANGEROUS and len(cell) > 1 else cell


def strip_formula(cell: str) -> str:
    """Return the text of a cell that was written as ``="text"`` to keep a spreadsheet's hands off.

    Args:
        cell: As it stands in a file.
    """
    bare = cell.strip()
    if bare.startswith('="') and bare.endswith('"') and len(bare) > len('=""'):
        return bare[2:-1]
    return cell
