"""Where a model came from, beyond what its manifest says."""

import getpass
import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from msgspec import DecodeError
from msgspec.json import decode

from training.beside_bundle import CURVE, REFERENCE

LINEAGE = "lineage.json"


@dataclass(frozen=True, slots=True)
class Lineage:
    """Who made a version, when, with what code; the manifest says from which data and recipe.

    Attributes:
        added_at: When it came into the store, ISO 8601 in UTC.
        added_by: Login name of who brought it.
        commit: Git commit of the code that ran; empty where that is not known.
        uncommitted: Whether tracked files differed from that commit.
        parent: Version of the champion at that time; empty where there was none.
        origin: ``trained here``, or the folder it was copied from.
    """

    added_at: str
    added_by: str
    commit: str
    uncommitted: bool
    parent: str
    origin: str


def now() -> str:
    """Return the time, to the second, in ISO 8601 and UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def current_user() -> str:
    """Return the login name of who runs this; ``unknown`` for an id without a name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def trace(parent: str, origin: str, with_commit: bool) -> Lineage:
    """Return the lineage of a version that is about to be added.

    Args:
        parent: Version of the champion; empty where there is none.
        origin: Where the bundle comes from.
        with_commit: Whether the code that runs now made it.
    """
    commit, uncommitted = code_commit() if with_commit else ("", False)
    return Lineage(now(), current_user(), commit, uncommitted, parent, origin)


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
