"""A folder of model versions, and the names under which two of them are found.

``versions/VERSION/`` holds each bundle as it was trained, with its lineage beside it;
``champion`` and ``candidate`` are symbolic links into it, replaced in one step, so that whoever
opens ``champion`` finds the old one or the new one and never a part; ``history.jsonl`` tells what
happened.
"""

import shutil
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from classifier.errors import ModelStoreError
from classifier.manifest import MANIFEST, Manifest, read_manifest
from classifier.model_bundle import load_bundle
from training.store.copies import copy_in, is_sound, refuse_folder, take_in
from training.store.history import Event, Kind, append_event, champions, read_history
from training.store.lineage import TRAINED_HERE, Lineage, read_lineage, trace
from training.store.scratch import VERSIONS, leftovers, locked, new_scratch

_SHORTEST_PREFIX = 4


class Alias(StrEnum):
    """A name that points to a version."""

    CHAMPION = "champion"
    CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True)
class Version:
    """One model in the store.

    Attributes:
        name: The bundle's version.
        folder: Where the bundle is.
        lineage: Where it came from; None where that was lost.
        aliases: Names that point to it.
    """

    name: str
    folder: Path
    lineage: Lineage | None
    aliases: tuple[Alias, ...]

    def manifest(self) -> Manifest:
        """Read the manifest of the bundle.

        Raises:
            BundleError: It is damaged, or made by other code than runs now.
        """
        return read_manifest(self.folder)


class ModelStore:
    """One store; several processes may work on it at once."""

    def __init__(self, folder: Path) -> None:
        """Open a store, which need not be there yet; take in an alias that is a plain folder.

        Args:
            folder: The store's folder, such as ``models``.

        Raises:
            ModelStoreError: Such a folder holds a damaged bundle.
        """
        self.folder, self._versions = folder, folder / VERSIONS
        for alias in Alias:
            if self._is_plain(alias):
                self._take_in(alias)

    @property
    def is_there(self) -> bool:
        """Whether a store was ever begun in that folder."""
        return self._versions.is_dir()

    def versions(self) -> list[Version]:
        """Return every version, the newest first."""
        if not self.is_there:
            return []
        names = [path.name for path in self._versions.iterdir() if path.is_dir()]
        found = [self._version(name) for name in names]
        return sorted(found, key=lambda v: (v.lineage.added_at if v.lineage else "", v.name))[::-1]

    def find(self, name: str) -> Version:
        """Return the version of a name.

        Args:
            name: An alias, a version or the first characters of one, at least four.

        Raises:
            ModelStoreError: There is none, or there are several.
        """
        if name in tuple(Alias):
            target = self.target(Alias(name))
            if target is None:
                message = f"{self.folder}: has no {name}; `wurao train` makes a candidate"
                raise ModelStoreError(message)
            return target
        exact = [v for v in self.versions() if v.name == name]
        near = [v for v in self.versions() if v.name.startswith(name)]
        matches = exact or (near if len(name) >= _SHORTEST_PREFIX else [])
        if len(matches) != 1:
            if near and not matches:
                problem = f"a version is known by {_SHORTEST_PREFIX} characters or more"
            else:
                problem = "several versions begin so" if matches else "no such version"
            message = f"{self.folder}: {name}: {problem}; `wurao models list` shows all"
            raise ModelStoreError(message)
        return matches[0]

    def target(self, alias: Alias) -> Version | None:
        """Return the version that an alias points to; None where it points nowhere.

        Args:
            alias: The name.
        """
        link = self.folder / alias
        if not link.is_symlink() or not link.is_dir():
            return None
        return self._version(link.resolve().name)

    def history(self) -> list[Event]:
        """Return what happened, oldest first.

        Raises:
            ModelStoreError: The history is damaged.
        """
        return read_history(self.folder)

    def add(self, bundle_folder: Path, origin: str = TRAINED_HERE) -> Version:
        """Copy a bundle into the store and make it the candidate; a known version is kept as it is.

        Where the known one is damaged, the bundle takes its place. What the bundle's own lineage
        says of its training is kept.

        Args:
            bundle_folder: A sound bundle.
            origin: Where it comes from, for its lineage.

        Raises:
            BundleError: It is no sound bundle.
        """
        version = load_bundle(bundle_folder, second_reader=False).manifest.version
        with locked(self.folder):
            champion = self.target(Alias.CHAMPION)
            if not is_sound(self._versions / version, version):
                parent = champion.name if champion and champion.name != version else ""
                here = origin == TRAINED_HERE
                lineage = trace(parent, origin, here, read_lineage(bundle_folder))
                copy_in(bundle_folder, self._versions / version, lineage)
            self._point(Alias.CANDIDATE, version)
        return self._version(version)

    def promote(self, version: Version, event: Event) -> None:
        """Make a version the champion; whether it may be is judged before.

        Args:
            version: Which.
            event: Of the kind `PROMOTED`, with what the gates said.

        Raises:
            ModelStoreError: It is the champion already, or pruned; or another was promoted.
        """
        with locked(self.folder):
            self.refuse_champion(self.find(version.name))
            champion = self.target(Alias.CHAMPION)
            name = champion.name if champion else ""
            if name != event.previous:
                message = f"{name} was promoted meanwhile; judge {version.name} against it"
                raise ModelStoreError(message)
            # Told first: a link without its record would be worse than a record without its link.
            append_event(self.folder, event)
            self._point(Alias.CHAMPION, version.name)

    def refuse_champion(self, version: Version) -> None:
        """Make sure that a version is not the champion already.

        Args:
            version: Which.

        Raises:
            ModelStoreError: It is.
        """
        if (champion := self.target(Alias.CHAMPION)) and champion.name == version.name:
            raise ModelStoreError(f"{version.name} is the champion already")

    def roll_back(self, reason: str) -> Version:
        """Make the champion before this one the champion again.

        Args:
            reason: Why, for the history.

        Raises:
            ModelStoreError: There is none before it, it was pruned, or the reason is blank.
        """
        if not reason.strip():
            raise ModelStoreError("a rollback needs a reason, which the history keeps")
        with locked(self.folder):
            stack = champions(self.history())
            champion = self.target(Alias.CHAMPION)
            if stack and champion and champion.name != stack[-1]:
                # The last change was killed between its record and its link.
                if self._last_change() is Kind.ROLLED_BACK:
                    self._point(Alias.CHAMPION, stack[-1])
                    return self._version(stack[-1])
                stack.pop()
            if len(stack) < 2:
                raise ModelStoreError(f"{self.folder}: no champion before this one to go back to")
            current, earlier = stack[-1], stack[-2]
            version = self.find(earlier)
            load_bundle(version.folder, second_reader=False)
            event = Event(Kind.ROLLED_BACK, earlier, previous=current, reason=reason.strip())
            append_event(self.folder, event)
            self._point(Alias.CHAMPION, earlier)
        return self._version(earlier)

    def prune(self, keep: int, dry_run: bool) -> list[Path]:
        """Delete old versions and what killed runs left; what an alias or a rollback needs stays.

        Args:
            keep: How many of the newest stay besides, 0 or more.
            dry_run: Only say which.

        Returns:
            The folders that were, or would be, deleted.
        """
        with locked(self.folder):
            needed = set(champions(self.history())[-3:])  # the last may have been told alone
            newest = {version.name for version in self.versions()[:keep]}
            doomed = [
                version
                for version in self.versions()
                if not version.aliases and version.name not in needed | newest
            ]
            left = leftovers(self.folder)
            for folder in () if dry_run else left:
                shutil.rmtree(folder)
            for version in () if dry_run else doomed:
                append_event(self.folder, Event(Kind.PRUNED, version.name))
                with new_scratch(self.folder, "pruned") as scratch:
                    version.folder.rename(scratch / version.name)
        return [version.folder for version in doomed] + left

    def _version(self, name: str) -> Version:
        folder = self._versions / name
        aliases = tuple(
            alias
            for alias in Alias
            if (self.folder / alias).is_symlink()
            and (self.folder / alias).resolve() == folder.resolve()
        )
        return Version(name, folder, read_lineage(folder), aliases)

    def _is_plain(self, alias: Alias) -> bool:
        place = self.folder / alias
        return (place / MANIFEST).is_file() and not place.is_symlink()

    def _take_in(self, alias: Alias) -> None:
        with locked(self.folder):
            if not self._is_plain(alias):
                return  # another process was faster
            version = take_in(self.folder / alias, self._versions)
            if alias is Alias.CHAMPION:
                append_event(self.folder, Event(Kind.PROMOTED, version, reason="was there before"))
            with new_scratch(self.folder, "alias") as scratch:
                (self.folder / alias).rename(scratch / "plain")
                self._point(alias, version)

    def _last_change(self) -> Kind:
        kinds = [event.kind for event in self.history()]
        return [kind for kind in kinds if kind in (Kind.PROMOTED, Kind.ROLLED_BACK)][-1]

    def _point(self, alias: Alias, version: str) -> None:
        with new_scratch(self.folder, "alias") as scratch:
            link = scratch / alias
            link.symlink_to(Path(VERSIONS) / version)
            link.replace(self.folder / alias)

    @contextmanager
    def workplace(self) -> Generator[Path]:
        """Yield a path inside the store for a bundle that is to be added; it is cleared away."""
        refuse_folder(self.folder / Alias.CANDIDATE)
        with ExitStack() as stack:
            with locked(self.folder):
                scratch = stack.enter_context(new_scratch(self.folder, "training"))
            yield scratch / "bundle"
