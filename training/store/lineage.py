"""Where a model came from, beyond what its manifest says."""

import getpass
import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from msgspec import DecodeError
from msgspec.json import decode

from training.beside_bundle import CURVE, REFERENCE

LINEAGE = "lineage.json"
TRAINED_HERE = "trained here"


@dataclass(frozen=True, slots=True)
class Lineage:
    """Who made a version, when, with what code; the manifest says from which data and recipe.

    Attributes:
        added_at: When it came into the store, ISO 8601 in UTC.
        added_by: Login name of who brought it.
        commit: Git commit of the code that trained it; empty where that is not known.
        uncommitted: Whether tracked files differed from that commit.
        parent: Version of the champion at that time; empty where there was none.
        origin: ``trained here``, or the folder it was copied from.
        trained_at: When it came into the store that it was trained for; empty where that is not
            known.
        trained_by: Login name of who trained it; empty where that is not known.
    """

    added_at: str
    added_by: str
    commit: str
    uncommitted: bool
    parent: str
    origin: str
    trained_at: str = ""
    trained_by: str = ""


def now() -> str:
    """Return the time, to the second, in ISO 8601 and UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def current_user() -> str:
    """Return the login name of who runs this; ``unknown`` for an id without a name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def trace(parent: str, origin: str, with_commit: bool, beside: Lineage | None = None) -> Lineage:
    """Return the lineage of a version that is about to be added.

    Args:
        parent: Version of the champion; empty where there is none.
        origin: Where the bundle comes from.
        with_commit: Whether the code that runs now made it.
        beside: The lineage that it brings from where it was trained, to which the training
            belongs; None where it brings none.
    """
    lineage = Lineage(now(), current_user(), "", False, parent, origin)
    if with_commit:
        commit, uncommitted = code_commit()
        at, by = lineage.added_at, lineage.added_by
    elif beside is not None:
        commit, uncommitted = beside.commit, beside.uncommitted
        at, by = beside.trained_at, beside.trained_by
        if not at and beside.origin == TRAINED_HERE:  # written before the fields were there
            at, by = beside.added_at, beside.added_by
    else:
        return lineage
    return replace(lineage, commit=commit, uncommitted=uncommitted, trained_at=at, trained_by=by)


def write_lineage(folder: Path, lineage: Lineage) -> None:
    """Write the lineage into the folder of a version.

    Args:
        folder: The version's folder.
        lineage: What to write.
    """
    text = json.dumps(asdict(lineage), ensure_ascii=False, indent=1) + "\n"
    (folder / LINEAGE).write_text(text, "utf-8")


def read_lineage(folder: Path) -> Lineage | None:
    """Return the lineage of a version; None where it is missing or damaged.

    Args:
        folder: The version's folder.
    """
    try:
        return decode((folder / LINEAGE).read_bytes(), type=Lineage)
    except (OSError, ValueError, RecursionError, DecodeError):
        return None


def digests_beside(folder: Path) -> dict[str, str]:
    """Return file -> SHA-256 of what a version keeps beside the files that its manifest pins.

    Its report is left out, since that may be written anew.

    Args:
        folder: The version's folder.
    """
    paths = {name: folder / name for name in (LINEAGE, str(REFERENCE), str(CURVE))}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in paths.items()
        if path.is_file()
    }


# A hook of another repository sets some; what lets a container trust the folder stays.
_REDIRECTIONS = frozenset({
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX",
})  # fmt: skip


def code_commit() -> tuple[str, bool]:
    """Return the Git commit of the code that runs, and whether tracked files differ from it.

    The commit is empty where it is not known.
    """
    # Installed within another project's repository, it would tell that one's.
    if not _git("ls-files", Path(__file__).name):
        return "", False
    head = _git("rev-parse", "HEAD")
    return head, bool(head and _git("status", "--porcelain", "--untracked-files=no"))


def _git(*arguments: str) -> str:
    program = shutil.which("git")
    if program is None:
        return ""
    result = subprocess.run(
        [program, *arguments],
        cwd=Path(__file__).parent,
        env={name: value for name, value in os.environ.items() if name not in _REDIRECTIONS},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout.strip() if result.returncode == 0 else ""
