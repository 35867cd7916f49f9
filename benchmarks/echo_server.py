"""The floor: an empty gRPC server in the stack of ours, `python -m benchmarks.echo_server`.

It parses the same requests and sends them back, with no interceptor and no classifier.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
from grpc import aio
from wurao.v1 import classifier_pb2 as pb


async def _serve() -> None:
    async def echo(  # ruff: ignore[unused-async]
        request: pb.ClassifyRequest, _context: object
    ) -> pb.ClassifyRequest:
        return request

    async def echo_stream(
        requests: AsyncIterator[pb.ClassifyStreamRequest], _context: object
    ) -> AsyncIterator[pb.ClassifyStreamRequest]:
        async for request in requests:
            yield request

    server = aio.server(options=[("grpc.so_reuseport", 0)])
    unary, stream = pb.ClassifyRequest, pb.ClassifyStreamRequest
    handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
        "Classify": grpc.unary_unary_rpc_method_handler(
            echo, unary.FromString, unary.SerializeToString
        ),
        "ClassifyStream": grpc.stream_stream_rpc_method_handler(
            echo_stream, stream.FromString, stream.SerializeToString
        ),
    }
    service = grpc.method_handlers_generic_handler("wurao.v1.ClassifierService", handlers)
    server.add_generic_rpc_handlers([service])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"serving an echo on 127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(_serve())
