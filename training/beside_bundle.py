"""What training writes beside a bundle's own files; no part of what its version is a digest of."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from classifier.errors import OutputError

REPORT_FOLDER = "report"
"""Where a bundle has its report."""

REPORT_PAGE = "report.html"
"""The page in it."""

CURVE = Path(REPORT_FOLDER) / "learning_curve.json"
"""The learning curve, in a bundle's folder."""

REFERENCE = Path(REPORT_FOLDER) / "reference.json"
"""What the monitor holds traffic against, in a bundle's folder."""


def write_beside(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file into a folder of a bundle, which is made if need be.

    Args:
        path: The file.
        content: Plain data.

    Raises:
        OutputError: It can't be written there.
    """
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None
