"""A server behind the bounds of admission, whose answers wait until they are let go.

`python -m tests.slow_server` holds two calls and two streams. The text of a turn says what is to be
done: `hold` waits for the first open stream, `block` keeps the event loop busy for a while, `who`
answers with the ids of the turns that were worked on.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from grpc import aio
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from classifier.server.middleware.access import Access
from classifier.server.middleware.admission import Admission, core_bounds
from classifier.server.middleware.chain import CallChain
from classifier.server.middleware.observation import Observation
from classifier.server.middleware.unread import UnreadCalls
from classifier.server.security.refusal_log import RefusalLog
from classifier.server.telemetry.figures import Figures

LIMIT = 2


class _Slow(classifier_pb2_grpc.ClassifierServiceServicer):
    def __init__(self) -> None:
        self._released = asyncio.Event()
        self._worked_for: list[str] = []

    async def Classify(  # ruff: ignore[invalid-function-name]
        self, request: pb.ClassifyRequest, context: Any
    ) -> pb.ClassifyResponse:
        if request.turn.text == "who":
            return pb.ClassifyResponse(turn_id=" ".join(self._worked_for))
        self._worked_for.append(request.turn.turn_id)
        if request.turn.text == "block":
            time.sleep(0.5)
        elif request.turn.text == "hold":
            await self._released.wait()
        return pb.ClassifyResponse(turn_id=request.turn.turn_id)

    async def ClassifyStream(  # ruff: ignore[invalid-function-name]
        self, request_iterator: Any, context: Any
    ) -> AsyncIterator[pb.ClassifyStreamResponse]:
        self._released.set()
        async for request in request_iterator:
            yield pb.ClassifyStreamResponse(turn_id=request.hypothesis.turn_id)


async def _serve() -> None:
    everyone = Access(None, None, RefusalLog())
    admission, unread = Admission(LIMIT, LIMIT), UnreadCalls(LIMIT)
    chain = CallChain(Observation(Figures(), 0), admission, everyone, unread)
    server = aio.server(handlers=[chain], options=core_bounds(LIMIT, LIMIT))
    servicer = _Slow()  # type: ignore[abstract]  # batches are not asked for
    classifier_pb2_grpc.add_ClassifierServiceServicer_to_server(servicer, chain.as_server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(_serve())
