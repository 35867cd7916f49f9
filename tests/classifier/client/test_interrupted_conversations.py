"""Live conversations of the blocking client that a signal breaks off."""

import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

import pytest
from wurao.v1.subjects_pb2 import Contact, Subject

from classifier.client.client import Client
from classifier.client.conversation import LiveConversation
from classifier.errors import CallError
from classifier.turns import ContextTurn, Speaker

CONTACT = Contact(subject=Subject(value="13800138000"), call_reference="call-1")
OVER = "the conversation is over; begin another"


class BrokenOffError(Exception):
    """What the signal raises."""


@contextmanager
def signal_soon() -> Generator[None]:
    """Break off what the main thread does in a moment."""

    def break_off(_number: int, _frame: FrameType | None) -> None:
        raise BrokenOffError

    before = signal.signal(signal.SIGALRM, break_off)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def interrupt(talk: LiveConversation) -> None:
    """Have a question broken off that nobody answers."""
    with signal_soon(), pytest.raises(BrokenOffError):
        talk.heard("以后别再打了")


def test_a_conversation_is_over_after_a_signal(silent_address: str) -> None:
    """Whoever goes on all the same is told so, in our words, and leaves the block in peace."""
    with Client(silent_address) as client, client.conversation() as talk:
        interrupt(talk)
        with pytest.raises(CallError, match=OVER):
            talk.heard("好的")
        with pytest.raises(CallError, match=OVER):
            talk.said(ContextTurn(Speaker.BOT, "您好"))


def test_what_a_signal_broke_off_may_not_be_kept(silent_address: str) -> None:
    """With a contact the end of the block tells that the opt-out is to be recorded."""
    with (
        Client(silent_address) as client,
        pytest.raises(CallError, match=f"{OVER}; what was heard last may not be kept: do not"),
        client.conversation(contact=CONTACT) as talk,
    ):
        interrupt(talk)


def test_who_waits_while_the_block_is_left_is_told(silent_address: str) -> None:
    """It is not told that the server is full and the turn to be sent again."""
    told: list[str] = []

    def ask(talk: LiveConversation) -> None:
        with pytest.raises(CallError) as caught:
            talk.heard("喂")
        told.append(str(caught.value))

    with Client(silent_address) as client:
        leaving = client.conversation()
        talk = leaving.__enter__()
        waiting = threading.Thread(target=ask, args=(talk,))
        waiting.start()
        while not talk._turn.locked():
            time.sleep(0.01)
        time.sleep(0.5)  # it asks and waits for the answer, which takes no time worth mention
        assert not leaving.__exit__(BrokenOffError, BrokenOffError(), None)
        waiting.join()
    assert [message.partition(": ")[2] for message in told] == [OVER]
