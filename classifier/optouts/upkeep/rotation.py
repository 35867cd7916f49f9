"""Takes a new key into use and makes old hashes and ciphertexts anew, while checks go on."""

from collections.abc import Callable
from dataclasses import dataclass

from classifier.optouts.derived.data_handling import KEY_TAKEN, KEYS_RETIRED
from classifier.optouts.events.event import Draft
from classifier.optouts.events.tables import KEY_CHECKS, SECRETS, SUBJECTS, Table, Where
from classifier.optouts.recording.subject_index import clear_subject, subject_row
from classifier.optouts.registry import Registry
from classifier.optouts.store import Transaction, View
from classifier.optouts.subjects.keys import KeyRing

_AT_ONCE = 200  # rows in one transaction: other writers wait for so long


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation has done.

    Attributes:
        version: The key version now in use.
        encrypted: Parts encrypted anew.
        hashed: Subjects hashed anew.
        left: Subjects that stay under an old version, since their clear name was erased.
        retired: Versions that nothing uses any more; they may be taken from the key file.
    """

    version: int
    encrypted: int
    hashed: int
    left: int
    retired: tuple[int, ...]


def is_under_way(registry: Registry) -> bool:
    """Return whether a rotation waits for its end: `rotate_keys` goes on, no new key is needed.

    The newest key at hand is then not in use, or something that it could hold is under an older
    one. Subjects whose clear name was erased stay there for good and do not count.

    Args:
        registry: Whose keys.

    Raises:
        StoreError: The store cannot be read.
    """
    newest = max(registry.ring.versions)

    def work(view: View) -> bool:
        older = [Where("key_version", "<>", newest)]
        if view.head().key_version != newest or view.rows(SECRETS, older, 1):
            return True
        numbers = (row["id"] for row in view.rows(SUBJECTS, older))
        named = any(clear_subject(view, number) is not None for number in numbers)
        return named or bool(_unused(view, newest))

    return registry.store.read(work)


def rotate_keys(
    registry: Registry, actor: str, tell: Callable[[int], None] = lambda _rows: None
) -> Rotation:
    """Take the newest key at hand into use and bring everything under it.

    Every process must be able to read the new key before: one that cannot refuses to answer from
    then on, rather than overlook a subject. Broken off, it goes on where it stopped.

    Args:
        registry: Whose keys.
        actor: Who rotates.
        tell: Told how many rows were made anew.

    Raises:
        KeysError: The keys cannot be read, or are not those in use.
        StoreError: The store cannot be written; run it again.
    """
    registry.store.renew_keys()
    version = max(registry.ring.versions)
    registry.store.write(lambda transaction: _take(transaction, actor, version))
    encrypted = _renew(registry, SECRETS, version, _encrypt_anew, tell)
    hashed = _renew(registry, SUBJECTS, version, _hash_anew, tell)
    retired = registry.store.write(lambda transaction: _retire(transaction, actor, version))
    left = registry.store.read(
        lambda view: view.count(SUBJECTS, [Where("key_version", "<>", version)])
    )
    return Rotation(version, encrypted, hashed, left, retired)


def _take(transaction: Transaction, actor: str, version: int) -> None:
    if transaction.head().key_version != version:
        transaction.take_key(version)
        transaction.append(Draft(KEY_TAKEN, "", actor, payload={"version": version}))


def _renew(
    registry: Registry,
    table: Table,
    version: int,
    renew: Callable[[Transaction, KeyRing, int, int], bool],
    tell: Callable[[int], None],
) -> int:
    (key,) = table.key
    last, renewed = 0, 0

    def work(transaction: Transaction) -> tuple[int, int]:
        where = [Where("key_version", "<>", version), Where(key, ">", last)]
        numbers = [row[key] for row in transaction.rows(table, where, _AT_ONCE)]
        done = sum(renew(transaction, registry.ring, number, version) for number in numbers)
        return (numbers[-1] if numbers else 0), done

    while True:
        end, done = registry.store.write(work)
        renewed += done
        if not end:
            return renewed
        last = end
        tell(renewed)


def _encrypt_anew(transaction: Transaction, ring: KeyRing, number: int, version: int) -> bool:
    for row in transaction.rows(SECRETS, [Where("seq", "=", number)]):
        plain = ring.unseal(row["sealed"], number, row["key_version"])
        sealed = ring.seal(plain, number, version)
        transaction.put(SECRETS, {"seq": number, "key_version": version, "sealed": sealed})
    return True


def _hash_anew(transaction: Transaction, ring: KeyRing, number: int, version: int) -> bool:
    subject = clear_subject(transaction, number)
    if subject is None:
        return False
    transaction.put(SUBJECTS, subject_row(ring, subject, number, version))
    return True


def _retire(transaction: Transaction, actor: str, version: int) -> tuple[int, ...]:
    retired = _unused(transaction, version)
    for old in retired:
        transaction.delete(KEY_CHECKS, {"version": old})
    if retired:
        transaction.append(Draft(KEYS_RETIRED, "", actor, payload={"versions": retired}))
    return tuple(retired)


def _unused(view: View, version: int) -> list[int]:
    """Return every key version but one under which nothing is any more."""
    unused = []
    for row in view.rows(KEY_CHECKS, [Where("version", "<>", version)]):
        used = [Where("key_version", "=", row["version"])]
        if not view.rows(SECRETS, used, 1) and not view.rows(SUBJECTS, used, 1):
            unused.append(row["version"])
    return unused
