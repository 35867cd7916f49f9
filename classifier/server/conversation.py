"""One live conversation on a stream: what was said so far, and what is being heard."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from wurao.v1 import classifier_pb2 as pb

from classifier.errors import FieldViolation, InvalidTurnError
from classifier.messages import (
    alternatives_from_wire,
    channel_from_wire,
    check_id,
    context_turn_from_wire,
    prefixed,
    violations_to_wire,
    write_prediction,
)
from classifier.optouts.times import now_us
from classifier.turns import (
    MAX_CONTEXT_TURNS,
    MAX_TEXT_CHARACTERS,
    ContextTurn,
    Prediction,
    Speaker,
    Turn,
)

Predict = Callable[[Turn], Awaitable[Prediction]]
"""Classifies one turn."""

Keep = Callable[[Turn, str, Prediction, int], Awaitable[pb.Recorded | None]]
"""Records what a turn, its id and its prediction leave in the registry, and when it came in,
microseconds since 1970."""


MOST_CHARACTERS = 20_000
"""Of the context that is kept of a conversation; a worker may hold a thousand of them."""


class Conversation:
    """Keeps the final turns of a stream as context.

    The latest `MAX_CONTEXT_TURNS` of them, and no more than fit into `MOST_CHARACTERS`.
    """

    def __init__(self, first: pb.ClassifyStreamRequest, predict: Predict, keep: Keep) -> None:
        """Take channel and id from the first message.

        Args:
            first: The first message; `hear` is to be called with it too.
            predict: Asked about each hypothesis.
            keep: Told of each turn that is over.

        Raises:
            InvalidTurnError: The channel is unknown or the id too long.
        """
        violations: list[FieldViolation] = []
        check_id("conversation_id", first.conversation_id, violations)
        self._channel = channel_from_wire("channel", first.channel, violations)
        if violations:
            raise InvalidTurnError(violations)
        self._predict = predict
        self._keep = keep
        self._lasting = first.HasField("contact")
        self._unfinished: tuple[Turn, str, Prediction, int] | None = None
        self._hearing: asyncio.Task[pb.ClassifyStreamResponse] | None = None
        self._context: deque[ContextTurn] = deque(maxlen=MAX_CONTEXT_TURNS)

    async def hear(self, request: pb.ClassifyStreamRequest) -> pb.ClassifyStreamResponse | None:
        """Take in one message.

        Args:
            request: As it came.

        Returns:
            The answer to a hypothesis; None to what a bot or agent said.

        Raises:
            InvalidTurnError: The message holds no event, or context that breaks a limit.
        """
        event = request.WhichOneof("event")
        if event == "hypothesis":
            if not self._lasting:
                return await self._answer(request.hypothesis)
            # Where the line is cut, who waits here is ended; whose wish it is counts all the same.
            self._hearing = asyncio.create_task(self._answer(request.hypothesis))
            return await asyncio.shield(self._hearing)
        if event == "said":
            self._remember(self._checked(request.said))
            return None
        problem = "is missing; send hypothesis or said"
        raise InvalidTurnError([FieldViolation("event", problem)])

    async def end(self) -> None:
        """Take the last hypothesis of an unfinished turn as its final one, once it is answered."""
        try:
            if self._hearing is not None:
                await self._hearing
        finally:
            await self._finish()

    async def _answer(self, hypothesis: pb.Hypothesis) -> pb.ClassifyStreamResponse:
        came_us = now_us()
        response = pb.ClassifyStreamResponse(turn_id=hypothesis.turn_id, final=hypothesis.final)
        violations: list[FieldViolation] = []
        check_id("hypothesis.turn_id", hypothesis.turn_id, violations)
        try:
            alternatives = alternatives_from_wire(hypothesis.alternatives)
            turn = Turn(hypothesis.text, self._channel, tuple(self._context), alternatives)
        except InvalidTurnError as error:
            violations += prefixed("hypothesis", error)
        if violations:
            response.error.violations.extend(violations_to_wire(violations))
        else:
            if self._unfinished is not None and self._unfinished[1] != hypothesis.turn_id:
                await self._finish()
            prediction = await self._predict(turn)
            write_prediction(prediction, response.prediction)
            self._unfinished = (turn, hypothesis.turn_id, prediction, came_us)
        if hypothesis.final:  # where it is refused, the last good one of the turn counts
            last = self._unfinished
            recorded = await self._finish()
            if last is not None and last[1] == hypothesis.turn_id:
                if recorded is not None:
                    response.recorded.CopyFrom(recorded)
                self._remember(ContextTurn(Speaker.USER, last[0].text))
        return response

    async def _finish(self) -> pb.Recorded | None:
        unfinished, self._unfinished = self._unfinished, None
        return None if unfinished is None else await self._keep(*unfinished)

    def _remember(self, turn: ContextTurn) -> None:
        self._context.append(turn)
        while sum(len(earlier.text) for earlier in self._context) > MOST_CHARACTERS:
            self._context.popleft()

    @staticmethod
    def _checked(said: pb.ContextTurn) -> ContextTurn:
        violations: list[FieldViolation] = []
        turn = context_turn_from_wire("said", said, violations)
        if turn.speaker is Speaker.USER:
            problem = "must be SPEAKER_BOT or SPEAKER_AGENT; send the subject's own as hypothesis"
            violations.append(FieldViolation("said.speaker", problem))
        if len(turn.text) > MAX_TEXT_CHARACTERS:
            problem = f"has {len(turn.text):,} characters; at most {MAX_TEXT_CHARACTERS:,}"
            violations.append(FieldViolation("said.text", problem))
        if violations:
            raise InvalidTurnError(violations)
        return turn
