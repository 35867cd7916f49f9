"""The numbers that a worker counts: their names, labels and buckets.

Every series is known beforehand, so that no caller can add one.
"""

from dataclasses import dataclass
from typing import Final

from google.protobuf.descriptor import FileDescriptor
from google.rpc.code_pb2 import Code
from wurao.v1 import classifier_pb2, optouts_pb2

from classifier.turns import Action, Label

OTHER_METHOD = "other"
_CONTRACTS: tuple[FileDescriptor, ...] = (
    classifier_pb2.DESCRIPTOR,
    optouts_pb2.DESCRIPTOR,
)
_METHODS = [
    method
    for contract in _CONTRACTS
    for service in contract.services_by_name.values()
    for method in service.methods
]
METHODS: Final = (
    *(f"{method.containing_service.name}/{method.name}" for method in _METHODS),
    OTHER_METHOD,
)
"""What a call may be counted under: no caller can add to it."""

METHOD_ROWS: Final = {
    f"/{method.containing_service.full_name}/{method.name}": row
    for row, method in enumerate(_METHODS)
}
"""As gRPC names a method -> its place in `METHODS`."""

CODES: Final = tuple(map(Code.Name, sorted(Code.values())))
"""By number, from OK; of google.rpc, since the supervisor loads no gRPC."""

FAULTS: Final = frozenset({"UNKNOWN", "INTERNAL", "UNAVAILABLE"})
"""Codes that are told before they happen: what Prometheus first sees above 0 is no increase."""

_CALL_SECONDS = tuple(round(0.000_1 * 2**i, 6) for i in range(17))  # 0.1 ms to 6.6 s
_TURN_SECONDS = tuple(round(0.000_05 * 2**i, 6) for i in range(14))  # 0.05 ms to 0.4 s
_CHARACTERS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
_SCORES = (0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Family:
    """Numbers of one name, a row of them for each combination of label values.

    Attributes:
        name: As Prometheus is told it, without ``_total``.
        help: What is counted, and its unit.
        label_names: Names of the labels.
        rows: The combinations of their values; one of no values where there are no labels.
        bounds: Upper bounds of the buckets of a histogram, ascending; empty for a plain number.
        live: Whether the number is the worker's state, gone when the worker is, and not a count.
    """

    name: str
    help: str
    label_names: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ((),)
    bounds: tuple[float, ...] = ()
    live: bool = False

    @property
    def width(self) -> int:
        """Numbers in a row: for a histogram its buckets, one for what is above, and the sum."""
        return len(self.bounds) + 2 if self.bounds else 1


CALLS = Family(
    "wurao_calls",
    "Calls answered, by method and gRPC code.",
    ("method", "code"),
    tuple((method, code) for method in METHODS for code in CODES),
)
CALL_SECONDS = Family(
    "wurao_call_seconds",
    "Seconds from the arrival of a unary call to its answer.",
    ("method",),
    tuple((method,) for method in METHODS),
    _CALL_SECONDS,
)
IN_FLIGHT = Family("wurao_calls_in_flight", "Calls being answered now.", live=True)
TURNS = Family(
    "wurao_turns",
    "Turns classified, by label and action.",
    ("label", "action"),
    tuple((label.value, action.value) for label in Label for action in Action),
)
TURN_SECONDS = Family(
    "wurao_turn_seconds",
    "Seconds that one turn took to classify, by whether the second reader was asked.",
    ("second_reading",),
    (("false",), ("true",)),
    _TURN_SECONDS,
)
TURN_CHARACTERS = Family(
    "wurao_turn_characters", "Characters of a turn's text.", bounds=_CHARACTERS
)
OPT_OUT_SCORE = Family(
    "wurao_opt_out_score", "Calibrated probability that a turn is an opt_out.", bounds=_SCORES
)
RULE_FLOOR = Family("wurao_rule_floor", "Turns that a rule of the floor decided.")
REVIEWS = Family("wurao_needs_review", "Turns that a person should look at.")
RELOADS = Family(
    "wurao_bundle_reloads",
    "Newly promoted bundles, by whether they were loaded or refused.",
    ("outcome",),
    (("loaded",), ("refused",)),
)
DECISIONS = Family(
    "wurao_decisions",
    "Decisions sampled for the decision log: written, dropped since too many waited, or failed.",
    ("outcome",),
    (("written",), ("dropped",), ("failed",)),
)
FAMILIES: Final = (
    CALLS,
    CALL_SECONDS,
    IN_FLIGHT,
    TURNS,
    TURN_SECONDS,
    TURN_CHARACTERS,
    OPT_OUT_SCORE,
    RULE_FLOOR,
    REVIEWS,
    RELOADS,
    DECISIONS,
)
