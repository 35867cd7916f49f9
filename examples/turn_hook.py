"""What a bot does at each turn: ask Wurao, and obey.

A hook for any bot that lives on an event loop. `python -m examples.turn_hook` plays a short talk
against a running server.
"""

import asyncio
import logging
import os
from collections import deque
from itertools import count

from wurao.v1.subjects_pb2 import Contact

from classifier.client.async_client import AsyncClient
from classifier.errors import CallError, InvalidTurnError
from classifier.turns import MAX_TEXT_CHARACTERS, Action, Channel, ContextTurn, Speaker, Turn

GOODBYE = "好的，以后不会再联系您了，打扰了，再见。"
ASK_BACK = "请问您是希望我们以后不要再联系您吗？"
HAND_OVER = "我这就为您转接人工客服。"

_REMEMBERED_TURNS = 20
_log = logging.getLogger(__name__)


class TurnHook:
    """Listens to one conversation; make one for each call on the line.

    It fails open: where the server cannot be asked, the talk goes on, and the log says so. The
    client asks again first, so that the death of a server process is not noticed.
    """

    def __init__(
        self,
        client: AsyncClient,
        channel: Channel = Channel.VOICE,
        contact: Contact | None = None,
    ) -> None:
        """Begin with nothing said.

        Args:
            client: Shared by all conversations of the program.
            channel: Of this one.
            contact: Who is called, with a `call_reference`: an opt-out is in the registry before
                the goodbye is said. None where the server has no registry.
        """
        self._client = client
        self._channel = channel
        self._contact = contact
        self._said: deque[ContextTurn] = deque(maxlen=_REMEMBERED_TURNS)
        self._turns = count(1)

    def bot_said(self, text: str) -> None:
        """Remember what the bot said.

        Args:
            text: All of its turn.
        """
        if text.strip():
            self._said.append(ContextTurn(Speaker.BOT, text))

    async def user_said(self, text: str) -> Action:
        """Return what the bot is to do now.

        Args:
            text: All of the subject's turn.
        """
        said, turn_id = tuple(self._said), str(next(self._turns))
        action = await decide(self._client, text, said, self._channel, self._contact, turn_id)
        if text.strip():
            self._said.append(ContextTurn(Speaker.USER, text))
        return action


async def decide(
    client: AsyncClient,
    text: str,
    said: tuple[ContextTurn, ...],
    channel: Channel = Channel.VOICE,
    contact: Contact | None = None,
    turn_id: str = "",
) -> Action:
    """Return what a bot is to do after a turn; CONTINUE where the server cannot be asked.

    Of a text that is too long the end counts.

    Args:
        client: To ask.
        text: The subject's turn.
        said: What was said before, oldest first.
        channel: Of the conversation.
        contact: Who is called, with a `call_reference`; what is heard is recorded. None records
            nothing.
        turn_id: Of this turn in the conversation; sent again it is recorded once.
    """
    if not text.strip():
        return Action.CONTINUE
    context = tuple(ContextTurn(s.speaker, _kept(s.text)) for s in said[-_REMEMBERED_TURNS:])
    try:
        turn = Turn(_kept(text), channel, context)
        if contact is None:
            prediction = await client.classify(turn)
        else:
            prediction, _recorded = await client.classify_contact(turn, contact, turn_id)
    except (CallError, InvalidTurnError) as error:
        _log.warning("not asked, the talk goes on: %s", error)
        return Action.CONTINUE
    return prediction.action


def _kept(text: str) -> str:
    # Platforms stream texts in pieces, which may cut a character outside the BMP in two.
    end = text.strip()[-MAX_TEXT_CHARACTERS:]
    return end.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


async def main() -> None:
    """Play a short talk."""
    address = os.environ.get("WURAO_ADDRESS", "127.0.0.1:50051")
    async with AsyncClient(address, timeout_seconds=0.5) as client:
        hook = TurnHook(client)
        hook.bot_said("您好，我是小安，想跟您介绍一个贷款活动")
        for text in ("不需要，谢谢", "我说了不要，以后别再打了"):
            action = await hook.user_said(text)
            print(f"{text} -> {action}")
            if action is Action.STOP:
                print(GOODBYE)
                break


if __name__ == "__main__":
    asyncio.run(main())
