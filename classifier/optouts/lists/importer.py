"""Imports a list: in batches, each row once, and on from where a crash stopped it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from classifier.errors import InvalidInputError, InvalidRequestError, ListError, RegistryError
from classifier.optouts.changes import opt_outs_of
from classifier.optouts.events import Draft
from classifier.optouts.list_imports import IMPORTED, LIST_IMPORTS, PROGRESS
from classifier.optouts.lists.list_entries import Origin, request_of
from classifier.optouts.lists.list_file import ListRow, ListShape
from classifier.optouts.lists.quarantine import Quarantine
from classifier.optouts.records import OptOut, OptOutRequest, OptOutState, Reach, Scope
from classifier.optouts.registry import Registry
from classifier.optouts.store import Transaction, View
from classifier.optouts.subject_index import find_subjects
from classifier.optouts.tables import Where

_ROWS_AT_ONCE = 1000
_RUNNING, _DONE = "running", "done"


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import has come.

    Attributes:
        offset_bytes: Where the next row begins.
        line: Its number.
        recorded: Rows recorded.
        known: Rows that said what the registry knew already.
        quarantined: Rows that could not be read.
        quarantine_bytes: Size of the quarantine file.
        state: ``running`` or ``done``.
        etag: Of this progress; 0 before the first.
    """

    offset_bytes: int = 0
    line: int = 0
    recorded: int = 0
    known: int = 0
    quarantined: int = 0
    quarantine_bytes: int = 0
    state: str = _RUNNING
    etag: int = 0


class ListImport:
    """The import of one list into one registry."""

    def __init__(self, registry: Registry, shape: ListShape, origin: Origin) -> None:
        """Put the import together.

        Args:
            registry: Takes the rows.
            shape: Of the file.
            origin: Whose list it is, and how it is read.
        """
        self._registry = registry
        self._shape = shape
        self._origin = origin

    def progress(self) -> ImportProgress:
        """Return how far this or an earlier run has come."""
        where = [
            Where("tenant", "=", self._origin.tenant),
            Where("digest", "=", self._origin.digest),
        ]
        for row in self._registry.store.read(lambda view: view.rows(LIST_IMPORTS, where)):
            return ImportProgress(**{name: row[name] for name in (*PROGRESS, "etag")})
        return ImportProgress()

    def run(self, quarantine: Path, tell: Callable[[ImportProgress], None]) -> ImportProgress:
        """Import what is left of the list.

        Args:
            quarantine: File for the rows that cannot be read; it stays only where there are some.
            tell: Told after each batch, which is then on the disk.

        Returns:
            The end; at once where the list was imported before.

        Raises:
            ListError: The list or the quarantine file cannot be used, or another run is at it.
            StoreError: The store is away; run again to go on.
        """
        progress = self.progress()
        if progress.state == _DONE:
            return progress
        with Quarantine(quarantine, self._shape, progress.quarantine_bytes) as bad:
            for rows in self._batches(progress):
                progress = self._take(rows, bad, progress)
                tell(progress)
            return self._commit(replace(progress, state=_DONE, quarantine_bytes=bad.flush()))

    def _batches(self, progress: ImportProgress) -> Iterator[tuple[ListRow, ...]]:
        try:
            rows = self._shape.rows(progress.offset_bytes, progress.line)
            while batch := tuple(islice(rows, _ROWS_AT_ONCE)):
                yield batch
        except (OSError, UnicodeDecodeError):
            raise ListError(f"{self._shape.path}: changed or vanished during the import") from None

    def _take(
        self, rows: Sequence[ListRow], bad: Quarantine, progress: ImportProgress
    ) -> ImportProgress:
        asked: list[tuple[ListRow, OptOutRequest]] = []
        quarantined = 0
        for row in rows:
            try:
                asked.append((row, request_of(row, self._origin)))
            except (InvalidInputError, InvalidRequestError) as error:
                bad.add(row, str(error))
                quarantined += 1
        known = self._known([request for _row, request in asked])
        new = [pair for i, pair in enumerate(asked) if i not in known]
        results = self._registry.record_many([request for _row, request in new]) if new else []
        for (row, _request), result in zip(new, results, strict=True):
            if isinstance(result, RegistryError):
                bad.add(row, str(result))
                quarantined += 1
        failed = sum(isinstance(result, RegistryError) for result in results)
        return self._commit(
            replace(
                progress,
                offset_bytes=rows[-1].end,
                line=rows[-1].end_line,
                recorded=progress.recorded + len(new) - failed,
                known=progress.known + len(known),
                quarantined=progress.quarantined + quarantined,
                quarantine_bytes=bad.flush(),
            )
        )

    def _known(self, requests: Sequence[OptOutRequest]) -> set[int]:
        """Return the places of requests that say nothing new.

        A row is known where an active record covers it and has its time, or where it has no time;
        so the blacklist of last month, imported again, does not make everybody a repeater. A row
        that this import recorded before a crash is not: it is recorded once and counted once.
        """
        if not requests:
            return set()
        repeated = set()
        seen: set[tuple[str, Scope, int]] = set()
        for i, request in enumerate(requests):
            key = (request.subject.value, request.scope, request.detected_us)
            if key in seen:
                repeated.add(i)
            seen.add(key)

        def work(view: View) -> set[int]:
            subjects = [request.subject for request in requests]
            numbers = find_subjects(view, self._registry.ring, subjects)
            return {
                i
                for i, (request, number) in enumerate(zip(requests, numbers, strict=True))
                if number and _is_known(view, request, number)
            }

        return repeated | self._registry.store.read(work)

    def _commit(self, progress: ImportProgress) -> ImportProgress:
        payload = {name: getattr(progress, name) for name in PROGRESS}
        payload["digest"] = self._origin.digest
        draft = Draft(IMPORTED, self._origin.tenant, self._origin.actor, payload=payload)

        def work(transaction: Transaction) -> int:
            where = [
                Where("tenant", "=", draft.tenant),
                Where("digest", "=", self._origin.digest),
            ]
            rows = transaction.rows(LIST_IMPORTS, where)
            if (rows[0]["etag"] if rows else 0) != progress.etag:
                raise ListError(f"{self._shape.path}: another run imports it; let that one end")
            return transaction.append(draft).seq

        return replace(progress, etag=self._registry.store.write(work))


def _is_known(view: View, request: OptOutRequest, subject: int) -> bool:
    records = [
        record
        for record in opt_outs_of(view, request.tenant, subject)
        if record.state is OptOutState.ACTIVE and not record.until_us and _covers(record, request)
    ]
    if not records:
        return False
    events = view.events([Where("seq", "in", [record.record_id for record in records])])
    if any(event.request_id == request.request_id for event in events):
        return False
    detected = {event.asked()["detected_us"] for event in events}
    return not request.detected_us or request.detected_us in detected


def _covers(record: OptOut, request: OptOutRequest) -> bool:
    asked, held = request.scope, record.scope
    inside = held.reach is Reach.ALL or (held.reach, held.name) == (asked.reach, asked.name)
    return inside and held.channel in {None, asked.channel}
