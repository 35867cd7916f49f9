"""Reads one request field by field, and collects all that is wrong with it."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from wurao.v1 import optouts_pb2, subjects_pb2

from classifier.errors import FieldViolation, InvalidInputError
from classifier.messages import MAX_ID_CHARACTERS
from classifier.optouts.events.open_fields import masked
from classifier.optouts.records import CLOCK_SKEW_MICROSECONDS, Reach, Scope
from classifier.optouts.subjects.keys import KeyRing
from classifier.optouts.subjects.subject import (
    Subject,
    SubjectKind,
    parse_held_subject,
    parse_subject,
)
from classifier.optouts.times import now_us
from classifier.server.optouts.enums import CHANNELS, SUBJECT_KINDS
from classifier.turns import Channel

DEFAULT_TENANT = "default"
"""Taken where a request names no tenant."""

MAX_VALUES = 100
"""Most values of a repeated field that is no batch."""

T = TypeVar("T")


def plain_subject(wire: subjects_pb2.Subject, names: str, region: str) -> Subject | None:
    """Return the subject of a request as nearly all are; None where `Reading` must look closer.

    Args:
        wire: As it came.
        names: Every other name in the request, together.
        region: Where numbers without a country code are read.
    """
    plain = len(names) <= MAX_ID_CHARACTERS and names.isprintable()
    if not plain or wire.kind or wire.region:
        return None
    try:
        return parse_subject(wire.value, None, region)
    except InvalidInputError:
        return None


class Reading:
    """What is read of one request; `finish` refuses it if anything was wrong."""

    def __init__(self, region: str, ring: KeyRing) -> None:
        """Start to read.

        Args:
            region: Where numbers without a country code are read when the subject says nothing.
            ring: The keys that sign page tokens.
        """
        self._region = region
        self.ring = ring
        self.violations: list[FieldViolation] = []

    def refuse(self, field: str, problem: str) -> None:
        """Note what is wrong with a field.

        Args:
            field: Its path.
            problem: What is wrong and what is allowed.
        """
        self.violations.append(FieldViolation(field, problem))

    def finish(self) -> None:
        """End the reading.

        Raises:
            InvalidInputError: Something was wrong.
        """
        if self.violations:
            raise InvalidInputError(self.violations)

    def tenant(self, value: str) -> str:
        """Return the tenant, or the default one.

        Args:
            value: As it came.
        """
        return self.name("tenant", value) or DEFAULT_TENANT

    def name(self, field: str, value: str) -> str:
        """Return an id or name that may be empty.

        Args:
            field: Its path.
            value: At most 128 printable characters.
        """
        if len(value) > MAX_ID_CHARACTERS:
            self.refuse(field, f"has {len(value)} characters; at most {MAX_ID_CHARACTERS}")
        elif not value.isprintable():
            self.refuse(field, "holds control characters")
        return value

    def needed(self, field: str, value: str) -> str:
        """Return an id or name that must be there.

        Args:
            field: Its path.
            value: 1 to 128 printable characters.
        """
        if not value.strip():
            self.refuse(field, "is missing")
        return self.name(field, value)

    def request_id(self, value: str) -> str:
        """Return the request id of a call by which nobody is stopped, so that it may be refused.

        Args:
            value: 1 to 128 printable characters without a phone number: it stands in the open.
        """
        if masked(value, None) != value:
            self.refuse("request_id", "holds a phone number; send an id that names nobody")
        return self.needed("request_id", value)

    def text(self, field: str, value: str, at_most: int, *, needed: bool = False) -> str:
        """Return a text.

        Args:
            field: Its path.
            value: As it came.
            at_most: Longest allowed, in characters.
            needed: Whether it must be there.
        """
        if needed and not value.strip():
            self.refuse(field, "is missing")
        if len(value) > at_most:
            self.refuse(field, f"has {len(value):,} characters; at most {at_most:,}")
        return value

    def subject(self, field: str, wire: subjects_pb2.Subject) -> Subject:
        """Return the subject that a message names.

        Args:
            field: Its path.
            wire: As it came, perhaps empty.
        """
        return self._subject(field, wire, parse_subject)

    def held_subject(self, field: str, wire: subjects_pb2.Subject) -> Subject:
        """Return the subject that a message names, as it may have been taken down before.

        Args:
            field: Its path.
            wire: As it came, perhaps empty.
        """
        return self._subject(field, wire, parse_held_subject)

    def _subject(
        self,
        field: str,
        wire: subjects_pb2.Subject,
        parse: Callable[[str, SubjectKind | None, str, str], Subject],
    ) -> Subject:
        kind = None
        if wire.kind:
            kind = self.choice(f"{field}.kind", wire.kind, SUBJECT_KINDS, SubjectKind.PHONE)
        region = wire.region.upper() or self._region
        try:
            return parse(wire.value, kind, region, field)
        except InvalidInputError as error:
            for one in error.violations:
                path = f"{field}.region" if one.field == "region" else one.field
                self.refuse(path, one.problem)
        return _NOBODY

    def choice(self, field: str, wire: int, choices: Mapping[int, T], otherwise: T) -> T:
        """Return what an enum value means.

        Args:
            field: Its path.
            wire: As it came, perhaps unknown.
            choices: What is allowed.
            otherwise: Returned where it is refused.
        """
        if wire in choices:
            return choices[wire]
        self.refuse(field, "is missing" if not wire else "is no value of this enum")
        return otherwise

    def choices(self, field: str, wire: Collection[int], choices: Mapping[int, T]) -> tuple[T, ...]:
        """Return what several enum values mean, each once, in order.

        Args:
            field: Its path.
            wire: As they came, at most `MAX_VALUES`.
            choices: What is allowed.
        """
        found: dict[T, None] = {}
        for i, value in enumerate(self.few(field, wire)):
            if value in choices:
                found[choices[value]] = None
            else:
                self.refuse(f"{field}[{i}]", "is no value of this enum")
        return tuple(found)

    def few(self, field: str, wire: Collection[T], at_most: int = MAX_VALUES) -> Collection[T]:
        """Return the values of a repeated field; none where there are too many.

        Args:
            field: Its path.
            wire: As they came; a message may hold millions.
            at_most: Most values.
        """
        if len(wire) <= at_most:
            return wire
        self.refuse(field, f"has {len(wire):,} entries; at most {at_most}")
        return ()

    def channel(self, field: str, wire: int) -> Channel | None:
        """Return a channel; unspecified is none.

        Args:
            field: Its path.
            wire: As it came.
        """
        return self.choice(field, wire, CHANNELS, None)

    def scope(self, field: str, wire: optouts_pb2.Scope) -> Scope:
        """Return a scope; an empty message is everything.

        Args:
            field: Its path.
            wire: As it came.
        """
        channel = self.channel(f"{field}.channel", wire.channel)
        reach = wire.WhichOneof("reach")
        if reach is None:
            return Scope(Reach.ALL, "", channel)
        name = self.needed(f"{field}.{reach}", getattr(wire, reach))
        return Scope(Reach(reach), name or "-", channel)

    def microseconds(self, field: str, message: Message) -> int:
        """Return a time as microseconds since 1970; 0 where it is not set.

        Args:
            field: Its name.
            message: That holds it.
        """
        if not message.HasField(field):
            return 0
        stamp: Timestamp = getattr(message, field)
        microseconds = stamp.seconds * 1_000_000 + stamp.nanos // 1_000
        if not 0 < microseconds < _LATEST or not 0 <= stamp.nanos < 1_000_000_000:
            self.refuse(field, "is no time from 1970 to 9999")
            return 0
        return microseconds

    def past(self, field: str, microseconds: int) -> None:
        """Note a time that is yet to come, but for clocks that differ a little.

        Args:
            field: Its path.
            microseconds: Since 1970; 0 for none.
        """
        if microseconds > now_us() + CLOCK_SKEW_MICROSECONDS:
            self.refuse(field, "lies in the future")

    def number(self, field: str, value: str) -> int:
        """Return the number that an id of ours stands for.

        Args:
            field: Its path.
            value: As an answer gave it.
        """
        if not (value.isascii() and value.isdigit() and len(value) < _ID_DIGITS):
            self.refuse(field, "is no id that this registry gives" if value else "is missing")
            return 0
        return int(value)


_NOBODY = Subject(SubjectKind.PHONE, "-")
_LATEST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_ID_DIGITS = 19
