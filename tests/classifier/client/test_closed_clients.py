"""A client that is closed while others use it."""

import asyncio
import socket
import threading

import pytest
from wurao.v1 import optouts_pb2

from classifier.client.async_client import AsyncClient
from classifier.client.client import Client
from classifier.errors import CallError, InvalidTurnError
from classifier.turns import ContextTurn, Prediction, Speaker, Turn

NOT_OPEN = "the client is not open; call inside its `with` block"
TURNS = [Turn("喂")]
Outcomes = list[Prediction | InvalidTurnError]


def test_a_conversation_of_a_closed_client_says_so(silent_address: str) -> None:
    """It is not told that the server is full and the turn to be sent again."""
    client = Client(silent_address)
    with client.conversation() as talk:
        client.__exit__(None, None, None)
        with pytest.raises(CallError, match=NOT_OPEN):
            talk.heard("喂")


def test_so_does_one_that_was_answered_before(server_address: str) -> None:
    """Of a stream that the server has taken gRPC tells in other words."""
    client = Client(server_address)
    with client.conversation() as talk:
        talk.heard("喂")
        client.__exit__(None, None, None)
        for ask in (lambda: talk.heard("喂"), lambda: talk.said(ContextTurn(Speaker.BOT, "您好"))):
            with pytest.raises(CallError, match=NOT_OPEN) as caught:
                ask()
            assert caught.value.retry_seconds is None


def test_a_call_that_waits_while_its_client_is_closed_says_so() -> None:
    """Its server has taken the connection, and no more than that."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = Client(f"127.0.0.1:{silent.getsockname()[1]}")

        def close() -> None:
            connection, _place = silent.accept()  # the call is on its way
            client.__exit__(None, None, None)
            connection.close()

        closing = threading.Thread(target=close)
        closing.start()
        with pytest.raises(CallError, match=NOT_OPEN):
            client.classify_batch(TURNS)
        closing.join()


def test_an_asynchronous_call_that_waits_says_so_too(silent_address: str) -> None:
    """Its task has not been cancelled; one that has is."""

    async def ask(cancel: bool) -> Outcomes:
        async with AsyncClient(silent_address) as client:
            asking = asyncio.create_task(client.classify_batch(TURNS))
            await asyncio.sleep(0)  # it is on its way
            if cancel:
                asking.cancel()
        return await asking

    with pytest.raises(CallError, match=NOT_OPEN):
        asyncio.run(ask(cancel=False))
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(ask(cancel=True))


def test_kept_calls_of_the_registry_are_refused(silent_address: str) -> None:
    """Whoever keeps the stub of a client, of either kind, is told that it is closed."""
    asked = optouts_pb2.CheckContactRequest()

    async def keep() -> None:
        async with AsyncClient(silent_address) as client:
            kept = client.opt_outs
        await kept.CheckContact(asked)

    with pytest.raises(CallError, match=NOT_OPEN):
        asyncio.run(keep())
    with Client(silent_address) as client:
        kept = client.opt_outs
    with pytest.raises(CallError, match=NOT_OPEN):
        kept.CheckContact(asked)
