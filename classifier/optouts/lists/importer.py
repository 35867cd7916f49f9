"""Imports a list: in batches, each row once, and on from where a crash stopped it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from classifier.errors import ListError, RegistryError
from classifier.optouts.derived.data_handling import LIST_IMPORTED
from classifier.optouts.events.event import Draft
from classifier.optouts.lists.import_progress import ImportProgress, ImportState, last_progress
from classifier.optouts.lists.known_rows import Standing, standings
from classifier.optouts.lists.list_entries import Origin, requests_of, states_unknown_word
from classifier.optouts.lists.list_rows import ListRow, ListShape
from classifier.optouts.lists.quarantine import Quarantine, spare
from classifier.optouts.records import OptOutRequest
from classifier.optouts.registry import Registry
from classifier.optouts.store import Transaction

_ROWS_AT_ONCE = 1000


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

    def finished(self) -> ImportProgress | None:
        """Return the earlier run that leaves nothing to do; None where there is something.

        A list is read again where it is read by another region or encoding, and where rows of it
        were quarantined, since they may be read now.
        """
        last = self._last()
        if last is None or last.state is not ImportState.DONE or last.quarantined:
            return None
        return last if last.reading == self._reading else None

    def run(
        self, quarantine: Path, tell: Callable[[ImportProgress], None], *, again: bool = False
    ) -> ImportProgress:
        """Import what an earlier run has left of the list, or all of it.

        Args:
            quarantine: File for the rows that cannot be read; it stays only where there are some.
            tell: Told after each batch, which is then on the disk.
            again: Whether rows are recorded anew whose opt-out was ended since this list had them
                recorded. Without it they stay ended: the same list is the same request.

        Returns:
            The end.

        Raises:
            ListError: The list or the quarantine file cannot be used, or another run is at it.
            StoreError: The store is away; run again to go on.
        """
        progress = self._begin(quarantine, again)
        with Quarantine(quarantine, self._shape, progress.quarantine_bytes) as bad:
            for rows in self._batches(progress):
                progress = self._take(rows, bad, progress)
                tell(progress)
            end = replace(progress, state=ImportState.DONE, quarantine_bytes=bad.flush())
            return self._commit(end)

    @property
    def _reading(self) -> dict[str, str]:
        zone = str(self._origin.zone)
        return {"region": self._origin.region, "encoding": self._shape.encoding, "zone": zone}

    def _last(self) -> ImportProgress | None:
        tenant, digest = self._origin.tenant, self._origin.digest
        return self._registry.store.read(lambda view: last_progress(view, tenant, digest))

    def _begin(self, quarantine: Path, again: bool) -> ImportProgress:
        """Return where to begin: where a run like this one was stopped, else at the start."""
        start = ImportProgress(again=again, reading=self._reading)
        last = self._last() or start
        same = (last.reading, last.again) == (start.reading, start.again)
        goes_on = same and last.state is ImportState.RUNNING
        spare(quarantine, self._shape.path, last, goes_on=goes_on)
        if goes_on:
            return last
        return self._commit(replace(start, run=last.run + 1, etag=last.etag))

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
        origin = replace(self._origin, run=progress.run)
        asked: list[tuple[ListRow, OptOutRequest]] = []
        problems: dict[int, list[str]] = {}
        for row in rows:
            wanted, problems[row.line] = requests_of(row, origin)
            asked += [(row, request) for request in wanted]
        requests = [request for _row, request in asked]
        found = self._registry.store.read(
            lambda view: standings(view, self._registry.ring, origin, requests, progress.again)
        )
        new = [
            pair for pair, standing in zip(asked, found, strict=True) if standing is Standing.NEW
        ]
        recorded, for_good = self._record(new, problems)
        wrong = [row for row in rows if problems[row.line]]
        unknown = sum(states_unknown_word(row) for row in rows if not problems[row.line])
        for row in wrong:
            bad.add(row, "; ".join(problems[row.line]))
        return self._commit(
            replace(
                progress,
                offset_bytes=rows[-1].end,
                line=rows[-1].end_line,
                recorded=progress.recorded + recorded,
                known=progress.known + found.count(Standing.KNOWN),
                ended=progress.ended + found.count(Standing.ENDED),
                for_good=progress.for_good + for_good,
                unknown_states=progress.unknown_states + unknown,
                quarantined=progress.quarantined + len(wrong),
                quarantine_bytes=bad.flush(),
            )
        )

    def _record(
        self, new: Sequence[tuple[ListRow, OptOutRequest]], problems: dict[int, list[str]]
    ) -> tuple[int, int]:
        """Return how many were recorded, and how many of them for good against their end."""
        results = self._registry.record_many([request for _row, request in new]) if new else []
        recorded = for_good = 0
        for (row, request), result in zip(new, results, strict=True):
            if isinstance(result, RegistryError):
                problems[row.line].append(str(result))
            else:
                recorded += 1
                for_good += "until_us" in request.facts and not result.until_us
        return recorded, for_good

    def _commit(self, progress: ImportProgress) -> ImportProgress:
        tenant, digest = self._origin.tenant, self._origin.digest
        draft = Draft(LIST_IMPORTED, tenant, self._origin.actor, payload=progress.payload(digest))

        def work(transaction: Transaction) -> int:
            last = last_progress(transaction, tenant, digest)
            if (last.etag if last else 0) != progress.etag:
                raise ListError(f"{self._shape.path}: another run imports it; let that one end")
            return transaction.append(draft).seq

        return replace(progress, etag=self._registry.store.write(work))
