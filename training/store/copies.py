"""Copies of bundles in a store: how one comes in, and whether it can be served yet."""

import shutil
import stat
from pathlib import Path

from classifier.errors import BundleError
from classifier.model_bundle import load_bundle
from training.store.history import Event, Kind, append_event
from training.store.lineage import Lineage, digests_beside, write_lineage
from training.store.scratch import new_scratch

MENDED = "in place of a damaged copy"
"""Why a version came in once more."""


def copy_in(bundle: Path, target: Path, lineage: Lineage) -> None:
    """Copy a bundle into a store that is locked; a damaged copy that stands there gives way.

    Args:
        bundle: A sound bundle.
        target: The version's folder, there or not.
        lineage: Where the bundle comes from.
    """
    store = target.parent.parent
    with new_scratch(store, "incoming") as scratch:
        copy = scratch / target.name
        shutil.copytree(bundle, copy)
        for path in (copy, *copy.rglob("*")):  # what was copied from a read-only place is too
            path.chmod(path.stat().st_mode | stat.S_IWUSR)
        write_lineage(copy, lineage)
        tell_added(store, copy, target.name, MENDED if target.exists() else "")
        if target.exists():
            target.rename(scratch / "damaged")
        copy.rename(target)


def tell_added(store: Path, folder: Path, version: str, reason: str = "") -> None:
    """Note in the history that a version comes in.

    Args:
        store: The store's folder.
        folder: What comes in, its lineage in it.
        version: What it is called.
        reason: Why it comes in once more; empty the first time.
    """
    files = digests_beside(folder)
    append_event(store, Event(Kind.ADDED, version, reason=reason, files=files))


def is_sound(folder: Path) -> bool:
    """Return whether a version's folder holds that version whole; its second reader is not started.

    Args:
        folder: Named like the version, there or not.
    """
    try:
        return load_bundle(folder, second_reader=False).manifest.version == folder.name
    except (BundleError, OSError):
        return False
