"""A row of a list as the request that it stands for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Any, NoReturn

from classifier.errors import FieldViolation, InvalidInputError, InvalidRequestError
from classifier.optouts.events.facts import fact_violations
from classifier.optouts.lists.cell_values import (
    is_for_good,
    moment_of,
    reasons_of,
    region_of,
    stands,
    way_of,
)
from classifier.optouts.lists.columns import Column
from classifier.optouts.lists.list_rows import ListRow
from classifier.optouts.lists.personal_facts import personal_facts
from classifier.optouts.records import (
    CLOCK_SKEW_MICROSECONDS,
    Intake,
    OptOutRequest,
    OptOutState,
    Reach,
    Scope,
)
from classifier.optouts.subjects.subject import Subject, SubjectKind, parse_subject
from classifier.optouts.times import microseconds, moment, now_us
from classifier.turns import Channel, ContextTurn, Speaker


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a list comes from, and how it is read.

    Attributes:
        tenant: Whose list.
        actor: Who imports it.
        digest: SHA-256 of the file.
        region: Where numbers without a country code are read whose row names no region.
        zone: Of times that name none.
        run: Which run over the list it is; see `ImportProgress`.
    """

    tenant: str
    actor: str
    digest: str
    region: str
    zone: tzinfo
    run: int = 1

    @property
    def _stem(self) -> str:
        return f"import:{self.digest[:32]}:"

    def request_id(self, line: int, place: int) -> str:
        """Return the id of a contact: in one run the same row of the same file is recorded once.

        Args:
            line: Of the row.
            place: Of the contact among those of the row, from 0.
        """
        row = f"{self._stem}{line}.{place}" if place else f"{self._stem}{line}"
        return row if self.run == 1 else f"{row}:{self.run}"

    def holds(self, request_id: str) -> bool:
        """Say whether a request is a row of this list, in this run or another.

        Args:
            request_id: Of the request.
        """
        return request_id.startswith(self._stem)


def requests_of(row: ListRow, origin: Origin) -> tuple[list[OptOutRequest], list[str]]:
    """Return what a row asks, once for each subject that it names, and what of it cannot be read.

    Contacts are read each for itself; where any other cell cannot be read, nothing is asked.

    Args:
        row: With contacts and cells.
        origin: Of the list.
    """
    requests: dict[Subject, OptOutRequest] = {}
    problems: dict[str, None] = {}
    for place, contact in enumerate(row.contacts or ((Column.SUBJECT, ""),)):
        try:
            request = _request(row, place, contact, origin)
        except (InvalidInputError, InvalidRequestError) as error:
            problems[str(error)] = None
        else:
            requests.setdefault(request.subject, request)
    return list(requests.values()), list(problems)


def states_unknown_word(row: ListRow) -> bool:
    """Say whether a row counts as in force since its state is a word unknown here.

    Args:
        row: With cells.
    """
    return Column.STATE in row.cells and stands(row.cells[Column.STATE]) is None


def _request(row: ListRow, place: int, contact: tuple[str, str], origin: Origin) -> OptOutRequest:
    cells = row.cells
    if row.problem:
        _refuse("row", row.problem)
    imported: dict[str, Any] = {"file": origin.digest[:16], "line": row.line}
    if Column.RECORDED_AT in cells:
        imported["recorded_us"] = _past(cells, Column.RECORDED_AT, origin)
    if Column.RECORD in cells:
        imported["record_id"] = cells[Column.RECORD]
    if stands(cells.get(Column.STATE, OptOutState.ACTIVE)) is False:
        _refuse(Column.STATE, "says that this opt-out is over; take the row out or correct it")
    facts = _facts(cells)
    end_us = _end(cells, facts.pop("until_us", 0), origin)
    reasons, more = reasons_of(cells.get(Column.REASONS, ""))
    intake, way = _intake(cells.get(Column.INTAKE, ""))
    texts = (cells.get(Column.TEXT, ""), more, way)
    return OptOutRequest(
        tenant=origin.tenant,
        request_id=origin.request_id(row.line, place),
        subject=_subject(*contact, cells, origin),
        intake=intake,
        actor=origin.actor,
        scope=_scope(cells),
        reasons=reasons,
        text="\n".join(text for text in texts if text),
        context=_context(cells),
        facts=facts | ({"until_us": end_us} if end_us else {}) | {"imported": imported},
        detected_us=_past(cells, Column.REQUESTED_AT, origin),
    )


def _subject(name: str, written: str, cells: Mapping[Column, str], origin: Origin) -> Subject:
    if not written:
        _refuse(name, "is empty")
    # Beside other contacts of the person it is the kind of the column named subject alone.
    kind = cells.get(Column.KIND) if name == Column.SUBJECT else None
    if kind is not None and kind not in tuple(SubjectKind):
        _refuse(Column.KIND, f"must be one of {', '.join(SubjectKind)}")
    try:
        region = region_of(cells.get(Column.REGION, ""), written, origin.region)
        return parse_subject(written, SubjectKind(kind) if kind else None, region, name)
    except InvalidInputError:
        if "E+" in written.upper():
            _refuse(name, "was rounded by a spreadsheet; format the column as text")
        raise


def _intake(cell: str) -> tuple[Intake, str]:
    """Return the way that a cell names, and the cell itself where it is a way unknown here."""
    way = way_of(cell) if cell else Intake.IMPORT.value
    return (Intake(way), "") if way else (Intake.IMPORT, cell.strip())


def _scope(cells: Mapping[Column, str]) -> Scope:
    channel, reach = cells.get(Column.CHANNEL), cells.get(Column.REACH, Reach.ALL.value)
    way = way_of(channel) if channel else None
    if channel and way not in tuple(Channel):
        known = f"{', '.join(Channel)}, 电话, 聊天, 短信, 邮件, 网页"
        remedy = "leave it empty, or rename its column, to block on each"
        _refuse(Column.CHANNEL, f"must be one of {known}; {remedy}")
    if reach not in tuple(Reach):
        _refuse(Column.REACH, f"must be one of {', '.join(Reach)}")
    return Scope(Reach(reach), cells.get(Column.NAME, ""), Channel(way) if way else None)


def _past(cells: Mapping[Column, str], column: Column, origin: Origin) -> int:
    if column not in cells:
        return 0
    time_us = microseconds(_moment(cells, column, origin))
    if time_us > now_us() + CLOCK_SKEW_MICROSECONDS:
        _refuse(column, "lies in the future")
    return time_us


def _end(cells: Mapping[Column, str], fact_us: int, origin: Origin) -> int:
    """Return when the opt-out is to end, by its column before its facts; 0 for never."""
    field, end_us = "facts.until_us", fact_us
    if Column.UNTIL in cells:
        if is_for_good(cells[Column.UNTIL]):
            return 0
        end = _moment(cells, Column.UNTIL, origin)
        # A day without an hour ends at its end.
        whole_day = end.time() == time.min
        field, end_us = Column.UNTIL, microseconds(end + timedelta(days=whole_day))
    if 0 < end_us <= now_us():
        _refuse(
            field,
            "lies in the past: it is over; take the row out, or its end so that it blocks for good",
        )
    return end_us


def _moment(cells: Mapping[Column, str], column: Column, origin: Origin) -> datetime:
    found = moment_of(cells[column], origin.zone)
    if found is None or found < moment(0):
        _refuse(column, "is no time; write it as 2026-11-27 09:05:00")
    return found


def _facts(cells: Mapping[Column, str]) -> dict[str, Any]:
    facts = _json(cells, Column.FACTS, {})
    if not isinstance(facts, dict):
        _refuse(Column.FACTS, "must be a JSON object")
    if found := fact_violations(facts) + personal_facts(facts):
        raise InvalidRequestError(found)
    return facts


def _context(cells: Mapping[Column, str]) -> tuple[ContextTurn, ...]:
    turns = _json(cells, Column.CONTEXT, [])
    problem = 'must be a JSON list of {"speaker": …, "text": …}'
    if not isinstance(turns, list):
        _refuse(Column.CONTEXT, problem)
    try:
        return tuple(ContextTurn(Speaker(turn["speaker"]), str(turn["text"])) for turn in turns)
    except (KeyError, TypeError, ValueError):
        _refuse(Column.CONTEXT, problem)


def _json(cells: Mapping[Column, str], column: Column, default: object) -> object:
    if column not in cells:
        return default
    try:
        found: object = json.loads(cells[column])
        json.dumps(found, allow_nan=False)  # NaN and 1e999, which Python reads
    except (ValueError, RecursionError):
        _refuse(column, "is not JSON, or holds a number that is none")
    return found


def _refuse(field: str, problem: str) -> NoReturn:
    raise InvalidRequestError([FieldViolation(field, problem)]) from None
