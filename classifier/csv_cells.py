"""Cells that a spreadsheet shows and never runs, and back to what they were.

A cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break is taken for a formula by
spreadsheets; an apostrophe in front makes it text. Where one's own apostrophes stand before such a
character they get another one, so that every cell comes back as it was. Source: OWASP, CSV
injection.
"""

import re

# Full-width ones are what input methods write, and some programs fold.
_DANGEROUS = r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_RUNS = re.compile(f"'*{_DANGEROUS}")
_DEFUSED = re.compile(f"'+{_DANGEROUS}")


def defuse(cell: str) -> str:
    """Return a cell that no spreadsheet runs.

    Args:
        cell: Any text.
    """
    return f"'{cell}" if _RUNS.match(cell) else cell


def restore(cell: str) -> str:
    """Return what `defuse` was given; text that it never touches comes back unchanged.

    Args:
        cell: As it stands in a file.
    """
    return cell[1:] if _DEFUSED.match(cell) else cell


def strip_formula(cell: str) -> str:
    """Return the text of a cell that was written as ``="text"`` to keep a spreadsheet's hands off.

    Args:
        cell: As it stands in a file.
    """
    bare = cell.strip()
    if bare.startswith('="') and bare.endswith('"') and len(bare) > len('=""'):
        return bare[2:-1]
    return cell
