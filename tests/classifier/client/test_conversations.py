"""Live conversations of both clients that tasks or threads share, that fail, or are turned away."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from wurao.v1.optouts_pb2 import CheckContactRequest
from wurao.v1.subjects_pb2 import Contact, Subject

from classifier.client.async_client import AsyncClient
from classifier.client.async_conversation import AsyncConversation
from classifier.client.client import Client
from classifier.errors import CallError
from classifier.turns import ContextTurn, Label, Speaker
from tests.new_registry import new_registry
from tests.server_process import start_server

SAID = "以后别再打了"
QUESTION = ContextTurn(Speaker.BOT, "请问您是要取消后续来电吗")
GREETING = ContextTurn(Speaker.BOT, "您好，您的快递到了")
CONTACT = Contact(subject=Subject(value="13800138000"), call_reference="call-1")


def test_a_failure_that_was_told_is_not_told_again(silent_address: str) -> None:
    """Who caught that no answer came leaves the block in peace, and goes on."""

    async def follow() -> str:
        async with (
            AsyncClient(silent_address, timeout_seconds=0.3) as asking,
            asking.conversation(contact=CONTACT) as talk,
        ):
            with pytest.raises(CallError, match=r"no answer in 0\.3 s") as caught:
                await talk.heard(SAID, final=False)
            with pytest.raises(CallError, match="the conversation is over"):
                await talk.said(QUESTION)
        return caught.value.code

    with (
        Client(silent_address, timeout_seconds=0.3) as asking,
        asking.conversation(contact=CONTACT) as talk,
    ):
        with pytest.raises(CallError, match=r"no answer in 0\.3 s") as caught:
            talk.heard(SAID, final=False)
        assert caught.value.code == "DEADLINE_EXCEEDED"
        with pytest.raises(CallError, match=r"no answer in 0\.3 s"):
            talk.said(QUESTION)
    with pytest.raises(CallError, match="the conversation is over"):
        talk.said(QUESTION)
    assert asyncio.run(follow()) == "DEADLINE_EXCEEDED"


def test_tasks_share_a_conversation(bundle_folder: Path, tmp_path: Path) -> None:
    """One tells what the bot says while another tells what is heard, and no opt-out is lost."""
    contacts = [Contact(subject=Subject(value=f"138001380{place:02}")) for place in range(20)]

    async def follow(address: str) -> list[bool]:
        async with AsyncClient(address, timeout_seconds=10) as asking:
            for contact in contacts:
                async with asking.conversation(contact=contact) as talk:
                    _, interim, last, _ = await asyncio.gather(
                        talk.said(QUESTION),
                        talk.heard("对", final=False),
                        talk.heard(SAID),
                        talk.said(QUESTION),
                    )
                    assert (interim.label, last.label) == (Label.OPT_OUT, Label.OPT_OUT)
            subjects = [contact.subject for contact in contacts]
            checks = [CheckContactRequest(subject=subject) for subject in subjects]
            return [(await asking.opt_outs.CheckContact(check)).allowed for check in checks]

    with start_server(bundle_folder, **new_registry(tmp_path)) as server:
        assert not any(asyncio.run(follow(server.address)))


def test_a_waiting_task_may_be_cancelled(server_address: str) -> None:
    """Who is cancelled, at whatever point, costs the conversation nothing but that answer."""

    async def follow() -> list[Label]:
        labels = []
        async with AsyncClient(server_address, timeout_seconds=10) as asking:
            for steps in range(10):
                async with asking.conversation() as talk:
                    waiting = asyncio.create_task(talk.heard(SAID, final=False))
                    telling = asyncio.create_task(talk.said(GREETING))
                    for _ in range(steps):
                        await asyncio.sleep(0)
                    waiting.cancel()
                    telling.cancel()
                    await asyncio.wait({waiting, telling})
                    labels.append((await talk.heard("好的 谢谢")).label)
        return labels

    assert asyncio.run(follow()) == [Label.NORMAL] * 10


def test_threads_share_a_conversation(server_address: str) -> None:
    """Each gets the answer to its own question."""
    texts = [SAID, "好的 谢谢"] * 50
    with (
        Client(server_address) as asking,
        asking.conversation() as talk,
        ThreadPoolExecutor(4) as threads,
    ):
        answers = list(threads.map(lambda text: talk.heard(text, final=False), texts))
    assert [answer.label for answer in answers] == [Label.OPT_OUT, Label.NORMAL] * 50


def test_a_full_server_says_so_to_a_conversation(bundle_folder: Path) -> None:
    """Whatever it begins with, and however often it is asked why."""

    async def go_on(talk: AsyncConversation) -> None:
        while True:
            await talk.said(GREETING)

    async def turned_away(asking: AsyncClient) -> None:
        async with asking.conversation() as talk:
            for _ in range(2):
                with pytest.raises(CallError) as caught:
                    await go_on(talk)
                # gRPC loses the reason where it was just writing.
                assert caught.value.reason == "OVERLOADED" or "pause" in str(caught.value)
                assert caught.value.retry_seconds
                assert caught.value.code in ("RESOURCE_EXHAUSTED", "CANCELLED")

    async def follow(address: str) -> None:
        async with AsyncClient(address, timeout_seconds=10) as asking, asking.conversation() as one:
            await one.heard("喂")
            for _ in range(10):
                await turned_away(asking)
            with pytest.raises(CallError):
                async with asking.conversation() as talk:
                    await talk.heard("喂")

    with start_server(bundle_folder, WURAO_OPEN_STREAMS="1") as server:
        asyncio.run(follow(server.address))


def test_a_burst_of_conversations_is_taken_in(server_address: str) -> None:
    """More at the same moment than may wait in gRPC, within WURAO_OPEN_STREAMS: none is lost."""

    async def follow() -> list[Label]:
        async def talk_to(asking: AsyncClient) -> Label:
            async with asking.conversation() as talk:
                await talk.said(GREETING)
                return (await talk.heard(SAID)).label

        async with AsyncClient(server_address, timeout_seconds=30) as asking:
            return await asyncio.gather(*(talk_to(asking) for _ in range(200)))

    assert asyncio.run(follow()) == [Label.OPT_OUT] * 200


def test_what_the_bot_said_may_be_blank(server_address: str) -> None:
    """A synthesiser that said nothing breaks no call off."""

    async def follow() -> Label:
        async with AsyncClient(server_address) as asking, asking.conversation() as talk:
            await talk.said(ContextTurn(Speaker.BOT, " "))
            return (await talk.heard(SAID)).label

    with Client(server_address) as asking, asking.conversation() as talk:
        talk.said(ContextTurn(Speaker.BOT, ""))
        assert talk.heard(SAID).label is Label.OPT_OUT
    assert asyncio.run(follow()) is Label.OPT_OUT


def test_a_client_that_is_not_open_says_so(server_address: str) -> None:
    """Before or after its block, whatever is asked of it."""
    closed = Client(server_address)
    unopened = AsyncClient(server_address)
    with closed:
        pass

    async def converse() -> None:
        async with unopened.conversation():
            pass

    for failing in (
        lambda: closed.classify_batch([]),
        lambda: closed.opt_outs,
        lambda: closed.conversation().__enter__(),
        lambda: asyncio.run(unopened.classify_batch([])),
        lambda: unopened.opt_outs,
        lambda: asyncio.run(converse()),
    ):
        with pytest.raises(CallError, match="the client is not open; call inside its `with` block"):
            failing()
