"""A frame processor of Pipecat that stops the pipeline when the subject asks to be left alone.

Put it between speech recognition and the user's context aggregator.
"""

from collections.abc import Awaitable, Callable

from pipecat.frames.frames import EndWorkerFrame, Frame, TranscriptionFrame, TTSSpeakFrame
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameCallback, FrameDirection, FrameProcessor
from wurao.v1.subjects_pb2 import Contact

from classifier.client.async_client import AsyncClient
from classifier.turns import Action, ContextTurn, Speaker
from examples.turn_hook import ASK_BACK, GOODBYE, HAND_OVER, decide

_SPEAKERS = {"assistant": Speaker.BOT, "user": Speaker.USER}


class ObedientProcessor(FrameProcessor):
    """Asks Wurao about each transcription before the language model sees it.

    An opt-out is answered with a goodbye, after which the pipeline ends; a doubtful one is asked
    back; a complaint is handed over. Everything else passes as it came.
    """

    def __init__(
        self,
        client: AsyncClient,
        context: LLMContext,
        hand_over: Callable[[], Awaitable[None]],
        contact: Contact | None = None,
    ) -> None:
        """Keep what is needed to decide.

        Args:
            client: Open as long as the pipeline.
            context: That of the pipeline's aggregators; it holds what was said before.
            hand_over: Brings in a person.
            contact: Who is called, with a `call_reference`, so that what is heard is recorded.
        """
        super().__init__()
        self._client = client
        self._context = context
        self._hand_over = hand_over
        self._contact = contact

    async def queue_frame(
        self,
        frame: Frame,
        direction: FrameDirection = FrameDirection.DOWNSTREAM,
        callback: FrameCallback | None = None,
    ) -> None:
        """Take a frame in; who goes on speaking while we ask takes nothing back by that.

        Args:
            frame: Any. An interruption would drop a transcription that waits or is being decided.
            direction: Where it goes.
            callback: Of Pipecat.
        """
        if isinstance(frame, TranscriptionFrame):
            frame.interruptible = False
        await super().queue_frame(frame, direction, callback)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Pass a frame on, or answer it.

        Args:
            frame: Any.
            direction: Where it goes.
        """
        await super().process_frame(frame, direction)
        action = Action.CONTINUE
        if isinstance(frame, TranscriptionFrame):
            action = await decide(
                self._client,
                frame.text,
                self._said(),
                contact=self._contact,
                turn_id=str(frame.id),
            )
        if action is Action.CONTINUE:
            await self.push_frame(frame, direction)
        elif action is Action.STOP:
            goodbye = TTSSpeakFrame(GOODBYE)
            goodbye.interruptible = False
            await self.push_frame(goodbye)
            await self.push_frame(EndWorkerFrame(reason="opt-out"))
        elif action is Action.CLARIFY:
            await self.push_frame(TTSSpeakFrame(ASK_BACK))
        else:
            await self.push_frame(TTSSpeakFrame(HAND_OVER))
            await self._hand_over()

    def _said(self) -> tuple[ContextTurn, ...]:
        return tuple(
            ContextTurn(_SPEAKERS[message["role"]], message["content"])
            for message in self._context.get_messages()
            if isinstance(message, dict)
            and message.get("role") in _SPEAKERS
            and isinstance(message.get("content"), str)
            and message["content"].strip()
        )
