"""An agent of LiveKit Agents that stops when it is asked to."""

from livekit.agents import Agent, llm
from wurao.v1.subjects_pb2 import Contact

from classifier.client.async_client import AsyncClient
from classifier.turns import Action, ContextTurn, Speaker
from examples.turn_hook import ASK_BACK, GOODBYE, HAND_OVER, decide

_SPEAKERS = {"assistant": Speaker.BOT, "user": Speaker.USER}


class ObedientAgent(Agent):
    """Asks Wurao before the language model answers a turn.

    An opt-out ends the session after a goodbye; a doubtful one is asked back; a complaint goes to
    `hand_over`. Everything else reaches the language model as ever.
    """

    def __init__(
        self, client: AsyncClient, instructions: str, contact: Contact | None = None
    ) -> None:
        """Keep the client.

        Args:
            client: Open as long as the agent.
            instructions: For the language model.
            contact: Who is called, with a `call_reference`, so that what is heard is recorded.
        """
        super().__init__(instructions=instructions)
        self._client = client
        self._contact = contact

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
        text = new_message.text_content or ""
        action = await decide(
            self._client, text, said, contact=self._contact, turn_id=new_message.id
        )
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
