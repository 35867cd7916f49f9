"""What the clients ask of the registry and leave in it, against a real server."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import grpc
import pytest
from wurao.v1 import optouts_pb2
from wurao.v1.subjects_pb2 import Contact, Subject

from classifier.client.async_client import AsyncClient
from classifier.client.client import Client
from classifier.errors import CallError
from classifier.turns import Action, Turn
from tests.new_registry import new_registry
from tests.server_process import start_server

SAID = "我的电话是13800138000，以后别再打了"


def test_registry_calls_have_the_deadline(silent_address: str) -> None:
    """A stub of the registry needs no options at each call."""
    with (
        Client(silent_address, timeout_seconds=0.3) as asking,
        pytest.raises(grpc.RpcError) as caught,
    ):
        asking.opt_outs.CheckContact(optouts_pb2.CheckContactRequest())
    assert isinstance(caught.value, grpc.Call)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_registry_calls_reach_the_server(server_address: str) -> None:
    """What the server says of a registry call comes back on both clients."""

    async def check() -> grpc.StatusCode:
        async with AsyncClient(server_address) as asking:
            try:
                await asking.opt_outs.CheckContact(optouts_pb2.CheckContactRequest())
            except grpc.aio.AioRpcError as error:
                return error.code()
        return grpc.StatusCode.OK

    with Client(server_address) as asking, pytest.raises(grpc.RpcError) as caught:
        asking.opt_outs.CheckContact(optouts_pb2.CheckContactRequest())
    assert isinstance(caught.value, grpc.Call)
    # A server without a registry.
    assert caught.value.code() in (
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.FAILED_PRECONDITION,
    )
    assert asyncio.run(check()) is caught.value.code()


def test_contact_is_recorded_before_the_answer(bundle_folder: Path, tmp_path: Path) -> None:
    """A stop heard by a call or a live conversation of either client blocks the number at once."""
    numbers = [f"1380013800{digit}" for digit in range(6)]
    contacts = [Contact(subject=Subject(value=n), call_reference=f"call-{n}") for n in numbers]

    async def hear(address: str) -> None:
        async with AsyncClient(address, timeout_seconds=5) as asking:
            await asking.classify_contact(Turn(SAID), contacts[2], "turn-1")
            async with asking.conversation(contact=contacts[3]) as talk:
                await talk.heard("你好")
                await talk.heard(SAID)

    with (
        start_server(bundle_folder, **new_registry(tmp_path)) as server,
        Client(server.address) as asking,
    ):
        first, again = (asking.classify_contact(Turn(SAID), contacts[0], "t1") for _ in range(2))
        assert first[0].action is Action.STOP
        assert first[1].opt_out_id
        assert again == first  # the same turn sent again is recorded once
        with asking.conversation(contact=contacts[1]) as talk:
            talk.heard(SAID, final=False)
            assert talk.heard(SAID).action is Action.STOP
            assert talk.recorded.opt_out_id
        with asking.conversation(contact=contacts[5]) as talk:
            talk.heard(SAID, final=False)  # the line is cut: what was heard last counts
        asyncio.run(hear(server.address))
        assert not asking.classify_contact(Turn("你好"), contacts[4])[1].opt_out_id
        allowed = [
            asking.opt_outs.CheckContact(
                optouts_pb2.CheckContactRequest(subject=contact.subject)
            ).allowed
            for contact in contacts
        ]
    assert allowed == [False, False, False, False, True, False]


def test_an_end_that_could_not_be_kept_is_told(bundle_folder: Path, tmp_path: Path) -> None:
    """Where the store does not take what was heard last, leaving the conversation raises."""
    contact = Contact(subject=Subject(value="13800138000"), call_reference="call-1")
    settings = new_registry(tmp_path)

    async def hear(address: str) -> None:
        async with AsyncClient(address) as asking, asking.conversation(contact=contact) as talk:
            await talk.heard(SAID, final=False)

    with (
        start_server(bundle_folder, **settings) as server,
        contextlib.closing(sqlite3.connect(settings["WURAO_REGISTRY"])) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with (
            pytest.raises(CallError, match=r"no answer in 1\.0 s; .* may not be kept"),
            Client(server.address, timeout_seconds=1.0) as asking,
            asking.conversation(contact=contact) as talk,
        ):
            talk.heard(SAID, final=False)
        with pytest.raises(CallError, match=r"no answer in 1\.0 s; .* may not be kept"):
            asyncio.run(hear(server.address))
        other.rollback()
