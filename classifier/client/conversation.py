"""A live conversation of the blocking client."""

from collections.abc import Iterator, Sequence
from queue import SimpleQueue
from threading import Lock, Timer
from typing import NoReturn, Protocol

import grpc
from wurao.v1 import classifier_pb2 as pb

from classifier.client.calls import ConversationRequests
from classifier.client.failures import Peer, error_of, late, over
from classifier.errors import CallError, InvalidTurnError
from classifier.turns import Alternative, ContextTurn, Prediction


class _Answers(Iterator[pb.ClassifyStreamResponse], Protocol):
    def cancel(self) -> bool: ...
    def is_active(self) -> bool: ...


class LiveConversation:
    """One conversation on a stream; from `Client.conversation`. Threads may share it.

    Attributes:
        recorded: What the latest answer left in the registry; empty where that is nothing.
    """

    def __init__(
        self,
        peer: Peer,
        requests: ConversationRequests,
        timeout_seconds: float,
        sent: "SimpleQueue[pb.ClassifyStreamRequest | None]",
        answers: _Answers,
    ) -> None:
        """Take over an open stream.

        Args:
            peer: The server.
            requests: Makes what is sent.
            timeout_seconds: For each answer.
            sent: What is put here goes to the server.
            answers: What comes back.
        """
        self._peer = peer
        self._requests = requests
        self._timeout_seconds = timeout_seconds
        self._sent = sent
        self._answers = answers
        self._given_up = self._broken_off = False
        self._turn = Lock()  # answers come in the order of the questions
        self.recorded = pb.Recorded()

    def said(self, turn: ContextTurn) -> None:
        """Tell what the bot or an agent said.

        Args:
            turn: Not the subject's own.

        Raises:
            InvalidTurnError: The text breaks a limit.
            CallError: The stream is broken; begin another conversation.
        """
        request = self._requests.said(turn)
        if not self._answers.is_active():
            self._tell_why()
        self._sent.put(request)

    def heard(
        self, text: str, final: bool = True, alternatives: Sequence[Alternative] = ()
    ) -> Prediction:
        """Ask about what the subject says.

        What breaks it off, such as a KeyboardInterrupt, ends the conversation.

        Args:
            text: All of the turn as it is heard so far.
            final: False while the subject is still speaking.
            alternatives: Other hypotheses of the recogniser.

        Raises:
            InvalidTurnError: The server refuses the text.
            CallError: The stream is broken, or the answer too late; begin another conversation.
        """
        with self._turn:
            request = self._requests.heard(text, final, alternatives)
            try:
                self._sent.put(request)
                response = self._next()
            except (CallError, InvalidTurnError):
                self._requests.failed()
                raise
            except BaseException:  # what comes now would be taken for the next question's answer
                self.break_off()
                raise
            self.recorded = response.recorded
            return self._requests.answered(response)

    def read_out(self) -> None:
        """Wait for the server's end, after ours.

        Raises:
            CallError: What was heard last may not be kept.
        """
        try:
            with self._turn:
                self._drain()
        except (CallError, InvalidTurnError) as error:
            if self._requests.is_open:
                raise self._requests.unkept(error) from None

    def break_off(self) -> None:
        """End it at once, and whatever waits for it."""
        self._broken_off = True
        self._answers.cancel()

    def _tell_why(self) -> NoReturn:
        with self._turn:
            self._drain()  # raises why, where it did not end in peace
        raise over(self._peer)

    def _drain(self) -> None:
        while self._read() is not None:
            pass

    def _next(self) -> pb.ClassifyStreamResponse:
        response = self._read()
        if response is None:
            raise over(self._peer)
        return response

    def _read(self) -> pb.ClassifyStreamResponse | None:
        if self._broken_off:
            raise over(self._peer)
        deadline = Timer(self._timeout_seconds, self._give_up)
        deadline.start()
        try:
            return next(self._answers, None)
        except grpc.RpcError as error:
            if self._broken_off:
                raise over(self._peer) from None
            if self._given_up:
                raise late(self._peer, self._timeout_seconds) from None
            raise error_of(self._peer, error) from None
        finally:
            deadline.cancel()

    def _give_up(self) -> None:
        self._given_up = True
        self._answers.cancel()
