"""The agent in a running session of LiveKit Agents."""

import asyncio
import inspect

import pytest
from livekit.agents import Agent, AgentSession, llm

from classifier.client.async_client import AsyncClient
from examples.livekit_agent import ObedientAgent
from examples.turn_hook import ASK_BACK, GOODBYE, HAND_OVER


class Recording(ObedientAgent):
    """Notes that a person was asked for."""

    handed_over = False

    async def hand_over(self) -> None:
        """Note it."""
        self.handed_over = True


async def talk(address: str, bot: str, user: str) -> tuple[bool, list[str], bool, bool]:
    """Return whether the model may answer, what was said, if handed over, if closed."""
    closed = asyncio.Event()
    async with AsyncClient(address) as client, AgentSession() as session:
        session.on("close", lambda _event: closed.set())
        agent = Recording(client, "be brief")
        await session.start(agent)
        context = llm.ChatContext()
        context.add_message(role="system", content="be brief")
        context.add_message(role="assistant", content=bot)
        message = context.add_message(role="user", content=user)
        answered = True
        try:
            await agent.on_user_turn_completed(context, message)
        except llm.StopResponse:
            answered = False
        said = [item.text_content or "" for item in session.history.items if item.type == "message"]
        try:
            await asyncio.wait_for(closed.wait(), 1)
        except TimeoutError:
            return answered, said, agent.handed_over, False
        return answered, said, agent.handed_over, True


def test_hook_is_the_one_that_livekit_calls() -> None:
    """A renamed hook or parameter would never be called; this says so."""
    ours = inspect.signature(ObedientAgent.on_user_turn_completed).parameters
    assert list(ours) == list(inspect.signature(Agent.on_user_turn_completed).parameters)


@pytest.mark.parametrize(
    ("bot", "user", "expected"),
    [
        ("您好，我们有个活动", "以后不要再给我打电话了", (False, [GOODBYE], False, True)),
        ("請問您是要取消後續來電嗎", "對", (False, [GOODBYE], False, True)),
        ("您的快递放哪里", "放门口就行", (True, [], False, False)),
        ("请问有什么可以帮您", "我要投诉你们，服务太差了", (False, [HAND_OVER], True, False)),
    ],
)
def test_agent_obeys(
    server_address: str, bot: str, user: str, expected: tuple[bool, list[str], bool, bool]
) -> None:
    """A stop ends the session after a goodbye, a complaint is handed over."""
    assert asyncio.run(talk(server_address, bot, user)) == expected


def test_doubt_is_asked_back(server_address: str, doubtful: tuple[str, str]) -> None:
    """The session goes on with a question, and the model does not answer by itself."""
    expected = (False, [ASK_BACK], False, False)
    assert asyncio.run(talk(server_address, *doubtful)) == expected


def test_absent_server_leaves_the_talk_alone() -> None:
    """The bot goes on where nobody can be asked."""
    expected = (True, [], False, False)
    assert asyncio.run(talk("127.0.0.1:1", "您好", "以后不要再打了")) == expected
