"""The servicers: each call asks the classifier and answers."""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from grpc import aio
from msgspec import structs
from wurao.v1 import classifier_pb2 as pb
from wurao.v1 import classifier_pb2_grpc

from classifier.errors import FieldViolation, InvalidInputError, InvalidTurnError
from classifier.messages import (
    MAX_BATCH,
    model_to_wire,
    turn_from_request,
    violations_to_wire,
    write_prediction,
)
from classifier.optouts.times import now_us
from classifier.server.conversation import Conversation, Keep
from classifier.server.optouts.no_registry import abort_without_registry
from classifier.server.serving_model import ServingModel
from classifier.server.status import abort_invalid
from classifier.server.telemetry.call_log import place_of, request_id
from classifier.turns import Prediction, Turn

if TYPE_CHECKING:
    from wurao.v1 import subjects_pb2

    from classifier.server.optouts.heard_opt_outs import HeardContact, HeardOptOuts

_log = logging.getLogger(__name__)
_SETTLE_SECONDS = 5.0
_READING_THREADS = 2
_READING_NICENESS = 10
_CHARACTERS_PER_TURN = 20  # what a turn costs beside its text
_CHARACTERS_BETWEEN_YIELDS = 500
Observe = Callable[[int, Prediction, float], None]
"""Told the characters of a turn, what was said of it, and the seconds that took."""

Note = Callable[[Turn, Prediction, str], None]
"""Told each turn that is over, what was said of it and the id of the call; returns at once."""

_Context = aio.ServicerContext[Any, Any]
_Answer = TypeVar("_Answer", pb.ClassifyResponse, pb.ClassifyBatchResult)


class ClassifierService(classifier_pb2_grpc.ClassifierServiceServicer):
    """Answers on the event loop: a turn costs less than a hop to a thread would.

    Only what the second reader is asked about, which takes milliseconds, goes to a thread.
    """

    def __init__(
        self,
        model: ServingModel,
        observe: Observe,
        heard: "HeardOptOuts | None",
        note: Note | None = None,
    ) -> None:
        """Keep the model.

        Args:
            model: Its classifier of the moment answers.
            observe: Told of each turn that was classified.
            heard: Records what turns with a contact leave; None on a server without a registry.
            note: Keeps turns for those who watch the model; None where nobody does.
        """
        self._note = note
        self._heard = heard
        self._model = model
        self._observe = observe
        self._endings: set[asyncio.Future[None]] = set()
        self._threads = ThreadPoolExecutor(_READING_THREADS, "second-reader", _step_back)

    async def Classify(self, request: pb.ClassifyRequest, context: _Context) -> pb.ClassifyResponse:
        """Classify one turn.

        Args:
            request: As it came.
            context: Of the call.
        """
        try:
            came_us = now_us()
            return await self._answer(request, context, pb.ClassifyResponse, came_us)
        except InvalidInputError as error:
            await abort_invalid(context, error)

    async def ClassifyBatch(
        self, request: pb.ClassifyBatchRequest, context: _Context
    ) -> pb.ClassifyBatchResponse:
        """Classify many turns, a result or an error for each.

        Args:
            request: As it came.
            context: Of the call.
        """
        if not 1 <= len(request.requests) <= MAX_BATCH:
            problem = f"has {len(request.requests):,} entries; 1 to {MAX_BATCH:,}"
            await abort_invalid(context, InvalidTurnError([FieldViolation("requests", problem)]))
        results = []
        characters = 0
        came_us = now_us()  # all of it, however long what stands before is being kept
        for one in request.requests:
            results.append(await self._result(one, context, came_us))
            characters += len(one.turn.text) + _CHARACTERS_PER_TURN
            if characters > _CHARACTERS_BETWEEN_YIELDS:
                characters = 0
                await asyncio.sleep(0)  # other calls wait; a call that is over ends here
        return pb.ClassifyBatchResponse(results=results)

    async def ClassifyStream(
        self, request_iterator: AsyncIterator[pb.ClassifyStreamRequest], context: _Context
    ) -> AsyncIterator[pb.ClassifyStreamResponse]:
        """Classify the turns of one live conversation as they are heard.

        Args:
            request_iterator: Hypotheses and what was said to the subject.
            context: Of the call.
        """
        conversation: Conversation | None = None
        try:
            async for request in request_iterator:
                try:
                    if conversation is None:
                        keep = await self._keeper(request, context)
                        conversation = Conversation(request, self._predict, keep)
                    response = await conversation.hear(request)
                except InvalidInputError as error:
                    await abort_invalid(context, error)
                if response is not None:
                    yield response
        finally:
            # Also where the line was cut: what was heard last counts. gRPC may end this very task
            # while that is being written down, so it has one of its own.
            if conversation is not None:
                ending = asyncio.ensure_future(conversation.end())
                self._endings.add(ending)
                ending.add_done_callback(self._end)
                await asyncio.shield(ending)

    async def GetModel(self, request: pb.GetModelRequest, context: _Context) -> pb.GetModelResponse:
        """Tell which model answers.

        Args:
            request: Empty.
            context: Of the call.
        """
        return model_to_wire(self._model.current)

    async def settle(self) -> None:
        """Wait until what was heard on lines that were cut is kept; a store that hangs is left."""
        if self._endings:
            _, lost = await asyncio.wait(self._endings, timeout=_SETTLE_SECONDS)
            if lost:
                message = "what was heard last on %d streams was not kept: the store did not answer"
                _log.error(message, len(lost))

    def _end(self, ending: asyncio.Future[None]) -> None:
        self._endings.discard(ending)
        error = None if ending.cancelled() else ending.exception()
        if error is not None and not isinstance(error, aio.AbortError):  # that one tells the caller
            _log.error("what was heard last was not kept: %s", place_of(error))

    async def _keeper(self, first: pb.ClassifyStreamRequest, context: _Context) -> Keep:
        named = first.HasField("contact")
        contact = await self._contact(first.contact, context) if named else None
        if contact is not None and not (first.conversation_id or first.contact.call_reference):
            contact = structs.replace(contact, sitting=uuid4().hex)

        async def keep(
            turn: Turn, turn_id: str, prediction: Prediction, came_us: int
        ) -> pb.Recorded | None:
            if self._note is not None:
                self._note(turn, prediction, request_id.get())
            if contact is None or self._heard is None:
                return None
            ids = (first.conversation_id, turn_id)
            return await self._heard.keep(context, contact, turn, ids, prediction, came_us)

        return keep

    async def _contact(self, wire: "subjects_pb2.Contact", context: _Context) -> "HeardContact":
        if self._heard is None:
            await abort_without_registry(context)
        return self._heard.contact(wire)

    async def _predict(self, turn: Turn) -> Prediction:
        began = perf_counter()
        classifier = self._model.current  # the same for the whole turn, whatever is swapped
        reading = classifier.first_reading(turn)
        if reading.unsure:
            loop = asyncio.get_running_loop()
            prediction = await loop.run_in_executor(self._threads, classifier.conclude, reading)
        else:
            prediction = classifier.conclude(reading)
        self._observe(len(turn.text), prediction, perf_counter() - began)
        return prediction

    async def _result(
        self, request: pb.ClassifyRequest, context: _Context, came_us: int
    ) -> pb.ClassifyBatchResult:
        try:
            return await self._answer(request, context, pb.ClassifyBatchResult, came_us)
        except InvalidInputError as error:
            wire = pb.TurnError(violations=violations_to_wire(error.violations))
            return pb.ClassifyBatchResult(turn_id=request.turn.turn_id, error=wire)

    async def _answer(
        self, request: pb.ClassifyRequest, context: _Context, kind: type[_Answer], came_us: int
    ) -> _Answer:
        turn = turn_from_request(request)
        contact = None
        if request.HasField("contact"):
            contact = await self._contact(request.contact, context)
        prediction = await self._predict(turn)
        if self._note is not None:
            self._note(turn, prediction, request_id.get())
        answer = kind(turn_id=request.turn.turn_id)
        write_prediction(prediction, answer.prediction)
        if contact is not None and self._heard is not None:
            ids = (request.conversation_id, request.turn.turn_id)
            recorded = await self._heard.keep(context, contact, turn, ids, prediction, came_us)
            if recorded is not None:
                answer.recorded.CopyFrom(recorded)
        return answer


def _step_back() -> None:
    # On Linux each thread has a niceness: under load the event loop goes first, so that it takes
    # in, answers and refuses calls at once whatever is being read beside it.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _READING_NICENESS)
