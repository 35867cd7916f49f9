"""A small client for scripts and the command line."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from classifier.errors import FieldViolation, InvalidTurnError, WuraoError
from classifier.server.messages import prediction_from_wire, request_from_turn
from classifier.turns import Prediction, Turn


class CallError(WuraoError):
    """A server could not be asked."""


class Client:
    """Asks one server; use it as a context manager.

    Example:
        >>> with Client("127.0.0.1:50051") as client:
        ...     client.classify_batch([Turn("以后别再打了")])  # doctest: +SKIP
    """

    def __init__(self, address: str, timeout_seconds: float = 10.0) -> None:
        """Prepare a channel; nothing is sent yet.

        Args:
            address: Host and port of the server.
            timeout_seconds: For each call, above 0.
        """
        self._address = address
        self._timeout_seconds = timeout_seconds
        self._channel = grpc.insecure_channel(address)
        self._classifier = classifier_pb2_grpc.ClassifierServiceStub(self._channel)
        self._health = health_pb2_grpc.HealthStub(self._channel)

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the channel."""
        self._channel.close()

    def wait_until_serving(self) -> None:
        """Wait until the server says that it is serving.

        Raises:
            CallError: It does not within the timeout.
        """
        request = health_pb2.HealthCheckRequest()
        try:
            answer = self._health.Check(request, timeout=self._timeout_seconds, wait_for_ready=True)
        except grpc.RpcError as error:
            raise self._call_error(error) from None
        if answer.status != health_pb2.HealthCheckResponse.SERVING:
            raise CallError(f"{self._address}: is not serving")

    def classify_batch(self, turns: Sequence[Turn]) -> list[Prediction | InvalidTurnError]:
        """Ask about up to 1,000 turns.

        Args:
            turns: Not empty.

        Returns:
            For each turn, in order, what the server says or why it refused the turn.

        Raises:
            CallError: The call as a whole failed.
        """
        request = pb.ClassifyBatchRequest(
            requests=[request_from_turn(turn, str(i)) for i, turn in enumerate(turns)]
        )
        try:
            response = self._classifier.ClassifyBatch(request, timeout=self._timeout_seconds)
        except grpc.RpcError as error:
            raise self._call_error(error) from None
        return [_outcome(result) for result in response.results]

    def _call_error(self, error: grpc.RpcError) -> CallError:
        if not isinstance(error, grpc.Call):
            return CallError(f"{self._address}: the call failed")
        name = error.code().name
        if error.code() is grpc.StatusCode.UNAVAILABLE:
            return CallError(f"{self._address}: no server answers; start one with `wurao serve`")
        return CallError(f"{self._address}: {name}: {error.details()}")


def _outcome(result: pb.ClassifyBatchResult) -> Prediction | InvalidTurnError:
    if result.WhichOneof("outcome") == "prediction":
        return prediction_from_wire(result.prediction)
    return InvalidTurnError([
        FieldViolation(v.field, v.description) for v in result.error.violations
    ])
