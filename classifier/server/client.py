"""A small client for scripts and the command line."""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from types import TracebackType
from typing import Self

import grpc
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from classifier.errors import CallError, FieldViolation, InvalidTurnError
from classifier.server.client_access import ClientAccess
from classifier.server.messages import MAX_BATCH, prediction_from_wire, request_from_turn
from classifier.turns import Prediction, Turn

_BATCH_BYTES = 2 * 1024 * 1024  # well below what a server takes in one message
_RECONNECT_MILLISECONDS = 100


def channel_options() -> list[tuple[str, str | int]]:
    """Return gRPC channel options by which a call survives the death of a server process.

    Reads are sent again to whoever answers, up to five times within about a second.
    """
    config = files("wurao.v1").joinpath("service_config.json").read_text("utf-8")
    return [
        # A proxy in the environment is meant for the web, not for a server beside us.
        ("grpc.enable_http_proxy", 0),
        ("grpc.service_config", config),
        ("grpc.initial_reconnect_backoff_ms", _RECONNECT_MILLISECONDS),
    ]


class Client:
    """Asks one server; use it as a context manager.

    Example:
        >>> with Client("127.0.0.1:50051") as client:
        ...     client.classify_batch([Turn("以后别再打了")])  # doctest: +SKIP
    """

    def __init__(
        self, address: str, timeout_seconds: float = 10.0, access: ClientAccess | None = None
    ) -> None:
        """Prepare a channel; nothing is sent yet.

        Args:
            address: Host and port of the server.
            timeout_seconds: For each call, above 0.
            access: How the server lets us in; none is needed on the loopback interface.

        Raises:
            CallError: The access cannot be used.
        """
        self._address = address
        self._timeout_seconds = timeout_seconds
        access = access or ClientAccess()
        self._metadata = access.metadata(address)
        credentials = access.channel_credentials()
        self._channel = (
            grpc.insecure_channel(address, channel_options())
            if credentials is None
            else grpc.secure_channel(address, credentials, channel_options())
        )
        self._classifier = classifier_pb2_grpc.ClassifierServiceStub(self._channel)

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

    def classify_batch(self, turns: Sequence[Turn]) -> list[Prediction | InvalidTurnError]:
        """Ask about any number of turns, in as many calls as the limits of the server want.

        Args:
            turns: Not empty.

        Returns:
            For each turn, in order, what the server says or why it refused the turn.

        Raises:
            CallError: A call as a whole failed.
        """
        answers: list[Prediction | InvalidTurnError] = []
        for batch in _batches(turns):
            try:
                response = self._classifier.ClassifyBatch(
                    batch, timeout=self._timeout_seconds, metadata=self._metadata
                )
            except grpc.RpcError as error:
                raise self._call_error(error) from None
            answers += [_outcome(result) for result in response.results]
        return answers

    def _call_error(self, error: grpc.RpcError) -> CallError:
        if not isinstance(error, grpc.Call):
            return CallError(f"{self._address}: the call failed")
        name = error.code().name
        if error.code() is grpc.StatusCode.UNAVAILABLE:
            remedy = "start one with `wurao serve`, or give --tls-ca if it wants TLS"
            return CallError(f"{self._address}: no server answers; {remedy}")
        return CallError(f"{self._address}: {name}: {error.details()}")


def _batches(turns: Sequence[Turn]) -> Iterator[pb.ClassifyBatchRequest]:
    batch, size = pb.ClassifyBatchRequest(), 0
    for i, turn in enumerate(turns):
        request = request_from_turn(turn, str(i))
        size += request.ByteSize()
        if batch.requests and (size > _BATCH_BYTES or len(batch.requests) == MAX_BATCH):
            yield batch
            batch, size = pb.ClassifyBatchRequest(), request.ByteSize()
        batch.requests.append(request)
    yield batch


def _outcome(result: pb.ClassifyBatchResult) -> Prediction | InvalidTurnError:
    if result.WhichOneof("outcome") == "prediction":
        return prediction_from_wire(result.prediction)
    return InvalidTurnError([
        FieldViolation(v.field, v.description) for v in result.error.violations
    ])
