"""What a bot does at each turn: ask Wurao, and obey.

A hook for any bot that lives on an event loop. `python -m examples.turn_hook` plays a short talk
against a running server.

A turn of a contact that could not be recorded is sent again in the background, for an hour, also
after the talk. What waits so lies in memory alone: it is lost when the process ends or the client
is closed, so `wait_for_records` first.
"""

import asyncio
import logging
import os
import time
from collections import deque
from contextlib import suppress
from itertools import count

from wurao.v1.subjects_pb2 import Contact

from classifier.client.async_client import AsyncClient
from classifier.errors import CallError, InvalidTurnError
from classifier.turns import MAX_TEXT_CHARACTERS, Action, Channel, ContextTurn, Speaker, Turn

GOODBYE = "好的，以后不会再联系您了，打扰了，再见。"
ASK_BACK = "请问您是希望我们以后不要再联系您吗？"
HAND_OVER = "我这就为您转接人工客服。"

_REMEMBERED_TURNS = 20
# After these a call may do better later.
_PASSING = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "CANCELLED", "INTERNAL"}
_GIVE_UP_SECONDS = 3_600
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1, 30
_MOST_WAITING = 10_000
# An event loop forgets tasks that nobody else holds. Each has an event that ends its pause.
_waiting: dict[asyncio.Task[None], asyncio.Event] = {}
_log = logging.getLogger(__name__)


class TurnHook:
    """Listens to one conversation; make one for each call on the line.

    It fails open: where the server cannot be asked, the talk goes on, and the log says so. The
    client asks again first, so that the death of a server process is not noticed. Where only the
    registry is away, the answer is obeyed as ever, and recorded later.
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
                the goodbye is said, or later where the registry is away. None where the server has
                no registry.
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

    Of a text that is too long the end counts. Where a turn cannot be recorded, it is asked about
    once more without the contact, so that a deadline may pass twice.

    Args:
        client: To ask.
        text: The subject's turn.
        said: What was said before, oldest first.
        channel: Of the conversation.
        contact: Who is called, with a `call_reference`; what is heard is recorded. None records
            nothing.
        turn_id: Of this turn in the conversation; sent again it is recorded once. Without it, or
            without a `call_reference`, it may be recorded twice.
    """
    if not text.strip():
        return Action.CONTINUE
    context = tuple(ContextTurn(s.speaker, _kept(s.text)) for s in said[-_REMEMBERED_TURNS:])
    try:
        turn = Turn(_kept(text), channel, context)
        if contact is None:
            return (await client.classify(turn)).action
        try:
            prediction, _recorded = await client.classify_contact(turn, contact, turn_id)
        except (CallError, InvalidTurnError) as error:
            _log.warning("not recorded: %s", error)
            if _may_pass(error):
                _send_again(client, turn, contact, turn_id)
            prediction = await client.classify(turn)
    except (CallError, InvalidTurnError) as error:
        _log.warning("not asked, the talk goes on: %s", error)
        return Action.CONTINUE
    return prediction.action


async def wait_for_records(seconds: float) -> int:
    """Wait for the turns that are still to be recorded, and return how many still are.

    Meanwhile each is tried again every second.

    Call it before the client is closed, and at the end of a call where its process ends with it.

    Args:
        seconds: To wait at most.
    """
    end = time.monotonic() + seconds
    while _waiting and (left := end - time.monotonic()) > 0:
        for hurry in _waiting.values():
            hurry.set()
        await asyncio.wait(_waiting, timeout=min(1.0, left))
    return len(_waiting)


def _send_again(client: AsyncClient, turn: Turn, contact: Contact, turn_id: str) -> None:
    if len(_waiting) >= _MOST_WAITING:
        _log.error("too many turns wait to be recorded; this one is not")
        return
    hurry = asyncio.Event()
    task = asyncio.create_task(_record(client, turn, contact, turn_id, hurry))
    _waiting[task] = hurry
    task.add_done_callback(_forget)


def _forget(task: asyncio.Task[None]) -> None:
    del _waiting[task]
    if task.cancelled():  # the event loop ends
        _log.error("the program ends, a turn of a contact is not recorded")


async def _record(
    client: AsyncClient, turn: Turn, contact: Contact, turn_id: str, hurry: asyncio.Event
) -> None:
    end, pause = time.monotonic() + _GIVE_UP_SECONDS, _FIRST_PAUSE_SECONDS
    while True:
        hurry.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(hurry.wait(), pause)
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        try:
            await client.classify_contact(turn, contact, turn_id)
        except (CallError, InvalidTurnError) as error:
            if not _may_pass(error) or time.monotonic() > end:
                _log.error("given up, a turn of a contact is not recorded: %s", error)
                return
        else:
            return


def _may_pass(error: CallError | InvalidTurnError) -> bool:
    # A key file may lag behind a rotation on one machine.
    passing = isinstance(error, CallError) and error.code in _PASSING
    return passing or getattr(error, "reason", "") == "KEY_MISSING"


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
