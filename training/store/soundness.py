"""Checks a model store: every bundle, every name, the history."""

from classifier.errors import BundleError, ModelStoreError
from classifier.model_bundle import load_bundle
from training.store.history import Event, Kind, champions
from training.store.lineage import digests_beside
from training.store.model_store import Alias, ModelStore, Version
from training.store.scratch import leftovers


def verify(store: ModelStore) -> list[str]:
    """Return what is wrong with a store; nothing means that all is sound.

    Every bundle is loaded as a server would load it, and the champion must be the one that the
    history knows. What the manifests do not pin must be what the history says was added.

    Args:
        store: The store.
    """
    problems = []
    for version in store.versions():
        if problem := bundle_problem(version):
            problems.append(problem)
        if version.lineage is None:
            problems.append(f"{version.folder}: its lineage is missing or damaged")
    problems += [
        f"{store.folder / alias}: points to nothing"
        for alias in Alias
        if (store.folder / alias).is_symlink() and store.target(alias) is None
    ]
    problems += [
        f"{store.folder / alias}: is no symbolic link; move it away"
        for alias in Alias
        if (store.folder / alias).exists() and not (store.folder / alias).is_symlink()
    ]
    problems += [
        f"{folder}: was left by a run that was killed; `wurao models prune` removes it"
        for folder in leftovers(store.folder)
    ]
    try:
        events = store.history()
    except ModelStoreError as error:
        return [*problems, str(error)]
    problems += _changed(store, events)
    told = champions(events)[-1:]
    champion = store.target(Alias.CHAMPION)
    if told != ([champion.name] if champion else []):
        known = f"the history knows {told[0]}" if told else "the history knows none"
        problems.append(f"{store.folder / Alias.CHAMPION}: {known}; promote or roll back")
    return problems


def bundle_problem(version: Version) -> str:
    """Return why a version cannot be served; empty where it can.

    Args:
        version: Which.
    """
    try:
        if load_bundle(version.folder).manifest.version != version.name:
            return f"{version.folder}: holds another version than its name says"
    except BundleError as error:
        return str(error)
    return ""


def _changed(store: ModelStore, events: list[Event]) -> list[str]:
    """Return what stands beside a bundle and differs from what was added; old events do not say."""
    added = {e.version: e.files for e in events if e.kind is Kind.ADDED and e.files}
    return [
        f"{version.folder / name}: is not what was added; restore the file"
        for version in store.versions()
        if (told := added.get(version.name))
        for name in sorted(dict(told.items() ^ digests_beside(version.folder).items()))
    ]
