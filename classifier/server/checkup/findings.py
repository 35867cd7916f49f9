"""What a checkup finds."""

import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class State(StrEnum):
    """How it stands with one thing."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """How it stands with one thing that was looked at.

    Attributes:
        check: What was looked at, a word or two.
        state: How it stands; with FAILED the server would not start, would be open to strangers or
            may lose what it acknowledged.
        found: What is the case, never a secret.
        remedy: What to do; empty where nothing needs to be done.
    """

    check: str
    state: State
    found: str
    remedy: str = ""


def ok(check: str, found: str) -> Finding:
    """Return that all is well.

    Args:
        check: What was looked at.
        found: What is the case.
    """
    return Finding(check, State.OK, found)


def warning(check: str, found: str, remedy: str) -> Finding:
    """Return that something should be mended.

    Args:
        check: What was looked at.
        found: What is the case.
        remedy: What to do.
    """
    return Finding(check, State.WARNING, found, remedy)


def failed(check: str, found: str, remedy: str) -> Finding:
    """Return that something must be mended.

    Args:
        check: What was looked at.
        found: What is the case.
        remedy: What to do.
    """
    return Finding(check, State.FAILED, found, remedy)


def secret_file(check: str, path: Path) -> list[Finding]:
    """Return a finding where others than its owner and group can get at a file.

    Args:
        check: What is looked at.
        path: A file that holds a secret; one that is not there is somebody else's finding.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return []
    if mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP):
        found = f"{path}: others can read or change it (mode {stat.S_IMODE(mode):o})"
        return [failed(check, found, f"chmod 640 {path}")]
    return []


def may_be_made(folder: Path) -> bool:
    """Return whether a server could write into a folder, making it and those above it at need.

    Args:
        folder: Where it would write.
    """
    for place in (folder, *folder.parents):
        try:
            place.lstat()  # a link to nothing is in the way
        except FileNotFoundError:
            continue
        except OSError:  # a file above it, a name too long, a folder that keeps us out
            return False
        return place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    return False
