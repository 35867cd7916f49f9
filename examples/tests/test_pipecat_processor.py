"""The processor in a running pipeline of Pipecat."""

import asyncio

import pytest
from pipecat.frames.frames import (
    EndWorkerFrame,
    Frame,
    InterruptionFrame,
    TextFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection
from pipecat.tests.utils import run_test

from classifier.client.async_client import AsyncClient
from examples.pipecat_processor import ObedientProcessor
from examples.turn_hook import GOODBYE, HAND_OVER


async def pipeline(address: str, bot: str, frames: list[Frame]) -> tuple[list[Frame], int]:
    """Return what came out of the pipeline, and how often a person was asked for."""
    handed_over = 0

    async def hand_over() -> None:
        nonlocal handed_over
        handed_over += 1
        await asyncio.sleep(0)

    context = LLMContext()
    context.add_message({"role": "system", "content": "be brief"})
    context.add_message({"role": "assistant", "content": bot})
    async with AsyncClient(address) as client:
        processor = ObedientProcessor(client, context, hand_over)
        down, _up = await run_test(processor, frames_to_send=frames, send_end_frame=True)
    return list(down), handed_over


def heard(text: str) -> TranscriptionFrame:
    """Return what a recogniser would send."""
    return TranscriptionFrame(text=text, user_id="u", timestamp="2026-11-27T00:00:00Z")


@pytest.mark.parametrize(
    ("bot", "user"),
    [("您好，我们有个活动", "以后不要再给我打电话了"), ("請問您是要取消後續來電嗎", "對")],
)
def test_opt_out_ends_the_pipeline(server_address: str, bot: str, user: str) -> None:
    """The language model never sees it; a goodbye is spoken, then the pipeline ends."""
    down, _handed_over = asyncio.run(pipeline(server_address, bot, [heard(user)]))
    assert not [frame for frame in down if isinstance(frame, TranscriptionFrame)]
    spoken = [frame.text for frame in down if isinstance(frame, TTSSpeakFrame)]
    assert spoken == [GOODBYE]
    assert [type(frame) for frame in down][-1] is EndWorkerFrame


@pytest.mark.parametrize("before", [[], ["喂"]])
def test_who_goes_on_speaking_is_heard(
    server_address: str, before: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interruption drops no opt-out, neither while we ask nor while it waits for its turn."""

    async def interrupted(self: ObedientProcessor, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, TranscriptionFrame):
            await asyncio.sleep(0.1)  # what comes after it is there
            await self.queue_frame(InterruptionFrame())
            await asyncio.sleep(0.1)  # as long as a busy server may take
        await process(self, frame, direction)

    process = ObedientProcessor.process_frame
    monkeypatch.setattr(ObedientProcessor, "process_frame", interrupted)
    frames: list[Frame] = [heard(text) for text in (*before, "以后不要再给我打电话了")]
    down, _handed_over = asyncio.run(pipeline(server_address, "您好", frames))
    assert [frame.text for frame in down if isinstance(frame, TTSSpeakFrame)] == [GOODBYE]


def test_complaint_is_handed_over(server_address: str) -> None:
    """A person takes over, once."""
    frames: list[Frame] = [heard("我要投诉你们，服务太差了")]
    down, handed_over = asyncio.run(pipeline(server_address, "请问有什么可以帮您", frames))
    assert [frame.text for frame in down if isinstance(frame, TTSSpeakFrame)] == [HAND_OVER]
    assert handed_over == 1


def test_ordinary_talk_passes_in_order(server_address: str) -> None:
    """Frames that are no business of ours come out as they went in."""
    frames: list[Frame] = [heard("放门口就行"), TextFrame("x"), heard("好的 谢谢")]
    down, handed_over = asyncio.run(pipeline(server_address, "您的快递放哪里", frames))
    texts = [frame.text for frame in down if isinstance(frame, TextFrame)]
    assert texts == ["放门口就行", "x", "好的 谢谢"]
    assert handed_over == 0


def test_absent_server_leaves_the_talk_alone() -> None:
    """The bot goes on where nobody can be asked."""
    down, _handed_over = asyncio.run(pipeline("127.0.0.1:1", "您好", [heard("以后不要再打了")]))
    assert [type(frame) for frame in down] == [TranscriptionFrame]
