"""Copies of bundles in a store: how one comes in, and whether it can be served yet."""

import filecmp
import json
import re
import shutil
import stat
from pathlib import Path

from classifier.errors import BundleError, ModelStoreError
from classifier.manifest import MANIFEST
from classifier.model_bundle import load_bundle
from training.store.history import Event, Kind, append_event
from training.store.lineage import Lineage, digests_beside, read_lineage, trace, write_lineage
from training.store.scratch import new_scratch

MENDED = "in place of a damaged copy"
"""Why a version came in once more."""

_VERSION = re.compile(r"[0-9a-f]{12}")


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
        reason, files = MENDED if target.exists() else "", digests_beside(copy)
        append_event(store, Event(Kind.ADDED, target.name, reason=reason, files=files))
        if target.exists():
            target.rename(scratch / "damaged")
        copy.rename(target)


def take_in(bundle: Path, versions: Path) -> str:
    """Make sure that a store which is locked holds what stands where a link should.

    A copy of a store that followed its links has such folders, and so has one from before there was
    a store. The folder itself is left there, so that nothing is lost until the link replaces it.

    Args:
        bundle: The folder; whatever code made it, what this code cannot load is kept.
        versions: The store's versions.

    Returns:
        Its version.

    Raises:
        ModelStoreError: It is no bundle, or neither it nor the other copy of it is sound.
    """
    try:
        version = str(json.loads((bundle / MANIFEST).read_text("utf-8"))["version"])
    except (ValueError, KeyError, TypeError):
        version = ""
    if not _VERSION.fullmatch(version):
        raise ModelStoreError(f"{bundle}: is a damaged bundle; remove it")
    target = versions / version
    if is_sound(target, version) or _holds_all(target, bundle):
        return version
    if target.exists() and not is_sound(bundle, version):
        message = f"{bundle}: neither it nor {target} is sound, and they differ; remove the worse"
        raise ModelStoreError(message)
    origin = f"{bundle.name} that was a plain folder"
    copy_in(bundle, target, trace("", origin, False, read_lineage(bundle)))
    return version


def refuse_folder(place: Path) -> None:
    """Make sure that a link can be put somewhere, before there is work to lose.

    Args:
        place: Of the link, there or not.

    Raises:
        ModelStoreError: A folder that no store took in stands there.
    """
    if place.is_dir() and not place.is_symlink():
        raise ModelStoreError(f"{place}: is a folder and no bundle; move it away")


def is_sound(folder: Path, version: str) -> bool:
    """Return whether a folder holds that version whole; its second reader is not started.

    Args:
        folder: There or not.
        version: Which.
    """
    try:
        return load_bundle(folder, second_reader=False).manifest.version == version
    except (BundleError, OSError):
        return False


def _holds_all(folder: Path, bundle: Path) -> bool:
    files = (path.relative_to(bundle) for path in bundle.rglob("*") if path.is_file())
    return all(
        (folder / file).is_file() and filecmp.cmp(folder / file, bundle / file, shallow=False)
        for file in files
    )
