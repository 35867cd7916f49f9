"""An agent of LiveKit Agents that stops when it is asked to."""

from livekit.agents import Agent, llm

from classifier.client.async_client import AsyncClient
from classifier.turns import Action, ContextTurn, Speaker
from examples.turn_hook import ASK_BACK, GOODBYE, HAND_OVER, decide

_SPEAKERS = {"assistant": Speaker.BOT, "user": Speaker.USER}


class ObedientAgent(Agent):
    """Asks Wurao before the language model answers a turn.

    An opt-out ends the session after a goodbye; a doubtful one is asked back; a complaint goes to
    `hand_over`. Everything else reaches the language model as ever.
    """

    def __init__(self, client: AsyncClient, instructions: str) -> None:
        """Keep the client.

        Args:
            client: Open as long as the agent.
            instructions: For the language model.
        """
        super().__init__(instructions=instructions)
        self._client = client

    async def on_user_turn_completed(
        self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage
    ) -> None:
        """Obey what the subject asks.

        Args:
            turn_ctx: What was said before.
            new_message: What the subject said.

        Raises:
            StopResponse: The language model is not to answer this turn.
        """
        said = tuple(
            ContextTurn(_SPEAKERS[item.role], item.text_content)
            for item in turn_ctx.items
            if isinstance(item, llm.ChatMessage)
            and item.id != new_message.id
            and item.role in _SPEAKERS
            and item.text_content
        )
        action = await decide(self._client, new_message.text_content or "", said)
        if action is Action.CONTINUE:
            return
        if action is Action.STOP:
            await self.session.say(GOODBYE, allow_interruptions=False)
            self.session.shutdown()
        elif action is Action.CLARIFY:
            await self.session.say(ASK_BACK)
        else:
            await self.session.say(HAND_OVER)
            await self.hand_over()
        raise llm.StopResponse

    async def hand_over(self) -> None:
        """Bring in a person; a platform fills this in with its own transfer."""
