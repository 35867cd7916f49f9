"""The floor: an empty gRPC server in the stack of ours, `python -m benchmarks.echo_server`.

It parses the same requests and sends them back, with no interceptor and no classifier.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
from google.protobuf.message import Message
from grpc import aio
from wurao.v1 import classifier_pb2, optouts_pb2


async def _echo(request: Message, _context: object) -> Message:  # ruff: ignore[unused-async]
    return request


async def _echo_stream(
    requests: AsyncIterator[Message], _context: object
) -> AsyncIterator[Message]:
    async for request in requests:
        yield request


def _unary(kind: type[Message]) -> "grpc.RpcMethodHandler[Any, Any]":
    return grpc.unary_unary_rpc_method_handler(_echo, kind.FromString, kind.SerializeToString)


async def _serve() -> None:
    stream = classifier_pb2.ClassifyStreamRequest
    classifier = {
        "Classify": _unary(classifier_pb2.ClassifyRequest),
        "ClassifyStream": grpc.stream_stream_rpc_method_handler(
            _echo_stream, stream.FromString, stream.SerializeToString
        ),
    }
    registry = {"CheckContact": _unary(optouts_pb2.CheckContactRequest)}
    server = aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers([
        grpc.method_handlers_generic_handler("wurao.v1.ClassifierService", classifier),
        grpc.method_handlers_generic_handler("wurao.v1.OptOutService", registry),
    ])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"serving an echo on 127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(_serve())
