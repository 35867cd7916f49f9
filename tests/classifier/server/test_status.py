"""Errors on the wire."""

from wurao.v1 import optouts_pb2

from classifier.server.status import Refusal


def test_reasons_of_refusals_are_in_the_contract() -> None:
    """A client finds each reason that it is told in the protos."""
    for refusal in Refusal:
        assert (
            f"ERROR_REASON_{refusal.told.name}" in optouts_pb2.ErrorReason.DESCRIPTOR.values_by_name
        )
