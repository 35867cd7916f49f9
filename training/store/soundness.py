"""Checks a model store: every bundle, every name, the history."""

from classifier.errors import BundleError, ModelStoreError
from classifier.model_bundle import load_bundle
from training.store.history import champions
from training.store.model_store import Alias, ModelStore


def verify(store: ModelStore) -> list[str]:
    """Return what is wrong with a store; nothing means that all is sound.

    Every bundle is loaded as a server would load it, and the champion must be the one that the
    history knows.

    Args:
        store: The store.
    """
    problems = []
    for version in store.versions():
        try:
            if load_bundle(version.folder).manifest.version != version.name:
                problems.append(f"{version.folder}: holds another version than its name says")
        except BundleError as error:
            problems.append(str(error))
        if version.lineage is None:
            problems.append(f"{version.folder}: its lineage is missing or damaged")
    problems += [
        f"{store.folder / alias}: points to nothing"
        for alias in Alias
        if (store.folder / alias).is_symlink() and store.target(alias) is None
    ]
    try:
        told = champions(store.history())[-1:]
    except ModelStoreError as error:
        return [*problems, str(error)]
    champion = store.target(Alias.CHAMPION)
    if told != ([champion.name] if champion else []):
        known = f"the history knows {told[0]}" if told else "the history knows none"
        problems.append(f"{store.folder / Alias.CHAMPION}: {known}; promote or roll back")
    return problems
